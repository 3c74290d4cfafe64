"""Dominance: amounts without a natural limit, of which few persons could make up most of a sum.

The bound comes from exact sums alone: where yearly earnings count up to a cap, n persons hold at most n times the cap.
It is judged in every arm and year; an outcome that fails in one of them leaves in no table, so that nothing about it
can be subtracted. Rows of single municipalities or groups rest on the bound of their arm and on the counts of persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.rules import Rules

BOUND = "two_largest"
"""Of a row of the means by year: the largest share that two persons can hold of the sum; 1 where nothing bounds it."""
DESCRIBED = ("trends", "baseline")


def hide_dominated(checked: Mapping[str, list[Draft]], rules: Rules) -> None:
    """Withhold, in place, every row about an outcome of which few persons may hold too much in an arm and year."""
    amounts = [draft.row for draft in checked["trends"] if draft.row.get(BOUND) is not None]
    dominated = {row["outcome"] for row in amounts if is_dominated(row[BOUND], rules)}
    for rows in checked.values():
        _hide(rows, dominated, "dominance")
    if rules.amounts == "withhold":
        for name in DESCRIBED:
            _hide(checked[name], {row["outcome"] for row in amounts}, "amount")


def is_dominated(two_largest: float, rules: Rules) -> bool:
    """Whether a sum may break a rule, where its two largest persons hold at most this share of it.

    (n, k): the n largest hold more than k. p per cent: without the two largest, less is left than the share p of the
    largest, so that the second could tell the first too closely. Both at their worst: everybody at the bound.
    """
    largest = two_largest / 2
    unbounded = two_largest >= 1
    too_much = rules.dominance_n * largest > rules.dominance_k
    too_close = 1 - two_largest < rules.p_percent * largest
    return unbounded or too_much or too_close


def _hide(rows: Iterable[Draft], outcomes: set[object], reason: str) -> None:
    for draft in rows:
        if {draft.row.get("outcome"), draft.row.get("variable")} & outcomes:
            draft.hide_all(reason)
