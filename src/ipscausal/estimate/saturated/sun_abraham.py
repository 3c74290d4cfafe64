"""Sun and Abraham (2021): an event study for every cohort in one regression."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import solve
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.estimate.saturated.comparison import compared, group_times, with_reference
from ipscausal.panel import FloatArray, Panel


def sun_abraham(
    panel: Panel,
    *,
    comparison: Literal["never", "last cohort"] = "never",
    reference: int = -1,
    anticipation: int = 0,
) -> Estimate:
    """One coefficient per cohort and calendar year relative to the cohort's `reference`, by least squares on persons.

    Municipality and year effects, an indicator of every cohort in every year but that of reference, and the panel's
    person covariates (Sun and Abraham 2021, equation 26). comparison: the never treated; or those that adopt last, in
    the years before they do (the never treated are then left out).
    anticipation: years before adoption in which behaviour may already have changed; `reference` lies before them.
    `share` is the weight of the observations in each cohort and year, so that averages are those of fixest's sunab:
    shares count as known. Cohorts without a year of reference are left out ("without_reference").

    Raises UsageError for an unknown comparison or a reference inside the anticipation or after adoption,
    IdentificationError without treated or comparison municipalities, or if covariates explain an effect.
    """
    if comparison not in ("never", "last cohort"):
        raise UsageError(f"comparison={comparison!r} is not known", remedy='use "never" or "last cohort"')
    if reference >= -anticipation:
        raise UsageError(
            f"reference {reference} is not before adoption less {anticipation} years of anticipation",
            remedy=f"use a reference of {-anticipation - 1} or earlier",
        )
    panel, cells, left_out = compared(panel, comparison, anticipation)
    panel, cells, left_out = with_reference(panel, cells, (reference, reference), left_out)
    base = Term(f"event_{reference}", reference, reference, reference, str(reference))
    design = Design(group_times(cells, -np.inf, reference), base, anticipation)
    return effects_from_regression(
        "sun_abraham",
        panel,
        cells,
        design,
        solve(cells, design),
        refit=partial(sun_abraham, comparison=comparison, reference=reference, anticipation=anticipation),
        left_out=left_out,
        share=observed_share(cells, design),
    )


def observed_share(cells: Panel, design: Design) -> FloatArray:
    """(q,) regression weight of the cells of each term: averages over terms are averages over treated observations."""
    focus = design.focus(cells.event_time, cells.adoption)
    return np.asarray((focus * cells.weight).sum(axis=(1, 2)))
