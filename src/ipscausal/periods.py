"""The periods a panel is counted in, as consecutive whole numbers: calendar years, or quarters.

A year is its own number. The quarter q of a year is 4 * year + q - 1, so that the next quarter is the next number.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

Period = Literal["year", "quarter"]
_MONTHS = 3


def number_of(day: dt.date, period: Period) -> int:
    """The period a day lies in."""
    return day.year if period == "year" else 4 * day.year + (day.month - 1) // _MONTHS


def first_day(number: int, period: Period) -> dt.date:
    """The first day of a period."""
    if period == "year":
        return dt.date(number, 1, 1)
    return dt.date(number // 4, _MONTHS * (number % 4) + 1, 1)


def label(number: int, period: Period) -> str:
    """2016, or 2016Q1."""
    return str(number) if period == "year" else f"{number // 4}Q{number % 4 + 1}"
