"""Rollout as CSV: one dialect, read as text, every other file refused with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lib import delivery

from ipscausal.errors import ExtractError
from ipscausal.extracts import register
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse


def csv_study() -> Study:
    return delivery.study(extracts={"rollout": {"path": "rollout.csv"}})


def problems(folder: Path) -> list[str]:
    with open_warehouse([folder], threads=1) as warehouse, pytest.raises(ExtractError) as raised:
        register(warehouse, csv_study(), folder)
    return list(raised.value.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return delivery.write(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"municipality,start_date\n0301,2013-01-01\n",
        b"\xef\xbb\xbfstart_date,municipality\r\n 2013-01-01 ,0301\r\n\r\n",
        b'municipality,start_date\n"0301","2013-01-01"',
    ],
)
def test_good_csv(content: bytes, folder: Path) -> None:
    (folder / "rollout.csv").write_bytes(content)
    with delivery.registered(folder, csv_study()) as warehouse:
        rows: list[tuple[Any, ...]] = warehouse.connection.table("extract_rollout").fetchall()
    assert rows == [("0301", "2013-01-01", None, None, None, None)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"municipality;start_date\n0301;2013-01-01\n",
         "columns are separated by semicolons; save the file with commas, or make Parquet of it with "
         "`ipscausal convert`"),
        (b"municipality\tstart_date\n0301\t2013-01-01\n",
         "columns are separated by tabs; save the file with commas, or make Parquet of it with `ipscausal convert`"),
        ("municipality,start_date,by\n0301,2013-01-01,Bodø\n".encode("latin-1"),
         "line 2 is not UTF-8 (latin-1?); save the file as CSV UTF-8, or make Parquet of it with `ipscausal convert`"),
        ("municipality,start_date\n".encode("utf-16"), "the file is UTF-16; save it as CSV UTF-8"),
        (b"", "the file is empty"),
        (b"municipality,municipality\n1,2\n", "the header names a column twice"),
        (b"municipality,start_date\n0301\n0302,2013-01-01\n0303,1,2\n",
         "line 2 and 1 more: another number of cells than the header (2)"),
        (b'municipality,start_date\n"0301,2013-01-01\n', "line 2 is not CSV (an unclosed quote?)"),
        (b"PAR1xxxx", "this is a Parquet file named like a CSV file; name it .parquet"),
        (b"municipality,start_date\n\x00,1\n",
         "the file holds null bytes, so it is no CSV file; export it again as CSV UTF-8"),
    ],
)  # fmt: skip
def test_bad_csv(content: bytes, problem: str, folder: Path) -> None:
    (folder / "rollout.csv").write_bytes(content)
    assert problems(folder) == [f"rollout: rollout.csv: {problem}"]


def test_csv_without_a_column_or_rows(folder: Path) -> None:
    (folder / "rollout.csv").write_text("municipality,start\n0301,2013-01-01\n")
    assert problems(folder) == [
        "rollout: column start_date is missing; did you mean 'start'?; the delivery has 'municipality', 'start'"
    ]
    (folder / "rollout.csv").write_text("municipality,start_date\n")
    assert problems(folder) == ["rollout: 'rollout.csv' holds no rows; ask for the delivery again"]
