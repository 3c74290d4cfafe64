"""Parts of a whole that leaves too: one part missing is the whole less the others, so parts go several at a time.

The average effect is a weighted mean of the effects at the levels of a dimension, of groups of doses, and of the
treated municipalities; two-way fixed effects is a weighted mean of comparisons. Where parts are withheld, what is
missing together holds a part that could have left by itself. Of municipalities three are missing at least: their mean
and their spread may be told by the shrunken effects of the others. A position among all tells between which two others
a missing one lies, so positions are counted among those that leave; equal effects do not stand in the order of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.roles import Role

Checked = Mapping[str, list[Draft]]
Row = Mapping[str, Any]
Order = Callable[[Row], tuple[float, float]]
FEWEST_PARTS = 2
FEWEST_MUNICIPALITIES = 3
ADJUSTED = {"p_holm": "p_value", "p_romano_wolf": "p_value", "p_interaction_holm": "p_interaction"}
"""Adjusted p-values and those of which they are made."""


def protect_parts(checked: Checked, limit: int) -> None:
    """Withhold, in place, whatever would reveal a part withheld by the primary checks."""
    for rows in _by(checked["decomposition"], "outcome"):
        _several(rows, FEWEST_PARTS, "weight")
    for rows in _by(checked["municipality_effects"], "outcome"):
        _several(rows, FEWEST_MUNICIPALITIES, "support_treated")
    for rows in _by(checked["dose"], "outcome", "estimator"):
        if rows[0].row["estimator"] == "dose_groups":
            _several(rows, FEWEST_PARTS, "support_treated")
    for rows in _by(checked["subgroups"], "outcome", "dimension"):
        _several(rows, FEWEST_PARTS, "n_person_years")
        if any(draft.hidden for draft in rows):
            # with the whole and the test of their difference two parts are known
            for draft in rows:
                draft.hide_columns("complement", "p_interaction")
        _counted(rows, checked["estimates"], limit)
    _adjusted_together(checked["subgroups"])
    _ranked_again(checked["specification_curve"], _by_position)
    _ranked_again(checked["municipality_effects"], _by_size)


def _by(rows: Sequence[Draft], *keys: str) -> list[list[Draft]]:
    groups: dict[tuple[object, ...], list[Draft]] = {}
    for draft in rows:
        groups.setdefault(tuple(draft.row[key] for key in keys), []).append(draft)
    return list(groups.values())


def _several(rows: Sequence[Draft], fewest: int, size: str) -> None:
    """Add the smallest rows to those withheld until they are enough, one of which may leave by itself."""
    hidden = sum(draft.hides(Role.STATISTIC) for draft in rows)
    if not hidden:
        return
    spare = [d for d in rows if not d.hides(Role.STATISTIC) and d.row.get("estimate") is not None]
    for draft in sorted(spare, key=lambda d: d.row.get(size) or 0.0)[: max(1, fewest - hidden)]:
        draft.hide_all("complement")


def _counted(rows: Sequence[Draft], estimates: Sequence[Draft], limit: int) -> None:
    """All less the levels are the person-years of unknown level: few of them stay behind.

    The counts of the dimension go, its effects stay.
    """
    counts = [draft.row["n_person_years"] for draft in rows if draft.row.get("n_person_years") is not None]
    whole = next((d.row for d in estimates if not d.hidden and d.row["outcome"] == rows[0].row["outcome"]), {})
    total = whole.get("n_person_years")
    if counts and total is not None and 0 < abs(total - sum(counts)) < limit:
        for draft in rows:
            draft.hide("complement", Role.COUNT)


def _adjusted_together(rows: Sequence[Draft]) -> None:
    """An adjusted p-value is made of all p-values, so one that stays behind keeps the others."""
    for outcome in _by(rows, "outcome"):
        for column, own in ADJUSTED.items():
            if any(own in draft.hidden for draft in outcome):
                for draft in outcome:
                    draft.hide_columns("complement", column)


def _ranked_again(rows: list[Draft], order: Order) -> None:
    """Withheld rows last, in an order that tells nothing; the others by their numbers alone, counted anew."""
    shown = sorted((draft for draft in rows if not draft.hidden), key=lambda draft: order(draft.row))
    last = sorted((draft for draft in rows if draft.hidden), key=_telling_nothing)
    for position, draft in enumerate(shown, start=1):
        draft.row = {**draft.row, "position": position}
    rows[:] = [*shown, *last]


def _by_size(row: Row) -> tuple[float, float]:
    """Shrunken effects that differ by rounding are equal: the order of the codes must not show."""
    return -float(f"{row['shrunken']:.9g}"), -row["estimate"]


def _by_position(row: Row) -> tuple[float, float]:
    return row["position"], 0.0


def _telling_nothing(draft: Draft) -> tuple[str, ...]:
    return *draft.reasons, *(str(draft.row.get(name, "")) for name in ("data", "estimator"))
