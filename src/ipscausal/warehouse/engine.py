"""A locked-down DuckDB connection that runs models and registers files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ipscausal.errors import WarehouseError
from ipscausal.warehouse.models import Model

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Progress for nobody."""


@dataclass(slots=True)
class Warehouse:
    """One open connection. `ran` records (model, rows) in order for the manifest."""

    connection: duckdb.DuckDBPyConnection
    progress: Progress = _silent
    ran: dict[str, int] = field(default_factory=dict)

    def run(self, model: Model, params: Mapping[str, Any]) -> int:
        """Create the model's table from its SELECT; returns its rows. `params` may hold more than it declares.

        Raises WarehouseError on a failing engine (memory, disk) and on a broken grain.
        """
        self.progress(f"{model.folder}/{model.name}")
        bound = {name: params[name] for name in model.params}
        # identifiers cannot be bound; a model's name comes from its own file, never from a study
        self._execute(f"create or replace table {model.name} as\n{model.sql}", bound, model.name)
        rows = self._check_grain(model)
        self.ran[model.name] = rows
        return rows

    def _check_grain(self, model: Model) -> int:
        table = self.connection.table(model.name)
        rows = int(table.shape[0])
        if model.key and rows:
            keys = [duckdb.ColumnExpression(column) for column in model.key]
            distinct = int(table.select(*keys).distinct().shape[0])
            if distinct != rows:
                raise WarehouseError(
                    f"model {model.name}: {rows - distinct} of {rows} rows repeat its key ({', '.join(model.key)})",
                    remedy="this is a defect of ipscausal or an extract the contract let through; please report it",
                )
        return rows

    def violations(self, model: Model, params: Mapping[str, Any]) -> dict[str, int]:
        """Run a check (one row of counts) and return it by column name."""
        bound = {name: params[name] for name in model.params}
        result = self._execute(model.sql, bound, model.name)
        row = result.fetchall()[0]
        return {column[0]: int(value or 0) for column, value in zip(result.description, row, strict=True)}

    def _execute(self, sql: str, params: Mapping[str, Any], what: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql, dict(params))
        except duckdb.OutOfMemoryException as error:
            raise WarehouseError(
                f"{what}: the engine ran out of memory or of temporary disk",
                remedy="raise --memory-limit, or free space where temporary files go (TMPDIR)",
            ) from error
        except duckdb.IOException as error:
            raise WarehouseError(
                f"{what}: reading or writing a file failed",
                remedy="check that the extracts are unchanged and complete and that the disk is not full",
            ) from error

    def register_table(self, name: str, table: pa.Table) -> None:
        """Copy a small Arrow table (calendars, study units) into the engine under `name`, replacing an older one."""
        # identifiers cannot be bound; the names of small tables are ours
        self.connection.execute(f"drop table if exists {name}")
        self.connection.from_arrow(table).create(name)

    def register_files(self, name: str, files: Sequence[Path], columns: Mapping[str, tuple[str, str]]) -> None:
        """View `name` over Parquet files; columns: ours -> (name in the delivery, SQL type)."""
        relation = self.connection.read_parquet([str(path) for path in files])
        relation.project(*_projection(columns)).create_view(name)

    def arrow(self, name: str, order: Sequence[str] = ()) -> pa.Table:
        """A small result table as Arrow, sorted. Person tables are written, never fetched."""
        relation = self.connection.table(name)
        if order:
            relation = relation.sort(*[duckdb.ColumnExpression(column) for column in order])
        return relation.to_arrow_table()

    def write_parquet(self, name: str, path: Path, order: Sequence[str]) -> None:
        """Write a table, sorted by a unique key so that the bytes do not depend on threads."""
        relation = self.connection.table(name).sort(*[duckdb.ColumnExpression(column) for column in order])
        try:
            relation.write_parquet(str(path), compression="zstd")
        except duckdb.IOException as error:
            raise WarehouseError(f"{path.name}: writing failed", remedy="check free space and permissions") from error


def _projection(columns: Mapping[str, tuple[str, str]]) -> Iterator[duckdb.Expression]:
    for ours, (theirs, sql_type) in columns.items():
        yield duckdb.ColumnExpression(theirs).cast(duckdb.sqltype(sql_type)).alias(ours)


@contextmanager
def open_warehouse(
    folders: Sequence[Path],
    *,
    memory_limit: str = "2GB",
    threads: int | None = None,
    progress: Progress = _silent,
) -> Iterator[Warehouse]:
    """A connection that sees `folders` and nothing else: no network, no extensions, settings locked.

    Spill goes to a private temporary folder that is removed whatever happens.
    """
    spill = Path(tempfile.mkdtemp(prefix="ipscausal-"))
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": memory_limit,
            "threads": threads or os.cpu_count() or 1,
            "temp_directory": str(spill),
        },
    )
    try:
        connection.execute("set enable_progress_bar = false")
        connection.execute("set allowed_directories = $folders", {"folders": [str(f.resolve()) for f in (*folders, spill)]})
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield Warehouse(connection, progress)
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)
