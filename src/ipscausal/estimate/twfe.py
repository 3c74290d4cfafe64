"""Two-way fixed effects: difference-in-differences and the event study."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.design import Design, did_design, event_study_design
from ipscausal.estimate.least_squares import adjusted_means, cell_weights, solve
from ipscausal.estimate.model import Estimate
from ipscausal.panel import BoolArray, FloatArray, Panel

CARRIES = 1e-9  # a cell below this share of the largest weight is rounding


def did(panel: Panel, anticipation: int = 0) -> Estimate:
    """Coefficient of exposure with municipality and year effects, as on the rows behind the cells.

    anticipation: so many years before adoption are neither before nor after, and not used.
    Raises IdentificationError without treated or control municipalities, without years before or after, or when
    covariates explain exposure.
    """
    return _estimate(panel, did_design(anticipation))


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
    used, _ = _in_estimation(panel)
    return _estimate(panel, event_study_design(used, window, reference, outside, anticipation))


def _in_estimation(panel: Panel) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    """The panel without municipalities that cannot inform: no cells, or exposed in every cell they have."""
    observed = panel.observed
    empty = ~observed.any(axis=1)
    always = ~empty & panel.treated & ~(observed & (panel.exposed == 0)).any(axis=1)
    left_out = {
        reason: tuple(panel.municipality[g] for g in np.flatnonzero(mask))
        for reason, mask in (("always_treated", always), ("empty", empty))
        if mask.any()
    }
    return panel.select(~empty & ~always), left_out


def _estimate(panel: Panel, design: Design) -> Estimate:
    panel, left_out = _in_estimation(panel)
    _require_identified(panel, design, left_out)
    cells = panel.without(design.left_out(panel.event_time))
    used = np.count_nonzero(cells.observed, axis=1) > 0
    gone = tuple(code for code, stays in zip(panel.municipality, used, strict=True) if not stays)
    if gone:
        left_out = {**left_out, "empty": (*left_out.get("empty", ()), *gone)}
        panel, cells = panel.select(used), cells.select(used)
    equations = solve(cells, design)
    q, k = len(design.terms), len(panel.covariates)
    labels, cluster_of = _clusters(panel)
    scores = np.zeros((len(labels), equations.bread.shape[0]))
    np.add.at(scores, cluster_of, equations.scores)
    weights = cell_weights(cells, design, equations)
    focus = design.focus(cells.event_time) & cells.observed
    n, parameters = cells.n_observations, len(equations.columns) + 1
    return Estimate(
        estimator="twfe",
        panel=panel,
        cells=cells,
        design=design,
        coef=equations.solution[:q],
        cell_weights=weights,
        adjusted_mean=adjusted_means(cells, equations.solution[q : q + k]),
        cluster=labels,
        cluster_of=cluster_of,
        cluster_scores=scores @ equations.bread[:, :q],
        n_observations=n,
        n_parameters=parameters,
        residual_df=n - parameters - (len(panel.municipality) - 1),
        n_treated=np.array([len(np.unique(cluster_of[term.any(axis=1)])) for term in focus], dtype=np.int64),
        support_treated=_support(cells, weights, cells.treated),
        support_control=_support(cells, weights, ~cells.treated),
        left_out=left_out,
        equations=equations,
    )


def _require_identified(panel: Panel, design: Design, left_out: dict[str, tuple[str, ...]]) -> None:
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
    focus = design.focus(time) & observed
    empty = [term.name for term, cells in zip(design.terms, focus, strict=True) if not cells.any()]
    if empty or not design.terms:
        raise IdentificationError("no treated municipality is observed after adoption", remedy=remedy)


def _clusters(panel: Panel) -> tuple[tuple[str, ...], np.ndarray]:
    """Cluster labels in order of first appearance. Treatment acts on clusters: one adoption year in each."""
    labels = tuple(dict.fromkeys(panel.cluster))
    position = {label: i for i, label in enumerate(labels)}
    cluster_of = np.array([position[label] for label in panel.cluster], dtype=np.int64)
    mixed = [label for i, label in enumerate(labels) if len(np.unique(panel.adoption[cluster_of == i])) > 1]
    if mixed:
        raise IdentificationError(
            "treatment must be the same for all municipalities of a cluster",
            problems=tuple(f"cluster {label} holds several adoption years" for label in mixed),
        )
    return labels, cluster_of


def _support(panel: Panel, weights: FloatArray, arm: BoolArray) -> FloatArray:
    """(q,) smallest number of observations in a year of the arm where any of its cells carries weight."""
    size = panel.persons[arm].sum(axis=0)
    largest = np.abs(weights).max(axis=(1, 2), initial=0.0)
    carries = (np.abs(weights[:, arm]) > CARRIES * largest[:, None, None]).any(axis=1)
    return np.where(carries, size, np.inf).min(axis=1)
