"""The small tables that cells are made of: exact sums by key, which can be added, written and read again.

Sums over disjoint persons add up exactly, whatever divides them: ranges of persons within a run, or registries. Nothing
here holds a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ipscausal.errors import UsageError
from ipscausal.municipality_year.design_columns import Counted

if TYPE_CHECKING:
    import pyarrow as pa

_CELL = ("municipality", "year")
_PAIR = (*_CELL, "other_year")
_LEVEL = (*_CELL, "dimension", "level")
_LEVELS = (*_PAIR, "dimension", "level", "other_level")
KEYS: Mapping[str, tuple[str, ...]] = {
    "person_total": (),
    "municipality_person": ("municipality",),
    "municipality_year": _CELL,
    "municipality_year_outcome": (*_CELL, "outcome"),
    "municipality_year_pair": _PAIR,
    "municipality_year_pair_outcome": (*_PAIR, "outcome"),
    "covariate_product": (*_CELL, "i", "j"),
    "covariate_outcome": (*_CELL, "i", "outcome"),
    "covariate_year_product": (*_PAIR, "i", "j"),
    "covariate_year_outcome": (*_PAIR, "i", "outcome"),
    "subgroup_person": ("municipality", "dimension", "level"),
    "subgroup_year": _LEVEL,
    "subgroup_year_outcome": (*_LEVEL, "outcome"),
    "subgroup_year_pair": _LEVELS,
    "subgroup_year_pair_outcome": (*_LEVELS, "outcome"),
    "composition": _CELL,
    "person_group": ("municipality", "seen"),
    "person_group_outcome": ("municipality", "seen", "year", "outcome"),
}
"""Tables of sums over persons by their key columns; every other column is summed."""
OF_PLACES: Mapping[str, tuple[str, ...]] = {
    "municipality_covariate": (*_CELL, "position"),
    "municipality_dose": _CELL,
    "neighbour_start": ("municipality",),
}
"""Tables about municipalities themselves: the same whoever is counted, so never summed."""
_ABOUT = "tables.json"


@dataclass(frozen=True, slots=True)
class CellTables:
    """outcomes: names by position from 1. counted: what the covariates are summed as, by number from 1.

    tables: those of `KEYS` and `OF_PLACES` that the study needs.
    """

    outcomes: tuple[str, ...]
    counted: tuple[Counted, ...]
    tables: Mapping[str, pa.Table]

    def rows(self, name: str) -> pa.Table | None:
        """A table, sorted by its key; None where the study does not need it."""
        return self.tables.get(name)


def sort(name: str, table: pa.Table) -> pa.Table:
    """The rows in the order of the table's key."""
    key = KEYS.get(name) or OF_PLACES.get(name, ())
    return table.sort_by([(column, "ascending") for column in key]) if key else table


def add(parts: Sequence[CellTables]) -> CellTables:
    """The tables of all parts together, exact sums over disjoint persons; places are united.

    Raises UsageError where the parts do not count the same outcomes, covariates and tables.
    """
    first = parts[0]
    for part in parts[1:]:
        if (part.outcomes, part.counted, set(part.tables)) != (first.outcomes, first.counted, set(first.tables)):
            raise UsageError(
                "the parts do not count the same outcomes and covariates", remedy="count them with the same study"
            )
    tables = {name: _together(name, [part.tables[name] for part in parts]) for name in first.tables}
    return CellTables(first.outcomes, first.counted, tables)


def _together(name: str, parts: Sequence[pa.Table]) -> pa.Table:
    import pyarrow as pa

    schema = parts[0].schema
    stacked = pa.concat_tables([part.cast(schema) for part in parts])
    if name in OF_PLACES:
        return sort(name, stacked.group_by(stacked.column_names).aggregate([]).select(schema.names))
    key = list(KEYS[name])
    values = [column for column in stacked.column_names if column not in key]
    summed = stacked.group_by(key).aggregate([(column, "sum") for column in values])
    return sort(name, summed.rename_columns([*key, *values]).select(schema.names).cast(schema))


def write(tables: CellTables, folder: Path) -> None:
    """One Parquet file a table and `tables.json`, in a new folder."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    for name, table in tables.tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    about = {"outcomes": list(tables.outcomes), "counted": [asdict(column) for column in tables.counted]}
    (folder / _ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="ascii")


def load(folder: Path) -> CellTables:
    """The inverse of `write`. Raises UsageError where the folder holds no cells."""
    import pyarrow.parquet as pq

    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="ascii"))
    except OSError as missing:
        raise UsageError(f"{folder.name}: holds no cells", remedy="make them with `ipscausal panel`") from missing
    known = [*KEYS, *OF_PLACES]
    tables = {
        name: pq.read_table(folder / f"{name}.parquet") for name in known if (folder / f"{name}.parquet").exists()
    }
    return CellTables(tuple(about["outcomes"]), tuple(Counted(**column) for column in about["counted"]), tables)
