"""What a two-by-two comparison estimates first: regressions among one arm, and the propensity to be treated.

Each hands on its estimate together with what every unit contributes to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.estimate.group_time.logit import independent, logit
from ipscausal.panel import BoolArray, FloatArray

Method = Literal["dr", "ipw", "or"]
TRIM = 0.995  # controls with a propensity from here on get no weight
NO_OVERLAP = 0.999  # a propensity from here on: the covariates tell treated from control
COLLINEAR = "the covariates are collinear among those that the regression is of"
OVERLAP = "the covariates tell treated from control: there is no comparison with a propensity below 0.999"


@dataclass(frozen=True, slots=True, eq=False)
class TwoByTwo:
    """q effects from n municipalities.

    att: (q,). weights: (q, 2, n) of each municipality's mean outcome in the base year and in the year of the effect.
    influence: (q, n) summing to zero. problem: (q,) what keeps a comparison from being made, "" where nothing does;
    the numbers of such a comparison are not to be used.
    """

    att: FloatArray
    weights: FloatArray
    influence: FloatArray
    problem: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """q weighted regressions on p regressors. beta: (q, p); regular: (q,) False where regressors are collinear.

    sums: (q, n, p) weighted sum of regressors of each unit; scores: (q, n, p) the same times residual;
    bread: (q, p, p).
    """

    beta: FloatArray
    bread: FloatArray
    sums: FloatArray
    scores: FloatArray
    regular: BoolArray

    def influence(self, target: FloatArray) -> FloatArray:
        """(q, n) influence of each unit on the prediction at the (q, p) regressors `target`."""
        return np.einsum("qni,qi->qn", self.scores, np.einsum("qij,qj->qi", self.bread, target))

    def weights(self, target: FloatArray) -> FloatArray:
        """(q, n) weight of each unit's mean outcome in that prediction."""
        return np.einsum("qni,qi->qn", self.sums, np.einsum("qij,qj->qi", self.bread, target))


def least_squares(inside: BoolArray, sums: FloatArray, squares: FloatArray, products: FloatArray) -> Fit:
    """Regressions of the units inside, from weighted sums of each unit.

    inside: (q, n); sums: (q, n, p) of regressors; squares: (q, n, p, p); products: (q, n, p) with the outcome.
    """
    sums = sums * inside[..., None]
    gram = np.einsum("qnij,qn->qij", squares, inside)
    moment = np.einsum("qni,qn->qi", products, inside)
    regular = independent(gram)
    bread = np.linalg.inv(np.where(regular[:, None, None], gram, np.eye(gram.shape[1])))
    beta = np.einsum("qij,qj->qi", bread, moment)
    scores = (products - np.einsum("qnij,qj->qni", squares, beta)) * inside[..., None]
    return Fit(beta, bread, sums, scores, regular)


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """odds: (q, n) weight times p / (1 - p) of controls, 0 of treated; overlap: (q,) False where it fails.

    `influence` of a (q, p) gradient: (q, n) influence of each unit on gradient'coefficients of the logit.
    """

    odds: FloatArray
    scores: FloatArray
    inverse: FloatArray
    overlap: BoolArray

    def influence(self, gradient: FloatArray) -> FloatArray:
        """(q, n) influence of each unit, through the estimated coefficients, on what has this (q, p) gradient."""
        return np.einsum("qni,qi->qn", self.scores, np.einsum("qij,qj->qi", self.inverse, gradient))


def propensity(x: FloatArray, treated: BoolArray, weight: FloatArray) -> Propensity:
    """Logits of being treated. x: (q, n, p), constant first; treated, weight: (q, n), weight 0 = not compared."""
    probability, inverse, solvable = logit(x, treated, weight)
    overlap = solvable & (np.where(weight > 0, probability, 0.0).max(axis=1) < NO_OVERLAP)
    kept = ~treated & (probability < TRIM)
    odds = np.where(kept, weight * probability / np.where(kept, 1 - probability, 1.0), 0.0)
    overlap &= odds.sum(axis=1) > 0
    return Propensity(odds, (weight * (treated - probability))[..., None] * x, inverse, overlap)


def normalised(weight: FloatArray) -> FloatArray:
    """(q, n) weights that sum to one; zeros where a comparison has none."""
    total = weight.sum(axis=-1, keepdims=True)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
