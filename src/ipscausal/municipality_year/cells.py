"""Cells: the exact sums of every municipality and year, and the panel of one outcome made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.municipality_year.arrays import ratio
from ipscausal.municipality_year.composition import Composition
from ipscausal.municipality_year.design_columns import DesignColumn
from ipscausal.municipality_year.person_group_sums import PersonGroupSums
from ipscausal.municipality_year.subgroup_cells import SubgroupCells
from ipscausal.municipality_year.year_pairs import ExactArray, YearPairs
from ipscausal.outcomes import kind_of
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel, read_only
from ipscausal.periods import Period
from ipscausal.results import Notice
from ipscausal.subgroups import Subgroups


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """G municipalities with at least one person-year, sorted by code, x T years; K regressors. No person inside.

    arm: G of `treated`, `control` (or `candidate`). adoption: (G,) first treated year, inf = not in the window.
    persons: (G, T) person-years, which are persons within a year. women, age_sum, age_sumsq: (G, T).
    outcome_sum, outcome_sumsq: by outcome (G, T), whole numbers (workdays in 1/10000 day).
    x, xx: (G, T, K) and (G, T, K, K) sums of regressors and their products; xy: by outcome (G, T, K).
    person_count: distinct persons; movers: those counted in more than one municipality.
    pairs: sums over the same persons in two years, None for candidates, whom nothing is inferred about.
    dimensions: the same sums by level of each dimension of the study.
    unit_covariates: M names; z: (G, T, M) covariates of the municipalities, NaN where unknown, or None without any.
    dose: (G, T) how much of the programme the municipality received in the year, or None: all or nothing.
    participants: (G, T) persons a year in the programme, 0 without it, NaN where the rollout table does not tell; None
    for candidates.
    bordering: (G,) year in which the programme first starts next door, inf = not in the study years; None without a
    table of neighbours.
    person_groups: sums over persons seen in the same years; None where the study asks for no person effects.
    composition: who comes and who goes between years; None where it is not counted.
    cluster: what treatment acts on, by municipality; () = on the municipalities themselves.
    """

    municipality: tuple[str, ...]
    arm: tuple[str, ...]
    adoption: FloatArray
    years: IntArray
    persons: IntArray
    women: IntArray
    age_sum: IntArray
    age_sumsq: IntArray
    outcome_sum: Mapping[str, ExactArray]
    outcome_sumsq: Mapping[str, ExactArray]
    covariates: tuple[DesignColumn, ...]
    x: ExactArray
    xx: ExactArray
    xy: Mapping[str, ExactArray]
    person_count: int
    movers: int
    notices: tuple[Notice, ...] = ()
    pairs: YearPairs | None = None
    dimensions: tuple[SubgroupCells, ...] = ()
    unit_covariates: tuple[str, ...] = ()
    z: FloatArray | None = None
    dose: FloatArray | None = None
    participants: FloatArray | None = None
    bordering: FloatArray | None = None
    period: Period = "year"
    person_groups: PersonGroupSums | None = None
    composition: Composition | None = None
    cluster: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self)

    @property
    def movers_share(self) -> float:
        """Share of persons counted in more than one municipality."""
        return self.movers / self.person_count if self.person_count else 0.0

    @property
    def covariate_names(self) -> tuple[str, ...]:
        """Names of the regressors; the columns covariate_1, covariate_2, ... on file in this order."""
        return tuple(column.name for column in self.covariates)

    @property
    def spill_over(self) -> BoolArray | None:
        """(G,) comparison municipalities with the programme next door in the study years; None where unknown."""
        if self.bordering is None:
            return None
        return np.asarray(np.isfinite(self.bordering) & ~np.isfinite(self.adoption))

    def panel(self, outcome: str) -> Panel:
        """The panel of one outcome: each exact sum rounded once to float64; workdays in days.

        within_variance is the variance of the persons in the cell, (sum y^2 - (sum y)^2 / n) / (n - 1), NaN for n < 2.
        The covariances are those of cell means over draws of persons (`YearPairs`).
        """
        scale = kind_of(outcome).scale
        total, squares = self.outcome_sum[outcome], self.outcome_sumsq[outcome]
        persons, pairs = self.persons.astype(np.float64), self.pairs
        adjusting, groups = pairs if self.covariates else None, self.person_groups
        return Panel(
            municipality=self.municipality,
            years=self.years,
            adoption=self.adoption,
            outcome=outcome,
            unit=kind_of(outcome).unit,
            weighting="persons",
            weight=persons,
            persons=persons,
            y=ratio(total, scale),
            yy=ratio(squares, scale * scale),
            covariates=self.covariate_names,
            x=ratio(self.x, 1),
            xx=ratio(self.xx, 1),
            xy=ratio(self.xy[outcome], scale),
            cluster=self.cluster or self.municipality,
            within_variance=within_variance(self.persons, total, squares, scale),
            mean_covariance=None if pairs is None else pairs.of_outcome(outcome, scale),
            outcome_covariate_covariance=None if adjusting is None else adjusting.with_covariates(outcome, scale),
            covariate_covariance=None if adjusting is None else adjusting.covariate_covariance,
            person_count=self.person_count,
            unit_covariates=self.unit_covariates,
            period=self.period,
            z=self.z,
            dose=self.dose,
            person_groups=None if groups is None else groups.of_outcome(outcome, scale),
        )

    def subgroups(self, outcome: str, dimension: str) -> Subgroups:
        """The panels of one outcome at every level of a dimension of the study, without person covariates.

        Raises UsageError for a dimension that the study does not name.
        """
        names = [one.dimension for one in self.dimensions]
        if dimension not in names:
            raise UsageError(
                f"the cells are not counted by {dimension!r}",
                remedy=f"name it in heterogeneity.by; counted: {', '.join(names) or 'none'}",
            )
        of, scale = self.dimensions[names.index(dimension)], kind_of(outcome).scale
        covariance = of.covariance(outcome, scale)
        panels = tuple(self._of_level(outcome, of, k, covariance[k, k]) for k in range(len(of.levels)))
        return Subgroups(dimension, of.levels, panels, covariance)

    def _of_level(self, outcome: str, of: SubgroupCells, k: int, covariance: FloatArray) -> Panel:
        scale, (g, t) = kind_of(outcome).scale, self.persons.shape
        persons, total, squares = of.persons[k], of.outcome_sum[outcome][k], of.outcome_sumsq[outcome][k]
        return Panel(
            municipality=self.municipality,
            years=self.years,
            adoption=self.adoption,
            outcome=outcome,
            unit=kind_of(outcome).unit,
            weighting="persons",
            weight=persons.astype(np.float64),
            persons=persons.astype(np.float64),
            y=ratio(total, scale),
            yy=ratio(squares, scale * scale),
            covariates=(),
            x=np.zeros((g, t, 0)),
            xx=np.zeros((g, t, 0, 0)),
            xy=np.zeros((g, t, 0)),
            cluster=self.cluster or self.municipality,
            within_variance=within_variance(persons, total, squares, scale),
            mean_covariance=covariance,
            unit_covariates=self.unit_covariates,
            period=self.period,
            z=self.z,
            dose=self.dose,
        )


def within_variance(persons: IntArray, total: ExactArray, squares: ExactArray, scale: int) -> FloatArray:
    """(G, T) variance of persons inside each cell, exact up to the last rounding; NaN for n < 2."""
    flat: list[float] = []
    for n, s, q in zip(persons.ravel().tolist(), total.ravel(), squares.ravel(), strict=True):
        flat.append((n * int(q) - int(s) ** 2) / (n * (n - 1) * scale**2) if n > 1 else np.nan)
    return np.array(flat, dtype=np.float64).reshape(persons.shape)
