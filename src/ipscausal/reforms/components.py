"""Connected components: which things hang together by pairs."""

from __future__ import annotations

from collections.abc import Iterable


def components(pairs: Iterable[tuple[str, str]]) -> tuple[frozenset[str], ...]:
    """The connected components of an undirected graph, by their smallest member. A pair of equals is a member alone."""
    above: dict[str, str] = {}

    def top(one: str) -> str:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for left, right in pairs:
        a, b = top(left), top(right)
        # the smaller one stays on top, whatever the order of the pairs
        above[max(a, b)] = min(a, b)
    found: dict[str, set[str]] = {}
    for one in above:
        found.setdefault(top(one), set()).add(one)
    return tuple(frozenset(found[name]) for name in sorted(found))
