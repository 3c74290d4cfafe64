"""How far trends may differ after the start: the sets of Rambachan and Roth (2023, Review of Economic Studies 90).

A difference in trends d has one entry a year, 0 in the reference year. Years before it are K, years after it P.
RM(M): no yearly change after the reference is larger than M times the largest one before it (their section 2.4.1).
SD(M): the slope changes by at most M from year to year (2.4.1). SDRM(M): by at most M times the largest change of slope
before. A suffix adds a sign (PB, NB: bias positive or negative) or a direction (I, D: increasing or decreasing), 2.4.2.
SD is one polyhedron; RM and SDRM are unions, over which earlier change was the largest and which sign it had. Rows that
hold no year after the reference say nothing of the effect and are left out, as the authors' software leaves them out
with several years after the reference (with a single one it keeps them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.panel import FloatArray

Restriction = Literal[
    "RM", "RMPB", "RMNB", "RMI", "RMD",
    "SD", "SDPB", "SDNB", "SDI", "SDD",
    "SDRM", "SDRMPB", "SDRMNB", "SDRMI", "SDRMD",
]  # fmt: skip
Family = Literal["RM", "SD", "SDRM"]
FEWEST_BEFORE: dict[Family, int] = {"RM": 1, "SD": 1, "SDRM": 2}
"""Years before the reference that a family needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Polyhedron:
    """{d : rows d <= limit}; rows: (m, K + P), limit: (m,)."""

    rows: FloatArray
    limit: FloatArray


def family_of(restriction: Restriction) -> Family:
    """The family of a restriction. Raises UsageError for a name that is none."""
    if restriction not in get_args(Restriction):
        raise UsageError(
            f"no restriction {restriction!r}", remedy=f"the restrictions are: {', '.join(get_args(Restriction))}"
        )
    families: tuple[Family, ...] = ("SDRM", "SD", "RM")
    return next(family for family in families if restriction.startswith(family))


def polyhedra(restriction: Restriction, size: float, n_pre: int, n_post: int) -> tuple[Polyhedron, ...]:
    """The polyhedra whose union is the restriction at M = size. Raises UsageError with too few years before."""
    family = family_of(restriction)
    if n_pre < FEWEST_BEFORE[family]:
        raise UsageError(
            f"{restriction} needs {FEWEST_BEFORE[family]} years before the reference, here {n_pre}",
            remedy="use a longer window before the start, or the restriction RM",
        )
    first = _first_differences(n_pre, n_post)
    extra = _direction(restriction.removeprefix(family), first[n_pre:], n_pre, n_post)
    if family == "SD":
        bound = second_differences(n_pre, n_post)[n_pre - 1 :]
        return (_stacked([bound, -bound], extra, np.full(2 * n_post, size)),)
    changes = first if family == "RM" else second_differences(n_pre, n_post)
    after, before = changes[-n_post:], changes[:-n_post]
    return tuple(
        _stacked([after - size * largest, -after - size * largest], extra, np.zeros(2 * n_post))
        for change in before
        for largest in (change, -change)
    )


def _first_differences(n_pre: int, n_post: int) -> FloatArray:
    """(K + P, K + P) change from each year to the next; the last P rows involve a year after the reference."""
    every = np.eye(n_pre + n_post + 1)
    return np.asarray(np.delete(np.diff(every, axis=0), n_pre, axis=1))


def second_differences(n_pre: int, n_post: int) -> FloatArray:
    """(K + P - 1, K + P) change of slope at each inner year; the last P rows involve a year after the reference."""
    every = np.eye(n_pre + n_post + 1)
    return np.asarray(np.delete(np.diff(every, n=2, axis=0), n_pre, axis=1))


def _direction(suffix: str, first_after: FloatArray, n_pre: int, n_post: int) -> FloatArray:
    """Rows that must not exceed 0 for the sign or the direction after the reference."""
    after = np.eye(n_pre + n_post)[n_pre:]
    return {"": after[:0], "PB": -after, "NB": after, "I": -first_after, "D": first_after}[suffix]


def _stacked(rows: list[FloatArray], extra: FloatArray, limit: FloatArray) -> Polyhedron:
    return Polyhedron(np.concatenate([*rows, extra]), np.concatenate([limit, np.zeros(len(extra))]))
