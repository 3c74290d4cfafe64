"""Wooldridge's extended two-way fixed effects: an effect for every treated cohort and year, one regression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import inf
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.adjustment import known
from ipscausal.estimate.assemble import keep_where
from ipscausal.estimate.controls import Controls, cell_controls, joined
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import solve
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.estimate.saturated.comparison import LeftOut, compared, group_times, with_reference
from ipscausal.estimate.saturated.covariates import choose, saturated_covariates
from ipscausal.estimate.saturated.sun_abraham import observed_share
from ipscausal.panel import Panel

Compared = Literal["not_yet", "never"]


def etwfe(
    panel: Panel,
    *,
    comparison: Compared = "not_yet",
    anticipation: int = 0,
    effects: Literal["municipality", "cohort"] = "municipality",
    person_covariates: Sequence[str] | None = None,
    municipality_covariates: Sequence[str] | None = None,
) -> Estimate:
    """One coefficient per cohort and year of treatment, by least squares on persons (Wooldridge 2021, section 5).

    comparison: with "not_yet" every cell before adoption counts as untreated, which uses parallel trends in all years;
    with "never" each cohort also has coefficients for the years before adoption, relative to the last one, and only
    the never treated are compared with. anticipation: years before adoption that have effects of their own.
    effects: constants of municipalities, or of cohorts. The two give the same numbers where a municipality has the same
    weight in every year; otherwise cohort constants let a change in the sizes of municipalities move the estimate.
    Covariates (names, all those of the panel by default, () for none) have slopes that differ by year, by cohort and in
    every treated cohort and year, there around their average over the treated observations: the coefficient is the
    average effect on these, which is what R's etwfe and emfx report. Municipalities without a municipality covariate
    are left out ("missing_covariate").
    Without never treated the cohort that adopts last is the comparison, in the years before it does.

    Raises UsageError for an unknown option or covariate, IdentificationError without treated or comparison
    municipalities, or where covariates explain an effect.
    """
    if effects not in ("municipality", "cohort"):
        raise UsageError(f"effects={effects!r} is not known", remedy='use "municipality" or "cohort"')
    again = partial(
        etwfe, comparison=comparison, anticipation=anticipation, effects=effects, person_covariates=person_covariates,
        municipality_covariates=municipality_covariates,
    )  # fmt: skip
    panel = choose(panel, person_covariates, municipality_covariates)
    panel, cells, design, left_out = saturated_design(panel, comparison, anticipation)
    focus = design.focus(cells.event_time, cells.adoption)
    if effects == "cohort":
        controls = joined(cohort_constants(cells), saturated_covariates(cells, focus, "none"))
    else:
        controls = saturated_covariates(cells, focus, "effects")
    return effects_from_regression(
        "etwfe", panel, cells, design, solve(cells, design, controls),
        refit=again, left_out=left_out, share=observed_share(cells, design),
    )  # fmt: skip


def saturated_design(panel: Panel, comparison: Compared, anticipation: int) -> tuple[Panel, Panel, Design, LeftOut]:
    """Who is in, the cells as used, and a term for every treated cohort and year. Raises as `etwfe`."""
    if comparison not in ("not_yet", "never"):
        raise UsageError(f"comparison={comparison!r} is not known", remedy='use "not_yet" or "never"')
    panel, cells, left_out = compared(panel, comparison, anticipation)
    panel, cells, left_out = keep_where(
        panel, cells, known(cells, cells.unit_covariates), "missing_covariate", left_out
    )
    reference = -1 - anticipation
    if comparison == "never":
        panel, cells, left_out = with_reference(panel, cells, (reference, reference), left_out)
        base = Term(f"event_{reference}", reference, reference, reference, str(reference))
        return panel, cells, Design(group_times(cells, -inf, reference), base, anticipation), left_out
    panel, cells, left_out = with_reference(panel, cells, (-inf, reference), left_out)
    base = Term("before", None, -inf, reference)
    return panel, cells, Design(group_times(cells, -anticipation, None), base, anticipation), left_out


def cohort_constants(cells: Panel) -> Controls:
    """An indicator for every cohort, the never treated included; nothing is absorbed per municipality."""
    cohorts = np.unique(cells.adoption)
    columns = np.repeat((cells.adoption[:, None] == cohorts)[:, None, :], len(cells.years), axis=1)
    names = tuple("cohort_never" if np.isinf(cohort) else f"cohort_{int(cohort)}" for cohort in cohorts)
    return cell_controls(names, columns.astype(np.float64), "none")
