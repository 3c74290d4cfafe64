"""No person leaves: recognisable ids are planted in every table, and every byte outside `restricted/` is searched."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lib.command import ipscausal
from lib.searching import holding, layers

from ipscausal import pipeline
from ipscausal.errors import ContractError, ExtractError
from ipscausal.machine import Machine
from ipscausal.study_file import read_study
from synthetic_registry import DEFECTS, write_registry
from synthetic_registry.defects import OF_REFORMS

TEXT, NUMBER = "PLANTED", 47_114_711_000_000
MARKS = {"text": TEXT.encode(), "integer": b"47114711"}


@pytest.fixture(scope="module")
def study_and_extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_registry("reference-study", 11, tmp_path_factory.mktemp("planted") / "extracts", 3000)
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    text = text.replace("calibration_draws = 2000", "calibration_draws = 100")
    head, _, tail = text.partition("\n[[sensitivity]]")
    study.write_text(head + "\n[work_years]" + tail.partition("\n[work_years]")[2], encoding="utf-8")
    read_study(study)
    return folder


def plant(source: Path, folder: Path, kind: str) -> Path:
    """The same registry with ids (and employers) that no other text contains."""
    for path in source.rglob("*"):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            pq.write_table(_planted(pq.read_table(path), kind), target)
        elif path.is_file():
            target.write_bytes(path.read_bytes())
    return folder


def _planted(table: pa.Table, kind: str) -> pa.Table:
    for column in {"person_id", "employer_id"} & set(table.column_names):
        ids = table[column]
        if kind == "integer" and column == "person_id":
            new = pc.add(ids.cast(pa.int64()), NUMBER)
        else:
            new = pc.binary_join_element_wise(TEXT, ids.cast(pa.string()), "-")
        table = table.set_column(table.column_names.index(column), column, new)
    return table


def told(result: subprocess.CompletedProcess[str]) -> bytes:
    return (result.stdout + result.stderr).encode()


@pytest.mark.parametrize("kind", ["text", "integer"])
def test_no_command_tells_an_id(study_and_extracts: Path, tmp_path: Path, kind: str) -> None:
    folder, mark = plant(study_and_extracts, tmp_path / "extracts", kind), MARKS[kind]
    arguments = ("--study", folder / "study.toml", "--extracts", folder)
    out = {name: tmp_path / name for name in ("run", "candidates", "calibrate")}
    commands: list[tuple[object, ...]] = [
        ("check", *arguments, "--json"), ("run", *arguments, "--out", out["run"]),
        ("candidates", *arguments, "--out", out["candidates"], "--json"),
    ]  # fmt: skip
    if kind == "text":
        commands += [
            ("check", *arguments), ("release", "--out", out["run"]), ("report", "--out", out["run"], "--json"),
            ("verify", "--out", out["run"]),
            ("calibrate", *arguments, "--out", out["calibrate"], "--draws", "100", "--json"),
        ]  # fmt: skip
    for command in commands:
        result = ipscausal(*command)
        assert result.returncode == 0, result.stderr
        assert mark not in told(result), command
        assert TEXT.encode() not in told(result), command
    for name, made in out.items():
        outside = [path for path in holding(made, mark) if not path.startswith("restricted/")]
        assert outside == [], name
        assert [path for path in holding(made, TEXT.encode()) if not path.startswith("restricted/")] == [], name
    if kind == "text":
        assert holding(out["run"], mark) == ["restricted/person_year.parquet"], "or the search proves nothing"


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_delivery_is_told_of_without_its_values(tmp_path: Path, defect: str) -> None:
    scenario = "municipality-reform" if defect in OF_REFORMS else "reference-study"
    clean = write_registry(scenario, 3, tmp_path / "clean", 1000, defects=[defect])
    folder, said = plant(clean, tmp_path / "extracts", "text"), []
    try:
        _, quality = pipeline.check(read_study(folder / "study.toml"), folder, Machine(threads=1, progress=said.append))
        said.append(quality.to_json())
        quality.raise_for_errors()
    except (ContractError, ExtractError) as refused:
        said.append(str(refused))
    assert said
    assert TEXT not in "".join(said)


def test_convert_tells_no_value_whether_it_works_or_not(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(f"person_id;start_date;note\n{TEXT}1;2015-01-01;{TEXT}\n", encoding="utf-8")
    bad.write_text(
        f'person_id;start_date;position_pct\n{TEXT};{TEXT};{TEXT}\n{TEXT};"{TEXT};1\n{TEXT}\n', encoding="utf-8"
    )
    out = tmp_path / "out"
    for source, code in ((good, 0), (bad, 3)):
        for more in ((), ("--json",), ("--dry-run",)):
            result = ipscausal("convert", "--from", source, "--table", "employment", "--out", out, *more)
            assert result.returncode == code, result.stderr
            assert TEXT.encode() not in told(result)
    assert holding(out, TEXT.encode()) == ["good.parquet"], "small enough to be stored as it is"
    assert TEXT not in (out / "manifest.json").read_text(encoding="utf-8")


def test_the_search_looks_inside() -> None:
    mark = TEXT.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.xml", mark * 100)
    text = b"Title\x00\x00" + zlib.compress(mark * 100)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + b"\x00" * 4
    png = b"\x89PNG\r\n\x1a\n" + chunk

    page = b"<img src='data:image/png;base64," + base64.b64encode(png) + b"'>"
    for content in (gzip.compress(mark * 100), packed.getvalue(), png, page):
        assert mark not in content
        assert any(mark in layer for layer in layers(content))
