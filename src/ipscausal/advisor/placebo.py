"""Engines 2 and 3: pseudo-studies on the real outcomes of untreated cells.

In space the treated leave and their adoption dates are given to as many controls; in time the treated keep their role
at earlier dates, in the years before anyone starts. Pseudo-studies share outcomes and are not independent of each
other: what they give is a count, "k of n", never a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from ipscausal.advisor.calibration import PlaceboCount
from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Options
from ipscausal.panel import Panel

MOST, LEAST = 40, 10  # pseudo-studies in space; with several treated there would be thousands of sets of controls
WORK = 2000  # municipalities x pseudo-studies: with more municipalities fewer sets are tried
SIDE = 2  # years that a pseudo-study in time has at least on either side


def in_space(panel: Panel, average: Callable[[Panel], Estimate], seed: int) -> Iterator[Estimate]:
    """Pseudo-studies among never-treated clusters: each set of as many as are treated, at most MOST of them by `seed`.

    With one treated cluster each control takes its place in turn. Sets that identify nothing are passed over.
    """
    labels = np.array(panel.cluster)
    treated = [label for label in dict.fromkeys(panel.cluster) if panel.treated[labels == label].any()]
    controls = [label for label in dict.fromkeys(panel.cluster) if label not in treated]
    dates = [panel.adoption[labels == label][0] for label in treated]
    if len(controls) <= len(treated):
        return
    kept = panel.select(~np.isin(labels, treated))
    labels = np.array(kept.cluster)
    most = max(LEAST, min(MOST, WORK // len(labels)))
    for chosen in _sets(len(controls), len(treated), most, seed):
        adoption = np.full(len(labels), np.inf)
        for position, date in zip(chosen, dates, strict=True):
            adoption[labels == controls[position]] = date
        yield from _identified(replace(kept, adoption=adoption), average)


def in_time(panel: Panel, average: Callable[[Panel], Estimate], anticipation: int) -> Iterator[Estimate]:
    """Pseudo-studies of the treated at dates before the first start, at least SIDE years on either side."""
    if not panel.treated.any():
        return
    before = panel.years < panel.adoption[panel.treated].min() - anticipation
    years = panel.years[before]
    for date in years[SIDE : len(years) - SIDE + 1]:
        adoption = np.where(panel.treated, float(date), np.inf)
        yield from _identified(replace(panel, adoption=adoption).of_years(before), average)


def counts(studies: Sequence[Estimate], methods: Sequence[str], options: Options) -> dict[str, PlaceboCount]:
    """By method, in how many of the studies p < 1 - level; n counts those in which the method has a p-value.

    Covariates are taken out beforehand, with the slopes of the pseudo-study.
    """
    found = {}
    for name in methods:
        method = METHODS[name]
        own = [np.nan_to_num(study.adjusted_mean)[None] for study in studies]
        p = np.array([method.trial(study, 0, options)(mean)[0] for study, mean in zip(studies, own, strict=True)])
        found[name] = PlaceboCount(int((p < 1 - options.level).sum()), int(np.isfinite(p).sum()))
    return {name: count for name, count in found.items() if count.n}


def _sets(n: int, k: int, most: int, seed: int) -> Iterator[tuple[int, ...]]:
    if comb(n, k) <= most:
        yield from combinations(range(n), k)
        return
    rng = np.random.default_rng(seed)
    drawn: dict[frozenset[int], tuple[int, ...]] = {}
    while len(drawn) < most:
        chosen = tuple(map(int, rng.permutation(n)[:k]))
        drawn.setdefault(frozenset(chosen), chosen)
    yield from drawn.values()


def _identified(panel: Panel, average: Callable[[Panel], Estimate]) -> Iterator[Estimate]:
    try:
        yield average(panel)
    except IdentificationError:
        return
