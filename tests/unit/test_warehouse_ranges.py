"""Ranges of persons: everybody in exactly one, tables restricted and whole again, and the same bytes from parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipscausal.errors import ExtractError
from ipscausal.warehouse import PersonRange, Source, Warehouse, open_warehouse

NUMBERS = [5, -3, 10**15, 7, 0, 42, 8, 9, 11, 12]
# in the order of their bytes capitals come first and quotes are letters like any other
TEXTS = ["a", "B", "'; drop table x; --", '"', "ø", "0007", "7", "aa", " ", "z" * 10_000]


def people(warehouse: Warehouse, table: str) -> list[Any]:
    return sorted(warehouse.arrow(table).column("person_id").to_pylist())


def deliver(warehouse: Warehouse, folder: Path, ids: Sequence[Any]) -> None:
    kind = "VARCHAR" if isinstance(ids[0], str) else "BIGINT"
    pq.write_table(pa.table({"who": ids}), folder / "persons.parquet")
    pq.write_table(pa.table({"who": [*ids, *ids[::-1]], "day": range(2 * len(ids))}), folder / "spells.parquet")
    pq.write_table(pa.table({"code": ["0301", "1103"]}), folder / "places.parquet")
    warehouse.register_files("people", [folder / "persons.parquet"], {"person_id": Source("who", kind)})
    columns = {"person_id": Source("who", kind), "day": Source("day", "BIGINT")}
    warehouse.register_files("spells", [folder / "spells.parquet"], columns)
    warehouse.register_files("places", [folder / "places.parquet"], {"municipality": Source("code", "VARCHAR")})


@pytest.mark.parametrize("ids", [NUMBERS, TEXTS])
@pytest.mark.parametrize("pieces", [1, 2, 3, 10, 50])
def test_everybody_is_in_exactly_one_range(tmp_path: Path, ids: list[Any], pieces: int) -> None:
    with open_warehouse([tmp_path]) as warehouse:
        deliver(warehouse, tmp_path, ids)
        ranges = warehouse.person_ranges("people", pieces)
        assert min(pieces, len(ids)) <= len(ranges) <= pieces
        found, spells = [], []
        for one in ranges:
            warehouse.restrict(one)
            found.append(people(warehouse, "people"))
            spells += people(warehouse, "spells")
            assert set(people(warehouse, "spells")) == set(found[-1])
            assert warehouse.arrow("places").num_rows == 2
        assert sorted(chain.from_iterable(found)) == sorted(ids)
        assert sorted(spells) == sorted([*ids, *ids])
        assert max(map(len, found)) - min(map(len, found)) <= 2
        warehouse.restrict(PersonRange())
        assert people(warehouse, "people") == sorted(ids)


def test_a_file_that_is_gone_when_a_range_begins_is_named(tmp_path: Path) -> None:
    with open_warehouse([tmp_path]) as warehouse:
        deliver(warehouse, tmp_path, NUMBERS)
        (tmp_path / "spells.parquet").unlink()
        with pytest.raises(ExtractError, match="the extracts changed while they were read") as raised:
            warehouse.restrict(PersonRange())
    assert raised.value.problems == ("spells: spells.parquet: gone",)


def test_an_id_that_fills_the_table_is_one_range(tmp_path: Path) -> None:
    with open_warehouse([tmp_path]) as warehouse:
        warehouse.register_table("people", pa.table({"person_id": [4] * 9}))
        ranges = warehouse.person_ranges("people", 3)
        assert [(one.low, one.high) for one in ranges] == [(None, 4), (4, None)]
        assert "4" not in repr(ranges)  # bounds are ids


def test_a_table_of_nobody(tmp_path: Path) -> None:
    with open_warehouse([tmp_path]) as warehouse:
        warehouse.register_table("people", pa.table({"person_id": pa.array([], pa.int64())}))
        assert warehouse.person_ranges("people", 4) == (PersonRange(),)


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_parts_join_to_the_bytes_of_one_file(tmp_path: Path, pieces: int) -> None:
    rows, key = 300_000, ("person_id", "year")  # beyond one row group
    person = [k // 3 for k in range(rows)]
    table = pa.table({"person_id": person, "year": [k % 3 for k in range(rows)], "x": [k * 7919 % 97 for k in person]})
    step = -(-rows // pieces)
    with open_warehouse([tmp_path]) as warehouse:
        warehouse.register_table("whole", table)
        warehouse.write_parquet("whole", tmp_path / "whole.parquet", key)
        parts = [tmp_path / f"{k}.parquet" for k in range(pieces)]
        for k, part in enumerate(parts):
            warehouse.register_table("part", table.slice(k * step, step))
            warehouse.write_parquet("part", part, key)
        warehouse.join_parquet(parts, tmp_path / "joined.parquet", key, {name: name for name in table.column_names})
    assert (tmp_path / "joined.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
