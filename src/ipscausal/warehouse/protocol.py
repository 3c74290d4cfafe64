"""What every engine can do: run models and checks, register small tables and files, hand back small results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipscausal.errors import WarehouseError
from ipscausal.warehouse.deliveries import NO_FOLDERS, FolderColumns
from ipscausal.warehouse.models import Model

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str], None]
PERSON = ("person_id",)
# numbers of a delivery beyond these limits, by what they become, keep their sign and lose their size: no cast can fail
LIMITS = {"BIGINT": 9_000_000_000_000_000, "DECIMAL(9,2)": 9_999_999, "DECIMAL(18,2)": 9_000_000_000_000_000}
# days since 1970-01-01, first and last: years beyond are ones that the contract finds impossible
EPOCH_DAYS = (-100_000, 3_000_000)
_DEFECT = "this is a defect of ipscausal or an extract the contract let through; please report it"


def silent(_: str) -> None:
    """Progress for nobody."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a column of a view comes from.

    column: its name in the delivery; None makes a column of NULLs. sql_type: what it becomes, in DuckDB's words; a
    whole number becomes a DATE as days since 1970-01-01.
    decimals: 0 or 2 rounds a number before the cast (NaN becomes NULL); None casts only, and what
    cannot be cast becomes NULL.
    """

    column: str | None
    sql_type: str
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class PersonRange:
    """Persons from `low` up to, not including, `high`; None is open. The bounds are ids and are never shown."""

    low: Any = field(default=None, repr=False)
    high: Any = field(default=None, repr=False)


@dataclass(slots=True)
class Warehouse(ABC):
    """One open engine. `ran` records (model, rows) in order for the manifest."""

    progress: Progress = silent
    ran: dict[str, int] = field(default_factory=dict)

    def run(self, model: Model, params: Mapping[str, Any]) -> int:
        """Create the model's table from its SELECT; returns its rows. `params` may hold more than it declares.

        Raises MachineError where memory or disk fail, WarehouseError on a broken grain.
        """
        self.progress(f"{model.folder}/{model.name}")
        rows = self._create(model, {name: params[name] for name in model.params})
        distinct = self._distinct_keys(model) if model.unproven_key and rows else rows
        if distinct != rows:
            raise WarehouseError(
                f"model {model.name}: {rows - distinct} of {rows} rows repeat its key ({', '.join(model.key)})",
                remedy=_DEFECT,
            )
        self.ran[model.name] = rows
        return rows

    def violations(self, model: Model, params: Mapping[str, Any]) -> dict[str, int]:
        """Run a check (one row of integer counts) and return it by column name.

        Raises WarehouseError where the check returns anything but one row of integers.
        """
        self.progress(f"{model.folder}/{model.name}")
        columns, rows = self._fetch(model, {name: params[name] for name in model.params})
        if len(rows) != 1 or not all(type(value) is int for value in rows[0]):
            raise WarehouseError(
                f"check {model.name}: not one row of integer counts",
                remedy="this is a defect of ipscausal; please report it",
            )
        return dict(zip(columns, rows[0], strict=True))

    @property
    @abstractmethod
    def engine(self) -> tuple[str, str]:
        """Name and version of the engine, for the manifest."""

    @abstractmethod
    def _create(self, model: Model, params: Mapping[str, Any]) -> int:
        """Make the model's table, replacing an older one; returns its rows."""

    @abstractmethod
    def _distinct_keys(self, model: Model) -> int:
        """How many distinct keys the rows of the model's table have."""

    @abstractmethod
    def _fetch(self, model: Model, params: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of the model's SELECT, nothing kept."""

    @abstractmethod
    def register_table(self, name: str, table: pa.Table) -> None:
        """Copy a small Arrow table (calendars, study units) into the engine under `name`, replacing an older one."""

    @abstractmethod
    def drop_table(self, name: str) -> None:
        """Free the memory of a table that nobody reads any more; nothing happens where there is none."""

    @abstractmethod
    def register_files(
        self, name: str, files: Sequence[Path], columns: Mapping[str, Source], folders: FolderColumns = NO_FOLDERS
    ) -> None:
        """View `name` over Parquet files with the same columns; columns: ours -> where it comes from.

        The files may hold their columns in another order, and whole numbers or texts of several widths.
        folders: columns that the names of folders say, as text.
        """

    @abstractmethod
    def person_ranges(self, table: str, pieces: int) -> tuple[PersonRange, ...]:
        """At most so many ranges with about equally many rows of `table`, which together hold every person."""

    @abstractmethod
    def restrict(self, people: PersonRange) -> None:
        """From now on every registered table of files with a person shows only those in the range."""

    @abstractmethod
    def join_parquet(self, parts: Sequence[Path], path: Path, order: Sequence[str], columns: Mapping[str, str]) -> None:
        """Write the rows of several files to one, as `write_parquet` writes them from one table.

        columns: those of the file, in order -> their names in the parts.
        """

    @abstractmethod
    def rows_losing_precision(self, what: str, files: Sequence[Path], column: str) -> int:
        """Rows of a timestamp column with a time of day, or of a number column that are not whole."""

    @abstractmethod
    def arrow(self, name: str, order: Sequence[str] = ()) -> pa.Table:
        """A small result table as Arrow, sorted. Person tables are written, never fetched."""

    @abstractmethod
    def write_parquet(self, name: str, path: Path, order: Sequence[str]) -> None:
        """Write a table to one file, sorted by a unique key."""

    @abstractmethod
    def stack(
        self, keyed: str, columns: Mapping[int, tuple[str, str]], name: str, key: Sequence[str] = PERSON
    ) -> dict[int, str]:
        """View `name`(key..., position, value as text): one row per key and column, missing values included.

        keyed: a table whose key columns have the types of all others. columns: position -> (table, column), each
        table with the key. Returns the kind of each position: `number` or `text`. How many covariates a study has is
        not known to a SQL file; their names are never part of SQL text.
        """

    @abstractmethod
    def spread(self, wide: str, long: str, columns: Mapping[int, str], key: Sequence[str], name: str) -> None:
        """View `name`: `wide` with one more column per position of `long`(key..., position, value), joined by `key`."""
