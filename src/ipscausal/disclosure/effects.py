"""What rests on the average effect leaves only with it; single municipalities leave all together or not at all.

An outsider who holds the effect, its standard errors by several methods and the contrasts of all municipalities but
a few can solve for those few: the re-assigned coefficients sum to a constant, leaving one out shifts the effect by a
known share of its contrast, and a standard error is the spread of the contrasts. So one municipality that may not be
shown takes the others with it, and the extremes among them. Of the check that leaves each out, the verdict stays.
Intervals that allow for trends that differ are made of all effects by year: without one of these they stay behind.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.effect_tables import OF_THE_ANSWER
from ipscausal.disclosure.parts import protect_parts
from ipscausal.disclosure.roles import Role
from ipscausal.disclosure.tables import EFFECT_TABLES, SINGLE_MUNICIPALITIES

Checked = Mapping[str, list[Draft]]
EXTREMES = ("influence",)
"""Diagnostics whose value belongs to one municipality, the most extreme of all."""
OF_ONE_MUNICIPALITY = ("value", "low", "high", "without")
"""Columns of the check that leaves each municipality out that belong to the most extreme."""
OF_ONE_ROW = frozenset({"support_treated", "support_control", "support_unknown", "complement"})
"""Reasons that one row has and others have not, or have for its sake."""
OF_ALL_YEARS = ("honest_did", "pretrend_power")
"""Checks that are made of the effects by year."""


def protect_effects(checked: Checked, limit: int) -> None:
    """Withhold, in place, what would reveal a withheld effect, a municipality or a part that may not be shown."""
    _with_their_effect(checked)
    for outcome in dict.fromkeys(draft.row["outcome"] for name in EFFECT_TABLES for draft in checked[name]):
        about = {name: [d for d in checked[name] if d.row["outcome"] == outcome] for name in EFFECT_TABLES}
        _beside_the_primary(about["estimators"])
        _of_all_years(about, checked["event_study"], outcome)
        _together(about)
    checked["placebo"].sort(key=_order)
    for draft in checked["estimates"]:
        if draft.row.get("role") == "conventional" and not _calibrated(draft, checked["calibration"]):
            draft.row = {**draft.row, "p_value": None}
    protect_parts(checked, limit)


def _with_their_effect(checked: Checked) -> None:
    """What is about an effect goes where the effect does not leave by every method."""
    estimates = checked["estimates"]
    answer = {draft.row["outcome"] for draft in checked["headline"]}
    estimated = {draft.row["outcome"] for draft in estimates}
    for name in EFFECT_TABLES:
        for draft in checked[name]:
            own = {draft.row["outcome"]}
            needed = answer | (own & estimated) if name in OF_THE_ANSWER else own
            if not all(effect_leaves(estimates, outcome) for outcome in needed):
                draft.hide_all("term")


def _beside_the_primary(estimators: list[Draft]) -> None:
    """Differences from an effect that stays behind would give it away."""
    if any(draft.hides(Role.STATISTIC) for draft in estimators if draft.row["role"] == "primary"):
        for draft in estimators:
            draft.hide_all("term")


def _of_all_years(about: Checked, events: list[Draft], outcome: str) -> None:
    if any(draft.hides(Role.STATISTIC) for draft in events if draft.row["outcome"] == outcome):
        by_year = [draft for draft in about["sensitivity"] if draft.row["question"] in OF_ALL_YEARS]
        for draft in (*about["honest"], *by_year):
            draft.hide_all("term")


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
    if any(OF_ONE_ROW.intersection(draft.reasons) for draft in single):
        # rows may have the code of their municipality: a reason of its own would say which of them is small
        for draft in single:
            draft.hidden = dict.fromkeys(draft.hidden, "municipality")
    for draft in about["sensitivity"]:
        if draft.row["question"] == "without_municipality":
            draft.hide_columns("complement", *OF_ONE_MUNICIPALITY)


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
