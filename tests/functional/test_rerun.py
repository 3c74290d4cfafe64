"""The same command once more: what is used again is said, and ranges of persons change no byte."""

from pathlib import Path
from typing import Any

from lib.command import done, ipscausal


def restricted(out: Path) -> dict[str, bytes]:
    part = out / "restricted"
    return {path.relative_to(part).as_posix(): path.read_bytes() for path in part.rglob("*") if path.is_file()}


def test_a_panel_once_more_and_in_buckets(registry: Any, tmp_path: Path) -> None:
    command = ("panel", *registry.arguments, "--out", tmp_path / "out")
    first = done(*command)
    before = restricted(tmp_path / "out")
    assert "person_year.parquet" in before
    assert "reused" not in first.stderr
    again = done(*command)
    assert "reused: person_year, municipality_year (same extracts, population, " in again.stderr
    assert "contract" not in again.stderr.replace("warning", "")
    assert again.stdout == first.stdout
    assert restricted(tmp_path / "out") == before
    ranged = done(*command, "--buckets", 4, "--fresh")
    assert "person_year, municipality_year in 4 ranges of persons" in ranged.stderr
    assert ranged.stdout == first.stdout
    assert [name for name, held in restricted(tmp_path / "out").items() if held != before[name]] == []


def test_buckets_are_a_positive_number(registry: Any, tmp_path: Path) -> None:
    refused = ipscausal("panel", *registry.arguments, "--out", tmp_path / "out", "--buckets", 0)
    assert refused.returncode == 2
    assert "--buckets" in refused.stderr
