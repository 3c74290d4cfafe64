"""Panel: frozen municipality-year cells, the doorway from SQL (or a data frame) to NumPy.

A cell holds sums, not rows. From them the individual-level least squares with municipality and
year effects, its scores and its cluster-robust variances are exact.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ipscausal.errors import IdentificationError
from ipscausal.panel_frame import read_cells
from ipscausal.periods import Period, label
from ipscausal.person_groups import PersonGroups

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Weighting = Literal["persons", "analytic", "rows"]
# fields over two years of a municipality: (G, T, T, ...)
_COVARIANCES = ("mean_covariance", "outcome_covariate_covariance", "covariate_covariance")


def read_only(record: Any) -> None:
    """Nobody writes into the arrays of a frozen record, those in its mappings included."""
    for field in fields(record):
        value = getattr(record, field.name)
        for array in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panel:
    """G municipalities x T years of cells; K covariates. An empty cell has weight 0.

    municipality: G codes. years: (T,) calendar years, consecutive or not, increasing.
    adoption: (G,) first treated year, inf = not treated inside the window.
    weight: (G, T) sum of regression weights w of the cell's observations:
        persons (weighting "persons"), analytic weights ("analytic") or 1 ("rows").
    persons: (G, T) observations behind the cell (persons; 1 row where persons are unknown).
    y, yy: (G, T) sum of w*y and w*y*y in `unit`.
    x, xy: (G, T, K) sums of w*x and w*x*y; xx: (G, T, K, K) sums of w*x*x'.
    cluster: G labels that treatment, permutation and jackknife act on.
    within_variance: (G, T) variance of persons inside the cell (n - 1 in the denominator), NaN below two persons, or
        None.
    mean_covariance: (G, T, T) sampling covariance of the cell means from the persons, zero in rows and columns of
        empty cells, NaN in a municipality where it cannot be computed, or None.
    outcome_covariate_covariance: (G, T, T, K) sampling covariance of the mean outcome in the first year and the mean
        of each covariate in the second; covariate_covariance: (G, T, T, K, K) of the mean of one covariate in the first
        year and of the other in the second. None where covariates are constant inside a cell.
    person_count: distinct persons behind the panel, or None where only cells are known.
    unit_covariates: M names of what is known of the municipality itself; z: (G, T, M) their values, NaN where missing.
    dose: (G, T) treatment received in the cell (a fidelity, a reach, a share of the year) on any path, or None: 1 from
        adoption on.
    person_groups: which persons are counted in the same years, for estimators with person effects, or None: unknown.
    """

    municipality: tuple[str, ...]
    years: IntArray
    adoption: FloatArray
    outcome: str
    unit: str
    weighting: Weighting
    weight: FloatArray
    persons: FloatArray
    y: FloatArray
    yy: FloatArray
    covariates: tuple[str, ...]
    x: FloatArray
    xx: FloatArray
    xy: FloatArray
    cluster: tuple[str, ...]
    within_variance: FloatArray | None = None
    mean_covariance: FloatArray | None = None
    outcome_covariate_covariance: FloatArray | None = None
    covariate_covariance: FloatArray | None = None
    person_count: int | None = None
    unit_covariates: tuple[str, ...] = ()
    z: FloatArray | None = None
    dose: FloatArray | None = None
    person_groups: PersonGroups | None = None
    period: Period = "year"

    def __post_init__(self) -> None:
        g, t, k = len(self.municipality), len(self.years), len(self.covariates)
        if (self.z is None) != (not self.unit_covariates):
            raise IdentificationError("panel: unit_covariates and z go together")
        shapes = {
            "years": (t,), "adoption": (g,), "weight": (g, t), "persons": (g, t), "y": (g, t), "yy": (g, t),
            "x": (g, t, k), "xx": (g, t, k, k), "xy": (g, t, k), "within_variance": (g, t),
            "mean_covariance": (g, t, t), "outcome_covariate_covariance": (g, t, t, k),
            "covariate_covariance": (g, t, t, k, k), "z": (g, t, len(self.unit_covariates)), "dose": (g, t),
        }  # fmt: skip
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, np.ndarray):
                continue
            if value.shape != shapes[field.name]:
                raise IdentificationError(f"panel: {field.name} has shape {value.shape}, expected {shapes[field.name]}")
            # copied once, so that nobody holds a writable alias of a frozen panel
            frozen = value.copy()
            frozen.flags.writeable = False
            object.__setattr__(self, field.name, frozen)
        if len(self.cluster) != g:
            raise IdentificationError(f"panel: {len(self.cluster)} cluster labels for {g} municipalities")

    def __repr__(self) -> str:
        """One line: what is counted, of whom and when. Its arrays would fill pages."""
        treated = f"{len(self.municipality)} municipalities, {int(self.treated.sum())} treated"
        return f"Panel({self.outcome}, {treated}, {self.period_labels[0]} to {self.period_labels[-1]})"

    @property
    def observed(self) -> BoolArray:
        """(G, T) True where the cell holds at least one observation."""
        return self.weight > 0

    @property
    def mean(self) -> FloatArray:
        """(G, T) weighted mean of the outcome, NaN in empty cells."""
        return np.divide(self.y, self.weight, out=np.full(self.y.shape, np.nan), where=self.observed)

    @property
    def period_labels(self) -> tuple[str, ...]:
        """(T,) names of the periods: 2016, or 2016Q1."""
        return tuple(label(int(number), self.period) for number in self.years)

    @property
    def treated(self) -> BoolArray:
        """(G,) True for municipalities that adopt inside the window."""
        return np.isfinite(self.adoption)

    @property
    def event_time(self) -> FloatArray:
        """(G, T) calendar year minus first treated year, NaN for the never treated."""
        with np.errstate(invalid="ignore"):
            time = self.years[None, :] - self.adoption[:, None]
        return np.where(np.isfinite(time), time, np.nan)

    @property
    def exposed(self) -> FloatArray:
        """(G, T) 1.0 from the first treated year on, else 0.0."""
        return (self.years[None, :] >= self.adoption[:, None]).astype(np.float64)

    @property
    def n_observations(self) -> float:
        """N of every small-sample factor: persons, or rows where weights are analytic."""
        return float(self.persons[self.observed].sum())

    def without(self, cells: BoolArray) -> Panel:
        """The same panel with the cells of the (G, T) mask emptied; distinct persons are then unknown."""
        if not (cells & self.observed).any():
            return self
        keep = ~cells
        cell, covariate = keep.astype(np.float64), keep.astype(np.float64)[:, :, None]
        both = keep[:, :, None] & keep[:, None, :]
        within = self.within_variance
        emptied: dict[str, Any] = {
            name: None if value is None else np.where(both.reshape(*both.shape, *[1] * (value.ndim - 3)), value, 0.0)
            for name in _COVARIANCES
            for value in (getattr(self, name),)
        }
        return replace(
            self, weight=self.weight * cell, persons=self.persons * cell, y=self.y * cell, yy=self.yy * cell,
            x=self.x * covariate, xy=self.xy * covariate, xx=self.xx * covariate[..., None], person_count=None,
            within_variance=None if within is None else np.where(keep, within, np.nan),
            person_groups=None if self.person_groups is None else self.person_groups.without(cells), **emptied,
        )  # fmt: skip

    def select(self, municipalities: BoolArray) -> Panel:
        """The same panel with the municipalities of the (G,) mask only; distinct persons become unknown."""
        rows = np.flatnonzero(municipalities)
        if len(rows) == len(self.municipality):
            return self
        groups = self.person_groups
        cells: dict[str, Any] = {
            name: None if value is None else value[rows]
            for name in (
                "adoption",
                "weight",
                "persons",
                "y",
                "yy",
                "x",
                "xx",
                "xy",
                "within_variance",
                "z",
                "dose",
                *_COVARIANCES,
            )
            for value in (getattr(self, name),)
        }
        return replace(
            self,
            municipality=tuple(self.municipality[g] for g in rows),
            cluster=tuple(self.cluster[g] for g in rows),
            person_count=None,
            person_groups=None if groups is None else groups.select(rows, len(self.municipality)),
            **cells,
        )

    def of_years(self, years: BoolArray) -> Panel:
        """The same panel in the years of the (T,) mask only, adoption unchanged; distinct persons become unknown."""
        cells: dict[str, Any] = {
            name: None if value is None else value[:, years]
            for name in ("weight", "persons", "y", "yy", "x", "xx", "xy", "within_variance", "z", "dose")
            for value in (getattr(self, name),)
        }
        pairs: dict[str, Any] = {
            name: None if value is None else value[:, years][:, :, years]
            for name in _COVARIANCES
            for value in (getattr(self, name),)
        }
        groups = None if self.person_groups is None else self.person_groups.of_years(years)
        return replace(
            self, years=self.years[years], person_count=None, person_groups=groups, **cells, **pairs
        )  # fmt: skip

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        municipality: str,
        year: str,
        outcome: str,
        adoption: str | None = None,
        persons: str | None = None,
        weights: str | None = None,
        within_variance: str | None = None,
        mean_covariance: Mapping[Hashable, FloatArray] | None = None,
        covariates: Sequence[str] = (),
        municipality_covariates: Sequence[str] = (),
        dose: str | None = None,
        unit: str = "",
    ) -> Panel:
        """The panel of a data frame with one row per municipality and year.

        adoption: first treated year; missing, 0, infinity or a year after the last one means not treated in the window.
        persons: counts behind each mean (N of every small-sample factor is their sum); weights: analytic (N is the
        number of rows). At most one of the two; with neither every row counts once.
        within_variance: variance of persons inside the cell (n - 1); mean_covariance: T x T sampling covariance of the
        means by municipality, NaN where unknown.
        covariates: columns that are constant inside a cell. Rows with weight 0 and absent rows are empty cells.
        municipality_covariates: what is known of the municipality itself, missing where it is not.
        dose: treatment received in the cell, on any path; `adoption` may then be left out and is the first year whose
        dose differs from that of the municipality's first year.

        Raises UsageError naming every problem: missing columns, duplicate or non-integer years, missing outcomes,
        negative weights, an adoption year that changes within a municipality, a matrix that is no covariance.
        """
        cells = read_cells(
            frame, municipality=municipality, year=year, outcome=outcome, adoption=adoption, persons=persons,
            weights=weights, within_variance=within_variance, mean_covariance=mean_covariance, covariates=covariates,
            municipality_covariates=municipality_covariates, dose=dose,
        )  # fmt: skip
        return cls(
            outcome=outcome,
            unit=unit,
            covariates=tuple(covariates),
            unit_covariates=tuple(municipality_covariates),
            cluster=cells["municipality"],
            **cells,
        )
