"""Between-cluster variance with known sampling variances: the generalised Q statistic and its roots.

With W_j ~ N(mu, A + s_j^2) and weights w_j = 1/(A + s_j^2), Q(A) = sum_j w_j (W_j - mu_A)^2, mu_A = sum wW / sum w, is
chi-square with m - 1 degrees of freedom at the true A and falls in A. Q(A) = m - 1 is the estimate of Paule and Mandel;
Q(A) = a quantile of chi-square gives the Q-profile limits (Viechtbauer 2007).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from ipscausal.panel import FloatArray

STEPS = 60  # Newton needs about six; the rest is for variances that differ by many orders of magnitude
CLOSE = 1e-14  # relative change at which no further digit is to be had
LEAST = 1e-12  # a sampling variance below this share of the largest is taken as that share: 1/s^2 must exist
NOTHING = 1e-100  # stands for variances that are all zero


def floored(s2: FloatArray) -> FloatArray:
    """Sampling variances that have a precision: none below 1e-12 of the largest."""
    return np.maximum(s2, max(LEAST * float(s2.max()), NOTHING))


def moment_variance(w: FloatArray, s2: FloatArray, target: FloatArray) -> FloatArray:
    """(B, U) A with Q(A) = target, 0 where Q(0) is not larger.

    w: (B, m) contrasts of B data sets; s2: (m,) known sampling variances; target: (U,) positive.

    Newton's method on 1/Q, which increases and is concave in A (Q = y'Py has Q' = -y'PPy and Q'' = 2 y'PPPy, and
    Q'^2 <= Q Q''/2), so that from A = 0 every step stays at or below the root; exact in one step when all s2 are equal.
    """
    noise = floored(s2)
    y = (w - w.mean(axis=1, keepdims=True))[:, None, :]
    variance = np.zeros((len(w), len(target)))
    for _ in range(STEPS):
        weight = 1 / (variance[:, :, None] + noise)
        deviation = y - (weight * y).sum(axis=2, keepdims=True) / weight.sum(axis=2, keepdims=True)
        scaled = weight * deviation
        q, slope = (scaled * deviation).sum(axis=2), (scaled**2).sum(axis=2)
        # (1/target - 1/Q) / (1/Q)' with (1/Q)' = slope / Q^2
        step = np.divide(q * (q - target) / target, slope, out=np.zeros(q.shape), where=(q > target) & (slope > 0))
        variance = variance + step
        if np.all(step <= CLOSE * variance):
            break
    return variance


def paule_mandel(w: FloatArray, s2: FloatArray) -> FloatArray:
    """(B,) estimate of A from contrasts (B, m), m >= 2: the root of Q(A) = m - 1."""
    return moment_variance(w, s2, np.array([w.shape[1] - 1.0]))[:, 0]


def q_profile(w: FloatArray, s2: FloatArray, level: float) -> FloatArray:
    """(B, 2) limits of the exact interval for A at `level` from contrasts (B, m), m >= 2."""
    tail = (1 - level) / 2
    return moment_variance(w, s2, stats.chi2.ppf([1 - tail, tail], w.shape[1] - 1))
