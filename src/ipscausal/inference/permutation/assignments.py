"""Which clusters could have had which adoption path: all assignments, or a seeded sample of them.

With strata a path may only move to clusters of its own stratum; counts, floors and samples are then those of the
restricted set, which always holds the assignment that was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from ipscausal.errors import UsageError
from ipscausal.panel import IntArray

Table = NDArray[np.int16]
FEW_ENOUGH = 2_000  # assignments that are counted one by one where each of them is dear
ENUMERATE = 150_000  # assignments; beyond, a sample: each is a regression, and the table holds n x C small integers


@dataclass(frozen=True, slots=True, eq=False)
class Assignments:
    """table: (n, C) path of each cluster; observed: row of the assignment that was made.

    enumerated: number of assignments, None when sampled with `seed` in `draws` draws. p_floor: smallest attainable p.
    """

    table: Table
    observed: int
    enumerated: int | None
    p_floor: float
    draws: int
    seed: int


def assignments(path: IntArray, stratum: IntArray, draws: int, seed: int, limit: int = ENUMERATE) -> Assignments:
    """Every assignment of the paths (C,) within strata (C,) when there are at most `limit`, else `draws` of them."""
    total = count_assignments(path, stratum)
    if total > limit:
        table = sampled_assignments(path, stratum, draws, seed)
        return Assignments(table, 0, None, 1 / (draws + 1), draws, seed)
    table = all_assignments(path, stratum)
    observed = int(np.flatnonzero((table == path).all(axis=1))[0])
    return Assignments(table, observed, total, floor(path, stratum), draws, seed)


def strata_of(clusters: Sequence[str], strata: Sequence[tuple[str, str]] | None) -> IntArray:
    """(C,) stratum of each cluster, all 0 without strata. Raises UsageError when a cluster has none."""
    if strata is None:
        return np.zeros(len(clusters), dtype=np.int64)
    named = dict(strata)
    missing = sum(label not in named for label in clusters)
    if missing:
        raise UsageError(
            f"{missing} of {len(clusters)} clusters have no stratum",
            remedy="give a stratum for every cluster of the estimation, or no strata",
        )
    return np.unique([named[label] for label in clusters], return_inverse=True)[1].astype(np.int64)


def count_assignments(path: IntArray, stratum: IntArray) -> int:
    """Distinct ways to hand the paths to the clusters: n! over the groups' factorials, multiplied over strata."""
    return prod(_count(path[stratum == one]) for one in np.unique(stratum))


def all_assignments(path: IntArray, stratum: IntArray) -> Table:
    """(n, C) every distinct assignment; those of the first stratum change slowest."""
    parts = [np.flatnonzero(stratum == one) for one in np.unique(stratum)]
    tables = [_arrangements(path[part]) for part in parts]
    out = np.empty((count_assignments(path, stratum), len(path)), dtype=np.int16)
    rows = np.unravel_index(np.arange(len(out)), tuple(len(table) for table in tables))
    for part, table, row in zip(parts, tables, rows, strict=True):
        out[:, part] = table[row]
    return out


def sampled_assignments(path: IntArray, stratum: IntArray, draws: int, seed: int) -> Table:
    """(draws + 1, C) the observed assignment first, then independent random ones."""
    rng = np.random.default_rng(seed)
    out = np.tile(path.astype(np.int16), (draws + 1, 1))
    for one in np.unique(stratum):
        part = np.flatnonzero(stratum == one)
        out[1:, part] = rng.permuted(out[1:, part], axis=1)
    return out


def floor(path: IntArray, stratum: IntArray) -> float:
    """Smallest attainable p of a two-sided test that counts every assignment.

    With one adoption path and as many treated as controls in every stratum the complement of an assignment is one
    itself and has minus its coefficient, so the extreme value is always attained twice.
    """
    mirrored = len(np.unique(path)) == 2 and all(
        2 * int((path[stratum == one] == path.min()).sum()) == int((stratum == one).sum()) for one in np.unique(stratum)
    )
    return (2 if mirrored else 1) / count_assignments(path, stratum)


def _count(path: IntArray) -> int:
    return factorial(len(path)) // prod(factorial(int(n)) for n in np.bincount(path))


def _arrangements(path: IntArray) -> Table:
    """(n, m) distinct orders of the values of `path`, in the order of the combinations that path 1, 2, ... take."""
    counts = np.bincount(path)
    table = np.zeros((1, len(path)), dtype=np.int16)
    free = np.arange(len(path))[None, :]
    for kind in range(1, len(counts)):
        chosen = np.array(list(combinations(range(free.shape[1]), int(counts[kind]))), dtype=np.int64)
        rest = np.ones((len(chosen), free.shape[1]), dtype=bool)
        np.put_along_axis(rest, chosen, False, axis=1)
        left = np.nonzero(rest)[1].reshape(len(chosen), -1)
        table = np.repeat(table, len(chosen), axis=0)
        np.put_along_axis(table, free[:, chosen].reshape(len(table), -1), np.int16(kind), axis=1)
        free = free[:, left].reshape(len(table), -1)
    return table
