"""Generalised least squares and restricted likelihood of a panel with known sampling variances.

Cluster means y_c (T,) have covariance Sigma_c = r_c^2 sigma^2 R(rho) + S_c: shocks of unknown size and persistence and
sampling noise S_c, known. A cluster's own mean is swept out by
P_c = Sigma_c^-1 - Sigma_c^-1 1 1'Sigma_c^-1 / (1'Sigma_c^-1 1); with the terms and the years as columns Z,
A = sum Z'PZ, b = sum Z'Py, coefficients A^-1 b, and

    log REML = -1/2 [ sum log|Sigma_c| + sum log(1'Sigma_c^-1 1) + log|A| + sum y'Py - b'A^-1 b ].

Given a point (sigma, rho) everything is linear or quadratic in y, so that the design is worked out once and each data
set costs a few products. Clusters never meet in one matrix: memory is K C T^2, not K (C T)^2. Cells that are not
observed have no row in Sigma_c.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.least_squares import independent
from ipscausal.inference.shock.grid import Grid, correlation
from ipscausal.panel import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ShockDesign:
    """What the model knows besides outcomes, for C clusters and T years.

    years: (T,); observed: (C, T); covariance: (C, T, T) sampling covariance of the means, unread in cells not observed;
    columns: (q, C, T) regressors next to municipality and year effects, q may be 0; ratio: (C,) standard deviation of
    a cluster's shocks relative to sigma.
    """

    years: IntArray
    observed: BoolArray
    covariance: FloatArray
    columns: FloatArray
    ratio: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Clusters at K grid points: swept (K, C, T, T) the P_c; log_determinant (K, C) log|Sigma_c| + log 1'Sigma_c^-1 1.

    Both are zero for a cluster without cells.
    """

    swept: FloatArray
    log_determinant: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GlsGrid:
    """A design worked out at K grid points, for q coefficients of p columns.

    log_determinant: (K,) the part of -2 log REML without outcomes. square: (K, C T (T+1)/2) weights of products of two
    years' means in sum y'Py; half: (K p, C T) with |half y|^2 = b'A^-1 b, row by grid point. row: (K, q, C, T)
    turns means into coefficients; covariance: (K, q, q) of the coefficients, A^-1. residual_df: cells less clusters
    less p.
    """

    grid: Grid
    observed: BoolArray
    log_determinant: FloatArray
    square: FloatArray
    half: FloatArray
    row: FloatArray
    covariance: FloatArray
    residual_df: int

    def log_likelihood(self, means: FloatArray) -> FloatArray:
        """(B, K) log REML of data sets (B, C, T), up to a constant."""
        y = centred(means, self.observed)
        first, second = np.triu_indices(y.shape[-1])
        products = (y[..., first] * y[..., second]).reshape(len(y), -1)
        explained = (y.reshape(len(y), -1) @ self.half.T).reshape(len(y), len(self.grid.sigma), -1)
        return -0.5 * (self.log_determinant + products @ self.square.T - (explained**2).sum(axis=-1))

    def coefficients(self, means: FloatArray) -> FloatArray:
        """(B, K, q) coefficients of data sets (B, C, T) at each grid point."""
        y = centred(means, self.observed)
        k, q = self.row.shape[:2]
        return np.asarray((y.reshape(len(y), -1) @ self.row.reshape(k * q, -1).T).reshape(len(y), k, q))


KEEP = 2  # designs: of 350 municipalities and 15 years one takes about 100 MB
_KEPT: OrderedDict[bytes, GlsGrid] = OrderedDict()


def centred(means: FloatArray, observed: BoolArray) -> FloatArray:
    """(B, C, T) less cluster means and then year means, 0 in empty cells: changes no result, spares cancellation."""
    seen = observed.astype(np.float64)
    y = np.where(observed, means, 0.0)
    y = (y - y.sum(axis=-1, keepdims=True) / np.maximum(seen.sum(axis=-1, keepdims=True), 1)) * seen
    return np.asarray((y - y.sum(axis=-2, keepdims=True) / np.maximum(seen.sum(axis=-2, keepdims=True), 1)) * seen)


