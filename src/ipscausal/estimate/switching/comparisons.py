"""One horizon of de Chaisemartin & D'Haultfoeuille: switchers against those with the same baseline dose not yet moved.

DID_l of their equation (5): over cells (g, F_g - 1 + l), the change of the outcome since F_g - 1 less the same change
among municipalities with the same baseline dose that have not left it by then, the sign turned where the dose fell,
averaged with the switchers' weights in that year. Placebos take the change from F_g - 1 to F_g - 1 - l of the same
switchers against the same comparison. Deviations follow their variance estimator (web appendix, section 1.4): each
outcome change less the mean of its cohort, the switchers with the same baseline, year and first new dose, or the
comparison of that year and baseline, times sqrt(n / (n - 1)); a cohort of one is held against the mean of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.estimate.switching.paths import Paths
from ipscausal.panel import BoolArray, FloatArray, IntArray

Comparison = Literal["not yet switched", "never switched"]
Kind = Literal["effect", "placebo"]


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """Effect or placebo l: sums over switchers, not yet divided by their weight.

    switchers: (G,) who is counted; total: their weight N_l. cell_weights: (G, S) and deviations: (G,), both with the
    sign of the switch; dose: the switchers' weighted distance from the baseline in the year, path: summed over the l
    years since the switch.
    """

    switchers: BoolArray
    total: float
    cell_weights: FloatArray
    deviations: FloatArray
    dose: float
    path: float


def horizon(
    paths: Paths, lag: int, kind: Kind, comparison: Comparison, eligible: BoolArray, cluster_of: IntArray
) -> Horizon:
    """Effect `lag` = 1, 2, ... (1: the year of the switch), or the placebo of the same number.

    eligible: (G,) switchers that may be counted.
    """
    g, s = paths.usable.shape
    weights, deviations, counted = np.zeros((g, s)), np.zeros(g), np.zeros(g, dtype=bool)
    for first in np.unique(paths.first[eligible & np.isfinite(paths.first)]).astype(int):
        year, base = first - 1 + lag, first - 1
        compared = base - lag if kind == "placebo" else year
        if base < 0 or compared < 0 or year >= s:
            continue
        seen = paths.usable[:, year] & paths.usable[:, base] & paths.usable[:, compared]
        later = np.isinf(paths.first) if comparison == "never switched" else paths.first > year
        change = paths.mean[:, compared] - paths.mean[:, base]
        moved = seen & eligible & (paths.first == first)
        for baseline in np.unique(paths.baseline[moved]):
            controls = seen & later & (paths.baseline == baseline)
            for sign in (1.0, -1.0):
                switchers = moved & (paths.baseline == baseline) & (paths.direction == sign)
                if not switchers.any() or not controls.any():
                    continue
                weight = paths.weight[:, year]
                own = sign * np.where(switchers, weight, 0.0)
                own -= np.where(controls, weight, 0.0) * own.sum() / weight[controls].sum()
                weights[:, compared] += own
                weights[:, base] -= own
                deviations += own * _deviation(change, weight, switchers, controls, paths.dose[:, first], cluster_of)
                counted |= switchers
    return _summed(paths, counted, lag, weights, deviations)


def _deviation(
    change: FloatArray, weight: FloatArray, switchers: BoolArray, controls: BoolArray, new: FloatArray, of: IntArray
) -> FloatArray:
    """(G,) change less its cohort's mean, scaled for the mean's degree of freedom; zero outside."""
    out = np.zeros(len(change))
    both = switchers | controls
    cohorts = [controls, *(switchers & (new == dose) for dose in np.unique(new[switchers]))]
    for cohort in cohorts:
        around = cohort if len(np.unique(of[cohort])) > 1 else both
        n = len(np.unique(of[around]))
        mean = weight[around] @ change[around] / weight[around].sum()
        out[cohort] = (change[cohort] - mean) * np.sqrt(n / (n - 1))
    return out


def _summed(paths: Paths, counted: BoolArray, lag: int, weights: FloatArray, deviations: FloatArray) -> Horizon:
    g = np.flatnonzero(counted)
    first = paths.first[g].astype(int)
    mass = paths.weight[g, first - 1 + lag]
    signed = mass * paths.direction[g]
    away = paths.dose[g] - paths.baseline[g][:, None]
    since = first[:, None] + np.arange(lag)
    walked = np.take_along_axis(away, since, axis=1)
    return Horizon(
        counted,
        float(mass.sum()),
        weights,
        deviations,
        float(signed @ walked[:, -1]),
        float(signed @ walked.sum(axis=1)),
    )
