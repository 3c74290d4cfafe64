"""The same tiny registry written to files in all the ways a delivery may: types, widths, names, folders, row groups."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from generative.reference import Registry

NAMES = {
    "persons": ("person_id", "birth_date", "sex", "death_date"),
    "residence": ("person_id", "municipality", "start_date", "end_date"),
    "employment": ("person_id", "employer_id", "start_date", "end_date", "position_pct"),
    "benefits": ("person_id", "benefit", "start_date", "end_date"),
    "rollout": ("municipality", "start_date", "end_date"),
}
INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32(), pa.uint64())
TEXTS = (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view())
DATES = {
    "date": (pa.date32(), pa.date64()),
    "timestamp": (pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns")),
    "epoch days": (pa.int32(), pa.int64(), pa.int16()),
}
NUMBERS = (pa.decimal128(9, 2), pa.float64(), pa.float32(), pa.decimal128(38, 4))
# names that a query would choke on if they ever became part of one, or of a path that is a pattern
NASTY = (
    '"; drop table extract_persons; --', "it's", 'a"b', "a b", "a.b", "a\nb", "\t", "select", "**", "?", "[x]", "$1",
    "æøå", "%s", "{0}", "\\", "/", "--", "x" * 10_000, "\U0001f600", "null", "1", "a;b", "'||'",
    "\ufeff", "i\u0307", "K", "%41",
)  # fmt: skip
JUNK = (
    pa.array([[1]], pa.list_(pa.int8())), pa.array([{"a": 1}]), pa.array([b"\x00\xff"]), pa.array([float("nan")]),
    pa.array([dt.time(1)]), pa.array([None], pa.null()), pa.array([dt.timedelta(1)]), pa.array([True]),
    pa.array([dt.datetime(2015, 1, 1)], pa.timestamp("us", "Europe/Oslo")),
    pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
)  # fmt: skip


def write(chance: Random, registry: Registry, folder: Path) -> dict[str, dict[str, Any]]:
    """Write the registry below `folder`, in a way that chance decides; returns what the study says of its tables."""
    said: dict[str, dict[str, Any]] = {}
    person = chance.choice(["text", "integer"])
    for table, columns in NAMES.items():
        dates = "date" if table == "rollout" else chance.choice(sorted(DATES))
        rows = rows_of(registry, table)
        chance.shuffle(rows)
        called = dict(zip(columns, _distinct(chance, len(columns)), strict=True)) if chance.random() < 0.5 else {}
        has_junk = chance.random() < 0.3
        cut = chance.randint(0, len(rows))
        parts = [rows] if table == "rollout" else [part for part in (rows[:cut], rows[cut:]) if part]
        for number, part in enumerate(parts):
            place = folder / table / chance.choice(["", "year=2015", "a b"])
            place.mkdir(parents=True, exist_ok=True)
            arrays = {
                name: _array(chance, name, [row[i] for row in part], person, dates) for i, name in enumerate(columns)
            }
            if has_junk:
                arrays |= {f"junk {i}": pa.concat_arrays([one] * len(part)) for i, one in enumerate(JUNK)}
            name = f"{number}{chance.choice(['', '*', '[0]', '?', chr(39)])}.parquet"
            _write_part(chance, place / name, {called.get(name, name): array for name, array in arrays.items()})
        how = "epoch days" if dates == "epoch days" else "dates"
        said[table] = {"path": table, "columns": called, "dates": how}
    return said


def rows_of(registry: Registry, table: str) -> list[tuple[Any, ...]]:
    """Rows of a table as delivered."""
    if table == "persons":
        return [(person, *values) for person, values in registry.persons.items()]
    return list(getattr(registry, table))


def _distinct(chance: Random, count: int) -> list[str]:
    """Names that differ in more than capitals: those that do not are refused, and tested elsewhere."""
    names = chance.sample(NASTY, count)
    assert len({name.lower() for name in names}) == count
    return names


def _array(chance: Random, name: str, values: list[Any], person: str, dates: str) -> pa.Array:
    if name == "person_id" and person == "text":
        return pa.array([f"{value:03d}" for value in values]).cast(chance.choice(TEXTS))
    if name == "person_id":
        return pa.array(values, chance.choice(INTEGERS))
    if name.endswith("_date"):
        to = chance.choice(DATES[dates])
        if all(value is None for value in values) and chance.random() < 0.5:
            return pa.nulls(len(values))
        if dates != "epoch days":
            return pa.array(values, pa.date32()).cast(to)
        return pa.array([None if value is None else (value - dt.date(1970, 1, 1)).days for value in values], to)
    if name == "position_pct":
        if all(value is None or value == int(value) for value in values) and chance.random() < 0.5:
            return pa.array([None if value is None else int(value) for value in values], pa.int16())
        return pa.array(values, pa.decimal128(9, 2)).cast(chance.choice(NUMBERS))
    return pa.array(values, pa.string()).cast(chance.choice(TEXTS))


def _write_part(chance: Random, path: Path, arrays: dict[str, pa.Array]) -> None:
    rows = len(next(iter(arrays.values())))
    order = list(arrays)
    chance.shuffle(order)
    with path.open("wb") as stream:
        pq.write_table(
            pa.table({name: arrays[name] for name in order}), stream, row_group_size=chance.randint(1, rows),
            version=chance.choice(["1.0", "2.6"]), compression=chance.choice(["NONE", "SNAPPY", "ZSTD"]),
            use_dictionary=chance.random() < 0.5, write_statistics=chance.random() < 0.5,
        )  # fmt: skip
