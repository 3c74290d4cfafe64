"""Two-way fixed effects: difference-in-differences and the event study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.assemble import clusters, in_estimation, support, treated_clusters
from ipscausal.estimate.design import Design, did_design, event_study_design
from ipscausal.estimate.least_squares import adjusted_means, cell_weights, solve
from ipscausal.estimate.model import TWO_WAY, Estimate
from ipscausal.panel import Panel


def did(panel: Panel, anticipation: int = 0) -> Estimate:
    """Coefficient of exposure with municipality and year effects, as on the rows behind the cells.

    anticipation: so many years before adoption are neither before nor after, and not used.
    Raises IdentificationError without treated or control municipalities, without years before or after, or when
    covariates explain exposure.
    """
    return fit_design(panel, did_design(anticipation), partial(did, anticipation=anticipation))


def event_study(
    panel: Panel,
    window: tuple[int, int] = (-4, 3),
    reference: int = -1,
    outside: Literal["bin", "drop"] = "bin",
    anticipation: int = 0,
) -> Estimate:
    """Coefficients of time since adoption relative to `reference`, with municipality and year effects.

    outside: "bin" pools event times beyond the window into its end points, "drop" empties those cells.
    Raises IdentificationError as `did`, and when no treated municipality has the reference year.
    """
    used, _ = in_estimation(panel)
    again = partial(event_study, window=window, reference=reference, outside=outside, anticipation=anticipation)
    return fit_design(panel, event_study_design(used, window, reference, outside, anticipation), again)


def fit_design(panel: Panel, design: Design, refit: Callable[[Panel], Estimate], estimator: str = TWO_WAY) -> Estimate:
    """Least squares with municipality and year effects on the cells of the design's terms and base and the untreated.

    Raises IdentificationError as `did`.
    """
    panel, left_out = in_estimation(panel)
    _require_identified(panel, design, left_out)
    cells = panel.without(design.left_out(panel.event_time, panel.adoption))
    used = np.count_nonzero(cells.observed, axis=1) > 0
    gone = tuple(code for code, stays in zip(panel.municipality, used, strict=True) if not stays)
    if gone:
        left_out = {**left_out, "empty": (*left_out.get("empty", ()), *gone)}
        panel, cells = panel.select(used), cells.select(used)
    equations = solve(cells, design)
    q, k = len(design.terms), len(panel.covariates)
    labels, cluster_of = clusters(panel)
    weights = cell_weights(equations, q)
    n, parameters = cells.n_observations, len(equations.columns) + 1
    return Estimate(
        estimator=estimator,
        panel=panel,
        cells=cells,
        design=design,
        coef=equations.solution[:q],
        cell_weights=weights,
        adjusted_mean=adjusted_means(cells, equations.solution[q : q + k]),
        slopes=equations.solution[q : q + k],
        cluster=labels,
        cluster_of=cluster_of,
        contributions=equations.scores @ equations.bread[:, :q],
        n_observations=n,
        n_parameters=parameters,
        residual_df=n - parameters - (len(panel.municipality) - 1),
        n_treated=treated_clusters(cells, design, cluster_of),
        support_treated=support(cells, weights, cells.treated),
        support_control=support(cells, weights, ~cells.treated),
        left_out=left_out,
        refit=refit,
        equations=equations,
    )


def _require_identified(panel: Panel, design: Design, left_out: Mapping[str, tuple[str, ...]]) -> None:
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
