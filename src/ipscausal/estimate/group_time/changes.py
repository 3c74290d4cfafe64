"""Two-by-two comparisons of municipalities' outcome changes.

Outcome regression, inverse probability weighting with normalised weights, and both at once: Sant'Anna and Zhao (2020),
equations 2.2, 2.4 and 3.1, and the influence functions of their theorem A.1 in the form of R's DRDID, in which
estimated regressions and propensities count. The three are the difference of weighted mean changes where there are
no covariates.
"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate.group_time.first_steps import (
    COLLINEAR,
    OVERLAP,
    Method,
    TwoByTwo,
    least_squares,
    normalised,
    propensity,
)
from ipscausal.panel import BoolArray, FloatArray


def compare_changes(
    change: FloatArray, treated: BoolArray, weight: FloatArray, x: FloatArray, method: Method
) -> TwoByTwo:
    """Effects from municipalities observed in both years.

    change: (q, n) mean outcome less that of the base year; treated: (q, n); weight: (q, n), 0 = not in the comparison;
    x: (q, n, p) regressors, constant first. Every comparison needs weight on both of its arms.
    """
    arm = normalised(weight * treated)
    weighting = method != "or" and x.shape[2] > 1
    weights, residual, influence = arm, change, np.zeros_like(change)
    problem = np.full(len(x), "", dtype=object)
    other = np.zeros_like(arm)
    if weighting:
        logits = propensity(x, treated, weight)
        other = normalised(logits.odds)
        weights = arm - other
        problem[~logits.overlap] = OVERLAP
    if not (weighting and method == "ipw"):
        wx = weight[..., None] * x
        fit = least_squares(~treated, wx, wx[..., None] * x[:, :, None, :], wx * change[..., None])
        residual = change - np.einsum("qni,qi->qn", x, fit.beta)
        target = np.einsum("qn,qni->qi", weights, x)
        influence -= fit.influence(target)
        weights = weights - fit.weights(target)
        problem[~fit.regular] = COLLINEAR
    treated_mean, other_mean = (np.einsum("qn,qn->q", w, residual) for w in (arm, other))
    influence += arm * (residual - treated_mean[:, None])
    if weighting:
        deviation = other * (residual - other_mean[:, None])
        influence -= deviation + logits.influence(np.einsum("qn,qni->qi", deviation, x))
    return TwoByTwo(treated_mean - other_mean, np.stack([-weights, weights], axis=1), influence, problem)
