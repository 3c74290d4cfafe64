"""In how many ranges persons are counted, and what happens where memory is short nevertheless."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ipscausal import counting
from ipscausal.errors import EngineMemoryError, UsageError
from ipscausal.machine import Machine

GB = 10**9


@pytest.mark.parametrize(
    ("asked", "memory", "pieces"),
    [(0, GB, 1), (GB, GB, 1), (GB + 1, GB, 2), (40 * GB, 4 * GB, 10), (10**15, GB, 4096)],
)
def test_ranges_by_what_rows_ask_for_and_memory(asked: int, memory: int, pieces: int) -> None:
    assert counting.pieces_for(asked, memory) == pieces


@pytest.mark.parametrize(
    ("limit", "bytes_"), [("512MB", 512 * 10**6), ("1.5 GB", 3 * GB // 2), ("4GiB", 4 * GB), ("1TB", 1000 * GB)]
)
def test_memory_limit_in_bytes(limit: str, bytes_: int) -> None:
    assert Machine(limit).memory == bytes_


def test_no_memory_limit() -> None:
    with pytest.raises(UsageError, match="no memory limit: 'lots'"):
        _ = Machine("lots").memory


def tried(monkeypatch: pytest.MonkeyPatch, fits: int, machine: Machine) -> list[int]:
    """The numbers of ranges tried where the work fits into memory from `fits` ranges on."""
    counts: list[int] = []

    def work(ranges: Any) -> str:
        counts.append(len(ranges))
        if len(ranges) < fits:
            raise EngineMemoryError("m: the engine ran out of memory")
        return "done"

    monkeypatch.setattr(counting, "_bytes_asked", lambda *_: 1)
    monkeypatch.setattr(counting.municipality_year, "forget", lambda _: None)
    warehouse: Any = SimpleNamespace(person_ranges=lambda _, pieces: (None,) * pieces)
    nothing: Any = None
    delivery: Any = SimpleNamespace(tables=(SimpleNamespace(name="persons", rows=100_000),))
    assert counting._in_ranges(warehouse, nothing, delivery, machine, work) == "done"
    return counts


def test_more_ranges_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    assert tried(monkeypatch, 5, Machine(progress=told.append)) == [1, 4, 16]
    assert told == [
        "warning: memory is short; counting again in 4 ranges of persons",
        "warning: memory is short; counting again in 16 ranges of persons",
    ]


def test_not_more_than_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineMemoryError):
        tried(monkeypatch, 5, Machine(buckets=2))


def test_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with pytest.raises(EngineMemoryError):
        tried(monkeypatch, 10_000, Machine(progress=told.append))
    assert [line.rpartition(" in ")[2] for line in told] == [f"{pieces} ranges of persons" for pieces in (4, 16, 64)]


def test_not_more_ranges_than_persons() -> None:
    nothing: Any = None
    delivery: Any = SimpleNamespace(tables=(SimpleNamespace(name="persons", rows=3),))
    assert counting.pieces_of(nothing, nothing, delivery, Machine(buckets=4096)) == 3
    assert counting.pieces_of(nothing, nothing, delivery, Machine(buckets=2)) == 2
