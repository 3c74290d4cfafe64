"""Rounding of what leaves, after every check was made on the true numbers.

Under a rule set that rounds, counts are rounded, totals are made of rounded counts, shares with their deviations and
work-years are computed from rounded counts, and other numbers lose the digits that would tell the count they rest on.
"""

from __future__ import annotations

import math

Interval = tuple[float, float]
_BASES = {"base 3": 3, "base 5": 5}
_SIX = 6


def rounded(count: float, rounding: str) -> float:
    """A count by a way of rounding: to the nearest multiple of 3 or 5, or to the middle of six (0, 3, 9, 15, ...)."""
    if rounding == "none":
        return count
    if rounding == "midpoint 6":
        return 0 if count == 0 else math.ceil(count / _SIX) * _SIX - _SIX // 2
    base = _BASES[rounding]
    return math.floor(count / base + 0.5) * base


def bounds_of(shown: float, rounding: str) -> Interval:
    """The smallest and largest count that leave as this number."""
    if rounding == "none":
        return shown, shown
    if rounding == "midpoint 6":
        return (0, 0) if shown == 0 else (shown - 2, shown + 3)
    half = _BASES[rounding] // 2
    return max(0, shown - half), shown + half


def significant(value: float, digits: int) -> float:
    """A number to so many significant digits."""
    return float(f"{value:.{digits}g}")


def step_of(persons: float) -> float:
    """The power of ten to which a mean of so many persons is rounded.

    It is at least 2 / persons, so that any number of persons near it could have given the same mean of whole days.
    """
    return 10.0 ** math.ceil(math.log10(2 / persons))
