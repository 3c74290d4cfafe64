"""A locked-down DuckDB connection that runs models and registers files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from ipscausal.errors import UsageError
from ipscausal.warehouse.deliveries import NO_FOLDERS, FolderColumns, batches
from ipscausal.warehouse.duckdb_reshape import spread, stack
from ipscausal.warehouse.failures import guarded
from ipscausal.warehouse.interrupts import interruptible
from ipscausal.warehouse.models import Model
from ipscausal.warehouse.protocol import PERSON, PersonRange, Progress, Source, Warehouse, silent
from ipscausal.warehouse.ranges import person_ranges, within
from ipscausal.warehouse.sources import is_pattern, pattern_part, rows_losing_precision, scan, view
from ipscausal.warehouse.spill import spill_folder
from ipscausal.warehouse.watched import Watched

Counted = Callable[[str, int, int], None]
_T = TypeVar("_T")
_SHUT = {
    "enable_external_access": False, "lock_configuration": True, "autoinstall_known_extensions": False,
    "autoload_known_extensions": False, "allow_community_extensions": False,
}  # fmt: skip
"""Settings as a run leaves them."""


def _uncounted(_: str, __: int, ___: int) -> None:
    """Rows of a statement that nobody counts along."""


@dataclass(slots=True, kw_only=True)
class DuckDBWarehouse(Warehouse):
    """One open DuckDB connection.

    counted: hears while a model works which, and how many rows of those it reads are done, of how many.
    delivered: rows of each registered table of files; whole: these tables, however they are restricted;
    watched: their files.
    """

    connection: duckdb.DuckDBPyConnection
    counted: Counted = _uncounted
    delivered: dict[str, int] = field(default_factory=dict)
    whole: dict[str, duckdb.DuckDBPyRelation] = field(default_factory=dict)
    watched: Watched = field(default_factory=Watched)

    @property
    def engine(self) -> tuple[str, str]:
        """See `Warehouse.engine`."""
        return "duckdb", duckdb.__version__

    @property
    def locked(self) -> bool:
        """Whether no setting can be changed any more and no file outside, network or extension is within reach."""
        asked = "select current_setting($name)"
        return all(self._execute(asked, {"name": name}, name)[1] == [(value,)] for name, value in _SHUT.items())

    def _create(self, model: Model, params: Mapping[str, Any]) -> int:
        # identifiers cannot be bound; a model's name comes from its own file, never from a study
        sql = f"create or replace table {model.name} as\n{model.sql}"
        _, ((rows,),) = self._execute(sql, params, model.name, self._reading(model))
        return int(rows)

    def _distinct_keys(self, model: Model) -> int:
        keys = [duckdb.ColumnExpression(column) for column in model.key]
        table = self.connection.table(model.name)
        return self._work(model.name, lambda: int(table.select(*keys).distinct().shape[0]))

    def _fetch(self, model: Model, params: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        return self._execute(model.sql, params, model.name, self._reading(model))

    def _reading(self, model: Model) -> tuple[str, int]:
        rows = sum(self.ran.get(name, self.delivered.get(name, 0)) for name in model.reads)
        return f"{model.folder}/{model.name}", rows

    def _execute(
        self, sql: str, params: Mapping[str, Any], what: str, reading: tuple[str, int] = ("", 0)
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        def execute() -> tuple[list[str], list[tuple[Any, ...]]]:
            result = self.connection.execute(sql, dict(params))
            # fetched to the end: an open result blocks the next statement
            return [column[0] for column in result.description], result.fetchall()

        return self._work(what, execute, reading)

    def _work(self, what: str, work: Callable[[], _T], reading: tuple[str, int] = ("", 0)) -> _T:
        step, rows = reading

        def seen(percent: float) -> None:
            if rows and percent > 0:
                self.counted(step, min(rows, int(rows * percent / 100)), rows)

        with self.watched.blamed(), guarded(what):
            return interruptible(self.connection, work, seen)

    def register_table(self, name: str, table: pa.Table) -> None:
        """Copy a small Arrow table (calendars, study units) into the engine under `name`, replacing an older one."""
        self.drop_table(name)
        self._work(name, lambda: self.connection.from_arrow(table).create(name))

    def drop_table(self, name: str) -> None:
        """Free the memory of a table that nobody reads any more; nothing happens where there is none."""
        # identifiers cannot be bound; the names of models and small tables are ours
        self._execute(f"drop table if exists {name}", {}, name)

    def register_files(
        self, name: str, files: Sequence[Path], columns: Mapping[str, Source], folders: FolderColumns = NO_FOLDERS
    ) -> None:
        """See `Warehouse.register_files`."""
        table = self._work(name, lambda: view(self.connection, batches(files, folders), name, columns))
        self.delivered[name] = self._work(name, lambda: int(table.shape[0]))
        self.whole[name] = table
        self.watched.add(name.removeprefix("extract_"), files)

    def person_ranges(self, table: str, pieces: int) -> tuple[PersonRange, ...]:
        """See `Warehouse.person_ranges`."""
        return self._work(table, lambda: person_ranges(self.connection.table(table), pieces))

    def restrict(self, people: PersonRange) -> None:
        """See `Warehouse.restrict`."""
        for name, table in self.whole.items():
            self._work(name, partial(_restricted, table, people, name))

    def rows_losing_precision(self, what: str, files: Sequence[Path], column: str) -> int:
        """Rows of a timestamp column with a time of day, or of a number column that are not whole."""

        def lost() -> int:
            alike = [scan(self.connection, batch.files) for batch in batches(files)]
            return sum(rows_losing_precision(relation, column) for relation in alike)

        return self._work(what, lost)

    def arrow(self, name: str, order: Sequence[str] = ()) -> pa.Table:
        """A small result table as Arrow, sorted. Person tables are written, never fetched."""
        return self._work(name, lambda: _sorted(self.connection.table(name), order).to_arrow_table())

    def write_parquet(self, name: str, path: Path, order: Sequence[str]) -> None:
        """Write a table, sorted by a unique key so that the bytes do not depend on threads."""
        self._work(path.name, lambda: self._write(self.connection.table(name), path, order))

    def _write(self, table: duckdb.DuckDBPyRelation, path: Path, order: Sequence[str]) -> None:
        # files are joined by sorting once more: the size of their row groups, and so the bytes, follow from the sort
        _sorted(table, order).write_parquet(str(path), compression="zstd")

    def join_parquet(self, parts: Sequence[Path], path: Path, order: Sequence[str], columns: Mapping[str, str]) -> None:
        """See `Warehouse.join_parquet`."""
        named = [duckdb.ColumnExpression(theirs).alias(ours) for ours, theirs in columns.items()]
        self._work(path.name, lambda: self._write(scan(self.connection, parts).project(*named), path, order))

    def stack(
        self, keyed: str, columns: Mapping[int, tuple[str, str]], name: str, key: Sequence[str] = PERSON
    ) -> dict[int, str]:
        """See `Warehouse.stack`."""
        return self._work(name, lambda: stack(self.connection, keyed, columns, name, key))

    def spread(self, wide: str, long: str, columns: Mapping[int, str], key: Sequence[str], name: str) -> None:
        """See `Warehouse.spread`."""
        self._work(name, lambda: spread(self.connection, wide, long, columns, key, name))


def _restricted(table: duckdb.DuckDBPyRelation, people: PersonRange, name: str) -> None:
    # already the names of its columns are read from its files
    if PERSON[0] in table.columns:
        within(table, people).create_view(name, replace=True)


def _sorted(table: duckdb.DuckDBPyRelation, order: Sequence[str]) -> duckdb.DuckDBPyRelation:
    return table.sort(*[duckdb.ColumnExpression(column) for column in order]) if order else table


@contextmanager
def open_warehouse(
    folders: Sequence[Path],
    *,
    memory_limit: str = "2GB",
    threads: int | None = None,
    progress: Progress = silent,
    counted: Counted = _uncounted,
) -> Iterator[DuckDBWarehouse]:
    """A connection that sees `folders` and nothing else: no network, no extensions, settings locked.

    Spill goes to a private temporary folder (`spill_folder`). Raises UsageError for a folder that no pattern can name.
    """
    for folder in folders:
        if is_pattern(folder):
            raise UsageError(
                f"{pattern_part(folder)}: the folder's name holds *, ? or [, which the engine would take for a pattern",
                remedy="rename the folder, or move its content to another one",
            )
    with spill_folder() as spill:
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
                # Parquet statistics leave NaN out, and this optimizer believes them: a NaN beside a 0.0 then passes
                # for a number (DuckDB 2.0). Without it the pipeline takes the same time.
                "disabled_optimizers": "statistics_propagation",
            },
        )
        try:
            _lock_down(connection, [*folders, spill])
            yield DuckDBWarehouse(progress, connection=connection, counted=counted)
        finally:
            # an interrupted statement may leave its result open, and closing then complains about what nobody reads
            with suppress(duckdb.Error):
                connection.close()


def _lock_down(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    # how far a statement is may be asked, and is never printed; in a notebook without ipywidgets neither can be set
    with suppress(duckdb.Error):
        connection.execute("set enable_progress_bar_print = false")
        connection.execute("set enable_progress_bar = true")
    connection.execute("set allowed_directories = $folders", {"folders": [str(f.resolve()) for f in folders]})
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
