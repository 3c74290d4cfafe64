"""Drawn tables: one SQL model, text tables in, text table out.

    rows = run_model(
        "2_person_year/workdays",
        tables={"job_spell": '''
            person_id | start_date | end_date   | position
            1         | 2015-01-01 | 2015-02-01 | 10000
        '''},
        params={"first_year": 2015},
    )
    expect(rows, '''
        person_id | year | workdays_e4
        1         | 2015 | 210000
    ''')

The type of a drawn column is read from its cells: ISO dates are DATE, whole numbers BIGINT, numbers
with a point DECIMAL(18,4), all else VARCHAR; a number with a leading zero ("0301") is text. An empty
cell is NULL. Where the cells do not tell (an empty column, text that looks like a number) the header
does: `end_date:DATE`, `person_id:VARCHAR`. Columns ending in `_date` are DATE, `municipality` is
VARCHAR without being told. A line of dashes under the header is allowed.

Optional columns of a delivered table that are not drawn are NULL, as after registration, and `period_spelling` is empty
unless drawn.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from ipscausal.warehouse import load_models, open_warehouse
from ipscausal.warehouse.engine import DuckDBWarehouse
from ipscausal.warehouse.models import Model

Row = dict[str, Any]
NO_PERIODS = "layout | spelling | first_day:DATE | next_day:DATE"
_REPORT = {"source": "VARCHAR", "extract_date": "DATE", "period": "VARCHAR"}
_JOB = {
    **_REPORT, "job_id": "VARCHAR", "job_kind": "VARCHAR", "hours": "DECIMAL(18,2)", "earnings": "DECIMAL(18,2)",
}  # fmt: skip
_OPTIONAL = {
    "extract_residence": _REPORT, "extract_benefits": _REPORT, "extract_employment": _JOB, "employment_extract": _JOB,
    "recipient_job": _JOB,
}  # fmt: skip
_WHOLE = re.compile(r"^-?(0|[1-9]\d*)$")
_POINT = re.compile(r"^-?\d+\.\d+$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def find_model(name: str) -> Model:
    """`folder/model`, for example `1_staging/stg_person`."""
    folder, _, model = name.partition("/")
    return next(found for found in load_models(folder) if found.name == model)


def run_model(name: str, tables: Mapping[str, str], params: Mapping[str, Any] | None = None) -> list[Row]:
    """Rows of one model over drawn tables, sorted by its key. `tables` are exactly those it reads."""
    model = find_model(name)
    if "period_spelling" in model.reads:
        tables = {"period_spelling": NO_PERIODS, **tables}
    if set(tables) != set(model.reads):
        raise AssertionError(f"{name} reads {sorted(model.reads)}, the spec draws {sorted(tables)}")
    with open_warehouse([], threads=1) as warehouse:
        for table, text in tables.items():
            draw(warehouse, table, text)
        warehouse.run(model, params or {})
        return _rows(warehouse, model)


def counts(
    name: str, tables: dict[str, str], params: dict[str, Any] | None = None, helpers: tuple[str, ...] = ()
) -> dict[str, int]:
    """The row of one check over drawn tables. helpers: models between the tables and the check, in their order."""
    check = find_model(f"checks/{name}")
    models = [find_model(f"checks/{helper}") for helper in helpers]
    read = {table for model in (check, *models) for table in model.reads} - set(helpers)
    assert set(tables) == read
    with open_warehouse([], threads=1) as warehouse:
        for table, text in tables.items():
            draw(warehouse, table, text)
        for model in models:
            warehouse.run(model, params or {})
        return warehouse.violations(check, params or {})


def staged_jobs(jobs: str, offset: int = 1) -> str:
    """Job rows as delivered in spells, staged and drawn again: what the models after staging read."""
    params = {"employment_layout": "spells", "employment_end_offset": offset}
    rows = run_model("1_staging/stg_employment", {"employment_extract": jobs}, params)
    names = ("person_id", "employer_id", "start_date", "end_date", "position_pct", "job_kind")
    header = "person_id | employer_id:VARCHAR | start_date | end_date | position_pct:DECIMAL(9,2) | job_kind:VARCHAR"
    return "\n".join([header, *(" | ".join(render(row[name]) for name in names) for row in rows)])


def draw(warehouse: DuckDBWarehouse, table: str, text: str) -> None:
    """Create an engine table from a drawn one."""
    header, cells = _parse(text)
    drawn = {column.partition(":")[0] for column in header}
    more = [f"{name}:{sql_type}" for name, sql_type in _OPTIONAL.get(table, {}).items() if name not in drawn]
    header, cells = [*header, *more], [[*row, *[""] * len(more)] for row in cells]
    names = [column.partition(":")[0] for column in header]
    types = [_type(column, [row[i] for row in cells]) for i, column in enumerate(header)]
    arrays = [pa.array([row[i] or None for row in cells], type=pa.string()) for i in range(len(names))]
    casts = [
        duckdb.ColumnExpression(name).cast(duckdb.sqltype(sql_type)).alias(name)
        for name, sql_type in zip(names, types, strict=True)
    ]
    warehouse.connection.from_arrow(pa.table(dict(zip(names, arrays, strict=True)))).project(*casts).create(table)


def expect(rows: Sequence[Mapping[str, Any]], text: str) -> None:
    """The drawn columns of `rows` equal the drawn table, cell by cell, in the order of the rows."""
    header, cells = _parse(text)
    names = [column.partition(":")[0] for column in header]
    found = [[render(row[name]) for name in names] for row in rows]
    assert _picture(names, found) == _picture(names, cells)


def render(value: object) -> str:
    """A value as it is drawn; decimals without trailing zeros, NULL as nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _rows(warehouse: DuckDBWarehouse, model: Model) -> list[Row]:
    table = warehouse.connection.table(model.name)
    order = model.key or tuple(table.columns)
    relation = table.sort(*[duckdb.ColumnExpression(column) for column in order])
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _parse(text: str) -> tuple[list[str], list[list[str]]]:
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [line for line in lines if line and not set(line) <= set("-|+ ")]
    header, *body = [[cell.strip() for cell in line.split("|")] for line in lines]
    for row in body:
        if len(row) != len(header):
            raise AssertionError(f"a drawn row has {len(row)} cells, its header {len(header)}")
    return header, body


def _type(column: str, cells: Sequence[str]) -> str:
    name, _, told = column.partition(":")
    filled = [cell for cell in cells if cell]
    if told:
        return told
    if name.endswith("_date"):
        return "DATE"
    if name == "municipality" or not filled:
        return "VARCHAR"
    if all(_WHOLE.match(cell) for cell in filled):
        return "BIGINT"
    if all(_WHOLE.match(cell) or _POINT.match(cell) for cell in filled):
        return "DECIMAL(18,4)"
    return "DATE" if all(_DATE.match(cell) for cell in filled) else "VARCHAR"


def _picture(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    return "\n".join(" | ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
