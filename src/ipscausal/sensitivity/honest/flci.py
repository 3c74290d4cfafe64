"""The shortest fixed-length confidence interval under a bound on changes of slope (Rambachan and Roth 2023, 4.2).

An affine estimator l'b_post + v'b_pre that is exact for linear trends has, over SD(M), the largest bias
M (B + sum_j |a_j|), where a_j is its weight on the change of slope j years before the reference and B what the years
after bring. Its half-length is s cv(bias / s), s its standard error and cv(t) the quantile of |N(t, 1)|: convex in a,
so the optimum lies on the lasso path of (variance, sum |a_j|), which is piecewise linear and followed exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import ndtr
from scipy.stats import norm

from ipscausal.panel import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FixedLength:
    """weights: (K + P,) of the affine estimator; half: its half-length; bias: largest bias; std_error."""

    weights: FloatArray
    half: float
    bias: float
    std_error: float


def shortest_interval(sigma: FloatArray, n_pre: int, target: FloatArray, size: float, alpha: float) -> FixedLength:
    """The estimator of target'(effects after the reference) with the shortest interval under SD(size).

    sigma: (K + P, K + P) covariance, positive definite; target: (P,).
    """
    years = np.arange(1, len(target) + 1)
    extrapolated = float(years @ target)
    after = sum(abs(float(np.maximum(years - u, 0) @ target)) for u in years[:-1])
    fixed = after + abs(extrapolated)
    to_weights = _weights_from_slope_changes(n_pre)  # (K, K): a_0, a_1 .. a_(K-1) to v
    start = np.concatenate([to_weights[:, 0] * extrapolated, target])
    move = np.concatenate([to_weights[:, 1:], np.zeros((len(target), n_pre - 1))])
    quadratic, linear, constant = move.T @ sigma @ move, move.T @ sigma @ start, float(start @ sigma @ start)

    def at(a: FloatArray) -> tuple[float, float]:
        error = float(np.sqrt(constant + 2 * linear @ a + a @ quadratic @ a))
        return size * (fixed + float(np.abs(a).sum())), error

    a = _best_on_path(quadratic, linear, at, size, alpha)
    bias, error = at(a)
    return FixedLength(start + move @ a, error * folded_quantile(bias / error, alpha), bias, error)


def folded_quantile(shift: float, alpha: float) -> float:
    """The 1 - alpha quantile of |N(shift, 1)|, shift >= 0."""

    def missing(c: float) -> float:
        return float(ndtr(c - shift) - ndtr(-c - shift) - (1 - alpha))

    low, high = shift + norm.isf(alpha), shift + norm.isf(alpha / 2)
    # far from 0 the other tail is lost to rounding
    return float(low) if missing(low) >= 0 else float(optimize.brentq(missing, low, high, xtol=1e-14))


def _weights_from_slope_changes(n_pre: int) -> FloatArray:
    """(K, K) maps the weights on changes of slope 0, 1, .. K - 1 years back to weights on years -K .. -1."""
    place = np.arange(1, n_pre + 1)
    out = np.zeros((n_pre, n_pre))
    for lag, value in ((-1, 1.0), (0, -2.0), (1, 1.0)):
        known = place[place + lag < n_pre]
        out[n_pre - known, known + lag] = value
    return out


def _best_on_path(
    quadratic: FloatArray,
    linear: FloatArray,
    at: Callable[[FloatArray], tuple[float, float]],
    size: float,
    alpha: float,
) -> FloatArray:
    """The point of the lasso path where the half-length is smallest; `at` gives bias and standard error."""
    if not len(linear):
        return linear
    penalties, points = lasso_path(quadratic, linear)
    if size == 0:
        return np.asarray(points[-1])

    def on_path(penalty: float) -> FloatArray:
        return np.array([np.interp(penalty, penalties[::-1], column[::-1]) for column in points.T])

    def excess(penalty: float) -> float:
        bias, error = at(on_path(penalty))
        shift = bias / error
        c = folded_quantile(shift, alpha)
        near, far = norm.pdf(c - shift), norm.pdf(c + shift)
        slope = (near - far) / (near + far)
        # first-order condition: penalty = M s (dh/dbias) / (dh/ds)
        return float(penalty * (c - shift * slope) - size * error * slope)

    if excess(penalties[0]) <= 0:
        return np.asarray(points[0])
    return on_path(float(optimize.brentq(excess, 0.0, penalties[0], xtol=1e-14 * penalties[0])))


def lasso_path(quadratic: FloatArray, linear: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Penalties (B,) falling to 0 and the minimisers (B, n) of x'Qx/2 + q'x + penalty |x|_1; linear in between.

    quadratic: (n, n) positive definite; linear: (n,). Osborne, Presnell and Turlach (2000).
    """
    n = len(linear)
    x, penalty = np.zeros(n), float(np.abs(linear).max())
    active = np.zeros(n, dtype=bool)
    sign = np.zeros(n)
    penalties, points = [penalty], [x.copy()]
    joins: int | None = int(np.abs(linear).argmax())
    while penalty > 0:
        if joins is not None:
            active[joins], sign[joins] = True, -np.sign((linear + quadratic @ x)[joins])
        on = np.flatnonzero(active)
        # as the penalty falls by one, the active coefficients move by `step`
        step = np.zeros(n)
        step[on] = np.linalg.solve(quadratic[np.ix_(on, on)], sign[on])
        gradient, drift = linear + quadratic @ x, quadratic @ step
        fall, joins, leaves = penalty, None, None
        for j in range(n):
            if active[j]:
                events = [-x[j] / step[j]] if x[j] * step[j] < 0 else []
            else:
                events = [
                    (penalty - side * gradient[j]) / (1 + side * drift[j])
                    for side in (1.0, -1.0)
                    if 1 + side * drift[j] > 1e-12
                ]
            for event in events:
                if 1e-13 * penalties[0] < event < fall:
                    fall, joins, leaves = event, (None if active[j] else j), (j if active[j] else None)
        x, penalty = x + fall * step, penalty - fall
        if leaves is not None:
            active[leaves], x[leaves] = False, 0.0
        if joins is None and leaves is None:
            penalty = 0.0
        penalties.append(penalty)
        points.append(x.copy())
    return np.array(penalties), np.array(points)
