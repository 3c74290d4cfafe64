"""Columns of delivered files as engine expressions: names of a delivery never become SQL text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from ipscausal.warehouse.deliveries import Batch
from ipscausal.warehouse.protocol import EPOCH_DAYS, LIMITS, Source

_PATTERN = re.compile(r"[*?\[]")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def _expression(source: Source, name: str, delivered: str) -> duckdb.Expression:
    """The column of `source`, delivered with the engine type `delivered`, under our `name`."""
    sql_type = duckdb.sqltype(source.sql_type)
    if source.column is None:
        return ConstantExpression(None).cast(sql_type).alias(name)
    value: duckdb.Expression = ColumnExpression(source.column)
    # an untouched column lets the engine push filters down into the scan
    if delivered == source.sql_type:
        return value.alias(name)
    if source.sql_type == "DATE" and delivered in _WHOLE:
        return CaseExpression(value.isnotnull(), _since_1970(value)).alias(name)
    if source.decimals is None:
        return value.try_cast(sql_type).alias(name)
    # a float is rounded as the double it is, which every engine does alike
    value = value.cast(duckdb.sqltype("DOUBLE")) if delivered == "FLOAT" else value
    limit = LIMITS[source.sql_type]
    within = _clamped(value, -limit, limit)
    rounded = FunctionExpression("round", within, ConstantExpression(source.decimals)).cast(sql_type)
    # least and greatest skip NULLs, which must stay NULL; isnan of NULL is NULL, so not chosen either
    floating = delivered in ("DOUBLE", "FLOAT")
    is_number = FunctionExpression("isnan", value) == ConstantExpression(False) if floating else value.isnotnull()
    return CaseExpression(is_number, rounded).alias(name)


def _clamped(value: duckdb.Expression, low: int, high: int) -> duckdb.Expression:
    """`value`, no lower and no higher; NULL becomes `high`."""
    least = FunctionExpression("least", value, ConstantExpression(high))
    return FunctionExpression("greatest", least, ConstantExpression(low))


def _since_1970(value: duckdb.Expression) -> duckdb.Expression:
    """The date that a whole number of days since 1970-01-01 stands for."""
    days = _clamped(value, *EPOCH_DAYS).cast(duckdb.sqltype("INTEGER"))
    return ConstantExpression(dt.date(1970, 1, 1)) + days


def is_pattern(folder: Path) -> bool:
    """Whether the engine would take the path of this folder for a pattern; written otherwise, it may not look there."""
    return _PATTERN.search(str(folder.resolve())) is not None


def pattern_part(folder: Path) -> str:
    """The folder on the path whose name the engine would take for a pattern, the innermost of several."""
    return next((part for part in reversed(folder.resolve().parts) if _PATTERN.search(part)), folder.name)


def scan(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """All rows of Parquet files with the same columns; folder names are not read as columns."""
    # a path is a pattern here: written so that it fits itself alone
    named = [_PATTERN.sub(r"[\g<0>]", str(path)) for path in files]
    return connection.read_parquet(named, hive_partitioning=False, union_by_name=False)


def view(
    connection: duckdb.DuckDBPyConnection, found: Sequence[Batch], name: str, columns: Mapping[str, Source]
) -> duckdb.DuckDBPyRelation:
    """View `name` with our columns over files; returns what it shows."""
    shown = reduce(lambda above, below: above.union(below), [_ours(connection, batch, columns) for batch in found])
    shown.create_view(name, replace=True)
    return shown


def _ours(
    connection: duckdb.DuckDBPyConnection, batch: Batch, columns: Mapping[str, Source]
) -> duckdb.DuckDBPyRelation:
    relation = scan(connection, batch.files)
    types = {column: str(kind) for column, kind in zip(relation.columns, relation.types, strict=True)}

    def ours(name: str, source: Source) -> duckdb.Expression:
        if source.column is not None and source.column in batch.said:
            return _said(batch.said[source.column], source, name)
        return _expression(source, name, types.get(source.column or "", ""))

    return relation.project(*[ours(name, source) for name, source in columns.items()])


def _said(value: str | None, source: Source, name: str) -> duckdb.Expression:
    """What the name of the files' folder says."""
    return ConstantExpression(value).try_cast(duckdb.sqltype(source.sql_type)).alias(name)


def rows_losing_precision(relation: duckdb.DuckDBPyRelation, column: str) -> int:
    """Rows whose timestamp has a time of day, or whose number is not whole (NaN does not count)."""
    kind = str(relation.types[relation.columns.index(column)])
    value = ColumnExpression(column)
    if kind.startswith("TIMESTAMP"):
        differs = FunctionExpression("date_trunc", ConstantExpression("day"), value) != value
    elif kind in ("DOUBLE", "FLOAT"):
        whole = FunctionExpression("round", value, ConstantExpression(0)) != value
        differs = whole & (FunctionExpression("isnan", value) == ConstantExpression(False))
    else:
        differs = FunctionExpression("round", value, ConstantExpression(0)) != value
    return int(relation.filter(differs).aggregate("count(*)").fetchall()[0][0])
