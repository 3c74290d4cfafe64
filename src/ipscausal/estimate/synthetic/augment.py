"""Bias correction of synthetic controls by ridge regression (Ben-Michael, Feller and Rothstein 2021).

What the simplex weights leave of the treated's predictors is made up by a ridge regression of outcomes on predictors
among the donors; the result is again a weighted sum of donors,

    w + X (X'X + lambda I)^-1 (x_1 - X'w), X (n0, m) centred predictors,

with weights that add to one but may be negative. lambda is the largest whose error in predicting each year before from
the others is within one standard error of the least, as in their R package augsynth.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ipscausal.estimate.synthetic.predictors import Level
from ipscausal.panel import FloatArray

LEVELS, LEAST = 20, 1e-8  # penalties tried, down to this share of the largest
Fitter = Callable[[FloatArray, FloatArray], FloatArray]
"""(n0, m) predictors and (m,) targets to (n0,) simplex weights."""


def augmented_weights(
    predictors: FloatArray, target: FloatArray, years: int, level: Level, fitter: Fitter
) -> tuple[FloatArray, float]:
    """(n0,) corrected weights and the penalty; the first `years` predictors are outcomes, at least three."""
    penalty = _cross_validated(np.vstack([predictors, target]), years, level, fitter)
    plain = fitter(predictors, target)
    return corrected(predictors, target, plain, np.array([penalty]))[0], penalty


def corrected(predictors: FloatArray, target: FloatArray, plain: FloatArray, penalties: FloatArray) -> FloatArray:
    """(P, n0) corrected weights under each penalty, through the singular values of the centred predictors."""
    centre = predictors.mean(axis=0)
    left, values, right = np.linalg.svd(predictors - centre, full_matrices=False)
    imbalance = right @ (target - plain @ predictors)
    shrunk = values / (values**2 + penalties[:, None])
    return np.asarray(plain + (shrunk * imbalance) @ left.T)


def _cross_validated(values: FloatArray, years: int, level: Level, fitter: Fitter) -> float:
    """The penalty for predictors (n0 + 1, m), those of the treated in the last row."""
    largest = float(np.linalg.norm(values[:-1] - values[:-1].mean(axis=0), 2)) ** 2
    if largest == 0:
        return 1.0  # donors do not differ: nothing to correct with, whatever the penalty
    penalties = largest * LEAST ** (np.arange(LEVELS) / (LEVELS - 1))
    errors = np.empty((years, LEVELS))
    for held in range(years):
        rest, known = np.delete(values, held, axis=1), values[:, held]
        if level == "shifted":
            # the mean of all years would tell what the year left out was
            mean = rest[:, : years - 1].mean(axis=1)
            known = known - mean
            rest[:, : years - 1] -= mean[:, None]
        weights = corrected(rest[:-1], rest[-1], fitter(rest[:-1], rest[-1]), penalties)
        errors[held] = (known[-1] - weights @ known[:-1]) ** 2
    mean = errors.mean(axis=0)
    best = int(mean.argmin())
    limit = mean[best] + errors[:, best].std(ddof=1) / np.sqrt(years)
    return float(penalties[mean <= limit].max())
