"""Dominance: amounts without a natural limit, of which one or two persons could make up most of a sum.

The bound comes from exact sums alone: where yearly earnings count up to a cap, two persons hold at most twice the cap.
It is judged in every arm and year; an outcome that fails in one of them leaves in no table, so that nothing about it
can be subtracted. Rows of single municipalities or groups rest on the bound of their arm and on the counts of persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ipscausal.disclosure.checks import Draft

TWO_LARGEST = 0.85
"""Share of a sum that its two largest persons may hold at most: the (2, 85) rule."""
BOUND = "two_largest"
"""Of a row of the means by year: the largest share that two persons can hold of the sum."""


def hide_dominated(checked: Mapping[str, list[Draft]]) -> None:
    """Withhold, in place, every row about an outcome of which two persons may hold too much in an arm and year."""
    dominated = {
        draft.row["outcome"]
        for draft in checked["trends"]
        if draft.row.get(BOUND) is not None and draft.row[BOUND] > TWO_LARGEST
    }
    for draft in _all(checked):
        if {draft.row.get("outcome"), draft.row.get("variable")} & dominated:
            draft.hide_all("dominance")


def _all(checked: Mapping[str, list[Draft]]) -> Iterable[Draft]:
    return (draft for rows in checked.values() for draft in rows)
