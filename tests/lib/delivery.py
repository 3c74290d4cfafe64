"""A small clean delivery that passes the contract without a finding, to be broken one way at a time."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ipscausal.extracts import register
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse

TREATED, CONTROL, OTHER = "0301", "1103", "5001"
YEARS = (2011, 2014)
Columns = dict[str, list[Any]]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def columns() -> dict[str, Columns]:
    """Table -> column -> values; four recipients (1-4) and one other person (5)."""
    people = [1, 2, 3, 4, 5]
    starts = [day(f"{year}-02-01") for year in range(2011, 2015)]
    return {
        "persons": {
            "person_id": list(people),
            "birth_date": [day("1990-05-05")] * 5,
            "sex": ["F", "M", "F", "M", "F"],
            "death_date": [None] * 5,
        },
        "residence": {
            "person_id": list(people),
            "municipality": [TREATED, TREATED, CONTROL, CONTROL, OTHER],
            "start_date": [day("2005-01-01")] * 5,
            "end_date": [None] * 5,
        },
        "employment": {
            "person_id": [1, 2, 3, 4],
            "employer_id": ["a", "b", "c", "d"],
            "start_date": list(starts),
            "end_date": [day(f"{year}-06-30") for year in range(2011, 2015)],
            "position_pct": [100.0, 50.0, 80.0, 20.0],
        },
        "benefits": {
            "person_id": [1, 2, 3, 4, 4],
            "benefit": ["WAA"] * 5,
            "start_date": [day("2011-01-01"), *starts],
            "end_date": [day("2014-12-31")] * 5,
        },
        "rollout": {"municipality": [TREATED], "start_date": [day("2013-01-01")]},
        "municipalities": {"municipality": [TREATED, CONTROL, OTHER]},
    }


def study(**changes: dict[str, Any]) -> Study:
    """The study of that delivery; `changes` are merged into its sections, extracts one level deeper."""
    document: dict[str, Any] = {
        "schema_version": 1,
        "study": {"id": "small", "title": {"en": "Small"}},
        "extracts": {name: {"path": f"{name}.parquet"} for name in columns()},
        "population": {"years": list(YEARS), "ages": [18, 29], "benefit": "WAA"},
        "design": {"comparison_municipalities": [CONTROL], "event_window": [-2, 1]},
    }
    for section, values in changes.items():
        for key, value in values.items():
            here = document.setdefault(section, {})
            here[key] = {**here.get(key, {}), **value} if section == "extracts" else value
    return Study.model_validate(document)


def table(values: Columns) -> pa.Table:
    """Arrow table; columns ending in _date are dates even when empty."""
    arrays = {
        name: pa.array(cells, pa.date32()) if name.endswith("_date") else pa.array(cells)
        for name, cells in values.items()
    }
    return pa.table(arrays)


def write(folder: Path, tables: dict[str, Columns] | None = None) -> Path:
    """One Parquet file per table."""
    for name, values in (tables or columns()).items():
        pq.write_table(table(values), folder / f"{name}.parquet")
    return folder


def changed(name: str, **values: list[Any]) -> dict[str, Columns]:
    """The clean tables with columns of one table replaced; a shorter or longer table needs all of them."""
    tables = copy.deepcopy(columns())
    tables[name].update(values)
    return tables


def added(name: str, **row: Any) -> dict[str, Columns]:
    """The clean tables with one more row; what is not said is copied from the table's last row."""
    tables = copy.deepcopy(columns())
    for column, cells in tables[name].items():
        cells.append(row.get(column, cells[-1]))
    return tables


@contextmanager
def registered(folder: Path, chosen: Study) -> Iterator[Warehouse]:
    """An open warehouse with the delivery of `folder` registered."""
    with open_warehouse([folder], threads=1) as warehouse:
        register(warehouse, chosen, folder)
        yield warehouse
