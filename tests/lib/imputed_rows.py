"""Imputation and its variance on rows, with every dummy written out: the papers' formulas, without cells."""

from collections.abc import Callable

import numpy as np
import pandas as pd


class Rows:
    """Rows with columns municipality, year, first (NaN = never), y and covariates; weight: of the rows."""

    def __init__(self, rows: pd.DataFrame, covariates: tuple[str, ...] = (), weight: np.ndarray | None = None) -> None:
        self.rows = rows.reset_index(drop=True)
        self.unit, unit = np.unique(rows["municipality"].to_numpy(dtype=str), return_inverse=True)
        years, year = np.unique(rows["year"].to_numpy(), return_inverse=True)
        self.unit_of = unit
        self.z = np.concatenate(
            [np.eye(len(self.unit))[unit], np.eye(len(years))[year][:, 1:], rows[list(covariates)].to_numpy(float)], 1
        )
        self.y = rows["y"].to_numpy(float)
        self.w = np.ones(len(rows)) if weight is None else weight
        first = rows["first"].to_numpy(float)
        self.time = rows["year"].to_numpy(float) - first
        self.treated = self.time >= 0
        self.group = np.where(np.isfinite(first), first * 10_000 + rows["year"].to_numpy(float), 0.0)
        free = ~self.treated
        self.bread = np.linalg.pinv(self.z[free].T @ (self.z[free] * self.w[free, None]))
        self.gap = self.y - self.z @ (self.bread @ (self.z[free].T @ (self.w[free] * self.y[free])))

    def influence(self, cells: np.ndarray, bread: np.ndarray | None = None, power: int = 1) -> np.ndarray:
        """(N,) v of the weighted average of treated cells: 0 = sum of v z; power 2: weights twice on both sides."""
        v1 = np.where(cells, self.w, 0.0) / self.w[cells].sum()
        inner = self.bread if bread is None else bread
        loaded = (self.z * (self.w ** (power - 1))[:, None])[self.treated].T @ v1[self.treated]
        v0 = -self.w * (self.z @ (inner @ loaded))
        return np.where(self.treated, v1, v0)

    def imputation(self, cells: np.ndarray, v: np.ndarray | None = None) -> tuple[float, np.ndarray]:
        """Effect and (G,) contributions: gaps less the average of cohort and year weighted by squared v."""
        v = self.influence(cells) if v is None else v
        middle = np.zeros(len(v))
        for group in np.unique(self.group[cells]):
            inside = (self.group == group) & cells
            middle[inside] = (v**2 * self.gap)[inside].sum() / (v**2)[inside].sum()
        return float((v * self.gap)[cells].sum()), self._by_unit(v * (self.gap - middle))

    def two_stage(self, terms: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """(q,) coefficients of the second stage on indicators of row masks and (G, q) their GMM contributions."""
        x2 = np.stack(terms, axis=1).astype(float)
        outer = np.linalg.inv(x2.T @ (x2 * self.w[:, None]))
        coef = outer @ (x2.T @ (self.w * self.gap))
        second = x2 * (self.w * (self.gap - x2 @ coef))[:, None]
        free = np.where(self.treated, 0.0, 1.0)
        first = self.z * (free * self.w * self.gap)[:, None]
        load = x2.T @ (self.z * self.w[:, None]) @ self.bread
        return coef, self._by_unit((second - first @ load.T) @ outer)

    def _by_unit(self, values: np.ndarray) -> np.ndarray:
        out = np.zeros((len(self.unit), *values.shape[1:]))
        np.add.at(out, self.unit_of, values)
        return out


def rows_of(frame: pd.DataFrame, municipality: str, year: str, outcome: str, first: str) -> pd.DataFrame:
    """A frame with the column names of `Rows`; first 0 becomes NaN."""
    named = frame[[municipality, year, outcome, first]].set_axis(["municipality", "year", "y", "first"], axis=1)
    return named.assign(first=named["first"].where(named["first"] > 0))


def mask(rows: Rows, rule: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Rows whose event time obeys the rule; never for the never treated."""
    return np.asarray(np.isfinite(rows.time) & rule(rows.time))
