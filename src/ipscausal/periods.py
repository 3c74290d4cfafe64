"""The periods a panel is counted in, as consecutive whole numbers: calendar years, or quarters.

A year is its own number. The quarter q of a year is 4 * year + q - 1, so that the next quarter is the next number.
Readers are shown `label`, never the number of a quarter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

Period = Literal["year", "quarter"]
PERIODS_IN_A_YEAR: Mapping[Period, int] = {"year": 1, "quarter": 4}
COLUMNS = frozenset({"year", "cohort", "period_from", "period_to"})
"""Columns of tables that hold periods, whatever these are."""
_MONTHS = 3
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


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


def of_label(text: str) -> int:
    """The number of what `label` writes. Raises ValueError for another text."""
    found = _QUARTER.fullmatch(text)
    return int(text) if found is None else 4 * int(found[1]) + int(found[2]) - 1


def span(years: Iterable[int], period: Period) -> tuple[int, int]:
    """First and last period of the calendar years [first, last]."""
    first, last = years
    return number_of(dt.date(first, 1, 1), period), number_of(dt.date(last, 12, 31), period)


def of_years(years: Iterable[int], period: Period) -> tuple[int, ...]:
    """Every period of these calendar years."""
    each = (span((year, year), period) for year in years)
    return tuple(number for first, last in each for number in range(first, last + 1))


def firsts(years: Iterable[int], period: Period) -> tuple[int, ...]:
    """The first period of each of these calendar years."""
    return tuple(span((year, year), period)[0] for year in years)


def of_study(study: Mapping[str, Any]) -> Period:
    """The period of a study given as plain values; that of outputs made before there was a choice is the year."""
    return "quarter" if study.get("population", {}).get("period") == "quarter" else "year"


def labelled(row: Mapping[str, Any], period: Period) -> Mapping[str, Any]:
    """The row of a table with its periods as readers are shown them."""
    if period == "year":
        return row
    told = {name: label(row[name], period) for name in COLUMNS & row.keys() if isinstance(row[name], int)}
    return {**row, **told}
