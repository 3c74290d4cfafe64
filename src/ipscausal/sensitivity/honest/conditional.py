"""Conditional and hybrid tests of one value of the effect (Andrews, Roth and Pakes 2023; Rambachan and Roth 2023, 4.1).

That the effect is theta under the polyhedron A d <= limit means E[y(theta)] - X z <= 0 for some z, where
y(theta) = A b - limit - a theta. The statistic is the largest g'y(theta) over multipliers g >= 0 with g'X = 0 and
g'sd(y) = 1, reached at one of finitely many corners; given which corner and everything independent of it, it is a
truncated normal. The hybrids first test at a small size kappa, by the least favourable distribution of the statistic
("C-LF") or by a fixed-length interval ("C-F"), and condition on having passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import optimize
from scipy.special import log_ndtr

from ipscausal.panel import BoolArray, FloatArray
from ipscausal.sensitivity.honest.extreme_rays import extreme_rays
from ipscausal.sensitivity.honest.flci import FixedLength
from ipscausal.sensitivity.honest.restrictions import Polyhedron

NO_VARIANCE = 1e-10
SAME_SLOPE = 1e-9
BLOCK = 10_000_000  # numbers held at once


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """V corners of the multipliers. At theta the values are level - slope theta, (V,) each.

    weights: (V, K + P) on the coefficients; covariance: (V, V); fixed: (V,) corners that no coefficient moves.
    A theta lies in the estimated identified set where no value exceeds 0.
    """

    level: FloatArray
    slope: FloatArray
    weights: FloatArray
    covariance: FloatArray
    fixed: BoolArray

    def values(self, theta: FloatArray) -> FloatArray:
        """(V, N) value of every corner at theta (N,)."""
        return np.asarray(self.level[:, None] - self.slope[:, None] * theta)

    def at_most(self, ceiling: float) -> tuple[float, float]:
        """The interval of theta where no corner's value exceeds the ceiling; low > high where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            where = (self.level - ceiling) / self.slope
        if np.any((np.abs(self.slope) <= SAME_SLOPE) & (self.level > ceiling)):
            return inf, -inf
        low = where[self.slope > SAME_SLOPE].max(initial=-inf)
        high = where[self.slope < -SAME_SLOPE].min(initial=inf)
        return float(low), float(high)

    def lowest(self, low: float, high: float) -> float:
        """Theta in [low, high] where the largest value is smallest."""
        if not np.isfinite([low, high]).all():
            return 0.0
        found = optimize.minimize_scalar(
            lambda theta: float((self.level - self.slope * theta).max()), bounds=(low, high), method="bounded"
        )
        return float(found.x)


def multipliers(polyhedron: Polyhedron, n_pre: int, target: FloatArray) -> FloatArray:
    """(V, m) rays of the multipliers of the test about target'(effects), target (P,) not all 0.

    They depend on the years after the reference alone: the polyhedra of one restriction share them, at every M.
    """
    after = polyhedron.rows[:, n_pre:]
    # the other effects are free once the target is given: a basis of what leaves target'effects unchanged
    pivot = int(np.abs(target).argmax())
    return extreme_rays(np.delete(after - _along(after, target)[:, None] * target, pivot, axis=1))


def _along(after: FloatArray, target: FloatArray) -> FloatArray:
    """(m,) how the rows move with the target when the other effects stay."""
    pivot = int(np.abs(target).argmax())
    return np.asarray(after[:, pivot] / target[pivot])


def corners(
    betahat: FloatArray, sigma: FloatArray, n_pre: int, target: FloatArray, polyhedron: Polyhedron, rays: FloatArray
) -> Corners:
    """The corners of the test about target'(effects); rays: `multipliers` of the polyhedron."""
    direction = _along(polyhedron.rows[:, n_pre:], target)
    deviation = np.sqrt(np.einsum("ij,jk,ik->i", polyhedron.rows, sigma, polyhedron.rows))
    rays = rays / (rays @ deviation)[:, None]
    weights = rays @ polyhedron.rows
    covariance = weights @ sigma @ weights.T
    fixed = np.sqrt(np.maximum(np.diag(covariance), 0.0)) < NO_VARIANCE
    return Corners(weights @ betahat - rays @ polyhedron.limit, rays @ direction, weights, covariance, fixed)


