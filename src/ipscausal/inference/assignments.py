"""Which clusters could have had which adoption path: all assignments, or a seeded sample of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import factorial, prod

import numpy as np

from ipscausal.panel import IntArray


def count_assignments(path: IntArray) -> int:
    """Distinct ways to hand the paths (C,) to the clusters: C! over the product of the groups' factorials."""
    return factorial(len(path)) // prod(factorial(int(n)) for n in np.bincount(path))


def all_assignments(path: IntArray) -> IntArray:
    """(n, C) every distinct assignment; path 0 is "never treated". The observed one is among them."""
    counts = np.bincount(path)
    n = len(path)

    def place(kind: int, free: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
        if kind == len(counts):
            yield ()
            return
        for chosen in combinations(free, int(counts[kind])):
            taken = set(chosen)
            for rest in place(kind + 1, tuple(i for i in free if i not in taken)):
                yield (chosen, *rest)

    out = np.zeros((count_assignments(path), n), dtype=np.int64)
    for row, places in zip(out, place(1, tuple(range(n))), strict=True):
        for kind, chosen in enumerate(places, start=1):
            row[list(chosen)] = kind
    return out


def sampled_assignments(path: IntArray, draws: int, seed: int) -> IntArray:
    """(draws + 1, C) the observed assignment first, then independent random ones."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(np.broadcast_to(path, (draws, len(path))), axis=1)
    return np.concatenate([path[None, :], shuffled])


def floor(path: IntArray, enumerated: int | None, draws: int) -> float:
    """Smallest attainable p of a two-sided test.

    With one adoption date and as many treated as controls the complement of an assignment has minus its coefficient,
    so the extreme value is always attained twice.
    """
    if enumerated is None:
        return 1 / (draws + 1)
    counts = np.bincount(path)
    mirrored = len(counts) == 2 and counts[0] == counts[1]
    return (2 if mirrored else 1) / enumerated
