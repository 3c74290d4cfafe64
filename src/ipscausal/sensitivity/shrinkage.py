"""Effects that are estimated with known noise, drawn towards their mean as far as they are noise (empirical Bayes).

With estimates y of q effects, y ~ N(effects, V), V known, and effects ~ N(mean, tau^2 I), Sigma = V + tau^2 I:

    mean      = 1'Sigma^-1 y / 1'Sigma^-1 1
    shrunken  = mean + tau^2 Sigma^-1 (y - mean)        (the James-Stein form where V is s^2 I)
    variance  = tau^2 I - tau^4 Sigma^-1 + b b' / 1'Sigma^-1 1 + var(tau^2) d d',   b = 1 - tau^2 Sigma^-1 1

the last two terms for the estimated mean and, by the first-order correction of Kass and Steffey (1989), for the
estimated tau^2: d is the derivative of the shrunken effects. Noise that the estimates share (of the same comparison
municipalities) is in V off its diagonal: it moves the mean and spreads nothing.

tau^2 is the estimate of Paule and Mandel (1982), in the form for correlated estimates: with an orthonormal basis Z of
the deviations from the mean, Z'VZ = U diag(d) U' and a = U'Z'y, Q(tau^2) = sum a_i^2 / (d_i + tau^2) is chi-square with
q - 1 degrees of freedom at the true tau^2 and falls in tau^2. Q(tau^2) = q - 1 is the estimate, Q = a quantile of
chi-square an exact limit (Viechtbauer 2007), and Q(0) Cochran's test that all effects are equal. The variance of tau^2
is that of Q over the square of its expected slope. Over repeated studies intervals of plus and minus 1.96 errors hold
92 to 99 of 100 effects with ten of them, fewest where spread and noise are of one size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats
from scipy.linalg import null_space

from ipscausal.errors import IdentificationError
from ipscausal.panel import FloatArray

FEWEST = 3  # with two effects one degree of freedom decides how far both move
CLOSE = 1e-12  # of tau^2 relative to its upper bound


@dataclass(frozen=True, slots=True, eq=False)
class Shrunken:
    """q effects. value, std_error: (q,) shrunken effects, with the uncertainty of mean and spread.

    mean, mean_std_error: of the effects. tau: standard deviation between effects, tau_low, tau_high: its exact interval
    at the level asked. reliability: (q,) tau^2 / (tau^2 + own variance): how far an estimate is kept.
    heterogeneity, df, p_value: Cochran's Q of equal effects against chi-square.
    """

    value: FloatArray
    std_error: FloatArray
    mean: float
    mean_std_error: float
    tau: float
    tau_low: float
    tau_high: float
    reliability: FloatArray
    heterogeneity: float
    df: int
    p_value: float


def shrink(estimate: FloatArray, covariance: FloatArray, level: float = 0.95) -> Shrunken:
    """Shrunken effects of estimates (q,) with known covariance (q, q), positive definite.

    Raises IdentificationError for fewer than three estimates.
    """
    q = len(estimate)
    if q < FEWEST:
        raise IdentificationError(
            f"{q} effects are too few to tell their spread from their noise", remedy=f"at least {FEWEST} are needed"
        )
    basis = null_space(np.ones((1, q)))
    noise, rotation = np.linalg.eigh(basis.T @ covariance @ basis)
    noise = np.maximum(noise, 0.0)
    spread = (rotation.T @ basis.T @ estimate) ** 2
    tau2 = _root(spread, noise, q - 1.0)
    tail = (1 - level) / 2
    low, high = (_root(spread, noise, float(stats.chi2.ppf(p, q - 1))) for p in (1 - tail, tail))
    cochran = float((spread / np.maximum(noise, np.finfo(float).tiny)).sum())

    inverse = np.linalg.inv(covariance + tau2 * np.eye(q))
    weight = inverse.sum(axis=1)
    total = float(weight.sum())
    mean = float(weight @ estimate) / total
    residual = inverse @ (estimate - mean)
    apart = 1 - tau2 * weight
    slope = residual - tau2 * inverse @ residual - apart * float(weight @ residual) / total
    of_tau2 = 2 * (q - 1) / float((1 / (noise + tau2)).sum()) ** 2
    variance = (
        tau2 - tau2**2 * np.diag(inverse) + apart**2 / total + of_tau2 * slope**2
    )  # fmt: skip
    own = np.diag(covariance)
    return Shrunken(
        value=mean + tau2 * residual,
        std_error=np.sqrt(np.maximum(variance, 0.0)),
        mean=mean,
        mean_std_error=float(np.sqrt(1 / total)),
        tau=float(np.sqrt(tau2)),
        tau_low=float(np.sqrt(low)),
        tau_high=float(np.sqrt(high)),
        reliability=tau2 / (tau2 + own),
        heterogeneity=cochran,
        df=q - 1,
        p_value=float(stats.chi2.sf(cochran, q - 1)),
    )


def _root(spread: FloatArray, noise: FloatArray, target: float) -> float:
    """tau^2 with sum spread / (noise + tau^2) = target, 0 where the sum at 0 is not larger."""

    def excess(tau2: float) -> float:
        return float((spread / (noise + tau2)).sum()) - target

    largest = float(spread.sum()) / target
    least = largest * CLOSE
    if largest <= 0 or excess(least) <= 0:
        return 0.0
    return float(optimize.brentq(excess, least, largest, xtol=least, rtol=8.9e-16))
