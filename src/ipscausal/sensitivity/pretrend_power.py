"""What a test of the years before can see, and what having passed it does to the estimate (Roth 2022, AER: Insights 4).

The test passes when no coefficient before the reference is significant by itself (his "individual" test), or when they
are not jointly (Wald). A linear trend in differences of slope b has coefficient b t at t years from the reference. Its
power is the chance that the test fails; the estimate is then biased by b t, and among the studies that pass by more or
less than that, because errors of the years before and after are correlated: E[after | passed] is the mean of a normal
of which the years before are truncated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf
from typing import Literal

import numpy as np
from scipy import optimize, stats

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.panel import FloatArray
from ipscausal.sensitivity.covariance import require_positive_definite

PreTest = Literal["individual", "joint"]
POWERS = (0.5, 0.8)
DRAWS = 200_000
SEED = 20261121
STEEPEST = 1e4  # standard errors a year


@dataclass(frozen=True, slots=True, eq=False)
class TrendPower:
    """A linear trend that the test of the years before detects with the given power.

    slope: a year, in the outcome's unit. bias: (P,) what it adds to each coefficient after the reference; conditional:
    (P,) the same on average over the studies that pass the test; monte_carlo: (P,) standard errors of `conditional`,
    0 where it is exact. target_bias, target_conditional, target_monte_carlo: of the effect asked for.
    likelihood_ratio: how much less likely the coefficients before are under the trend than under none (below 1: less).
    """

    power: float
    slope: float
    bias: FloatArray
    conditional: FloatArray
    monte_carlo: FloatArray
    target_bias: float
    target_conditional: float
    target_monte_carlo: float
    likelihood_ratio: float


def pretrend_power(
    coef: FloatArray,
    covariance: FloatArray,
    before: tuple[int, ...],
    after: tuple[int, ...],
    target: FloatArray,
    *,
    test: PreTest = "individual",
    powers: tuple[float, ...] = POWERS,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[TrendPower, ...]:
    """For each power the slope that the test of the years before finds that often, and the bias it hides.

    coef, covariance: K coefficients before and P after the reference, in order; before, after: their years from the
    reference, below and above 0. target: (P,) weights of the effect asked for. The slope has the sign of the target's
    estimate: a trend the other way makes an effect look smaller.

    Raises UsageError for a power outside (1 - level, 1); IdentificationError where nothing lies before, or for a
    covariance that is not positive definite.
    """
    k = len(before)
    if not k:
        raise IdentificationError(
            "no year before the reference: there is no test to ask about", remedy="use a longer window"
        )
    if any(not 1 - level < power < 1 for power in powers):
        raise UsageError(f"powers={powers}: between {1 - level:.2g} and 1", remedy="write powers=(0.5, 0.8)")
    require_positive_definite(covariance)
    side = -1.0 if float(target @ coef[k:]) < 0 else 1.0
    early, trend = covariance[:k, :k], np.array(before, dtype=np.float64)
    normals = np.random.default_rng(seed).standard_normal((draws, k)) @ np.linalg.cholesky(early).T
    detects = detection(early, trend, test, level, normals)
    return tuple(
        _hidden(coef, covariance, trend, np.array(after, dtype=np.float64), target, power, side * slope, test, level,
                normals)
        for power in powers
        for slope in (_slope(detects, early, trend, power),)
    )  # fmt: skip


def detection(
    early: FloatArray, trend: FloatArray, test: PreTest, level: float, normals: FloatArray
) -> Callable[[float], float]:
    """The chance that the test of the years before fails under a linear trend, as a function of its slope.

    early: (K, K) covariance; trend: (K,) years from the reference; normals: (B, K) draws with that covariance, used by
    the individual test of several years. The joint test's power is that of a noncentral chi-square.
    """
    k = len(trend)
    if test == "joint":
        distance = float(trend @ np.linalg.solve(early, trend))
        critical = float(stats.chi2.ppf(level, k))
        return lambda slope: float(stats.ncx2.sf(critical, k, slope**2 * distance) if slope else 1 - level)
    limit = float(stats.norm.isf((1 - level) / 2)) * np.sqrt(np.diag(early))
    if k == 1:
        error = float(np.sqrt(early[0, 0]))

        def single(slope: float) -> float:
            middle = slope * trend[0] / error
            return float(stats.norm.cdf(middle - limit[0] / error) + stats.norm.cdf(-middle - limit[0] / error))

        return single
    return lambda slope: 1 - float((np.abs(normals + slope * trend) <= limit).all(axis=1).mean())


def _slope(detects: Callable[[float], float], early: FloatArray, trend: FloatArray, power: float) -> float:
    unit = float(np.sqrt(1 / (trend @ np.linalg.solve(early, trend))))
    if detects(0.0) >= power:
        return 0.0
    high = unit
    while detects(high) < power and high < STEEPEST * unit:
        high *= 2
    return float(optimize.bisect(lambda slope: detects(slope) - power, 0.0, high, xtol=1e-6 * unit))


def _hidden(
    coef: FloatArray, covariance: FloatArray, trend: FloatArray, years: FloatArray, target: FloatArray, power: float,
    slope: float, test: PreTest, level: float, normals: FloatArray,
) -> TrendPower:  # fmt: skip
    k = len(trend)
    early = covariance[:k, :k]
    # the years after follow those before by regression: only the mean of the truncated part has to be found
    passing, error = mean_given_passed(early, slope * trend, test, level, normals)
    follow = np.linalg.solve(early, covariance[:k, k:]).T
    bias = slope * years
    conditional = bias + follow @ (passing - slope * trend)
    noise = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", follow, error, follow), 0.0))
    mine = target @ follow
    return TrendPower(
        power,
        slope,
        bias,
        conditional,
        noise,
        float(target @ bias),
        float(target @ conditional),
        float(np.sqrt(max(float(mine @ error @ mine), 0.0))),
        _likelihood_ratio(coef[:k], early, slope * trend),
    )


def mean_given_passed(
    early: FloatArray, mean: FloatArray, test: PreTest, level: float, normals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(K,) mean of the coefficients before among studies that pass, and (K, K) its Monte Carlo covariance.

    Exact with one year before (a normal truncated at its critical values); else over the draws that pass.
    Raises IdentificationError where fewer than a thousand draws pass.
    """
    limit = float(stats.norm.isf((1 - level) / 2)) * np.sqrt(np.diag(early))
    if len(mean) == 1:
        error = float(np.sqrt(early[0, 0]))
        low, high = (-limit[0] - mean[0]) / error, (limit[0] - mean[0]) / error
        return np.array([float(stats.truncnorm.mean(low, high, mean[0], error))]), np.zeros((1, 1))
    drawn = normals + mean
    if test == "joint":
        statistic = np.einsum("bi,bi->b", drawn, np.linalg.solve(early, drawn.T).T)
        passed = statistic <= stats.chi2.ppf(level, len(mean))
    else:
        passed = (np.abs(drawn) <= limit).all(axis=1)
    kept = drawn[passed]
    if len(kept) < 1000:
        raise IdentificationError(
            f"{len(kept)} of {len(drawn)} simulated studies pass the test: too few to average",
            remedy="ask for a lower power, or more draws",
        )
    return kept.mean(axis=0), np.cov(kept.T) / len(kept)


def _likelihood_ratio(seen: FloatArray, early: FloatArray, mean: FloatArray) -> float:
    distance = [float(gap @ np.linalg.solve(early, gap)) for gap in (seen - mean, seen)]
    exponent = (distance[1] - distance[0]) / 2
    return float(exp(exponent)) if exponent < 700 else inf
