"""No release before its audit: what an outsider could infer too closely takes more with it, until nothing can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipscausal.disclosure.audit import Interval, Name, inferred, too_narrow
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.sums import Count, Sums
from ipscausal.disclosure.table_sums import Pairs, apart_sums, nested_sums, table_sums


def withhold_until_safe(
    checked: Mapping[str, Sequence[Draft]],
    adoption_years: Mapping[str, int],
    rules: Rules,
    nested: Pairs = (),
    apart: Pairs = (),
) -> None:
    """Withhold, in place, further counts until none below the minimum can be inferred within its width.

    The smallest shown count that is bound to the one that is told goes first. It ends, for without shown counts nothing
    can be inferred; a release of which too much is gone is refused for want of a headline. nested: shares, the wider
    first, of which one holds the other; apart: shares that nobody has both of.
    """
    sums = table_sums(checked, adoption_years)
    nested_sums(sums, nested)
    apart_sums(sums, apart)
    while told := inferable(sums, rules):
        shown = _bound_to(sums, next(iter(told)))
        smallest = min(shown, key=lambda one: (sums.counts[one].value, str(one)))
        for place in sums.counts[smallest].places:
            place.withhold()


def inferable(sums: Sums, rules: Rules) -> dict[Name, Interval]:
    """Counts below the minimum that do not leave, and yet can be inferred within its width, with that interval."""
    names = [name for name, count in sums.counts.items() if _is_sensitive(count, rules)]
    if not names:
        return {}
    found = inferred(sums.known(rules.rounding), names)
    return {name: interval for name, interval in found.items() if too_narrow(interval, rules.min_persons)}


def _is_sensitive(count: Count, rules: Rules) -> bool:
    if count.shown:
        return False
    if not count.places:
        # what remains of a subtraction: nobody is no finding
        return 0 < abs(count.value) < rules.min_persons
    fewest = 0 if rules.zero_cells == "withhold" else 1
    return fewest <= count.value < rules.min_persons


def _bound_to(sums: Sums, name: Name) -> list[Name]:
    """Shown counts in the sums of a count, or failing these in the sums of those that it is bound to."""
    reached: set[Name] = {name}
    shown: list[Name] = []
    while not shown:
        reached = reached.union(*(one.counts for one in sums.sums if reached & one.counts.keys()))
        shown = [other for other in sums.counts if other in reached and sums.counts[other].shown]
    return shown
