"""The calendar of a study window as small tables: dates become running numbers once, here.

A spell then is a pair of integers, weekends and holidays need no further look-up, and the
day kinds that a study may count (working days, weekdays, calendar days) differ in one column.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from typing import TYPE_CHECKING

from ipscausal.errors import StudyError
from ipscausal.periods import Period, first_day, number_of

if TYPE_CHECKING:
    import pyarrow as pa

_ONE_DAY = dt.timedelta(days=1)
_SATURDAY = 5


def public_holidays(country: str, first_year: int, last_year: int) -> frozenset[dt.date]:
    """Public holidays of a country (ISO 3166 code), national ones only.

    Raises StudyError where `holidays` does not know the country, or knows no holiday in one of the years.
    """
    import holidays

    years = range(first_year, last_year + 1)
    remedy = 'set days = "weekdays" under [outcome] (Monday to Friday, no holidays), or a country that is covered'
    try:
        found = frozenset(holidays.country_holidays(country, years=years))
    except NotImplementedError as error:
        raise StudyError(f"no public holidays are known for country {country!r}", remedy=remedy) from error
    empty = sorted(set(years) - {day.year for day in found})
    if empty:
        raise StudyError(f"no public holidays are known for {country!r} in {empty}", remedy=remedy)
    return found


def counted_day(days: str, country: str, first_year: int, last_year: int) -> Callable[[dt.date], bool]:
    """Which dates count as days of the study's kind: `working days`, `weekdays` or `calendar days`."""
    if days == "calendar days":
        return lambda day: True
    if days == "weekdays":
        return lambda day: day.weekday() < _SATURDAY
    closed = public_holidays(country, first_year, last_year)
    return lambda day: day.weekday() < _SATURDAY and day not in closed


def calendar_tables(
    days: str, country: str, first_year: int, last_year: int, period: Period = "year"
) -> dict[str, pa.Table]:
    """The two calendar tables of the window [1 January first_year, 1 January last_year + 1].

    year: the calendar year, or the number of the quarter where the panel is counted in quarters (`periods`).

    calendar_day(day_date, year, day_index, work_index): one row per date, the end of the window included;
    day_index and work_index are the calendar days and counted days before that date, from 0.
    study_year(year, first_day, next_day, day_index, work_index): one row per year, indices of its first day.
    """
    import pyarrow as pa

    counts = counted_day(days, country, first_year, last_year)
    day, horizon = dt.date(first_year, 1, 1), dt.date(last_year + 1, 1, 1)
    dates, works, worked = [], [], 0
    while day <= horizon:
        dates.append(day)
        works.append(worked)
        worked += int(day < horizon and counts(day))
        day += _ONE_DAY
    numbers = [number_of(date, period) for date in dates]
    calendar = {
        "day_date": pa.array(dates, pa.date32()),
        "year": pa.array(numbers, pa.int32()),
        "day_index": pa.array(range(len(dates)), pa.int32()),
        "work_index": pa.array(works, pa.int32()),
    }
    firsts = [index for index, date in enumerate(dates[:-1]) if date == first_day(numbers[index], period)]
    years = {
        "year": pa.array([numbers[index] for index in firsts], pa.int32()),
        "first_day": pa.array([dates[index] for index in firsts], pa.date32()),
        "next_day": pa.array([first_day(numbers[index] + 1, period) for index in firsts], pa.date32()),
        "day_index": pa.array(firsts, pa.int32()),
        "work_index": pa.array([works[index] for index in firsts], pa.int32()),
    }
    return {"calendar_day": pa.table(calendar), "study_year": pa.table(years)}


def follow_up_table(months: int | None, first_year: int, last_year: int) -> pa.Table:
    """Table `follow_up`(entry_date, until_date): the day after so many months, for each day of the window.

    A day that the later month does not have is its last day: 31 January and a month is 28 or 29 February. Empty without
    months.
    """
    import pyarrow as pa

    day, entries = dt.date(first_year, 1, 1), []
    while months is not None and day.year <= last_year:
        entries.append(day)
        day += _ONE_DAY
    until = [_months_later(entry, months or 0) for entry in entries]
    return pa.table({"entry_date": pa.array(entries, pa.date32()), "until_date": pa.array(until, pa.date32())})


def last_followed_year(months: int | None, last_year: int) -> int:
    """The last year of which every day can be followed for so many months up to the end of last_year."""
    year, end = last_year, dt.date(last_year + 1, 1, 1)
    while months is not None and _months_later(dt.date(year, 12, 31), months) > end:
        year -= 1
    return year


def _months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
