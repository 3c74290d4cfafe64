"""What rests on the average effect leaves only with it; single municipalities leave all together or not at all.

An outsider who holds the effect, its standard errors by several methods and the contrasts of all municipalities but
a few can solve for those few: the re-assigned coefficients sum to a constant, leaving one out shifts the effect by a
known share of its contrast, and a standard error is the spread of the contrasts. So one municipality that may not be
shown takes the others with it, and the extremes among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.tables import EFFECT_TABLES, SINGLE_MUNICIPALITIES, Role

Checked = Mapping[str, list[Draft]]
EXTREMES = ("influence",)
"""Diagnostics whose value belongs to one municipality, the most extreme of all."""


def protect_effects(checked: Checked) -> None:
    """Withhold, in place, what would reveal a withheld effect or a municipality that may not be shown."""
    for outcome in dict.fromkeys(draft.row["outcome"] for name in EFFECT_TABLES for draft in checked[name]):
        about = {name: [d for d in checked[name] if d.row["outcome"] == outcome] for name in EFFECT_TABLES}
        if not effect_leaves(checked["estimates"], outcome):
            for draft in (draft for rows in about.values() for draft in rows):
                draft.hide_all("term")
        _together(about)
    checked["placebo"].sort(key=_order)
    for draft in checked["estimates"]:
        if draft.row.get("role") == "conventional" and not _calibrated(draft, checked["calibration"]):
            draft.row = {**draft.row, "p_value": None}


def effect_leaves(estimates: list[Draft], outcome: str) -> bool:
    """Whether the average effect on the outcome leaves by every method, so that other files may repeat it."""
    rows = [draft for draft in estimates if draft.row["outcome"] == outcome and draft.row["term"] == "att"]
    return bool(rows) and not any(draft.hides(Role.STATISTIC) for draft in rows)


def _together(about: Checked) -> None:
    single = [draft for name in SINGLE_MUNICIPALITIES for draft in about[name]]
    if not any(draft.hidden for draft in single):
        return
    for draft in (*single, *(d for d in about["diagnostics"] if d.row["diagnostic"] in EXTREMES)):
        draft.hide_all("complement")


def _order(draft: Draft) -> tuple[bool, tuple[str, ...], bool]:
    """Withheld rows last, in an order that tells nothing; the others keep theirs."""
    hidden = bool(draft.hidden)
    return hidden, draft.reasons, hidden and bool(draft.row["is_treated"])


def _calibrated(draft: Draft, calibration: list[Draft]) -> bool:
    """Whether the rate at which this method finds effects where there are none leaves beside it."""
    return draft.row["term"] == "att" and any(
        other.row["method"] == draft.row["method"]
        and other.row["outcome"] == draft.row["outcome"]
        and other.released()["false_positive_rate"] is not None
        for other in calibration
    )
