"""Cohort means and the comparisons of cohorts that effects and their pre-adoption adjustment are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import FloatArray, IntArray

Controls = Literal["not_yet", "last"]


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """C cohorts of at least two municipalities observed in all T years, by adoption year, never treated (inf) last.

    years: (T,); adoption: (C,); of: (G,) cohort of each municipality; size: (C,); deviation: (G, T) outcome less the
    cohort's mean; mean: (C, T); covariance: (C, T, T) with N_c - 1 in the denominator.
    """

    years: IntArray
    adoption: FloatArray
    of: IntArray
    size: FloatArray
    deviation: FloatArray
    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """P pairs of cohort and year; the effect of a pair is its contrast of cohort means.

    cohort: (P,) position; year: (P,) position. effect, before: (P, C, T) weights on cohort means: the cohort less its
    controls in that year, and the same in the last year before the cohort adopts.
    """

    cohort: IntArray
    year: IntArray
    effect: FloatArray
    before: FloatArray


def cohorts_of(outcome: FloatArray, adoption: FloatArray, years: IntArray) -> Cohorts:
    """outcome: (G, T) without gaps; adoption: (G,). Every cohort has at least two municipalities."""
    dates, of = np.unique(adoption, return_inverse=True)
    size = np.bincount(of, minlength=len(dates)).astype(np.float64)
    member = (of[None, :] == np.arange(len(dates))[:, None]).astype(np.float64)
    mean = member @ outcome / size[:, None]
    deviation = outcome - mean[of]
    covariance = np.stack([deviation[of == c].T @ deviation[of == c] for c in range(len(dates))])
    return Cohorts(years, dates, of, size, deviation, mean, covariance / (size - 1)[:, None, None])


def comparisons_of(cohorts: Cohorts, controls: Controls) -> Comparisons:
    """Every cohort and year from adoption on in which somebody is still untreated.

    controls: "not_yet" = all cohorts untreated in that year, weighted by their size, "last" = the last cohort alone.
    Raises IdentificationError if there is no such pair.
    """
    dates, years, size = cohorts.adoption, cohorts.years, cohorts.size
    pairs = [
        (c, t)
        for c in range(len(dates) - 1)
        for t in range(len(years))
        if dates[c] <= years[t] < dates[-1] and (years < dates[c]).any()
    ]
    if not pairs:
        raise IdentificationError(
            "no cohort is observed after adoption beside one that is still untreated",
            remedy="look at the rollout dates, the years of the study and the comparison municipalities",
        )
    effect = np.zeros((len(pairs), len(dates), len(years)))
    before = np.zeros_like(effect)
    for p, (c, t) in enumerate(pairs):
        control = dates > years[t] if controls == "not_yet" else np.arange(len(dates)) == len(dates) - 1
        column = -np.where(control, size, 0.0) / size[control].sum()
        column[c] += 1.0
        effect[p, :, t] = column
        before[p, :, np.flatnonzero(years < dates[c])[-1]] = column
    cohort, year = np.array(pairs, dtype=np.int64).T
    return Comparisons(cohort, year, effect, before)
