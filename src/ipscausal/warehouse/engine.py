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
from ipscausal.warehouse.failures import guarded
from ipscausal.warehouse.models import Model
from ipscausal.warehouse.sources import Source, rows_losing_precision, scan, view

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
        with guarded(model.name):
            table = self.connection.table(model.name)
            rows = distinct = int(table.shape[0])
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
        """Run a check (one row of integer counts) and return it by column name.

        Raises WarehouseError where the check returns anything but one row of integers.
        """
        self.progress(f"{model.folder}/{model.name}")
        bound = {name: params[name] for name in model.params}
        result = self._execute(model.sql, bound, model.name)
        with guarded(model.name):
            rows, columns = result.fetchall(), [column[0] for column in result.description]
        if len(rows) != 1 or not all(type(value) is int for value in rows[0]):
            raise WarehouseError(
                f"check {model.name}: not one row of integer counts",
                remedy="this is a defect of ipscausal; please report it",
            )
        return dict(zip(columns, rows[0], strict=True))

    def _execute(self, sql: str, params: Mapping[str, Any], what: str) -> duckdb.DuckDBPyConnection:
        with guarded(what):
            return self.connection.execute(sql, dict(params))

    def register_table(self, name: str, table: pa.Table) -> None:
        """Copy a small Arrow table (calendars, study units) into the engine under `name`, replacing an older one."""
        # identifiers cannot be bound; the names of small tables are ours
        self._execute(f"drop table if exists {name}", {}, name)
        with guarded(name):
            self.connection.from_arrow(table).create(name)

    def drop_table(self, name: str) -> None:
        """Free the memory of a model's table that nobody reads any more."""
        self._execute(f"drop table if exists {name}", {}, name)

    def register_files(self, name: str, files: Sequence[Path], columns: Mapping[str, Source]) -> None:
        """View `name` over Parquet files of one schema; columns: ours -> where it comes from."""
        with guarded(name):
            view(scan(self.connection, files), name, columns)

    def rows_losing_precision(self, what: str, files: Sequence[Path], column: str) -> int:
        """Rows of a timestamp column with a time of day, or of a number column that are not whole."""
        with guarded(what):
            return rows_losing_precision(scan(self.connection, files), column)

    def arrow(self, name: str, order: Sequence[str] = ()) -> pa.Table:
        """A small result table as Arrow, sorted. Person tables are written, never fetched."""
        with guarded(name):
            relation = self.connection.table(name)
            if order:
                relation = relation.sort(*[duckdb.ColumnExpression(column) for column in order])
            return relation.to_arrow_table()

    def write_parquet(self, name: str, path: Path, order: Sequence[str]) -> None:
        """Write a table, sorted by a unique key so that the bytes do not depend on threads."""
        with guarded(path.name):
            relation = self.connection.table(name).sort(*[duckdb.ColumnExpression(column) for column in order])
            relation.write_parquet(str(path), compression="zstd")


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
        # in a notebook without ipywidgets the bar is off and the setting cannot be touched
        if connection.execute("select current_setting('enable_progress_bar')").fetchall()[0][0]:
            connection.execute("set enable_progress_bar = false")
        connection.execute(
            "set allowed_directories = $folders", {"folders": [str(f.resolve()) for f in (*folders, spill)]}
        )
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield Warehouse(connection, progress)
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)
