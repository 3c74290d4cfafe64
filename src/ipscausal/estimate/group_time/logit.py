"""Many small weighted logits at once: the probability to be treated given municipality covariates."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ipscausal.panel import BoolArray, FloatArray

STEPS = 100
CONVERGED = 1e-9  # largest Newton step, in standard deviations of the covariates; what is left is its square
SEPARATED = 30.0  # a linear predictor beyond this says that the covariates tell treated from control
COLLINEAR = 1e-10  # smallest eigenvalue of the covariates' correlations, relative to the largest


def logit(x: FloatArray, treated: BoolArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Newton's method for q logits of n observations on p regressors, constant first.

    x: (q, n, p); treated, weight: (q, n), weight 0 = not in the comparison. Returns (q, n) probabilities, (q, p, p)
    inverse of the sum of w p (1 - p) x x', and (q,) False where no maximum exists or the covariates are collinear;
    what stands in such a row is not to be used.
    """
    total = weight.sum(axis=1)
    share = np.clip(np.einsum("qn,qn->q", weight, treated) / np.where(total > 0, total, 1.0), 1e-9, 1 - 1e-9)
    solvable = independent(np.einsum("qn,qni,qnj->qij", weight, x, x, optimize=True))
    beta = np.zeros((len(x), x.shape[2]))
    beta[:, 0] = np.log(share / (1 - share))
    moving = solvable.copy()
    for _ in range(STEPS):
        rows = np.flatnonzero(moving)
        if not len(rows):
            break
        probability = expit(np.einsum("qnp,qp->qn", x[rows], beta[rows]))
        information = _information(x[rows], weight[rows], probability)
        score = np.einsum("qn,qnp->qp", weight[rows] * (treated[rows] - probability), x[rows])
        regular = independent(information)
        solvable[rows[~regular]] = moving[rows[~regular]] = False
        rows, information, score = rows[regular], information[regular], score[regular]
        step = np.linalg.solve(information, score[..., None])[..., 0]
        beta[rows] += step
        reach = np.abs(np.einsum("qnp,qp->qn", x[rows], beta[rows])) * (weight[rows] > 0)
        runaway = reach.max(axis=1, initial=0.0) > SEPARATED
        solvable[rows[runaway]] = moving[rows[runaway]] = False
        moving[rows[np.abs(step).max(axis=1, initial=0.0) < CONVERGED]] = False
    solvable &= ~moving
    beta[~solvable] = 0.0
    probability = np.asarray(expit(np.einsum("qnp,qp->qn", x, beta)), dtype=np.float64)
    information = _information(x, weight, probability)
    information[~solvable] = np.eye(x.shape[2])
    return probability, np.asarray(np.linalg.inv(information)), solvable


def independent(gram: FloatArray) -> BoolArray:
    """(q,) True where the regressors behind the (q, p, p) sums of squares are not collinear."""
    scale = np.sqrt(np.einsum("qpp->qp", gram))
    present = (scale > 0).all(axis=1)
    scale = np.where(scale > 0, scale, 1.0)
    values = np.linalg.eigvalsh(gram / scale[:, :, None] / scale[:, None, :])
    return present & (values[:, 0] > COLLINEAR * values[:, -1])


def _information(x: FloatArray, weight: FloatArray, probability: FloatArray) -> FloatArray:
    return np.einsum("qn,qni,qnj->qij", weight * probability * (1 - probability), x, x, optimize=True)
