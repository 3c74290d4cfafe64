"""Least squares on persons with municipality and year effects, exactly, from the cells.

Municipality effects are absorbed per municipality g: with regressors r (terms and year dummies, constant inside a
cell; covariates, which are not), A_g = sum rr' - sum r sum r'/n_g and b_g = sum ry - sum r sum y/n_g, weights in every
sum; coefficients = (sum A_g)^-1 sum b_g. Outcome and covariates are centred by municipality first, so that sums of
squares do not cancel. No N x N object appears.
"""

from __future__ import annotations

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.design import Design
from ipscausal.estimate.model import NormalEquations
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

COLLINEAR = 1e-10  # share of a column's variation that must be its own


def cross_products(panel: Panel, focus: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(G, p, p) A_g and (G, p) b_g for p = q terms + K covariates + T - 1 years. focus: (q, G, T)."""
    weight, total = panel.weight, panel.weight.sum(axis=1)
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    constant = _constant_regressors(panel, focus)
    y_mean, x_mean = panel.y.sum(axis=1) * share, panel.x.sum(axis=1) * share[:, None]
    y = panel.y - weight * y_mean[:, None]
    x = panel.x - weight[:, :, None] * x_mean[:, None, :]
    xx = (
        panel.xx
        - panel.x[..., None] * x_mean[:, None, None, :]
        - x_mean[:, None, :, None] * panel.x[:, :, None, :]
        + weight[..., None, None] * (x_mean[:, :, None] * x_mean[:, None, :])[:, None]
    ).sum(axis=1)
    xy = (panel.xy - x_mean[:, None, :] * panel.y[..., None] - x * y_mean[:, None, None]).sum(axis=1)

    q, k, years = len(focus), x.shape[2], len(panel.years) - 1
    order = np.r_[0:q, q + years : q + years + k, q : q + years]
    scaled = constant * np.sqrt(weight)[..., None]
    rx = constant.transpose(0, 2, 1) @ x
    gram = np.block([[scaled.transpose(0, 2, 1) @ scaled, rx], [rx.transpose(0, 2, 1), xx]])
    moment = np.concatenate([(constant * y[..., None]).sum(axis=1), xy], axis=1)
    return gram[:, order][:, :, order], moment[:, order]


def _constant_regressors(panel: Panel, focus: BoolArray) -> FloatArray:
    """(G, T, q + T - 1) terms and year dummies less their weighted municipality means."""
    g, t = panel.weight.shape
    total = panel.weight.sum(axis=1)
    share = np.divide(panel.weight, total[:, None], out=np.zeros((g, t)), where=total[:, None] > 0)
    years = np.broadcast_to(np.eye(t)[:, 1:], (g, t, t - 1))
    raw = np.concatenate([focus.transpose(1, 2, 0).astype(np.float64), years], axis=2)
    return raw - (share[..., None] * raw).sum(axis=1, keepdims=True)


def solve(panel: Panel, design: Design) -> NormalEquations:
    """The whole regression. Raises IdentificationError naming a term or covariate that the others explain.

    Year dummies explained by other years (years without cells, unconnected blocks) leave without effect on the terms.
    """
    focus = design.focus(panel.event_time, panel.adoption)
    gram, moment = cross_products(panel, focus)
    names = (
        *(term.name for term in design.terms),
        *panel.covariates,
        *(f"year_{year}" for year in panel.years[1:]),
    )
    q, k, p = len(focus), len(panel.covariates), len(names)
    total = gram.sum(axis=0)
    spread = np.diag(total).copy()
    spread[q : q + k] = np.maximum(spread[q : q + k], _raw_spread(panel))
    spread[:q] = np.maximum(spread[:q], COLLINEAR * panel.weight.sum())
    keep = independent(total, spread, order=np.r_[q + k : p, q : q + k, 0:q])
    lost = [names[i] for i in range(q + k) if not keep[i]]
    if lost:
        raise IdentificationError(
            "the design does not identify " + ", ".join(lost),
            problems=tuple(f"{name} does not vary on its own next to the other regressors" for name in lost),
            remedy="leave the covariate out, widen the window, or add municipalities that are never treated",
        )
    columns = np.flatnonzero(keep)
    gram, moment = gram[:, columns][:, :, columns], moment[:, columns]
    bread = inverse(gram.sum(axis=0))
    solution = bread @ moment.sum(axis=0)
    return NormalEquations(
        tuple(names[i] for i in columns), gram, moment, bread, solution, moment - gram @ solution
    )  # fmt: skip


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


def cell_regressors(panel: Panel, design: Design, equations: NormalEquations) -> tuple[FloatArray, IntArray]:
    """The regression on covariate-free cells: its m = q + years kept columns, less their municipality means.

    (G, T, m) columns and (m,) their positions among `equations.columns`.
    """
    focus = design.focus(panel.event_time, panel.adoption)
    q, k = len(focus), len(panel.covariates)
    kept = [i for i, name in enumerate(equations.columns) if not q <= i < q + k]
    years = {f"year_{year}": q + i for i, year in enumerate(panel.years[1:])}
    columns = [i if i < q else years[equations.columns[i]] for i in kept]
    return _constant_regressors(panel, focus)[:, :, columns], np.array(kept, dtype=np.int64)


def cell_weights(panel: Panel, design: Design, equations: NormalEquations) -> FloatArray:
    """(q, G, T) weights that turn covariate-adjusted cell means into the coefficients."""
    regressors, kept = cell_regressors(panel, design, equations)
    bread = inverse(equations.gram.sum(axis=0)[np.ix_(kept, kept)])[: len(design.terms)]
    return np.einsum("qi,gti,gt->qgt", bread, regressors, panel.weight, optimize=True)


def adjusted_means(panel: Panel, slopes: FloatArray) -> FloatArray:
    """(G, T) cell means with the covariates at the panel's average; NaN in empty cells."""
    total = panel.weight.sum()
    share = np.divide(1.0, panel.weight, out=np.full(panel.weight.shape, np.nan), where=panel.observed)
    centred = panel.x * share[..., None] - panel.x.sum(axis=(0, 1)) / total
    return panel.y * share - centred @ slopes


def _raw_spread(panel: Panel) -> FloatArray:
    """(K,) variation of each covariate over all observations: what "does not vary within" is measured against."""
    total = panel.weight.sum()
    mean = panel.x.sum(axis=(0, 1)) / total
    return np.einsum("gtkk->k", panel.xx) - total * mean**2
