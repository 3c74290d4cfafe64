"""Which cohort is compared with whom, in which year, against which base year.

Callaway and Sant'Anna (2021), section 2, with the conventions of R's did: the effect on cohort g in year t is a
two-by-two comparison of t with a base year. From adoption on the base is the last year before g less the
anticipation; before adoption it is the same ("universal") or the year before t ("varying").
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import BoolArray, FloatArray, IntArray

Comparison = Literal["never", "not_yet"]
BasePeriod = Literal["varying", "universal"]
REMEDY = "look at the rollout dates, the years of the study and the comparison municipalities"


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """q two-by-two comparisons of G municipalities, by cohort and year.

    cohort: (q,) adoption year; year, base: (q,) positions among the T years; treated, control: (q, G).
    """

    cohort: IntArray
    year: IntArray
    base: IntArray
    treated: BoolArray
    control: BoolArray

    def where(self, keep: BoolArray) -> Comparisons:
        """The comparisons of the (q,) mask."""
        return Comparisons(
            self.cohort[keep], self.year[keep], self.base[keep], self.treated[keep], self.control[keep]
        )  # fmt: skip


def comparisons(
    adoption: FloatArray,
    years: IntArray,
    observed: BoolArray,
    *,
    comparison: Comparison,
    anticipation: int,
    base_period: BasePeriod,
) -> Comparisons:
    """Every comparison that the rollout allows; whether a municipality has the cells is not looked at.

    adoption: (G,), inf = never treated in the window. years: (T,); observed: (T,) False where nobody has a cell: such
    a year is no base year.
    Controls: the never treated, or all that adopt more than `anticipation` years after the later of the two years
    ("not_yet"). Without never-treated municipalities the last cohort is comparison only, up to its own anticipation.
    Raises IdentificationError without cohorts to estimate, or without municipalities to compare with.
    """
    never = np.isinf(adoption)
    cohorts = np.unique(adoption[~never])
    if not len(cohorts):
        raise IdentificationError("no municipality adopts after the first year of the panel", remedy=REMEDY)
    usable = observed
    if not never.any():
        if comparison == "never":
            raise IdentificationError(
                "no municipality is never treated", remedy='compare with comparison="not_yet", or widen the panel'
            )
        usable, cohorts = observed & (years < cohorts[-1] - anticipation), cohorts[:-1]
    rows = [
        (cohort, t, base)
        for cohort in cohorts
        for t, base in _years_and_bases(years, usable, float(cohort), anticipation, base_period)
    ]
    if not rows:
        raise IdentificationError(
            "no comparison: every municipality adopts in the same year, or too soon after the others", remedy=REMEDY
        )
    cohort, year, base = (np.array(column) for column in zip(*rows, strict=True))
    treated = adoption[None, :] == cohort[:, None]
    later = years[np.maximum(year, base)]
    not_yet = adoption[None, :] > later[:, None] + anticipation
    control = (never if comparison == "never" else not_yet) & ~treated
    return Comparisons(cohort.astype(np.int64), year, base, treated, control)


def _years_and_bases(
    years: IntArray, usable: BoolArray, cohort: float, anticipation: int, base_period: BasePeriod
) -> list[tuple[int, int]]:
    """Positions of each year with an effect and of its base year; the base year itself has none."""
    positions = np.flatnonzero(usable)
    before = positions[years[positions] + anticipation < cohort]
    if not len(before):
        return []
    last = int(before[-1])
    if base_period == "universal":
        return [(int(t), last) for t in positions if t != last]
    return [(int(t), last if years[t] >= cohort else int(previous)) for previous, t in pairwise(positions)]
