"""Candidates see nothing from the first start on, and name every untreated municipality with its programme."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from lib.command import as_json, done


def screened(study: Path, extracts: Path) -> dict[str, dict[str, Any]]:
    document = as_json(done("candidates", "--study", study, "--extracts", extracts, "--json"))
    return {row["municipality"]: row for row in document["candidates"]}


def test_work_after_the_start_changes_nothing(registry: Any, tmp_path: Path) -> None:
    extracts = tmp_path / "extracts"
    shutil.copytree(registry.extracts, extracts)
    dropped = 0
    for path in (extracts / "employment").glob("*.parquet"):
        jobs = pq.read_table(path)
        early = pa.array([start.year < 2016 for start in jobs["start_date"].to_pylist()])
        dropped += jobs.num_rows - jobs.filter(early).num_rows
        pq.write_table(jobs.filter(early), path)
    assert dropped > 1000
    assert screened(registry.study, extracts) == screened(registry.study, registry.extracts)


def test_roles_and_programmes_come_from_the_delivery(registry: Any, tmp_path: Path) -> None:
    rows = screened(registry.study, registry.extracts)
    assert rows["1804"]["role"] == "treated"
    assert (rows["1804"]["programme"], rows["1804"]["start_year"]) == ("study", 2016)
    assert (rows["1504"]["programme"], rows["1504"]["start_year"]) == ("other", 2014)
    assert rows["0301"]["role"] == "listed"
    assert rows["0301"]["programme"] == "none"
    text = registry.study.read_text(encoding="utf-8")
    start = text.index("[extracts.municipalities]")
    study = tmp_path / "study.toml"
    study.write_text(text[:start] + text[text.index("\n[", start) + 1 :], encoding="utf-8")
    assert screened(study, registry.extracts)["0301"]["programme"] == "unknown"
