"""Models on Spark: each becomes a temporary view over rows that are computed once and stay with the executors."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from ipscausal.warehouse.deliveries import NO_FOLDERS, FolderColumns, batches
from ipscausal.warehouse.models import Model
from ipscausal.warehouse.protocol import PERSON, PersonRange, Source, Warehouse
from ipscausal.warehouse.spark.dialect import to_spark
from ipscausal.warehouse.spark.failures import guarded
from ipscausal.warehouse.spark.sources import address, rows_losing_precision, scans, view


@dataclass(slots=True, kw_only=True)
class SparkWarehouse(Warehouse):
    """One Spark session of its own; tables are its temporary views."""

    spark: SparkSession

    @property
    def engine(self) -> tuple[str, str]:
        """See `Warehouse.engine`."""
        return "spark", self.spark.version

    def _create(self, model: Model, params: Mapping[str, Any]) -> int:
        with guarded(model.name):
            return self._keep(self._select(model, params), model.name).count()

    def _select(self, model: Model, params: Mapping[str, Any]) -> DataFrame:
        return self.spark.sql(to_spark(model.sql), args=dict(params))

    def _keep(self, frame: DataFrame, name: str) -> DataFrame:
        """Compute the rows now, once; later models start from them. In the cluster's safe place, if it names one."""
        reliable = self.spark.conf.get("spark.checkpoint.dir", None)
        kept = frame.checkpoint() if reliable else frame.localCheckpoint()
        kept.createOrReplaceTempView(name)
        return kept

    def _distinct_keys(self, model: Model) -> int:
        with guarded(model.name):
            return self.spark.table(model.name).select(*model.key).distinct().count()

    def _fetch(self, model: Model, params: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        with guarded(model.name):
            counts = self._select(model, params)
            return counts.columns, [tuple(row) for row in counts.collect()]

    def register_table(self, name: str, table: pa.Table) -> None:
        """See `Warehouse.register_table`."""
        with guarded(name):
            self.spark.createDataFrame(table, from_arrow_schema(table.schema)).createOrReplaceTempView(name)

    def drop_table(self, name: str) -> None:
        """See `Warehouse.drop_table`."""
        with guarded(name):
            self.spark.catalog.dropTempView(name)

    def register_files(
        self, name: str, files: Sequence[Path], columns: Mapping[str, Source], folders: FolderColumns = NO_FOLDERS
    ) -> None:
        """See `Warehouse.register_files`."""
        with guarded(name):
            view(self.spark, batches(files, folders), columns).createOrReplaceTempView(name)

    def person_ranges(self, table: str, pieces: int) -> tuple[PersonRange, ...]:
        """See `Warehouse.person_ranges`: always one, since Spark divides persons among its tasks by itself."""
        return (PersonRange(),)

    def restrict(self, people: PersonRange) -> None:
        """See `Warehouse.restrict`; there is but the one range."""

    def rows_losing_precision(self, what: str, files: Sequence[Path], column: str) -> int:
        """See `Warehouse.rows_losing_precision`."""
        with guarded(what):
            return sum(rows_losing_precision(frame, column) for frame in scans(self.spark, batches(files)))

    def arrow(self, name: str, order: Sequence[str] = ()) -> pa.Table:
        """See `Warehouse.arrow`."""
        with guarded(name):
            table = self.spark.table(name).toArrow()
        # Spark also tells which columns cannot be empty, DuckDB does not
        table = table.cast(pa.schema([pa.field(column.name, column.type) for column in table.schema]))
        return table.sort_by([(column, "ascending") for column in order]) if order else table

    def write_parquet(self, name: str, path: Path, order: Sequence[str]) -> None:
        """See `Warehouse.write_parquet`; one task writes the file, so that it is one and sorted."""

        with guarded(path.name):
            _write(self.spark.table(name), path, order)

    def join_parquet(self, parts: Sequence[Path], path: Path, order: Sequence[str], columns: Mapping[str, str]) -> None:
        """See `Warehouse.join_parquet`."""
        with guarded(path.name):
            rows = self.spark.read.parquet(*[address(part) for part in parts])
            _write(rows.select([F.col(theirs).alias(ours) for ours, theirs in columns.items()]), path, order)

    def stack(
        self, keyed: str, columns: Mapping[int, tuple[str, str]], name: str, key: Sequence[str] = PERSON
    ) -> dict[int, str]:
        """See `Warehouse.stack`."""

        def part(table: DataFrame, position: int, value: Column) -> DataFrame:
            place = F.lit(position).cast("int")
            return table.select(*key, place.alias("position"), value.cast("string").alias("value"))

        with guarded(name):
            parts, kinds = [part(self.spark.table(keyed), 0, F.lit(None)).limit(0)], {}
            for position, (source, column) in columns.items():
                table = self.spark.table(source)
                parts.append(part(table, position, F.col(column)))
                kinds[position] = "text" if dict(table.dtypes)[column] == "string" else "number"
            reduce(lambda above, below: above.unionAll(below), parts).createOrReplaceTempView(name)
            return kinds

    def spread(self, wide: str, long: str, columns: Mapping[int, str], key: Sequence[str], name: str) -> None:
        """See `Warehouse.spread`."""

        with guarded(name):
            rows = self.spark.table(wide)
            if columns:
                at, value = F.col("position"), F.col("value")
                picked = [F.max(F.when(at == number, value)).alias(column) for number, column in columns.items()]
                across = self.spark.table(long).groupBy(*key).agg(*picked)
                rows = rows.join(across, list(key)).select(*rows.columns, *columns.values())
            rows.createOrReplaceTempView(name)


def _write(frame: DataFrame, path: Path, order: Sequence[str]) -> None:
    parts = path.with_name(f".{path.name}.parts")
    rows = frame.repartition(1)
    rows = rows.sortWithinPartitions(*[F.col(column).asc_nulls_last() for column in order]) if order else rows
    rows.write.parquet(address(parts), mode="overwrite")
    next(parts.glob("part-*.parquet")).replace(path)
    shutil.rmtree(parts)
