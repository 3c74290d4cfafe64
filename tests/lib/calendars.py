"""The registered calendar tables, drawn."""

from __future__ import annotations

from ipscausal.person_year import calendar_tables


def calendars(first_year: int, last_year: int, days: str = "working days", country: str = "NO") -> dict[str, str]:
    """calendar_day and study_year as drawn tables for `lib.spec.run_model`."""
    drawn = {}
    for name, table in calendar_tables(days, country, first_year, last_year).items():
        columns = [f"{column}:DATE" if column.endswith("_day") else column for column in table.column_names]
        rows = [" | ".join(str(value) for value in row.values()) for row in table.to_pylist()]
        drawn[name] = "\n".join([" | ".join(columns), *rows])
    return drawn
