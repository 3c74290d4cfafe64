"""Dates as whole days since 1970-01-01, and the working-day calendar.

Every spell inside the generator is half-open, [start, end): `end` is the first day no longer covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]

NEVER = int(np.datetime64("9999-12-31", "D").astype(np.int64))
YEAR = 365.25


def day(year: int, month: int = 1, dom: int = 1) -> int:
    """Day number of a date."""
    return int(np.datetime64(f"{year:04d}-{month:02d}-{dom:02d}", "D").astype(np.int64))


def year_starts(first: int, last: int) -> Days:
    """Day numbers of 1 January in first..last+1, shape (years + 1,)."""
    return np.array([day(year) for year in range(first, last + 2)], dtype=np.int64)


def ages(birth: Days, first: int, last: int) -> Days:
    """Completed years of age on 1 January of each year, shape (persons, years)."""
    date = birth.astype("datetime64[D]")
    birth_year = date.astype("datetime64[Y]")
    born_later_in_year = date > birth_year.astype("datetime64[D]")
    years = np.arange(first, last + 1)
    return years[None, :] - (birth_year.astype(np.int64) + 1970 + born_later_in_year)[:, None]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of the window: Monday to Friday less Norwegian public holidays.

    `before[d - origin]` is the number of working days in [origin, d), d from origin to horizon.
    """

    first_year: int
    last_year: int
    origin: int
    horizon: int
    starts: Days
    before: Days

    def index(self, days: Days) -> Days:
        """Working days from the first day of the window up to (not including) each day, clipped to the window."""
        return self.before[np.clip(days, self.origin, self.horizon) - self.origin]


def working_calendar(first: int, last: int) -> Calendar:
    """The calendar of the years first..last, both included."""
    import holidays

    starts = year_starts(first, last)
    origin, horizon = int(starts[0]), int(starts[-1])
    free = {
        int(np.datetime64(d, "D").astype(np.int64))
        for d in holidays.country_holidays("NO", years=range(first, last + 1))
    }
    days = np.arange(origin, horizon)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday: Monday is 0
    works = (weekday < 5) & ~np.isin(days, np.array(sorted(free), dtype=np.int64))
    before = np.concatenate([[0], np.cumsum(works)]).astype(np.int64)
    return Calendar(first, last, origin, horizon, starts, before)
