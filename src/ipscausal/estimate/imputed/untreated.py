"""Untreated outcomes from untreated cells: municipality and year effects, and what they leave in every cell.

The first stage of imputation and of the two-stage estimator is one least squares with municipality effects absorbed,
on cells before adoption (less years of anticipation) and of the never treated. With r_it the cell means of covariates
and year dummies, less their means over the municipality's untreated cells, and likewise for y, the gap of a cell is
y_it - r_it' theta: an effect in a treated cell, a residual in an untreated one. Municipalities with a single untreated
year keep their effect: it takes part in no slope, but it predicts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import in_estimation
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import adjusted_means, inverse, solve
from ipscausal.estimate.model import NormalEquations
from ipscausal.panel import BoolArray, FloatArray, Panel


@dataclass(frozen=True, slots=True, eq=False)
class UntreatedFit:
    """What the untreated cells say of all cells.

    panel: municipalities in the estimation. equations: first stage, p columns (K covariates, then years). gap: (G, T)
    adjusted mean less its prediction, 0 where there is no cell or no prediction. predicted: (G, T) treated cells with a
    prediction; untreated: (G, T) cells of the first stage. level: (G, T) weights of the untreated cells in the
    municipality's own level, rows sum to one. regressors: (G, T, p) r_it. year_weights: (G, T, m) influence of the
    adjusted cell means on the m year effects. left_out: municipalities not used, by reason.
    """

    panel: Panel
    base: Term
    anticipation: int
    equations: NormalEquations
    slopes: FloatArray
    gap: FloatArray
    predicted: BoolArray
    untreated: BoolArray
    level: FloatArray
    regressors: FloatArray
    year_weights: FloatArray
    left_out: dict[str, tuple[str, ...]]


def untreated_fit(panel: Panel, anticipation: int) -> UntreatedFit:
    """The first stage. A cell has a prediction if its year and its municipality are linked by untreated cells.

    Left out: always treated and empty municipalities, and with anticipation those without an untreated year.
    Raises UsageError for negative anticipation, IdentificationError if no treated cell has a prediction or a covariate
    does not vary.
    """
    if anticipation < 0:
        raise UsageError(f"anticipation={anticipation} must be 0 or more years")
    panel, left_out = in_estimation(panel)
    treated = panel.event_time >= -anticipation
    without: BoolArray = ~np.any(panel.observed & ~treated, axis=1)
    if without.any():
        left_out["no_untreated_year"] = tuple(panel.municipality[g] for g in np.flatnonzero(without))
        panel, treated = panel.select(~without), treated[~without]
    first = panel.without(treated)
    predicted = treated & panel.observed & _linked(first.observed)
    if not predicted.any():
        raise IdentificationError(
            "no treated municipality is observed after adoption in a year with an untreated municipality",
            remedy="look at the rollout dates, the years of the study and the comparison municipalities",
        )
    base = Term("before", None, -np.inf, -1 - anticipation)
    design = Design((), base, anticipation)
    equations = solve(first, design)
    k = len(panel.covariates)
    slopes = equations.solution[:k]
    level = first.weight / first.weight.sum(axis=1, keepdims=True)
    kept = [i for i, year in enumerate(panel.years) if f"year_{year}" in equations.columns]
    dummies = np.eye(len(panel.years))[:, kept]
    years = dummies[None] - (level @ dummies)[:, None]
    x_mean = np.divide(panel.x, panel.weight[..., None], out=np.zeros_like(panel.x), where=panel.observed[..., None])
    x_mean -= np.einsum("gt,gtk->gk", level, x_mean)[:, None]
    mean = np.nan_to_num(adjusted_means(panel, slopes))
    gap = mean - np.einsum("gt,gt->g", level, mean)[:, None] - years @ equations.solution[k:]
    bread = inverse(equations.gram.sum(axis=0)[k:, k:])
    return UntreatedFit(
        panel=panel,
        base=base,
        anticipation=anticipation,
        equations=equations,
        slopes=slopes,
        gap=np.where(predicted | first.observed, gap, 0.0),
        predicted=predicted,
        untreated=first.observed,
        level=level,
        regressors=np.concatenate([x_mean, years], axis=2),
        year_weights=years * first.weight[..., None] @ bread,
        left_out=left_out,
    )


def _linked(untreated: BoolArray) -> BoolArray:
    """(G, T) True where municipality and year lie in one connected block of untreated cells.

    Within a block differences of year effects are estimated, across blocks they are not.
    """
    g, t = untreated.shape
    rows, columns = np.nonzero(untreated)
    graph = coo_array((np.ones(len(rows)), (rows, g + columns)), shape=(g + t, g + t))
    block = connected_components(graph, directed=False)[1]
    return np.asarray(block[:g, None] == block[None, g:])
