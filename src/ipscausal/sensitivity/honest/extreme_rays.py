"""Extreme rays of a cone of multipliers, by double description (Motzkin et al. 1953; Fukuda and Prodon 1996).

A test of moment inequalities with nuisance parameters asks for the largest g'y over g >= 0 with g'X = 0. The maximum is
reached at one of finitely many rays, which depend on X alone: once they are known, no linear programme is left.
"""

from __future__ import annotations

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.panel import FloatArray

ZERO = 1e-10
MOST_RAYS = 5_000  # pairs of rays are compared with all rays


def extreme_rays(x: FloatArray) -> FloatArray:
    """(V, m) the extreme rays of {g >= 0 : g'x = 0} for x (m, k), each with its largest entry 1.

    Raises UsageError where there are more than `MOST_RAYS` on the way.
    """
    rays = np.eye(len(x))
    for column in (x / np.maximum(np.abs(x).max(axis=0, initial=0.0), ZERO)).T:
        value = rays @ column
        zero = np.abs(value) <= ZERO
        plus, minus = np.flatnonzero(value > ZERO), np.flatnonzero(value < -ZERO)
        left, right = _adjacent(rays > ZERO, plus, minus)
        between = value[left][:, None] * rays[right] - value[right][:, None] * rays[left]
        if len(between):
            between /= between.max(axis=1, keepdims=True)
        rays = np.concatenate([rays[zero], np.where(between > ZERO, between, 0.0)])
        if len(rays) > MOST_RAYS:
            raise UsageError(
                f"the restriction has more than {MOST_RAYS} corners with so many years after the start",
                remedy="use fewer years after the start, or a restriction without sign or direction",
            )
    return rays


def _adjacent(support: np.ndarray, plus: np.ndarray, minus: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rays on either side of a hyperplane with no third ray in the smallest face that holds both."""
    left, right = [], []
    # float32 counts exactly up to 16 million and multiplies fast
    outside = (~support).astype(np.float32)
    holds = support.astype(np.float32)
    for one in plus:
        # a ray lies in the face of two when none of its support is outside theirs
        strays = holds @ (outside[minus] * outside[one]).T
        kept = minus[(strays == 0).sum(axis=0) == 2]
        left.append(np.full(len(kept), one))
        right.append(kept)
    if not left:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(left), np.concatenate(right)
