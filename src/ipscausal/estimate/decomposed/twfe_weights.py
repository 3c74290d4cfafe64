"""Weights of two-way fixed effects on treated cells (de Chaisemartin and D'Haultfoeuille 2020, AER 110)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ipscausal.estimate.twfe import did
from ipscausal.panel import FloatArray, IntArray, Panel, read_only


@dataclass(frozen=True, slots=True)
class CellWeight:
    """Weight of a cohort's cells of one year; count: its cells, negative: those whose own weight is below zero."""

    cohort: int
    year: int
    weight: float
    count: int
    negative: int


@dataclass(frozen=True, slots=True, eq=False)
class TwfeWeights:
    """The coefficient as a weighted sum of the effects of treated cells, given parallel trends (their Theorem 1).

    municipality: G codes; years: (T,); adoption: (G,). weight: (G, T), NaN outside treated cells, sum one: the
    coefficient estimates the sum of weight times effect. share: (G, T) share of each treated cell in the treated
    observations: what the average effect on the treated weights by.
    coefficient: of two-way fixed effects.
    """

    municipality: tuple[str, ...]
    years: IntArray
    adoption: FloatArray
    weight: FloatArray
    share: FloatArray
    coefficient: float
    outcome: str
    unit: str
    left_out: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        read_only(self)

    @property
    def n_treated_cells(self) -> int:
        """Treated cells with observations."""
        return int(np.isfinite(self.weight).sum())

    @property
    def n_negative(self) -> int:
        """Treated cells of negative weight."""
        return int((self.weight < 0).sum())

    @property
    def sum_negative(self) -> float:
        """Sum of the negative weights: 0 or below."""
        return float(self.weight[self.weight < 0].sum())

    @property
    def negative(self) -> tuple[tuple[str, int, float], ...]:
        """Municipality, year and weight of the cells of negative weight, the most negative first."""
        rows = [
            (self.municipality[g], int(self.years[t]), float(self.weight[g, t]))
            for g, t in zip(*np.nonzero(self.weight < 0), strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: (row[2], row[0], row[1])))

    @property
    def cohorts(self) -> tuple[CellWeight, ...]:
        """Weights added up by adoption year and calendar year."""
        out = []
        treated = np.isfinite(self.weight)
        for date in np.unique(self.adoption[np.isfinite(self.adoption)]):
            for t, year in enumerate(self.years):
                cells = self.weight[(self.adoption == date) & treated[:, t], t]
                if len(cells):
                    out.append(CellWeight(int(date), int(year), float(cells.sum()), len(cells), int((cells < 0).sum())))
        return tuple(out)

    @property
    def sigma_zero(self) -> float:
        """Smallest standard deviation of effects between treated cells at which their average can be zero.

        Their Corollary 1 (i): |coefficient| over the standard deviation of weight over share; inf if all are equal.
        """
        ratio, share = self._ratios()
        spread = float(np.sqrt(share @ (ratio - 1) ** 2))
        return abs(self.coefficient) / spread if spread > np.sqrt(np.finfo(np.float64).eps) else np.inf

    @property
    def sigma_reversed(self) -> float:
        """Smallest standard deviation at which every treated cell can have the opposite sign of the coefficient.

        Their Corollary 1 (ii); inf where no weight is negative: no heterogeneity can then do it.
        """
        if not self.n_negative:
            return np.inf
        ratio, share = self._ratios()
        order = np.argsort(-ratio)
        ratio, share = ratio[order], share[order]
        below = np.cumsum(share[::-1])[::-1]
        first = np.cumsum((share * ratio)[::-1])[::-1]
        second = np.cumsum((share * ratio**2)[::-1])[::-1]
        left = 1 - below
        s = int(np.flatnonzero(ratio * left < -first)[0])  # never the cell of largest weight: nothing is left above it
        return float(abs(self.coefficient) / np.sqrt(second[s] + first[s] ** 2 / left[s]))

    def _ratios(self) -> tuple[FloatArray, FloatArray]:
        treated = np.isfinite(self.weight)
        share = self.share[treated]
        return self.weight[treated] / share, share


def twfe_weights(panel: Panel, *, anticipation: int = 0) -> TwfeWeights:
    """Weights of treated cells in `did(panel, anticipation)`, for any weights, empty cells and person covariates.

    A weight is the cell's sum of residuals of exposure on municipality and year effects and covariates, over the sum of
    these over treated cells. Raises IdentificationError as `did`.
    """
    estimate = did(panel, anticipation)
    cells, equations = estimate.cells, estimate.regression
    total = equations.gram.sum(axis=0)
    slopes = np.linalg.solve(total[1:, 1:], total[1:, 0])
    k = len(cells.covariates)
    exposed = np.where(cells.observed, cells.exposed, 0.0)
    kept = [t for t, year in enumerate(cells.years) if f"year_{year}" in equations.columns]
    level = cells.weight / cells.weight.sum(axis=1, keepdims=True)
    # sums over the persons of a cell: exposure and years less their municipality means, covariates likewise
    by_year = np.zeros(len(cells.years))
    by_year[kept] = slopes[k:]
    constant = exposed - by_year
    constant = cells.weight * (constant - np.einsum("gt,gt->g", level, constant)[:, None])
    x_mean = cells.x.sum(axis=1) / cells.weight.sum(axis=1)[:, None]
    residual = constant - (cells.x - cells.weight[..., None] * x_mean[:, None]) @ slopes[:k]
    treated = cells.observed & (cells.exposed > 0)
    return TwfeWeights(
        municipality=cells.municipality,
        years=cells.years,
        adoption=cells.adoption,
        weight=np.where(treated, residual / residual[treated].sum(), np.nan),
        share=np.where(treated, cells.weight / cells.weight[treated].sum(), np.nan),
        coefficient=float(estimate.coef[0]),
        outcome=cells.outcome,
        unit=cells.unit,
        left_out=dict(estimate.left_out),
    )