def blocks(design: ShockDesign, grid: Grid) -> Blocks:
    """Each cluster at each grid point. Raises numpy's LinAlgError where some Sigma_c is singular."""
    seen = design.observed.astype(np.float64)
    both = seen[:, :, None] * seen[:, None, :]
    shock = grid.sigma[:, None, None] ** 2 * correlation(grid.rho, design.years)
    scale = (design.ratio**2)[:, None, None] * both
    sigma = shock[:, None] * scale + np.where(both > 0, design.covariance, 0.0)
    # an empty cell becomes an independent one of variance 1, and leaves again after inversion
    sigma += np.eye(seen.shape[1]) * (1 - seen)[:, None, :]
    inverse = np.linalg.inv(sigma) * both
    log_determinant = 2 * np.log(np.einsum("kctt->kct", np.linalg.cholesky(sigma))).sum(axis=-1)
    sums = inverse.sum(axis=-1)
    total = sums.sum(axis=-1)
    some = seen.any(axis=1)
    total = np.where(some, total, 1.0)
    swept = inverse - sums[..., :, None] * sums[..., None, :] / total[..., None, None]
    return Blocks(swept, log_determinant + np.log(total))


def gls_grid(design: ShockDesign, grid: Grid) -> GlsGrid:
    """The design at every grid point. Raises IdentificationError where the columns are not identified.

    The last ones worked out are kept: every estimator of one panel asks for the same, and a country takes seconds.
    """
    arrays = (design.years, design.observed, design.covariance, design.columns, design.ratio, grid.sigma, grid.rho)
    key = hashlib.sha256(b"".join(repr(array.shape).encode() + array.tobytes() for array in arrays)).digest()
    if key not in _KEPT:
        _KEPT[key] = assemble(design, grid, blocks(design, grid))
        while len(_KEPT) > KEEP:
            _KEPT.popitem(last=False)
    _KEPT.move_to_end(key)
    return _KEPT[key]


def assemble(design: ShockDesign, grid: Grid, parts: Blocks) -> GlsGrid:
    """Put clusters together that were worked out before; as `gls_grid`."""
    q, years = len(design.columns), _years(design)
    swept = parts.swept
    k, c, t = swept.shape[:3]
    moved = np.einsum("kcts,qcs->kqct", swept, design.columns, optimize=True)
    by_year = swept[:, :, years].transpose(0, 2, 1, 3)
    left = np.concatenate([moved, by_year], axis=1).reshape(k, -1, c * t)
    p = left.shape[1]
    gram = np.empty((k, p, p))
    gram[:, :, :q] = left @ design.columns.reshape(q, c * t).T
    gram[:, :q, q:] = np.swapaxes(gram[:, q:, :q], 1, 2)
    gram[:, q:, q:] = swept.sum(axis=1)[:, years][:, :, years]
    root = np.linalg.cholesky((gram + np.swapaxes(gram, 1, 2)) / 2)
    half = np.linalg.solve(root, left)
    unit = np.linalg.solve(root, np.broadcast_to(np.eye(p)[:, :q], (k, p, q)))
    first, second = np.triu_indices(t)
    square = swept[:, :, first, second] * np.where(first == second, 1.0, 2.0)
    return GlsGrid(
        grid,
        design.observed,
        parts.log_determinant.sum(axis=1) + 2 * np.log(np.einsum("kpp->kp", root)).sum(axis=1),
        square.reshape(k, -1),
        half.reshape(k * p, -1),
        (np.swapaxes(unit, 1, 2) @ half).reshape(k, q, c, t),
        np.swapaxes(unit, 1, 2) @ unit,
        int(design.observed.sum() - design.observed.any(axis=1).sum() - p),
    )


def _years(design: ShockDesign) -> IntArray:
    """Positions of the years that need a dummy of their own; raises where a column of the design has none left."""
    seen, q = design.observed.astype(np.float64), len(design.columns)
    c, t = seen.shape
    raw = np.concatenate([design.columns, np.broadcast_to(np.eye(t)[:, None, :], (t, c, t))]) * seen
    raw = (raw - raw.sum(axis=2, keepdims=True) / np.maximum(seen.sum(axis=1), 1)[:, None]) * seen
    gram = np.einsum("pct,rct->pr", raw, raw, optimize=True)
    spread = np.diag(gram).copy()
    spread[:q] = np.maximum(spread[:q], 1e-10 * seen.sum())
    keep = independent(gram, spread, order=np.r_[q : q + t, 0:q])
    if not keep[:q].all():
        raise IdentificationError("the cells do not identify every coefficient next to municipality and year effects")
    return np.flatnonzero(keep[q:])
