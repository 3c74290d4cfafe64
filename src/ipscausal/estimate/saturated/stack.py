"""Sub-experiments laid on top of each other: every cohort with its clean comparison municipalities, by event time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

Comparison = Literal["not_yet", "never"]
SUMS = ("weight", "y", "yy", "x", "xx", "xy")


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """R rows, each a municipality in a sub-experiment; E event times.

    cells: Panel of R rows by E event times, adoption 0 for the treated of the sub-experiment and infinity for its
    comparisons. municipality: (R,) positions in the panel. year: (R, E) positions of the calendar years. cohort: (R,)
    adoption year of the sub-experiment.
    """

    cells: Panel
    municipality: IntArray
    year: IntArray
    cohort: FloatArray

    def to_panel(self, values: FloatArray, municipalities: int) -> FloatArray:
        """(G, ...) sums of (R, ...) over the rows of each municipality."""
        out = np.zeros((municipalities, *values.shape[1:]))
        for rows in self._sub_experiments():
            out[self.municipality[rows]] += values[rows]
        return out

    def to_cells(self, values: FloatArray, shape: tuple[int, int]) -> FloatArray:
        """(G, T, ...) sums of (R, E, ...) over the rows that hold a calendar cell."""
        out = np.zeros((*shape, *values.shape[2:]))
        for rows in self._sub_experiments():
            out[self.municipality[rows, None], self.year[rows]] += values[rows]
        return out

    def _sub_experiments(self) -> list[slice]:
        """Rows of each sub-experiment, which stand together; a municipality is in it once."""
        first = np.flatnonzero(np.r_[True, np.diff(self.cohort) != 0])
        return [slice(a, b) for a, b in pairwise([*first.tolist(), len(self.cohort)])]


def stack(panel: Panel, window: tuple[int, int], comparison: Comparison, anticipation: int) -> Stack:
    """Every cohort whose whole window lies in the panel's years, and that has treated and comparison municipalities.

    A municipality is in a sub-experiment if it is observed in its whole window, and counts in each of its years with
    the average of its weights: sizes that change do not move the estimate, and constants of calendar years cancel.
    Comparisons: the never treated and, with "not_yet", those whose adoption less anticipation lies after the window.
    Raises IdentificationError if no cohort qualifies.
    """
    events = np.arange(window[0], window[1] + 1)
    row, year, cohort, treated = [], [], [], []
    for date in np.unique(panel.adoption[panel.treated]):
        position = np.searchsorted(panel.years, date + events)
        inside = position < len(panel.years)
        if not inside.all() or not np.array_equal(panel.years[position], date + events):
            continue
        own = panel.adoption == date
        clean = panel.adoption - anticipation > date + window[1] if comparison == "not_yet" else ~panel.treated
        seen = np.asarray(panel.observed[:, position].all(axis=1))
        if not seen[own].any() or not seen[clean].any():
            continue
        members = np.flatnonzero((own | clean) & seen)
        row.append(members)
        year.append(np.broadcast_to(position, (len(members), len(events))))
        cohort.append(np.full(len(members), date))
        treated.append(own[members])
    if not row:
        raise IdentificationError(
            f"no cohort has the years {window[0]} to {window[1]} around its adoption and others to compare with",
            remedy='narrow the window, or use comparison="not_yet"',
        )
    chosen, calendar = np.concatenate(row), np.concatenate(year)
    cells = _laid_out(panel, chosen, calendar, events, np.concatenate(treated))
    return Stack(cells, chosen, calendar, np.concatenate(cohort))


def _laid_out(panel: Panel, row: IntArray, year: IntArray, events: IntArray, treated: BoolArray) -> Panel:
    weight = panel.weight[row[:, None], year]
    factor = weight.mean(axis=1, keepdims=True) / weight
    cells: dict[str, Any] = {"persons": panel.persons[row[:, None], year]}
    for name in SUMS:
        own = getattr(panel, name)[row[:, None], year]
        cells[name] = own * factor.reshape(*factor.shape, *[1] * (own.ndim - 2))
    return replace(
        panel, municipality=tuple(panel.municipality[g] for g in row), cluster=tuple(panel.cluster[g] for g in row),
        years=events.astype(np.int64), adoption=np.where(treated, 0.0, np.inf), person_count=None,
        within_variance=None, mean_covariance=None, outcome_covariate_covariance=None, covariate_covariance=None,
        unit_covariates=(), z=None, dose=None, **cells,
    )  # fmt: skip


def corrective(stack: Stack) -> Stack:
    """Comparisons weighted so that each sub-experiment has the same share among them as among the treated.

    Q = (share of the sub-experiment among the treated) / (its share among the comparisons), shares of the regression
    weight in the window: Wing, Freedman and Hollingsworth (2024), section 4; for equal windows their unit counts.
    """
    treated, size = stack.cells.treated, stack.cells.weight.sum(axis=1)
    of = np.unique(stack.cohort, return_inverse=True)[1]
    own, other = np.bincount(of, size * treated), np.bincount(of, size * ~treated)
    factor = np.where(treated, 1.0, ((own / own.sum()) / (other / other.sum()))[of])
    cells: dict[str, Any] = {}
    for name in SUMS:
        own_cells = getattr(stack.cells, name)
        cells[name] = own_cells * factor.reshape(-1, *[1] * (own_cells.ndim - 1))
    return replace(stack, cells=replace(stack.cells, **cells))
