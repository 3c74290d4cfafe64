"""No person and no machine in anything that may leave: every byte of every file and stream is searched."""

import getpass
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lib.command import ipscausal

MARK = b"PLANTED"


@pytest.fixture
def planted(registry: Any, tmp_path: Path) -> tuple[object, ...]:
    """The registry with person ids and employers that no other text contains."""
    extracts = tmp_path / "secret-place" / "extracts"
    shutil.copytree(registry.extracts, extracts)
    for path in extracts.rglob("*.parquet"):
        table = pq.read_table(path)
        for column in {"person_id", "employer_id"} & set(table.column_names):
            text = pc.binary_join_element_wise(MARK.decode(), table[column].cast(pa.string()), "-")
            table = table.set_column(table.column_names.index(column), column, text)
        pq.write_table(table, path)
    return ("--study", registry.study, "--extracts", extracts)


def holding(folder: Path, mark: bytes) -> list[str]:
    return [
        p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file() and mark in p.read_bytes()
    ]


def test_nothing_that_may_leave_names_the_machine(registry: Any, finished: Path, copy: Path) -> None:
    """Ids are looked for by `tests/security/test_nobody_is_told.py`."""
    (copy / "report/planted.txt").write_text(str(copy), encoding="utf-8")
    assert holding(copy, os.fsencode(copy)) == ["report/planted.txt"], "or the search proves nothing"
    (copy / "report/planted.txt").unlink()
    names = [platform.node(), f"{getpass.getuser()}/"]
    for private in (str(registry.extracts), str(finished), *(name for name in names if len(name) > 5)):
        found = [name for name in holding(copy, os.fsencode(private)) if not name.startswith("restricted/")]
        assert found == [], private


def broken(path: Path, column: str, value: object) -> None:
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[3] = value
    index = table.column_names.index(column)
    pq.write_table(table.set_column(index, column, pa.array(values, table.schema.field(column).type)), path)


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("persons.parquet", "person_id", None),
        ("residence.parquet", "municipality", "PLANTED-town"),
        ("benefits.parquet", "start_date", None),
        ("persons.parquet", "sex", "PLANTED-sex"),
    ],
)
def test_errors_and_warnings_quote_no_value(
    planted: tuple[object, ...], tmp_path: Path, file: str, column: str, value: object
) -> None:
    broken(tmp_path / "secret-place/extracts" / file, column, value)
    for command in ("check", "run"):
        out = () if command == "check" else ("--out", tmp_path / "out")
        result = ipscausal(command, *planted, *out)
        assert "PLANTED" not in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
    if (tmp_path / "out").exists():
        assert [name for name in holding(tmp_path / "out", MARK) if not name.startswith("restricted/")] == []


def test_memory_too_small_leaves_no_spill_and_no_value(planted: tuple[object, ...], tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    result = ipscausal("run", *planted, "--out", tmp_path / "out", "--memory-limit", "1MB", TMPDIR=str(spill))
    assert result.returncode == 2
    assert "--memory-limit" in result.stderr
    assert "PLANTED" not in result.stdout + result.stderr
    assert not (tmp_path / "out").exists()
    assert list(spill.iterdir()) == []


def test_no_network_is_asked_for(registry: Any, tmp_path: Path) -> None:
    """The run works where the kernel knows no network at all."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("this machine cannot make a process without network")
    from lib.command import BIN

    arguments = [str(BIN / "ipscausal"), "run", *map(str, registry.arguments), "--out", str(tmp_path / "out")]
    assert subprocess.run(["unshare", "-rn", *arguments], capture_output=True, check=False).returncode == 0
