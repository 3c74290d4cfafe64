"""Least squares with weights that are not negative and add up to one: the steps of the R package synthdid.

Arkhangelsky et al. (2021) compute their weights by the method of Frank and Wolfe (1956): from equal weights 100 steps;
weights of at most a quarter of the largest are then set to zero and the rest rescaled; from there at most 10,000 steps
more, until the mean squared error falls by less than (1e-5 noise level)^2. Published numbers are those of this rule,
which often ends at its last step and short of the minimum. Several problems of one shape are solved side by side.
"""

from __future__ import annotations

import numpy as np

from ipscausal.panel import FloatArray

FIRST_STEPS, STEPS = 100, 10_000
KEPT = 0.25  # share of the largest weight above which a weight survives the pause


def frank_wolfe_weights(a: FloatArray, b: FloatArray, zeta: FloatArray, min_decrease: FloatArray) -> FloatArray:
    """(B, p) weights of min mean (a x - b)^2 + zeta^2 ||x||^2 over the simplex, by the rule above.

    a: (B, n, p); b: (B, n); zeta, min_decrease: (B,) in the unit of `b`.
    """
    start = np.full((len(a), a.shape[2]), 1 / a.shape[2])
    first = frank_wolfe(a, b, zeta, start, min_decrease, FIRST_STEPS)
    kept = np.where(first <= KEPT * first.max(axis=1, keepdims=True), 0.0, first)
    return frank_wolfe(a, b, zeta, kept / kept.sum(axis=1, keepdims=True), min_decrease, STEPS)


def frank_wolfe(
    a: FloatArray, b: FloatArray, zeta: FloatArray, start: FloatArray, min_decrease: FloatArray, steps: int
) -> FloatArray:
    """(B, p) weights after at most `steps` steps from `start` (B, p), each problem by its own stopping rule."""
    out = start.copy()
    alive = np.arange(len(a))
    x, n = start.copy(), a.shape[1]
    penalty, least = zeta**2, min_decrease**2
    fitted = _times(a, x)
    value = np.full(len(a), np.inf)
    for step in range(1, steps + 1):
        half_gradient = _times(a.transpose(0, 2, 1), fitted - b) + n * penalty[:, None] * x
        rows = np.arange(len(x))
        vertex = half_gradient.argmin(axis=1)
        towards = -x
        towards[rows, vertex] += 1.0
        change = a[rows, :, vertex] - fitted
        curvature = np.einsum("bi,bi->b", change, change) + n * penalty * np.einsum("bi,bi->b", towards, towards)
        slope = -np.einsum("bi,bi->b", half_gradient, towards)
        length = np.divide(slope, curvature, out=np.zeros(len(x)), where=curvature > 0)
        x = x + np.clip(length, 0.0, 1.0)[:, None] * towards
        fitted = _times(a, x)
        error = fitted - b
        now = penalty * np.einsum("bi,bi->b", x, x) + np.einsum("bi,bi->b", error, error) / n
        # the rule compares two values: nobody stops at the first
        done = (value - now <= least) & (step > 1)
        value = now
        if done.any():
            out[alive[done]] = x[done]
            on = ~done
            alive, a, b, x, fitted, value = alive[on], a[on], b[on], x[on], fitted[on], value[on]
            penalty, least = penalty[on], least[on]
            if not len(alive):
                return out
    out[alive] = x
    return out


def _times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """(B, n) products of matrices (B, n, p) and vectors (B, p)."""
    return np.asarray((matrix @ vector[..., None])[..., 0])
