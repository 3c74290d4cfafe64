"""Sizes and persistences of municipality shocks that a panel is judged under.

Shocks of municipality-years have standard deviation sigma and correlation rho^|t - s| between years t and s. The prior
weight of a point is its grid spacing times sqrt(sigma^2 kappa(rho) + s_1^2 / 100), the standard deviation that the
shocks give to a treated contrast, where s_1 is that of sampling alone: without it an estimate of zero shocks is
believed too readily (a boundary-avoiding prior, Chung et al. 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.panel import FloatArray, IntArray

# multiples of the sampling standard deviation of a municipality's year, its average over years removed; the finely
# spaced part covers shocks up to 2.4 times that, the rest panels so large that sampling noise is beside the point
SIGMA = np.concatenate([np.arange(0, 9) / 10, [1.0, 1.2, 1.4, 1.6, 2.0], 2.4 * 1.25 ** np.arange(15)])
RHO = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.9])
BOUNDARY = 0.01  # share of the sampling variance that keeps the prior at sigma = 0 above zero


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """K points: sigma (K,), rho (K,) and log_spacing (K,), the log of the area that the point stands for."""

    sigma: FloatArray
    rho: FloatArray
    log_spacing: FloatArray


def grid_of(sigma: FloatArray, rho: FloatArray) -> Grid:
    """All pairs of increasing `sigma` and `rho`; sigma = 0 is one point, for without shocks nothing persists."""
    width = np.concatenate([[sigma[1] - sigma[0]], (sigma[2:] - sigma[:-2]) / 2, [sigma[-1] - sigma[-2]]])
    size, spacing = np.repeat(sigma, len(rho)), np.repeat(width / len(rho), len(rho))
    persistence = np.tile(rho, len(sigma))
    without = (size == 0) & (persistence != rho[0])
    spacing = np.where(size == 0, spacing * len(rho), spacing)
    return Grid(size[~without], persistence[~without], np.log(spacing[~without]))


def correlation(rho: FloatArray, years: IntArray) -> FloatArray:
    """(K, T, T) AR(1) correlation rho^|t - s| between calendar years."""
    distance = np.abs(years[:, None] - years).astype(np.float64)
    return np.asarray(rho[:, None, None] ** distance)


def kappa(vectors: FloatArray, rho: FloatArray, years: IntArray) -> FloatArray:
    """(K,) variance c'R(rho)c that shocks of unit size give to a contrast, averaged over the `vectors` (m, T)."""
    return np.asarray(
        np.einsum("mt,kts,ms->k", vectors, correlation(rho, years), vectors, optimize=True) / len(vectors)
    )


def log_prior(grid: Grid, kappa: FloatArray, sampling: float) -> FloatArray:
    """(K,) log prior weight. kappa: (K,) as of `kappa`; sampling: s_1^2, of the treated contrast by sampling alone."""
    return grid.log_spacing + 0.5 * np.log(grid.sigma**2 * kappa + BOUNDARY * sampling)
