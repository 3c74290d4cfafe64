"""The same persons in two years of a municipality, and the sampling covariance of cell means that comes of it.

With N_g distinct persons of municipality g, n_gt persons and mean ybar_gt in cell (g, t):

    S_g[t, s] = N_g / (N_g - 1) * sum over persons in both cells of (y_it - ybar_gt) (y_is - ybar_gs) / (n_gt n_gs)

which is the covariance of cell means clustered by person (Liang and Zeger 1986, with the factor of clusters / (clusters
- 1)): persons are independent of each other, years of a person are not. The sum over persons needs four whole numbers.
The means of covariates vary with the persons drawn as well, together with that of the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from ipscausal.panel import FloatArray, IntArray, read_only

# arrays of Python integers: sums of products in 1/10000 day outgrow 64 bits
ExactArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class YearPairs:
    """Sums over the persons whom municipality g counts both in year t and in year s; K regressors from covariates.

    distinct: (G,) distinct persons of each municipality over all years. both: (G, T, T) persons in both years.
    first: by outcome (G, T, T), sum of the outcome in year t over those in both; product: of its value in t times that
    in s. x: (G, T, T, K) sum of regressors in year t over those in both; xy: by outcome (G, T, T, K), of regressors in
    year t times the outcome in year s. On the diagonals stand the sums of the cells. Workdays in 1/10000 day.
    covariate_covariance: (G, T, T, K, K) of the means of regressors, the same for every outcome.
    """

    distinct: IntArray
    both: ExactArray
    first: Mapping[str, ExactArray]
    product: Mapping[str, ExactArray]
    x: ExactArray
    xy: Mapping[str, ExactArray]
    covariate_covariance: FloatArray

    def __post_init__(self) -> None:
        read_only(self)

    def of_outcome(self, outcome: str, scale: int) -> FloatArray:
        """(G, T, T) S_g of an outcome counted in 1/scale of its unit."""
        first = self.first[outcome]
        return covariance_of_means(self.distinct, self.both, self.product[outcome], first, first, scale * scale)

    def with_covariates(self, outcome: str, scale: int) -> FloatArray:
        """(G, T, T, K) covariance of the mean outcome in year t and the mean of each regressor in year s."""
        first: ExactArray = self.first[outcome]
        out: FloatArray = np.zeros(self.x.shape)
        for k in range(self.x.shape[3]):
            product = self.xy[outcome][..., k].transpose(0, 2, 1)
            out[..., k] = covariance_of_means(self.distinct, self.both, product, first, self.x[..., k], scale)
        return out


def covariance_of_covariates(distinct: IntArray, both: ExactArray, x: ExactArray, xx: ExactArray) -> FloatArray:
    """(G, T, T, K, K) covariance of the mean of regressor i in year t and of j in year s.

    xx: (G, T, T, K, K) sums of regressor i in year t times j in year s over the persons in both.
    """
    out: FloatArray = np.zeros(xx.shape)
    for i, j in combinations_with_replacement(range(xx.shape[4]), 2):
        found = covariance_of_means(distinct, both, xx[..., i, j], x[..., i], x[..., j], 1)
        out[..., i, j], out[..., j, i] = found, found.transpose(0, 2, 1)
    return out


def covariance_of_means(
    distinct: IntArray, both: ExactArray, product: ExactArray, first: ExactArray, other: ExactArray, scale: int
) -> FloatArray:
    """(G, T, T) covariance of the mean of a in year t and of b in year s, each exact and rounded once.

    product: sums of a in t times b in s over the persons in both years; first: of a in the year of the first index over
    those also there in the second, other: the same of b; scale: whole numbers per unit of a times those of b. Zero in
    rows and columns of empty cells, NaN in a municipality with one person, whom nobody can be compared with.
    """
    size, total, rest = (np.diagonal(array, axis1=1, axis2=2) for array in (both, first, other))
    n, m, a, b = size[:, :, None], size[:, None, :], total[:, :, None], rest[:, None, :]
    products = deviations((n, m), (a, b), both, product, (first, other.transpose(0, 2, 1)))
    persons = distinct.astype(object)[:, None, None]
    below = (persons - 1) * (n * m) ** 2 * scale
    known = below > 0
    # two integers: Python divides them exactly and rounds once
    out: FloatArray = (persons * products / np.where(known, below, 1)).astype(np.float64)
    return np.where(known, out, np.where((persons == 1) & (n * m > 0), np.nan, 0.0))


Both = tuple[ExactArray, ExactArray]


def deviations(size: Both, total: Both, both: ExactArray, product: ExactArray, shared: Both) -> ExactArray:
    """n m sum (a_i - a/n) (b_i - b/m) over the persons in two cells of sizes n, m and totals a, b; exact.

    both: those persons; product: sum a_i b_i over them; shared: their sums of a_i and of b_i.
    """
    (n, m), (a, b), (first, other) = size, total, shared
    return np.asarray(n * m * product - n * b * first - m * a * other + both * a * b)
