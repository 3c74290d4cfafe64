"""Exact sums of municipality-years by the levels of one dimension, and the panels made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ipscausal.municipality_year.year_pairs import ExactArray, deviations
from ipscausal.panel import FloatArray, IntArray, read_only


@dataclass(frozen=True, slots=True, eq=False)
class PairRows:
    """R rows of sums over persons counted in municipality g at level a in year t and at level b in the later year s.

    g, t, s, a, b: (R,) positions. both: (R,) persons. first, later, product: by outcome (R,), sums of the outcome in
    year t, in year s, and of their product; whole numbers, workdays in 1/10000 day.
    """

    g: IntArray
    t: IntArray
    s: IntArray
    a: IntArray
    b: IntArray
    both: ExactArray
    first: Mapping[str, ExactArray]
    later: Mapping[str, ExactArray]
    product: Mapping[str, ExactArray]


@dataclass(frozen=True, slots=True, eq=False)
class SubgroupCells:
    """K levels of one dimension in the G municipalities and T years of `Cells`; over levels sums are those of `Cells`.

    distinct: (K, G) persons counted in the municipality at the level in any year. persons: (K, G, T).
    outcome_sum, outcome_sumsq: by outcome (K, G, T), whole numbers (workdays in 1/10000 day).
    """

    dimension: str
    levels: tuple[str, ...]
    distinct: IntArray
    persons: IntArray
    outcome_sum: Mapping[str, ExactArray]
    outcome_sumsq: Mapping[str, ExactArray]
    pairs: PairRows

    def __post_init__(self) -> None:
        read_only(self)

    def covariance(self, outcome: str, scale: int) -> FloatArray:
        """(K, K, G, T, T) sampling covariance of the mean of level a in year t and of level b in year s.

        As `year_pairs` has it for the whole: persons are independent, years of a person are not, and a person who
        changes level is in the means of both. With N_a and N_b distinct persons the sum over persons is multiplied by
        the root of N_a/(N_a - 1) N_b/(N_b - 1), 1 for a level with one person where another is concerned. Zero in empty
        cells, NaN for a level with itself where one person is all there is.
        """
        n, total = self.persons.astype(object), self.outcome_sum[outcome]
        k, g, t = n.shape
        out = np.zeros((k, k, g, t, t))
        a, m, y = np.nonzero(self.persons)
        size, sums, squares = n[a, m, y], total[a, m, y], self.outcome_sumsq[outcome][a, m, y]
        same = deviations((size, size), (sums, sums), size, squares, (sums, sums))
        out[a, a, m, y, y] = self._scaled(same, a, a, m, y, y, scale)
        rows = self.pairs
        at_first, at_later = (rows.a, rows.g, rows.t), (rows.b, rows.g, rows.s)
        apart = deviations(
            (n[at_first], n[at_later]), (total[at_first], total[at_later]), rows.both, rows.product[outcome],
            (rows.first[outcome], rows.later[outcome]),
        )  # fmt: skip
        value = self._scaled(apart, rows.a, rows.b, rows.g, rows.t, rows.s, scale)
        out[rows.a, rows.b, rows.g, rows.t, rows.s] = value
        out[rows.b, rows.a, rows.g, rows.s, rows.t] = value
        return self._alone(out)

    def _scaled(
        self, sums: ExactArray, a: IntArray, b: IntArray, g: IntArray, t: IntArray, s: IntArray, scale: int
    ) -> FloatArray:
        """Sums of products of deviations, times both sizes, to covariances of means; one level's are rounded once."""
        n = self.persons.astype(object)
        people, others = self.distinct[a, g].astype(object), self.distinct[b, g].astype(object)
        alike = a == b
        top = np.where(alike, people, 1) * sums
        below = (n[a, g, t] * n[b, g, s]) ** 2 * scale**2 * np.where(alike & (people > 1), people - 1, 1)
        # two integers: Python divides them exactly and rounds once
        value: FloatArray = (top / below).astype(np.float64)
        return value * np.where(alike, 1.0, np.sqrt(_correction(people) * _correction(others)))

    def _alone(self, covariance: FloatArray) -> FloatArray:
        """NaN where a level of a municipality has one person, whom nobody can be compared with."""
        k, g = np.nonzero(self.distinct == 1)
        seen = self.persons[k, g] > 0
        both = seen[:, :, None] & seen[:, None, :]
        covariance[k, k, g] = np.where(both, np.nan, covariance[k, k, g])
        return covariance


def _correction(persons: ExactArray) -> FloatArray:
    """N / (N - 1), 1 for one person."""
    n = persons.astype(np.float64)
    return np.divide(n, n - 1, out=np.ones(n.shape), where=n > 1)
