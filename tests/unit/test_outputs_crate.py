"""The folder in the vocabulary of RO-Crate: read by the `rocrate` package, checked against the manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rocrate.rocrate import ROCrate

from ipscausal import outputs

PARTS = ("restricted", "release", "report")
FILES = {"restricted": "cells.parquet", "release": "headline.csv", "report": "report.en.html"}


def description(command: str = "run") -> dict[str, Any]:
    return {
        "command": command,
        "study": {"id": "reference-study", "fingerprint": "9f2c" * 16, "plan": "locked", "languages": ["en"]},
        "disclosure": {"status": "review", "rows_withheld": 2},
        "python": "3.11.7",
        "packages": {"numpy": "2.3.5"},
        "inputs": [{"table": "cells 1", "rows": 20411, "sha256": "ab12" * 16, "files": [{"path": "p.parquet"}]}],
        "started": "2026-11-22T02:10:00+00:00",
        "finished": "2026-11-22T02:10:48+00:00",
    }


def write(out: Path, text: str, *parts: str, **described: Any) -> dict[str, Any]:
    with outputs.transaction(out, parts) as staging:
        for part in parts:
            (staging.part(part) / FILES[part]).write_text(text)
        return staging.commit({**description(), **described})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write(tmp_path / "results", "one", *PARTS)
    return tmp_path / "results"


def test_the_package_for_crates_reads_it(out: Path) -> None:
    crate = ROCrate(str(out))
    assert crate.name == "ipscausal: reference-study"
    action = crate.get("#command")
    assert action.type == "CreateAction"
    assert action["instrument"]["softwareVersion"] == outputs.read_manifest(out)["software"]["release"]  # type: ignore[index]
    assert [entity.id for entity in action["object"]] == ["#study", "#input-cells-1"]
    assert {entity.id for entity in action["result"]} == {f"{part}/{FILES[part]}" for part in PARTS}
    assert (action["startTime"], action["endTime"]) == ("2026-11-22T02:10:00+00:00", "2026-11-22T02:10:48+00:00")


def test_every_file_is_in_it_with_the_hash_of_its_bytes(out: Path) -> None:
    described = {entity.id: entity for entity in ROCrate(str(out)).data_entities if entity.type == "File"}
    present = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(described) == present - {"ro-crate-metadata.json"}
    for name in set(described) - {"manifest.json"}:
        content = (out / name).read_bytes()
        assert described[name]["identifier"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert described[name]["contentSize"] == str(len(content))


def test_every_entity_that_is_named_is_described(out: Path) -> None:
    graph = json.loads((out / "ro-crate-metadata.json").read_text(encoding="ascii"))["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert len(ids) == len(set(ids))
    links = [
        link
        for entity in graph
        for value in entity.values()
        for link in (value if isinstance(value, list) else [value])
    ]
    named = {link["@id"] for link in links if isinstance(link, dict)}
    assert {
        name for name in named - set(ids) if not name.startswith(("http://schema.org/", "https://w3id.org/"))
    } == set()


def test_it_names_no_place_and_no_input_file(out: Path) -> None:
    text = (out / "ro-crate-metadata.json").read_text(encoding="ascii")
    assert str(out.parent) not in text
    assert "p.parquet" not in text
    assert "20411" not in text


def test_a_part_made_anew_is_the_result_and_the_others_are_still_there(out: Path) -> None:
    write(out, "two", "report", command="report")
    crate = ROCrate(str(out))
    assert [entity.id for entity in crate.get("#command")["result"]] == ["report/report.en.html"]
    assert crate.get("release/headline.csv") is not None


def test_a_folder_with_it_is_ours(out: Path) -> None:
    outputs.require_ours(out)
    outputs.require_whole(out, PARTS, "")
    write(out, "two", *PARTS)
    assert (out / "release/headline.csv").read_text() == "two"


def test_a_folder_without_a_release_has_none(tmp_path: Path) -> None:
    write(tmp_path, "one", "restricted", command="panel")
    assert not (tmp_path / "ro-crate-metadata.json").exists()


def test_one_that_was_lost_comes_back_with_the_next_command(out: Path) -> None:
    whole = (out / "ro-crate-metadata.json").read_bytes()
    (out / "ro-crate-metadata.json").unlink()
    shutil.rmtree(out / "report")
    write(out, "one", *PARTS)
    again = json.loads((out / "ro-crate-metadata.json").read_bytes())
    assert again == json.loads(whole)
