"""What leaves under a rule set that rounds: every row gets the numbers that leave in place of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ipscausal import periods
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.roles import Role
from ipscausal.disclosure.rounding import rounded, significant, step_of
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.table_sums import table_sums
from ipscausal.outcomes import is_share

Checked = Mapping[str, Sequence[Draft]]
WORK_YEARS = {"work_years": "estimate", "work_years_low": "conf_low", "work_years_high": "conf_high"}
OF_PERSONS = ("residual_df", "n_municipalities")
"""Degrees of freedom as many as these, or more, are of persons."""
ARMS = ("treated", "control")
FULL = 12
"""Digits of a file: more are never written."""


def round_tables(checked: Checked, adoption_years: Mapping[str, int], study: Mapping[str, Any], rules: Rules) -> None:
    """Give every row, in place, its rounded counts, and numbers that are made of these."""
    if rules.rounding != "none":
        _counts(checked, rules.rounding)
        _totals(checked, adoption_years, rules.rounding)
        _no_step_adds(checked["flow"])
        for draft in checked["trends"]:
            _described(draft, "mean", "persons", is_share(str(draft.row["outcome"])), rules.rounding)
        for draft in checked["baseline"]:
            _compared(draft, rules.rounding)
        _work_years(checked, study)
    if rules.significant_digits < FULL:
        for draft in (draft for rows in checked.values() for draft in rows):
            _fewer_digits(draft, rules.significant_digits)


def _counts(checked: Checked, rounding: str) -> None:
    for draft in (draft for rows in checked.values() for draft in rows):
        for name in draft.table.counts:
            if draft.row.get(name) is not None:
                draft.rounded[name] = rounded(draft.row[name], rounding)
        # degrees of freedom of persons tell their number; those of municipalities are few
        freedom = draft.row.get("df")
        if freedom is not None and freedom >= min(draft.row.get(name) or math.inf for name in OF_PERSONS):
            draft.rounded["df"] = rounded(freedom, rounding)


def _totals(checked: Checked, adoption_years: Mapping[str, int], rounding: str) -> None:
    """Totals are the sums of the rounded counts that they are made of."""
    sums = table_sums(checked, adoption_years)
    for name in sums.made:
        total = sum(rounded(sums.counts[leaf].value, rounding) for leaf in sums.leaves(name))
        for place in sums.counts[name].places:
            if place.column in place.draft.table.counts:
                place.draft.rounded[place.column] = total


def _no_step_adds(flow: Sequence[Draft]) -> None:
    """A rule of selection that takes nobody shows the same number, and none shows more than the step before it.

    The last step is made of rounded years, earlier ones are rounded by themselves.
    """
    ordered = sorted(flow, key=lambda draft: draft.row["step"], reverse=True)
    for arm in dict.fromkeys(draft.row["arm"] for draft in ordered):
        own = [draft for draft in ordered if draft.row["arm"] == arm and not draft.hidden]
        for later, earlier in pairwise(own):
            for name in earlier.table.counts:
                same = earlier.row[name] == later.row[name]
                least = later.rounded[name]
                earlier.rounded[name] = least if same else max(earlier.rounded[name], least)


def _described(draft: Draft, column: str, size: str, share: bool, rounding: str) -> None:
    """A share is made of rounded counts; a mean, or its deviation, loses the digits that would tell the count."""
    value, persons = draft.row.get(column), draft.row.get(size)
    if value is None or not persons:
        return
    if share:
        whole = draft.rounded[size]
        having = rounded(round(value * persons), rounding)
        draft.rounded[column] = min(1.0, having / whole) if whole else None
    else:
        digits = step_of(draft.rounded[size] or persons)
        draft.rounded[column] = round(value / digits) * digits


def _compared(draft: Draft, rounding: str) -> None:
    """Both arms of a row of the baseline: a deviation or a difference of unrounded shares would tell their counts."""
    share = draft.row.get("kind") == "share"
    for arm in ARMS:
        mean, deviation, size = f"{arm}_mean", f"{arm}_sd", f"n_{arm}"
        _described(draft, mean, size, share, rounding)
        if not share:
            _described(draft, deviation, size, False, rounding)
        elif draft.row.get(deviation) is not None and draft.rounded.get(mean) is not None:
            having, whole = draft.rounded[mean], draft.rounded[size]
            draft.rounded[deviation] = math.sqrt(having * (1 - having) * whole / (whole - 1))
    told: dict[str, Any] = {**draft.row, **draft.rounded}
    names = [f"{arm}_{part}" for part in ("mean", "sd") for arm in ARMS]
    if all(told.get(name) is not None for name in ("std_difference", *names)):
        mean_1, mean_0, deviation_1, deviation_0 = (told[name] for name in names)
        spread = math.hypot(deviation_1, deviation_0) / math.sqrt(2)
        draft.rounded["std_difference"] = (mean_1 - mean_0) / spread if spread else None


def _work_years(checked: Checked, study: Mapping[str, Any]) -> None:
    """Work-years of the rounded N, unless the study itself gives the number."""
    days = study["work_years"]["days_per_work_year"]
    times = periods.PERIODS_IN_A_YEAR[periods.of_study(study)]
    given = not isinstance(study["work_years"]["persons"], str)
    persons = None
    for draft in checked["headline"]:
        if given:
            draft.rounded.pop("work_year_persons", None)
        persons = draft.rounded.get("work_year_persons", draft.row.get("work_year_persons"))
    if persons is None or given:
        return
    for draft in (*checked["headline"], *checked["estimates"]):
        for ours, theirs in WORK_YEARS.items():
            if draft.row.get(ours) is not None and draft.row.get(theirs) is not None:
                draft.rounded[ours] = draft.row[theirs] * persons * times / days


def _fewer_digits(draft: Draft, digits: int) -> None:
    counted = draft.table.counts
    for name in draft.table.names(Role.STATISTIC):
        value = draft.rounded.get(name, draft.row.get(name))
        if isinstance(value, float) and name not in counted:
            draft.rounded[name] = significant(value, digits)
