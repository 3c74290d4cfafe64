"""Wide columns to long rows and back, through DuckDB's expression objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression


def stack(
    connection: duckdb.DuckDBPyConnection,
    keyed: str,
    columns: Mapping[int, tuple[str, str]],
    name: str,
    key: Sequence[str],
) -> dict[int, str]:
    """See `Warehouse.stack`."""
    parts = [_part(connection.table(keyed), key, 0, ConstantExpression(None)).limit(0)]
    kinds: dict[int, str] = {}
    for position, (source, column) in columns.items():
        table = connection.table(source)
        parts.append(_part(table, key, position, ColumnExpression(column)))
        kinds[position] = "text" if str(table.types[table.columns.index(column)]) == "VARCHAR" else "number"
    reduce(lambda above, below: above.union(below), parts).create_view(name, replace=True)
    return kinds


def _part(
    table: duckdb.DuckDBPyRelation, key: Sequence[str], position: int, value: duckdb.Expression
) -> duckdb.DuckDBPyRelation:
    return table.project(
        *[ColumnExpression(column) for column in key],
        ConstantExpression(position).cast(duckdb.sqltype("INTEGER")).alias("position"),
        value.cast(duckdb.sqltype("VARCHAR")).alias("value"),
    )


def spread(
    connection: duckdb.DuckDBPyConnection,
    wide: str,
    long: str,
    columns: Mapping[int, str],
    key: Sequence[str],
    name: str,
) -> None:
    """See `Warehouse.spread`."""
    here = connection.table(wide)
    if not columns:
        here.create_view(name, replace=True)
        return
    keys = [ColumnExpression(column) for column in key]
    position, value = ColumnExpression("position"), ColumnExpression("value")
    picked = [
        FunctionExpression("max", CaseExpression(position == ConstantExpression(number), value)).alias(column)
        for number, column in columns.items()
    ]
    across = connection.table(long).aggregate([*keys, *picked])
    here.join(across, ", ".join(key)).create_view(name, replace=True)
