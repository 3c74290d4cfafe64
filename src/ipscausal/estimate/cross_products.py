"""Cross-products of a regression on persons, from the cells, after what each municipality has of its own.

Inside a cell every column is constant + slope * x~, with x~ a person covariate less its projection on what is absorbed
(a constant, or a constant and a trend of the municipality). The sums of w, x~, y~, x~y~ and x~x~' by cell are then all
that the sums over persons need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate.controls import Controls, basis, no_controls
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

FLAT = 1e-12  # eigenvalue, relative to the largest, below which a municipality has no trend


@dataclass(frozen=True, slots=True, eq=False)
class _Within:
    """Sums of a panel after what is absorbed per municipality has been taken out of outcome and covariates.

    basis: (T, d) h; project: (G, d, T) maps sums over persons by year to coefficients of h. x_fit: (G, T, K) h'b of
    each covariate; x, y, xy, xx: sums of w x~, w y~, w x~ y~, w x~ x~' by cell, x~ = x - x_fit and y~ likewise.
    """

    basis: FloatArray
    project: FloatArray
    x_fit: FloatArray
    y: FloatArray
    x: FloatArray
    xy: FloatArray
    xx: FloatArray


def cross_products(
    panel: Panel, focus: BoolArray | FloatArray, controls: Controls | None = None
) -> tuple[FloatArray, FloatArray]:
    """(G, p, p) A_g and (G, p) b_g for p = q terms + K covariates + T - 1 years + controls.

    focus: (q, G, T) the terms, the same for all persons of a cell.
    """
    extra = no_controls(panel) if controls is None else controls
    own = _within(panel, extra)
    constant = _constants(panel, focus, extra, own)
    weighted = constant * panel.weight[..., None]
    gram = np.swapaxes(weighted, 1, 2) @ constant
    moment = (constant * own.y[..., None]).sum(axis=1)
    persons, covariate, slope = _of_persons(panel, len(focus), extra)
    if not len(persons):
        return gram, moment
    cross = np.swapaxes(constant, 1, 2) @ (slope * own.x[..., covariate])
    gram[:, :, persons] += cross
    gram[:, persons, :] += np.swapaxes(cross, 1, 2)
    moment[:, persons] += (slope * own.xy[..., covariate]).sum(axis=1)
    for i in np.unique(covariate):
        scaled, rows = slope[..., covariate == i], persons[covariate == i]
        for j in np.unique(covariate):
            square = np.swapaxes(scaled * own.xx[..., i, j, None], 1, 2) @ slope[..., covariate == j]
            gram[np.ix_(np.arange(len(gram)), rows, persons[covariate == j])] += square
    return gram, moment


def cell_columns(panel: Panel, focus: BoolArray | FloatArray, controls: Controls | None = None) -> FloatArray:
    """(G, T, m) terms, years and controls that are the same for all persons of a cell, less what is absorbed."""
    extra = (no_controls(panel) if controls is None else controls).cells_only()
    return _absorbed(panel, _raw_constants(panel, focus, extra), basis(panel.years, extra.absorbed))


def _within(panel: Panel, controls: Controls) -> _Within:
    """Exact for any weights; a municipality with too few cells for what is absorbed keeps nothing."""
    h = basis(panel.years, controls.absorbed)
    project = _project(panel.weight, h)
    x_fit, y_fit = h @ (project @ panel.x), (h @ (project @ panel.y[..., None]))[..., 0]
    x = panel.x - panel.weight[..., None] * x_fit
    xx = (
        panel.xx
        - panel.x[..., None] * x_fit[:, :, None, :]
        - x_fit[..., None] * panel.x[:, :, None, :]
        + panel.weight[..., None, None] * (x_fit[..., None] * x_fit[:, :, None, :])
    )
    xy = panel.xy - x_fit * panel.y[..., None] - x * y_fit[..., None]
    return _Within(h, project, x_fit, panel.y - panel.weight * y_fit, x, xy, xx)


def _project(weight: FloatArray, h: FloatArray) -> FloatArray:
    """(G, d, T) maps sums over the persons of each year to the coefficients of h (T, d) in each municipality."""
    square = np.einsum("gt,ti,tj->gij", weight, h, h)
    return np.asarray(np.linalg.pinv(square, rcond=FLAT, hermitian=True) @ h.T)


def _absorbed(panel: Panel, columns: FloatArray, h: FloatArray) -> FloatArray:
    """Columns (G, T, m) of cells less their weighted projection on h per municipality."""
    return np.asarray(columns - h @ (_project(panel.weight, h) @ (columns * panel.weight[..., None])))


def _of_persons(panel: Panel, q: int, controls: Controls) -> tuple[IntArray, IntArray, FloatArray]:
    """Columns with a person covariate: (c,) positions among all, (c,) which covariate, (G, T, c) slopes in it."""
    k, years = len(panel.covariates), len(panel.years) - 1
    own = controls.of_persons
    position = np.r_[q : q + k, q + k + years + own].astype(np.int64)
    covariate = np.r_[0:k, controls.covariate[own]].astype(np.int64)
    return position, covariate, np.concatenate([np.ones_like(panel.x), controls.slope[..., own]], axis=2)


def _raw_constants(panel: Panel, focus: BoolArray | FloatArray, controls: Controls) -> FloatArray:
    """(G, T, q + T - 1 + e) terms, year dummies and the constant parts of controls."""
    g, t = panel.weight.shape
    years = np.broadcast_to(np.eye(t)[:, 1:], (g, t, t - 1))
    return np.concatenate([np.moveaxis(focus, 0, 2).astype(np.float64), years, controls.constant], axis=2)


def _constants(panel: Panel, focus: BoolArray | FloatArray, controls: Controls, own: _Within) -> FloatArray:
    """(G, T, p) what each column is for a person whose covariates are at x_fit, less the column's projection."""
    q, k = len(focus), len(panel.covariates)
    persons, covariate, slope = _of_persons(panel, q, controls)
    raw = _raw_constants(panel, focus, controls)
    raw = np.concatenate([raw[..., :q], np.zeros((*panel.weight.shape, k)), raw[..., q:]], axis=2)
    later = persons[k:]
    raw[..., later] += slope[..., k:] * own.x_fit[..., covariate[k:]]
    sums = raw * panel.weight[..., None]
    sums[..., later] += slope[..., k:] * own.x[..., covariate[k:]]
    return np.asarray(raw - own.basis @ (own.project @ sums))
