"""Effects of single treated municipality-years, and weighted sums of them.

The effect of municipality g in year t is the change of its mean since the last year before anticipation, less the same
change in the comparison. Whatever is asked about doses is a sum of these effects with weights that the design gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

Comparison = Literal["never", "not_yet"]


@dataclass(frozen=True, slots=True, eq=False)
class TreatedCells:
    """n treated municipality-years in P pairs of a cohort and a year.

    row: (n,) positions of the municipalities; pair: (n,); event_time, weight, effect: (n,).
    year, base: (P,) positions of the year and of the one that changes start from. shares: (P, G) of the comparison
    municipalities, adding up to one; deviations: (P, G) their changes less the mean change of the comparison.
    """

    row: IntArray
    pair: IntArray
    event_time: FloatArray
    weight: FloatArray
    effect: FloatArray
    year: IntArray
    base: IntArray
    shares: FloatArray
    deviations: FloatArray

    def cell_weights(self, sums: FloatArray, years: int) -> FloatArray:
        """(q, G, T) of sums of effects with weights `sums` (q, n)."""
        out = np.zeros((len(sums), self.shares.shape[1], years))
        for weights, own in zip(out, sums, strict=True):
            change = -self._by_pair(own)[:, None] * self.shares
            np.add.at(change, (self.pair, self.row), own)
            np.add.at(weights.T, self.year, change)
            np.add.at(weights.T, self.base, -change)
        return out

    def contributions(self, sums: FloatArray, scores: FloatArray) -> FloatArray:
        """(G, q) influence values: scores (q, n) of the treated cells, and of the comparison what its changes add."""
        columns = [
            np.bincount(self.row, score, minlength=self.shares.shape[1])
            - self._by_pair(own) @ (self.shares * self.deviations)
            for own, score in zip(sums, scores, strict=True)
        ]
        return np.stack(columns, axis=1)

    def _by_pair(self, own: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(self.pair, own, minlength=len(self.year)), dtype=np.float64)


def treated_cells(
    panel: Panel, window: tuple[int, int] | None, anticipation: int, comparison: Comparison
) -> TreatedCells:
    """Cells at event times of the window, by default all from adoption on, that have a base year and a comparison.

    comparison: municipalities that are "never" treated inside the panel, or "not_yet" by that year.
    Raises IdentificationError where there is none.
    """
    low, high = (0.0, np.inf) if window is None else window
    found: list[_Pair] = []
    for cohort in np.unique(panel.adoption[panel.treated]):
        for base in np.flatnonzero(panel.years == cohort - 1 - anticipation):
            event_time = panel.years - cohort
            wanted = (event_time >= low) & (event_time <= high)
            wanted[base] = False
            pairs = [_pair(panel, cohort, int(t), int(base), anticipation, comparison) for t in np.flatnonzero(wanted)]
            found += [pair for pair in pairs if len(pair.treated) and pair.controls.any()]
    if not found:
        raise IdentificationError(
            "no treated municipality-year has a year before adoption and a comparison",
            remedy="look at the rollout dates, the years of the study and the window of event times",
        )
    year, base_of = np.array([pair.year for pair in found]), np.array([pair.base for pair in found])
    size = np.where([pair.controls for pair in found], panel.weight[:, year].T, 0.0)
    change = np.nan_to_num(panel.mean[:, year] - panel.mean[:, base_of]).T
    shares = size / size.sum(axis=1, keepdims=True)
    usual = (shares * change).sum(axis=1)
    row = np.concatenate([pair.treated for pair in found])
    pair_of = np.repeat(np.arange(len(found)), [len(pair.treated) for pair in found])
    return TreatedCells(
        row=row,
        pair=pair_of,
        event_time=panel.years[year[pair_of]] - panel.adoption[row],
        weight=panel.weight[row, year[pair_of]],
        effect=change[pair_of, row] - usual[pair_of],
        year=year,
        base=base_of,
        shares=shares,
        deviations=np.where(shares > 0, change - usual[:, None], 0.0),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A cohort in a year: positions of its municipalities with both years, and who they are compared with."""

    year: int
    base: int
    treated: IntArray
    controls: BoolArray


def _pair(panel: Panel, cohort: float, year: int, base: int, anticipation: int, comparison: Comparison) -> _Pair:
    seen = panel.observed[:, year] & panel.observed[:, base]
    later = np.isinf(panel.adoption)
    if comparison == "not_yet":
        reached = max(panel.years[year], panel.years[base]) + anticipation
        later = (panel.adoption > reached) & (panel.adoption != cohort)
    return _Pair(year, base, np.flatnonzero(seen & (panel.adoption == cohort)), seen & later)