def least_favourable(found: Corners, draws: FloatArray, kappa: float) -> float:
    """The 1 - kappa quantile of the statistic with every inequality binding; draws: (B, K + P) of the coefficients."""
    blocks = np.array_split(draws, max(1, draws.shape[0] * len(found.level) // BLOCK))
    statistic = np.concatenate([(block @ found.weights.T).max(axis=1) for block in blocks])
    return float(np.quantile(statistic, 1 - kappa))


def accepted(
    found: Corners,
    theta: FloatArray,
    betahat: FloatArray,
    sigma: FloatArray,
    alpha: float,
    first_stage: float | FixedLength = inf,
) -> BoolArray:
    """(N,) True where the test of size alpha, given that the first stage passed, does not reject theta (N,).

    first_stage: ceiling of the statistic (least favourable critical value; infinite for none), or an interval.
    """
    values = found.values(theta)
    best = values.argmax(axis=0)
    statistic = values[best, np.arange(len(theta))]
    variance = np.where(found.fixed, 1.0, np.diag(found.covariance))
    slope = found.covariance[:, best] / variance[best]
    rest = values - slope * statistic
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = rest / (1 - slope)
    below, above = slope < 1 - SAME_SLOPE, slope > 1 + SAME_SLOPE
    low = np.where(below, crossing, -inf).max(axis=0)
    high = np.where(above, crossing, inf).min(axis=0)
    passed = np.ones(len(theta), dtype=bool)
    if isinstance(first_stage, FixedLength):
        band_low, band_high, passed = _within(found, theta, statistic, best, betahat, sigma, first_stage)
        low, high = np.maximum(low, band_low), np.minimum(high, band_high)
    else:
        passed = statistic <= first_stage
        high = np.minimum(high, first_stage)
    deviation = np.sqrt(variance[best])
    share = _truncated_cdf(statistic / deviation, low / deviation, high / deviation)
    kept = np.where(found.fixed[best], statistic <= 0, (statistic <= 0) | (share <= 1 - alpha))
    return np.asarray(passed & kept)


def _within(
    found: Corners,
    theta: FloatArray,
    statistic: FloatArray,
    best: np.ndarray,
    betahat: FloatArray,
    sigma: FloatArray,
    interval: FixedLength,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Where the statistic may lie so that theta stays inside the fixed-length interval, and whether it does."""
    variance = np.where(found.fixed, 1.0, np.diag(found.covariance))
    slope = (found.weights @ sigma @ interval.weights)[best] / variance[best]
    centre = float(interval.weights @ betahat)
    rest = centre - slope * statistic
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(theta - interval.half - rest) / slope, (theta + interval.half - rest) / slope])
    moves = np.abs(slope) > 0
    low, high = np.where(moves, ends.min(axis=0), -inf), np.where(moves, ends.max(axis=0), inf)
    return low, high, np.abs(theta - centre) <= interval.half * (1 + 1e-12)


def _truncated_cdf(x: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """P(Z <= x | low <= Z <= high) of a standard normal, in logarithms so that far tails keep their digits."""
    # rounding may put x a hair outside
    x = np.clip(x, low, np.maximum(low, high))
    flip = low > 0
    a, b, c = np.where(flip, -high, low), np.where(flip, -x, x), np.where(flip, -low, high)
    log_a, log_b, log_c = log_ndtr(a), log_ndtr(b), log_ndtr(c)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = -np.expm1(log_a - log_c)
        part = np.exp(log_b - log_c) * -np.expm1(log_a - log_b)
        share = np.where(whole > 0, part / whole, 1.0)
    return np.asarray(np.where(flip, 1 - share, share))
