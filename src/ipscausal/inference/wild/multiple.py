"""p-values adjusted for testing several outcomes, so that any true null is rejected with at most the stated chance.

Holm needs p-values only. The step-down of Romano and Wolf uses how the outcomes move together: the same
bootstrap vectors for every outcome (`bootstrap.t_and_draws`). With few clusters max |t| is unbalanced, since an
outcome with heavier draws raises the bar for all and the adjusted p can exceed Holm's; min p puts the outcomes on one
scale first.
"""

from __future__ import annotations

import numpy as np

from ipscausal.inference.wild.scores import TIES
from ipscausal.inference.wild.signs import Signs
from ipscausal.panel import FloatArray, IntArray


def holm(p: FloatArray) -> FloatArray:
    """(M,) the smallest p times M (Bonferroni), the next times M - 1, never decreasing, at most 1."""
    order = np.argsort(p, kind="stable")
    return _in_steps(np.minimum(1.0, p[order] * np.arange(len(p), 0, -1)), order)


def romano_wolf_max_t(t: FloatArray, draws: FloatArray, signs: Signs) -> FloatArray:
    """(M,) step-down p of |t| (M,) against the largest of |t*| (M, n) among the outcomes not yet passed."""
    pool = _pool(t, draws, signs)
    order = np.argsort(-t, kind="stable")
    largest = np.maximum.accumulate(pool[order[::-1]], axis=0)[::-1]
    return _in_steps(_share(largest >= t[order, None] * (1 - TIES)), order)


def romano_wolf_min_p(t: FloatArray, draws: FloatArray, signs: Signs) -> FloatArray:
    """(M,) the same with each outcome's |t| and |t*| replaced by their p among its own draws, and the smallest p."""
    pool = _pool(t, draws, signs)
    p = np.array([_rank(own[None], among)[0] for own, among in zip(t, pool, strict=True)])
    ranks = np.array([_rank(among, among) for among in pool])
    order = np.argsort(p, kind="stable")
    smallest = np.minimum.accumulate(ranks[order[::-1]], axis=0)[::-1]
    return _in_steps(_share(smallest <= p[order, None]), order)


def _pool(t: FloatArray, draws: FloatArray, signs: Signs) -> FloatArray:
    """Enumerated vectors hold the data; where they are sampled the data are one more draw."""
    return draws if signs.seed is None else np.concatenate([t[:, None], draws], axis=1)


def _rank(values: FloatArray, among: FloatArray) -> IntArray:
    """How many of `among` are at least as large as each of `values`, ties included; at least 1."""
    place = np.searchsorted(np.sort(among), values * (1 - TIES), side="left")
    return np.maximum(len(among) - place, 1)


def _share(extreme: np.ndarray) -> FloatArray:
    return np.maximum(extreme.sum(axis=1), 1) / extreme.shape[1]


def _in_steps(p: FloatArray, order: IntArray) -> FloatArray:
    """Never smaller than an earlier step; back in the order of the outcomes."""
    out = np.empty_like(p)
    out[order] = np.maximum.accumulate(p)
    return out
