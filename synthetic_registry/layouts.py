"""The same truth in other layouts: spells told again for every month, week or year that they have a day in.

Each row brings the start and end of its spell, so nothing is lost, and earnings are those of its days; in the monthly
table of jobs as whole numbers, days since 1970-01-01, as some registries deliver them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_registry.days import Days, day
from synthetic_registry.scenario import Scenario

SPELLS, MONTHLY, WEEKLY, ANNUAL = "spells", "monthly", "weekly", "annual"
LAYOUTS = (SPELLS, MONTHLY, WEEKLY, ANNUAL)
TABLES = ("residence", "employment", "benefits")
_YEARS_BEFORE = 2
_WEEKDAY_OF_1970 = 3  # Thursday, counted from Monday


def laid_out(table: pa.Table, name: str, layout: str, scenario: Scenario, told_until: int | None = None) -> pa.Table:
    """The table `name` in a layout. Periods from two years before the first year on; spells before them are left out.

    told_until: the last day whose periods are told, the last day of the registry unless given. A row that ends before
    it starts, which only a defect makes, is told for the period it starts in.
    """
    if layout == SPELLS or name not in TABLES:
        return table
    edges = _edges(layout, scenario)
    start = _numbers(table, "start_date", int(edges[0]))
    last = np.maximum(_numbers(table, "end_date", int(edges[-1]) - 1), start)
    first_period = np.clip(np.searchsorted(edges, start, side="right") - 1, 0, None)
    last_period = np.searchsorted(edges, np.minimum(last, edges[-1] - 1), side="right") - 1
    times = np.where(start < edges[-1], np.maximum(last_period - first_period + 1, 0), 0)
    rows = np.repeat(np.arange(table.num_rows), times)
    period = first_period[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    if told_until is not None:
        seen = edges[period] <= told_until
        rows, period = rows[seen], period[seen]
    told = table.take(pa.array(rows)).append_column(*_named(layout, edges[period]))
    if "earnings" in table.column_names:
        # an ongoing spell tells what was paid to the last day of the registry; its last week goes on past it as paid
        horizon = day(scenario.last_year + 1)
        is_open = pc.is_null(table.column("end_date")).to_numpy()
        paid_until = np.where(is_open, np.maximum(horizon, start + 1), last + 1)
        days = np.minimum(last[rows] + 1, edges[period + 1]) - np.maximum(start[rows], edges[period])
        earned = told.column("earnings").to_numpy() * np.maximum(days, 0) / (paid_until - start)[rows]
        told = told.set_column(told.schema.get_field_index("earnings"), "earnings", pa.array(np.round(earned, 2)))
    if layout == MONTHLY and name == "employment":
        for column in ("start_date", "end_date"):
            told = told.set_column(told.schema.get_field_index(column), column, told.column(column).cast(pa.int32()))
    return told


def _numbers(table: pa.Table, column: str, empty: int) -> Days:
    """Days since 1970-01-01."""
    return pc.fill_null(table.column(column).cast(pa.int32()), empty).to_numpy().astype(np.int64)


def _edges(layout: str, scenario: Scenario) -> Days:
    """First days of all periods, and the day after the last."""
    first, last = scenario.first_year - _YEARS_BEFORE, scenario.last_year
    if layout == WEEKLY:
        monday = day(first) - (day(first) + _WEEKDAY_OF_1970) % 7
        return np.arange(monday, day(last + 1) + 7, 7, dtype=np.int64)
    months = (1,) if layout == ANNUAL else tuple(range(1, 13))
    starts = [day(year, month) for year in range(first, last + 1) for month in months]
    return np.array([*starts, day(last + 1)], dtype=np.int64)


def _named(layout: str, starts: Days) -> tuple[str, pa.Array]:
    """The column that says which period a row is about: YYYYMM, YYYY-Www or YYYY."""
    dates = starts.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    if layout == ANNUAL:
        return "year", pa.array(years, pa.int32())
    if layout == MONTHLY:
        return "month", pa.array(years * 100 + dates.astype("datetime64[M]").astype(np.int64) % 12 + 1, pa.int32())
    mondays, places = np.unique(dates, return_inverse=True)
    names = [f"{week.year}-W{week.week:02d}" for week in (monday.item().isocalendar() for monday in mondays)]
    return "week", pa.array(names, pa.string()).take(pa.array(places))
