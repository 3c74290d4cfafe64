"""Wide columns to long rows and back, through the engine's expression objects.

How many covariates a study has is not known to a SQL file; their names are never part of SQL text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from ipscausal.warehouse.engine import Warehouse


def stack(
    warehouse: Warehouse,
    keyed: str,
    columns: Mapping[int, tuple[str, str]],
    name: str,
    key: Sequence[str] = ("person_id",),
) -> dict[int, str]:
    """View `name`(key..., position, value as text): one row per key and column, missing values included.

    keyed: a table whose key columns have the types of all others. columns: position -> (table, column), each
    table with the key. Returns the kind of each position: `number` or `text`.
    """
    parts = [_part(warehouse.connection.table(keyed), key, 0, ConstantExpression(None)).limit(0)]
    kinds: dict[int, str] = {}
    for position, (source, column) in columns.items():
        table = warehouse.connection.table(source)
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
    warehouse: Warehouse, wide: str, long: str, columns: Mapping[int, str], key: Sequence[str], name: str
) -> None:
    """Table `name`: `wide` with one more column per position of `long`(key..., position, value); both share `key`."""
    here = warehouse.connection.table(wide)
    if not columns:
        here.create_view(name, replace=True)
        return
    keys = [ColumnExpression(column) for column in key]
    position, value = ColumnExpression("position"), ColumnExpression("value")
    picked = [
        FunctionExpression("max", CaseExpression(position == ConstantExpression(number), value)).alias(column)
        for number, column in columns.items()
    ]
    across = warehouse.connection.table(long).aggregate([*keys, *picked])
    here.join(across, ", ".join(key)).create_view(name, replace=True)
