"""Least squares on persons with municipality and year effects, exactly, from the cells.

Municipality effects are absorbed per municipality g: with regressors r (terms and year dummies, constant inside a
cell; covariates, which are not), A_g = sum rr' - sum r sum r'/n_g and b_g = sum ry - sum r sum y/n_g, weights in every
sum; coefficients = (sum A_g)^-1 sum b_g. Linear trends of the municipalities are absorbed in the same way. No N x N
object appears.
"""

from __future__ import annotations

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.controls import Controls, no_controls
from ipscausal.estimate.cross_products import cell_columns, cross_products
from ipscausal.estimate.design import Design
from ipscausal.estimate.model import NormalEquations
from ipscausal.panel import BoolArray, FloatArray, Panel

COLLINEAR = 1e-10  # share of a column's variation that must be its own


def solve(panel: Panel, design: Design, controls: Controls | None = None) -> NormalEquations:
    """The regression of a design. Raises IdentificationError as `solve_columns`."""
    names = tuple(term.name for term in design.terms)
    return solve_columns(panel, names, design.focus(panel.event_time, panel.adoption), controls)


def solve_columns(
    panel: Panel, terms: tuple[str, ...], focus: BoolArray | FloatArray, controls: Controls | None = None
) -> NormalEquations:
    """The whole regression. Raises IdentificationError naming a term or covariate that the others explain.

    Year dummies explained by other years (years without cells, unconnected blocks) and controls explained by others
    leave without effect on the terms.
    """
    extra = no_controls(panel) if controls is None else controls
    gram, moment = cross_products(panel, focus, extra)
    names = (*terms, *panel.covariates, *(f"year_{year}" for year in panel.years[1:]), *extra.names)
    q, k, e, p = len(focus), len(panel.covariates), len(extra.names), len(names)
    total = gram.sum(axis=0)
    spread = np.diag(total).copy()
    spread[q : q + k] = np.maximum(spread[q : q + k], _raw_spread(panel))
    spread[:q] = np.maximum(spread[:q], COLLINEAR * panel.weight.sum())
    spread[p - e :] = np.maximum(spread[p - e :], _control_spread(panel, extra))
    keep = independent(total, spread, order=np.r_[q + k : p, q : q + k, 0:q])
    lost = [names[i] for i in range(q + k) if not keep[i]]
    if lost:
        raise IdentificationError(
            "the design does not identify " + ", ".join(lost),
            problems=tuple(f"{name} does not vary on its own next to the other regressors" for name in lost),
            remedy="leave the covariate out, widen the window, or add municipalities that are never treated",
        )
    cells = cell_columns(panel, focus, extra) * panel.weight[..., None]
    of_cells = np.r_[0:q, q + k : p - e, p - e + extra.of_cells]
    if not keep.all():
        columns = np.flatnonzero(keep)
        gram, moment, names = gram[:, columns][:, :, columns], moment[:, columns], tuple(names[i] for i in columns)
        cells = cells[..., keep[of_cells]]
        of_cells = (np.cumsum(keep) - 1)[of_cells[keep[of_cells]]]
        extra = extra.at(keep[p - e :])
    bread = inverse(gram.sum(axis=0))
    solution = bread @ moment.sum(axis=0)
    return NormalEquations(names, gram, moment, bread, solution, moment - gram @ solution, cells, of_cells, extra)


def inverse(matrix: FloatArray) -> FloatArray:
    """Inverse of a positive definite matrix after scaling to a unit diagonal."""
    scale = 1 / np.sqrt(np.diag(matrix))
    inner = np.linalg.inv(matrix * scale[:, None] * scale)
    return (inner + inner.T) / 2 * scale[:, None] * scale


def independent(matrix: FloatArray, spread: FloatArray, order: np.ndarray) -> BoolArray:
    """(p,) True for columns whose own variation, after those before them in `order`, is not negligible.

    Sequential Cholesky: a column stays if its pivot exceeds COLLINEAR times `spread`, its variation before.
    """
    keep = np.zeros(len(spread), dtype=bool)
    left = matrix.copy()
    for i in order:
        if spread[i] <= 0 or left[i, i] <= COLLINEAR * spread[i]:
            continue
        keep[i] = True
        left -= np.outer(left[:, i], left[i]) / left[i, i]
    return keep


def cell_weights(equations: NormalEquations, q: int) -> FloatArray:
    """(q, G, T) weights that turn covariate-adjusted cell means into the first q coefficients."""
    kept = equations.of_cells
    bread = inverse(equations.gram.sum(axis=0)[np.ix_(kept, kept)])[:q]
    return np.asarray(np.moveaxis(equations.cells @ bread.T, 2, 0))


def cell_slopes(panel: Panel, equations: NormalEquations, q: int) -> FloatArray:
    """(K,) slopes of the person covariates, or (G, T, K) where controls let them differ between cells."""
    k = len(panel.covariates)
    plain, extra = equations.solution[q : q + k], equations.controls
    if not len(extra.of_persons):
        return plain
    slopes = np.broadcast_to(plain, (*panel.weight.shape, k)).copy()
    solution = equations.solution[len(equations.columns) - len(extra.names) :]
    for i in extra.of_persons:
        slopes[..., extra.covariate[i]] += solution[i] * extra.slope[..., i]
    return slopes


def adjusted_means(panel: Panel, slopes: FloatArray, equations: NormalEquations | None = None) -> FloatArray:
    """(G, T) cell means with the covariates at the panel's average; NaN in empty cells. slopes: of `cell_slopes`.

    Controls of person covariates are taken out as they stand in `equations`, at their own points of reference.
    """
    total = panel.weight.sum()
    share = np.divide(1.0, panel.weight, out=np.full(panel.weight.shape, np.nan), where=panel.observed)
    centre = panel.x.sum(axis=(0, 1)) / total
    centred = panel.x * share[..., None] - centre
    adjusted: FloatArray = panel.y * share - (centred * slopes).sum(axis=2)
    if equations is not None and len(equations.controls.of_persons):
        extra = equations.controls
        solution = equations.solution[len(equations.columns) - len(extra.names) :]
        for i in extra.of_persons:
            at_centre = extra.constant[..., i] + extra.slope[..., i] * centre[extra.covariate[i]]
            adjusted -= solution[i] * at_centre
    return adjusted


def _raw_spread(panel: Panel) -> FloatArray:
    """(K,) variation of each covariate over all observations: what "does not vary within" is measured against."""
    total = panel.weight.sum()
    mean = panel.x.sum(axis=(0, 1)) / total
    return np.einsum("gtkk->k", panel.xx) - total * mean**2


def _control_spread(panel: Panel, controls: Controls) -> FloatArray:
    """(e,) variation that each control has at the panel's variance of its covariate, or as it stands."""
    own = controls.of_persons
    out = np.einsum("gt,gte,gte->e", panel.weight, controls.constant, controls.constant)
    variance = _raw_spread(panel)[controls.covariate[own]] / panel.weight.sum()
    out[own] = np.einsum("gt,gte,gte->e", panel.weight, controls.slope[..., own], controls.slope[..., own]) * variance
    return np.asarray(out)
