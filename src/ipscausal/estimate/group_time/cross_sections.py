"""Two-by-two comparisons of repeated cross-sections: the observations of two years, not the same ones in both.

Cells stand for their observations exactly: outcome regression needs sums, squares and products of the cell only, also
with covariates of persons; propensities need covariates that are constant inside a cell. Sant'Anna and Zhao (2020),
equations 2.2 and 3.4 (the locally efficient doubly robust estimator) with the influence functions of their
theorem A.2, as in R's DRDID.
"""

from __future__ import annotations

from dataclasses import dataclass

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

SIGN = np.array([-1.0, 1.0])  # base year, year of the effect


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sums over the observations of q comparisons, their two years and n municipalities; 0 where not compared.

    weight, y: (q, 2, n); x: (q, 2, n, p) regressors, constant first; xx: (q, 2, n, p, p); xy: (q, 2, n, p).
    """

    weight: FloatArray
    y: FloatArray
    x: FloatArray
    xx: FloatArray
    xy: FloatArray


def compare_cross_sections(cells: Cells, treated: BoolArray, method: Method) -> TwoByTwo:
    """Effects from two cross-sections. treated: (q, n). Every comparison needs weight on both arms in both years."""
    if method == "or" or cells.x.shape[3] == 1:
        return _outcome_regression(cells, treated)
    return _weighted(cells, treated, method)


def _outcome_regression(cells: Cells, treated: BoolArray) -> TwoByTwo:
    """Treated change less the change predicted for all treated of both years by regressions of the controls."""
    everyone = cells.weight * treated[:, None]
    total = everyone.sum(axis=(1, 2))
    target = np.einsum("qanp,qn->qp", cells.x, treated) / total[:, None]
    fits = [least_squares(~treated, cells.x[:, a], cells.xx[:, a], cells.xy[:, a]) for a in (0, 1)]
    slope = fits[1].beta - fits[0].beta
    predicted = np.einsum("qp,qp->q", target, slope)
    size = everyone.sum(axis=2)
    mean = np.einsum("qan,qn->qa", cells.y, treated) / size
    influence = -(treated * np.einsum("qanp,qp->qn", cells.x, slope) - everyone.sum(axis=1) * predicted[:, None])
    influence /= total[:, None]
    weights = everyone / size[..., None]
    for a in (0, 1):
        own = (cells.y[:, a] * treated - everyone[:, a] * mean[:, a, None]) / size[:, a, None]
        influence += SIGN[a] * (own - fits[a].influence(target))
        weights[:, a] = SIGN[a] * (weights[:, a] - fits[a].weights(target))
    problem = np.where(fits[0].regular & fits[1].regular, "", COLLINEAR)
    return TwoByTwo(mean @ SIGN - predicted, weights, influence, problem)


def _weighted(cells: Cells, treated: BoolArray, method: Method) -> TwoByTwo:
    """Inverse probability weighting ("ipw"), or with regressions of both arms in both years ("dr")."""
    q, _, n, p = cells.x.shape
    weight = cells.weight
    size = np.where(weight > 0, weight, 1.0)
    x, mean = cells.x / size[..., None], cells.y / size
    logits = propensity(x.reshape(q, 2 * n, p), np.tile(treated, 2), weight.reshape(q, 2 * n))
    odds = logits.odds.reshape(q, 2, n)
    problem = np.where(logits.overlap, "", OVERLAP).astype(object)
    both = normalised((weight * treated[:, None]).reshape(q, 2 * n)).reshape(q, 2, n)
    att, weights, influence = np.zeros(q), np.zeros((q, 2, n)), np.zeros((q, n))
    gradient = np.zeros((q, p))
    for a in (0, 1):
        arm, other = normalised(weight[:, a] * treated), normalised(odds[:, a])
        residual, own = mean[:, a], arm - other
        effect, values = np.zeros(q), np.zeros((q, n))
        if method == "dr":
            control, exposed = (
                least_squares(inside, cells.x[:, a], cells.xx[:, a], cells.xy[:, a]) for inside in (~treated, treated)
            )
            problem[~(control.regular & exposed.regular)] = COLLINEAR
            residual = mean[:, a] - np.einsum("qnp,qp->qn", x[:, a], control.beta)
            slope = exposed.beta - control.beta
            gain = np.einsum("qanp,qp->qan", x, slope)
            average, in_arm = np.einsum("qan,qan->q", both, gain), np.einsum("qn,qn->q", arm, gain[:, a])
            effect = average - in_arm
            values = (both * (gain - average[:, None, None])).sum(axis=1) - arm * (gain[:, a] - in_arm[:, None])
            everyone = np.einsum("qan,qanp->qp", both, x)
            to_exposed = everyone - np.einsum("qn,qnp->qp", arm, x[:, a])
            to_control = np.einsum("qn,qnp->qp", other, x[:, a]) - everyone
            values += exposed.influence(to_exposed) + control.influence(to_control)
            own = own + exposed.weights(to_exposed) + control.weights(to_control)
        treated_mean, other_mean = (np.einsum("qn,qn->q", w, residual) for w in (arm, other))
        deviation = other * (residual - other_mean[:, None])
        values += arm * (residual - treated_mean[:, None]) - deviation
        att += SIGN[a] * (treated_mean - other_mean + effect)
        influence += SIGN[a] * values
        weights[:, a] = SIGN[a] * own
        gradient += SIGN[a] * np.einsum("qn,qnp->qp", deviation, x[:, a])
    influence -= logits.influence(gradient).reshape(q, 2, n).sum(axis=1)
    return TwoByTwo(att, weights, influence, problem)
