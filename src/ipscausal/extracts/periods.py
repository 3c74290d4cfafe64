"""The spellings of months, weeks and years that a delivery may use, with the days they stand for.

Looked up by the engine instead of computed in it: no two engines number weeks alike, and what is no spelling of a
period is then found by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

TABLE = "period_spelling"
FIRST_YEAR, LAST_YEAR = 1900, 2100
_ONE_DAY = dt.timedelta(days=1)
_Period = tuple[dt.date, dt.date, tuple[str, ...]]


def spellings(layouts: Iterable[str]) -> pa.Table:
    """period_spelling(layout, spelling, first_day, next_day): every way to write each period of the given layouts.

    Months: YYYYMM, YYYY-MM, YYYYMmm. Weeks, from Monday to Sunday and numbered as by ISO 8601: YYYYWW, YYYY-Www,
    YYYYWww, YYYYUww. Years: YYYY. A date stands for the period it lies in. Days are half-open.
    """
    rows = [
        (layout, spelling, first, following)
        for layout in sorted(set(layouts) & set(_PERIODS))
        for first, following, names in _PERIODS[layout]()
        for spelling in (*names, *_dates(first, following))
    ]
    kinds = {"layout": pa.string(), "spelling": pa.string(), "first_day": pa.date32(), "next_day": pa.date32()}
    columns = {name: pa.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(kinds.items())}
    return pa.table(columns)


def _dates(first: dt.date, following: dt.date) -> Iterator[str]:
    day = first
    while day < following:
        yield day.isoformat()
        yield f"{day.isoformat()} 00:00:00"
        day += _ONE_DAY


def _months() -> Iterator[_Period]:
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            first = dt.date(year, month, 1)
            following = dt.date(year + month // 12, month % 12 + 1, 1)
            yield first, following, (f"{year}{month:02d}", f"{year}-{month:02d}", f"{year}M{month:02d}")


def _weeks() -> Iterator[_Period]:
    monday = dt.date.fromisocalendar(FIRST_YEAR, 1, 1)
    while (numbered := monday.isocalendar()).year <= LAST_YEAR:
        year, week = numbered.year, f"{numbered.week:02d}"
        following = monday + 7 * _ONE_DAY
        yield monday, following, (f"{year}{week}", f"{year}-W{week}", f"{year}W{week}", f"{year}U{week}")
        monday = following


def _years() -> Iterator[_Period]:
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        yield dt.date(year, 1, 1), dt.date(year + 1, 1, 1), (str(year),)


_PERIODS: dict[str, Callable[[], Iterator[_Period]]] = {"monthly": _months, "weekly": _weeks, "annual": _years}
