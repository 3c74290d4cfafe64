"""Put a tiny registry into the engine under the names that `extracts.register` uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from generative.reference import Registry

from ipscausal.warehouse import Warehouse

DATE, TEXT = pa.date32(), pa.string()
COLUMNS: dict[str, list[tuple[str, pa.DataType]]] = {
    "extract_persons": [
        ("person_id", pa.int64()), ("birth_date", DATE), ("birth_month", pa.int32()), ("sex", TEXT),
        ("death_date", DATE),
    ],
    "extract_residence": [("person_id", pa.int64()), ("municipality", TEXT), ("start_date", DATE), ("end_date", DATE)],
    "extract_employment": [
        ("person_id", pa.int64()), ("employer_id", TEXT), ("start_date", DATE), ("end_date", DATE),
        ("position_pct", pa.decimal128(9, 2)),
    ],
    "extract_benefits": [("person_id", pa.int64()), ("benefit", TEXT), ("start_date", DATE), ("end_date", DATE)],
    "extract_rollout": [("municipality", TEXT), ("start_date", TEXT), ("end_date", TEXT), ("programme", TEXT)],
}  # fmt: skip


def load(warehouse: Warehouse, registry: Registry) -> None:
    """Create the extract tables of a registry."""
    rows: dict[str, Iterable[Sequence[object]]] = {
        "extract_persons": [(key, birth, None, sex, death) for key, (birth, sex, death) in registry.persons.items()],
        "extract_residence": registry.residence,
        "extract_employment": registry.employment,
        "extract_benefits": registry.benefits,
        "extract_rollout": [
            (code, start.isoformat(), end.isoformat() if end else None, None) for code, start, end in registry.rollout
        ],
    }
    for name, columns in COLUMNS.items():
        table = list(rows[name])
        arrays = {column: pa.array([row[i] for row in table], kind) for i, (column, kind) in enumerate(columns)}
        warehouse.register_table(name, pa.table(arrays))
