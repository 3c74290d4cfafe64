"""Mixtures of normal distributions: a confidence distribution averaged over what is not known.

Each component is the distribution of an effect at one value of the nuisance parameters; the mixture's two-sided p is
2 min(P(effect > 0), P(effect < 0)) and its interval lies between two of its quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from ipscausal.panel import FloatArray

HALVINGS = 64  # of the bracket of a quantile: rounding is reached


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """B mixtures of K normals; each array (B, K) or broadcasting to it.

    weight: sums to one over the components; mean, std_error: of each component.
    """

    weight: FloatArray
    mean: FloatArray
    std_error: FloatArray

    @property
    def p_value(self) -> FloatArray:
        """(B,) two-sided p; 1 where every component is exactly zero."""
        z = standardised(self.mean, self.std_error)
        above, below = (self.weight * ndtr(z)).sum(axis=-1), (self.weight * ndtr(-z)).sum(axis=-1)
        return np.asarray(np.minimum(2 * np.minimum(above, below), 1.0))

    @property
    def average(self) -> FloatArray:
        """(B,) means of the mixtures."""
        return np.asarray((self.weight * self.mean).sum(axis=-1))

    @property
    def spread(self) -> FloatArray:
        """(B,) standard deviations of the mixtures: inside and between components."""
        between = (self.mean - self.average[..., None]) ** 2
        return np.asarray(np.sqrt((self.weight * (self.std_error**2 + between)).sum(axis=-1)))

    def quantile(self, probability: float) -> FloatArray:
        """(B,) quantiles by bisection: each lies between the smallest and the largest quantile of its components."""
        weight, mean, std_error = np.broadcast_arrays(self.weight, self.mean, self.std_error)
        each = mean + ndtri(probability) * std_error
        low, high = each.min(axis=-1), each.max(axis=-1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            reached = (weight * ndtr(standardised(middle[..., None] - mean, std_error))).sum(axis=-1) >= probability
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.asarray((low + high) / 2)


def standardised(value: FloatArray, std_error: FloatArray) -> FloatArray:
    """value / std_error; zero where both are zero, infinite where only the standard error is."""
    value, std_error = np.broadcast_arrays(value, std_error)
    limit = np.where(value == 0, 0.0, np.copysign(np.inf, value))
    return np.asarray(np.divide(value, std_error, out=limit, where=std_error > 0))


def weighted_quantile(value: FloatArray, weight: FloatArray, probability: float) -> float:
    """The smallest of the values (K,) whose cumulated weight reaches `probability`."""
    order = np.argsort(value, kind="stable")
    reached = np.cumsum(weight[order]) >= probability * weight.sum() - 1e-12
    return float(value[order[int(reached.argmax())]])
