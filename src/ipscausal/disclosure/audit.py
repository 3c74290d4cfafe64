"""The audit: what an outsider can infer about a count that is withheld, by a linear programme.

An outsider knows every number that leaves, how it was rounded, which counts add up to which, and that no count is
negative. The smallest and the largest value that a withheld count can then have are two linear programmes (HiGHS). A
withheld count is protected where these differ by at least the width of the rule. Where the counts of a table add up in
rows and columns no outsider can infer more; elsewhere whole numbers may tell a little more than the programme does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

Name = tuple[str | int, ...]
Interval = tuple[float, float]
ROUNDING_ERROR = 1e-6
BEYOND = 1e9
"""More persons than a register holds: stands for no limit."""


@dataclass(frozen=True, slots=True)
class Sum:
    """low <= sum of coefficient x count <= high, as an outsider knows it."""

    counts: Mapping[Name, float]
    low: float = 0.0
    high: float = 0.0


@dataclass(slots=True)
class Known:
    """Counts with the interval in which each is known to lie, and the sums that bind them."""

    bounds: dict[Name, Interval] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)


def inferred(known: Known, names: Iterable[Name]) -> dict[Name, Interval]:
    """The smallest and largest value of each count that agree with all that is known.

    Raises ValueError where no values agree: then what is said to be known is wrong.
    """
    free = [name for name, (low, high) in known.bounds.items() if low < high]
    place = {name: i for i, name in enumerate(free)}
    limits, right = _constraints(known, place)
    found: dict[Name, Interval] = {}
    for name in names:
        if name not in place:
            found[name] = known.bounds[name]
            continue
        ends = [_end(sign, place[name], limits, right, [known.bounds[one] for one in free]) for sign in (1.0, -1.0)]
        found[name] = (ends[0], -ends[1])
    return found


def too_narrow(interval: Interval, width: float) -> bool:
    """Whether the interval tells more than the rule allows."""
    low, high = interval
    return high - low < width - 2 * ROUNDING_ERROR


def _constraints(known: Known, place: Mapping[Name, int]) -> tuple[np.ndarray, np.ndarray]:
    """Every sum as two inequalities (matrix, right-hand side) in the counts that are not known exactly."""
    lines, right = [], []
    for one in known.sums:
        line, fixed = np.zeros(len(place)), 0.0
        for name, coefficient in one.counts.items():
            if name in place:
                line[place[name]] += coefficient
            else:
                fixed += coefficient * known.bounds[name][0]
        if not line.any():
            continue
        for sign, end in ((1.0, one.high), (-1.0, one.low)):
            if math.isfinite(end):
                lines.append(sign * line)
                right.append(sign * (end - fixed) + ROUNDING_ERROR)
    return np.array(lines).reshape(len(lines), len(place)), np.array(right)


def _end(sign: float, place: int, limits: np.ndarray, right: np.ndarray, bounds: Sequence[Interval]) -> float:
    """The minimum of sign x count."""
    goal = np.zeros(len(bounds))
    goal[place] = sign
    between = [(max(low, -BEYOND), min(high, BEYOND)) for low, high in bounds]
    found = linprog(goal, A_ub=limits, b_ub=right, bounds=between, method="highs")
    if found.status != 0:
        raise ValueError(f"the sums of the released counts contradict each other: {found.message}")
    return float(found.fun)
