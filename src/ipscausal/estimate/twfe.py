"""Two-way fixed effects: difference-in-differences and the event study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.adjustment import ABSORBED, Trends, by_year, known
from ipscausal.estimate.assemble import in_estimation, keep_where
from ipscausal.estimate.design import Design, did_design, event_study_design
from ipscausal.estimate.least_squares import solve
from ipscausal.estimate.model import TWO_WAY, Estimate
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.panel import Panel

ADJUSTED = "twfe_adjusted"


def did(panel: Panel, anticipation: int = 0, *, trends: Trends = "none", interacted: tuple[str, ...] = ()) -> Estimate:
    """Coefficient of exposure with municipality and year effects, as on the rows behind the cells.

    anticipation: so many years before adoption are neither before nor after, and not used.
    trends: "municipality" gives each municipality a linear trend of its own, fitted to all its years: an effect that
    grows with time is then partly taken for trend. interacted: covariates, of persons or municipalities, whose slopes
    differ by year; municipalities where they are not known are left out ("missing_covariate"). With either the
    estimator is called twfe_adjusted, and `variance_cost` tells what it costs.
    Raises IdentificationError without treated or control municipalities, without years before or after, or when
    covariates or trends explain exposure; UsageError for unknown covariates.
    """
    again = partial(did, anticipation=anticipation, trends=trends, interacted=interacted)
    name = TWO_WAY if trends == "none" and not interacted else ADJUSTED
    return fit_design(panel, did_design(anticipation), again, name, trends=trends, interacted=interacted)


def event_study(
    panel: Panel,
    window: tuple[int, int] = (-4, 3),
    reference: int = -1,
    outside: Literal["bin", "drop"] = "bin",
    anticipation: int = 0,
    *,
    trends: Trends = "none",
    interacted: tuple[str, ...] = (),
) -> Estimate:
    """Coefficients of time since adoption relative to `reference`, with municipality and year effects.

    outside: "bin" pools event times beyond the window into its end points, "drop" empties those cells.
    trends, interacted: as in `did`. Trends need a second point of reference: a window narrower than the panel with
    outside="bin" gives one by taking effects beyond its ends as constant.
    Raises IdentificationError as `did`, and when no treated municipality has the reference year.
    """
    used, _ = in_estimation(panel)
    design = event_study_design(used, window, reference, outside, anticipation)
    again = partial(
        event_study, window=window, reference=reference, outside=outside, anticipation=anticipation, trends=trends,
        interacted=interacted,
    )  # fmt: skip
    name = TWO_WAY if trends == "none" and not interacted else ADJUSTED
    return fit_design(panel, design, again, name, trends=trends, interacted=interacted)


def fit_design(
    panel: Panel,
    design: Design,
    refit: Callable[[Panel], Estimate],
    estimator: str = TWO_WAY,
    *,
    trends: Trends = "none",
    interacted: tuple[str, ...] = (),
) -> Estimate:
    """Least squares with municipality and year effects on the cells of the design's terms and base and the untreated.

    Raises IdentificationError and UsageError as `did`.
    """
    if trends not in ABSORBED:
        raise UsageError(f"trends={trends!r} is not known", remedy='use "none" or "municipality"')
    panel, left_out = in_estimation(panel)
    require_identified(panel, design, left_out)
    cells = panel.without(design.left_out(panel.event_time, panel.adoption))
    panel, cells, left_out = keep_where(panel, cells, np.asarray(cells.observed.any(axis=1)), "empty", left_out)
    panel, cells, left_out = keep_where(panel, cells, known(cells, interacted), "missing_covariate", left_out)
    equations = solve(cells, design, by_year(cells, interacted, ABSORBED[trends]))
    return effects_from_regression(estimator, panel, cells, design, equations, refit=refit, left_out=left_out)


def require_identified(panel: Panel, design: Design, left_out: Mapping[str, tuple[str, ...]]) -> None:
    """Raises IdentificationError where no cells stand on one side of the comparison."""
    time, observed = panel.event_time, panel.observed
    always = left_out.get("always_treated", ())
    dropped = f" ({len(always)} exposed in every year were left out)" if always else ""
    remedy = "look at the rollout dates, the years of the study and the comparison municipalities"
    if not panel.treated.any():
        raise IdentificationError(f"no treated municipality inside the window{dropped}", remedy=remedy)
    if panel.treated.all() and len(np.unique(panel.adoption)) == 1:
        raise IdentificationError("no comparison: every municipality adopts in the same year", remedy=remedy)
    if not (observed & design.comparison(time)).any():
        raise IdentificationError(
            f"no treated municipality is observed at event time {design.base.label or 'before 0'}",
            remedy=f"{remedy}; where the year of start is left out (first full year), the reference is -2 or earlier",
        )
    focus = design.focus(time, panel.adoption) & observed
    empty = [term.name for term, cells in zip(design.terms, focus, strict=True) if not cells.any()]
    if empty or not design.terms:
        raise IdentificationError("no treated municipality is observed after adoption", remedy=remedy)
