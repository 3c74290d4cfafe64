"""Columns of delivered files as Spark columns: the same values as the DuckDB views make of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from ipscausal.errors import ExtractError
from ipscausal.warehouse.deliveries import Batch
from ipscausal.warehouse.protocol import EPOCH_DAYS, LIMITS, Source

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_PATTERN = re.compile(r"[*?\[\]{}\\]")
_FLOATING = ("float", "double")
_WHOLE = ("tinyint", "smallint", "int", "bigint", "decimal(20,0)")


def scans(spark: SparkSession, found: Sequence[Batch]) -> list[DataFrame]:
    """All rows of Parquet files, one frame for each batch of like ones. Raises ExtractError for a name with a colon."""
    addresses = [path.name for batch in found for path in batch.files if ":" in path.name]
    if addresses:
        raise ExtractError(
            f"{addresses[0]}: Spark takes a file name with a colon for an address", remedy="rename the file"
        )
    # a path is a pattern here: written so that it fits itself alone
    return [spark.read.parquet(*[_PATTERN.sub(r"\\\g<0>", address(path)) for path in batch.files]) for batch in found]


def address(path: Path) -> str:
    """The path as every node sees it: Spark has a file system and a current folder of its own."""
    return f"file:///{path.absolute().as_posix().removeprefix('/')}"


def view(spark: SparkSession, found: Sequence[Batch], columns: Mapping[str, Source]) -> DataFrame:
    """Our columns over delivered files."""
    ours = [_ours(frame, batch, columns) for frame, batch in zip(scans(spark, found), found, strict=True)]
    return reduce(lambda above, below: above.unionAll(below), ours)


def _ours(frame: DataFrame, batch: Batch, columns: Mapping[str, Source]) -> DataFrame:
    # by place: a delivered name, whatever it holds, is never read as an expression
    places = {name: (f"c{i}", kind) for i, (name, kind) in enumerate(frame.dtypes)}
    placed = frame.toDF(*[place for place, _ in places.values()])
    for i, (name, value) in enumerate(batch.said.items()):
        places[name] = (f"s{i}", "string")
        placed = placed.withColumn(f"s{i}", F.lit(value).cast("string"))
    return placed.select(*[_expression(source, places).alias(ours) for ours, source in columns.items()])


def _expression(source: Source, places: Mapping[str, tuple[str, str]]) -> Column:
    to = spark_type(source.sql_type)
    if source.column is None:
        return F.lit(None).cast(to)
    place, kind = places[source.column]
    value = F.col(place)
    if kind == to:
        return value
    if source.decimals is not None:
        return _rounded(value, kind, source)
    if to == "date" and kind in _WHOLE:
        first, last = EPOCH_DAYS
        return F.date_from_unix_date(F.when(value > last, last).when(value < first, first).otherwise(value).cast("int"))
    if kind == "string" and to in ("int", "bigint"):
        # text with decimals is rounded, as DuckDB does
        return F.round(value.try_cast("decimal(38,10)"), 0).try_cast(to)
    return value.try_cast(to)


def _rounded(value: Column, kind: str, source: Source) -> Column:
    limit, to, decimals = LIMITS[source.sql_type], spark_type(source.sql_type), source.decimals or 0
    if kind in _FLOATING:
        value = value.cast("double")
        # half away from zero on the scaled number, as DuckDB does; then exact
        scaled = F.round(value * F.lit(float(10**decimals)), 0).try_cast("bigint").cast("decimal(20,0)")
        within = (scaled * F.lit(Decimal(1).scaleb(-decimals))).try_cast(to)
    else:
        within = F.round(value, decimals).try_cast(to)
    above, below = F.lit(limit).cast(to), F.lit(-limit).cast(to)
    bounded = F.when(value > limit, above).when(value < -limit, below).otherwise(within)
    return F.when(~F.isnan(value), bounded) if kind in _FLOATING else bounded


def rows_losing_precision(frame: DataFrame, column: str) -> int:
    """Rows whose timestamp has a time of day, or whose number is not whole (NaN does not count)."""
    place = frame.columns.index(column)
    kind = frame.dtypes[place][1]
    value = F.col("c")
    if kind.startswith("timestamp"):
        differs = F.date_trunc("day", value) != value
    elif kind in _FLOATING:
        differs = (F.rint(value) != value) & ~F.isnan(value)
    else:
        differs = F.round(value, 0) != value
    placed = frame.toDF(*[f"c{i}" for i in range(len(frame.columns))])
    return placed.select(F.col(f"c{place}").alias("c")).filter(differs).count()


def spark_type(sql_type: str) -> str:
    """A type in DuckDB's words as Spark names it."""
    return {"VARCHAR": "string", "INTEGER": "int"}.get(sql_type, sql_type.lower().replace(" ", ""))
