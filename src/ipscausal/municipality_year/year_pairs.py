"""The same persons in two years of a municipality, and the sampling covariance of cell means that comes of it.

With N_g distinct persons of municipality g, n_gt persons and mean ybar_gt in cell (g, t):

    S_g[t, s] = N_g / (N_g - 1) * sum over persons in both cells of (y_it - ybar_gt) (y_is - ybar_gs) / (n_gt n_gs)

which is the covariance of cell means clustered by person (Liang and Zeger 1986, with the factor of clusters / (clusters
- 1)): persons are independent of each other, years of a person are not. The sum over persons needs four whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ipscausal.panel import FloatArray, IntArray

# arrays of Python integers: sums of products in 1/10000 day outgrow 64 bits
ExactArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class YearPairs:
    """Exact sums over the persons whom municipality g counts both in year t and in year s; all arrays (G, T, T).

    distinct: (G,) distinct persons of each municipality over all years. both: persons in both years.
    first: by outcome, sum of the outcome in year t over those in both; product: sum of its values in t times in s.
    On the diagonal stand the sums of the cells themselves. Workdays in 1/10000 day.
    """

    distinct: IntArray
    both: ExactArray
    first: Mapping[str, ExactArray]
    product: Mapping[str, ExactArray]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            for array in value.values() if isinstance(value, Mapping) else (value,):
                array.flags.writeable = False

    def of_outcome(self, outcome: str, scale: int) -> FloatArray:
        """(G, T, T) S_g of an outcome counted in 1/scale of its unit."""
        first = self.first[outcome]
        return self._covariance(self.product[outcome], first, first, scale * scale)

    def _covariance(self, product: ExactArray, first: ExactArray, other: ExactArray, scale: int) -> FloatArray:
        """(G, T, T) covariance of the mean of a in year t and of b in year s, each exact and rounded once.

        product: sum of a in t times b in s over persons in both years; first: sum of a in the year of the first index
        over those also there in the second, other: the same of b. Zero in rows and columns of empty cells, NaN in a
        municipality with one distinct person, whom nobody can be compared with.
        """
        size, total, rest = (np.diagonal(array, axis1=1, axis2=2) for array in (self.both, first, other))
        n, m, a, b = size[:, :, None], size[:, None, :], total[:, :, None], rest[:, None, :]
        products = n * m * product - n * b * first - m * a * other.transpose(0, 2, 1) + self.both * a * b
        persons = self.distinct.astype(object)[:, None, None]
        below = (persons - 1) * (n * m) ** 2 * scale
        known = below > 0
        # two integers: Python divides them exactly and rounds once
        out: FloatArray = (persons * products / np.where(known, below, 1)).astype(np.float64)
        return np.where(known, out, np.where((persons == 1) & (n * m > 0), np.nan, 0.0))
