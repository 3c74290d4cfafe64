"""Put a tiny registry into the engine under the names that `extracts.register` uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache

import pyarrow as pa
from generative.reference import Registry

from ipscausal.extracts import periods
from ipscausal.outcomes import column_of
from ipscausal.warehouse import Warehouse

DATE, TEXT = pa.date32(), pa.string()
_REPORT = [("source", TEXT), ("extract_date", DATE), ("period", TEXT)]
COLUMNS: dict[str, list[tuple[str, pa.DataType]]] = {
    "extract_persons": [
        ("person_id", pa.int64()), ("birth_date", DATE), ("birth_month", pa.int32()), ("sex", TEXT),
        ("death_date", DATE),
    ],
    "extract_residence": [
        ("person_id", pa.int64()), ("municipality", TEXT), ("start_date", DATE), ("end_date", DATE), *_REPORT,
    ],
    "extract_employment": [
        ("person_id", pa.int64()), ("employer_id", TEXT), ("start_date", DATE), ("end_date", DATE),
        ("position_pct", pa.decimal128(9, 2)), *_REPORT, ("job_id", TEXT), ("job_kind", TEXT),
        ("hours", pa.decimal128(18, 2)), ("earnings", pa.decimal128(18, 2)),
    ],
    "extract_benefits": [
        ("person_id", pa.int64()), ("benefit", TEXT), ("start_date", DATE), ("end_date", DATE), *_REPORT,
    ],
    "extract_rollout": [
        ("municipality", TEXT), ("start_date", TEXT), ("end_date", TEXT), ("programme", TEXT), ("fidelity", TEXT),
        ("participants", TEXT),
    ],
    "extract_municipalities": [("municipality", TEXT), ("year", TEXT), ("type", TEXT)],
    "extract_neighbours": [("municipality", TEXT), ("neighbour", TEXT)],
    "extract_education": [("person_id", pa.int64()), ("start_date", DATE), ("end_date", DATE)],
    "extract_price_index": [("year", TEXT), ("index", TEXT)],
    "municipality_unit": [("municipality", TEXT), ("unit", TEXT)],
    "extract_municipality_changes": [("old_code", TEXT), ("new_code", TEXT), ("date", TEXT)],
    "delivered_municipality_value": [
        ("municipality", TEXT), ("year", TEXT), ("position", pa.int32()), ("value", TEXT),
    ],
}  # fmt: skip


def rows_of(registry: Registry) -> dict[str, list[Sequence[object]]]:
    """Rows of each extract table, dates as dates."""
    return {
        "extract_persons": [(key, birth, None, sex, death) for key, (birth, sex, death) in registry.persons.items()],
        "extract_residence": list(registry.residence),
        "extract_employment": list(registry.employment),
        "extract_benefits": list(registry.benefits),
        "extract_rollout": [(code, start, end, None, None, None) for code, start, end in registry.rollout],
        "extract_municipalities": [],
        "extract_neighbours": [],
        "extract_municipality_changes": [],
        "extract_education": [],
        "extract_price_index": [],
        "municipality_unit": [],
        "delivered_municipality_value": [],
    }


def load(warehouse: Warehouse, registry: Registry) -> None:
    """Create the extract tables of a registry; those of the rollout are text."""
    load_rows(warehouse, rows_of(registry))


def load_rows(warehouse: Warehouse, tables: Mapping[str, list[Sequence[object]]], layouts: Sequence[str] = ()) -> None:
    """Create extract tables from rows, the columns a row does not reach empty, and the spellings of periods."""
    for name, rows in tables.items():
        columns = COLUMNS[name]
        arrays = {
            column: _array([row[i] if i < len(row) else None for row in rows], kind)
            for i, (column, kind) in enumerate(columns)
        }
        warehouse.register_table(name, pa.table(arrays))
    warehouse.register_table(periods.TABLE, _spellings(*sorted(layouts)))


@cache
def _spellings(*layouts: str) -> pa.Table:
    return periods.spellings(layouts)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    if kind == TEXT:
        values = [value.isoformat() if isinstance(value, dt.date) else value for value in values]
    return pa.array(values, kind)


def engine_person_years(warehouse: Warehouse) -> dict[tuple[int, int], dict[str, object]]:
    """Rows of `population` by person and year, with the exact outcomes of `person_year_outcome` by column name."""
    names = {row["outcome"]: column_of(row["name"]) for row in warehouse.arrow("study_outcome").to_pylist()}
    rows = {
        (row.pop("person_id"), row.pop("year")): row | dict.fromkeys(names.values(), 0)
        for row in warehouse.arrow("population").drop_columns(["selection_age"]).to_pylist()
    }
    for row in warehouse.arrow("person_year_outcome").to_pylist():
        assert row["amount"] != 0
        own = rows[row["person_id"], row["year"]]
        assert own["municipality"] == row["municipality"]
        own[names[row["outcome"]]] = row["amount"]
    return rows
