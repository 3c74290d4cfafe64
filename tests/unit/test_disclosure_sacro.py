"""The folder as the output checker's viewer reads it."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import changed, example, with_disclosure

from ipscausal.disclosure import release
from ipscausal.results import Results


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sacro") / "release"
    release(
        changed(
            example(), "event_study", lambda r: r["event_time"] == 3 and r["outcome"] == "workdays", support_treated=9
        ),
        path,
    )
    return path


@pytest.fixture(scope="module")
def index(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="ascii"))
    return document


def test_exactly_one_json_looks_like_an_index(folder: Path) -> None:
    alike = [path.name for path in folder.glob("*.json") if {"version", "results"} <= set(json.loads(path.read_text()))]
    assert alike == ["results.json"]


def test_version_is_one_the_viewer_accepts_as_text(index: dict[str, Any]) -> None:
    assert index["version"] >= "0.4"
    assert index["tool"]["name"] == "ipscausal"


def test_every_file_is_in_the_list_and_every_listed_file_exists(folder: Path, index: dict[str, Any]) -> None:
    listed = {file["name"] for entry in index["results"].values() for file in entry["files"]}
    present = {path.name for path in folder.iterdir() if path.is_file()}
    assert listed == present - {"results.json", "config.json"}


def test_every_entry_has_what_the_viewer_needs(index: dict[str, Any]) -> None:
    for uid, entry in index["results"].items():
        assert entry["uid"] == uid
        assert entry["files"]
        assert isinstance(entry["comments"], list)
        assert entry["summary"].startswith(f"{entry['status']};")
        assert entry["status"] == "pass" or entry["exception"]
        assert entry["properties"]["method"]
        assert entry["timestamp"] == "2026-11-22T02:10:48"


def test_municipalities_ask_for_review_and_never_fail(index: dict[str, Any]) -> None:
    statuses = {uid: entry["status"] for uid, entry in index["results"].items()}
    assert "fail" not in statuses.values()
    assert statuses["headline"] == "review"
    assert statuses["flow"] == "pass"
    assert index["results"]["headline"]["properties"]["dof"] == 40063


def entries(results: Results, folder: Path) -> dict[str, Any]:
    release(results, folder)
    document: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="ascii"))
    return document["results"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("df", [4, 0])
def test_few_degrees_of_freedom_fail_the_check_of_them(tmp_path: Path, df: int) -> None:
    study = changed(example(), "estimates", lambda r: r["outcome"] == "employed", residual_df=df)
    checks = {uid: entry["fair"]["check_status"] for uid, entry in entries(study, tmp_path).items()}
    assert checks["estimates"]["MinimumDoFCheck"] == "review"
    assert checks["headline"]["MinimumDoFCheck"] == "pass"


def test_no_check_is_claimed_that_was_not_made(index: dict[str, Any]) -> None:
    checks = {uid: set(entry["fair"]["check_status"]) for uid, entry in index["results"].items()}
    assert checks["facts_document"] == {"FileCheck"}
    assert "MinimumDoFCheck" not in checks["vcov"] | checks["flow"]
    assert "MinimumDoFCheck" in checks["event_study"]


def test_flags_point_at_empty_cells_of_the_csv(folder: Path, index: dict[str, Any]) -> None:
    file = index["results"]["event_study"]["files"][0]
    cells = file["sdc"]["cells"]["Withheld"]
    assert file["sdc"]["summary"] == {"Withheld": len(cells)}
    with (folder / file["name"]).open(encoding="utf-8", newline="") as lines:
        table = [line[1:] for line in list(csv.reader(lines))[1:]]
    # eight numbers and the count of the point, eight of another year, without which the average would give it away,
    # and the smallest other count, which would give the count away
    assert len(cells) == 18
    assert {table[row][column] for row, column in cells} == {""}


def test_checksums_are_of_the_files(folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if path.is_file()}
    assert {path.name for path in (folder / "checksums").iterdir()} == {f"{name}.txt" for name in names}
    for name in names:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert (folder / "checksums" / f"{name}.txt").read_text(encoding="ascii") == digest


def test_context_tells_of_every_file_of_the_folder(folder: Path) -> None:
    text = (folder / "context.md").read_text(encoding="utf-8")
    for name in (path.name for path in folder.iterdir()):
        assert f"### {name}\n" in text or name in text.split("## Files")[1].split("###")[0]
    with (folder / "withheld.csv").open(encoding="utf-8", newline="") as lines:
        named = text.split("### withheld.csv")[1].split("##")[0] + text.split("## Columns")[1]
        assert [name for name in next(csv.reader(lines)) if name not in named] == []


def test_context_answers_in_the_first_language_of_the_study(tmp_path: Path, folder: Path) -> None:
    english = (folder / "context.md").read_text(encoding="utf-8")
    assert "17,482 persons, 40,083 person-years, residual degrees of freedom 40,063" in english
    assert "Withheld rows: " in english
    assert "Workdays a year: Workdays in a year: the sum, over Monday to Friday" in english
    assert "Any employment in the year: 1 with a job on at least one calendar day" in english
    study = example()
    nb = {**study.study, "report": {"languages": ["nb"], "formats": ["html"]}}
    release(type(study)(study.tables, study.facts, study.notices, nb, study.provenance), tmp_path)
    assert "17\u00a0482 personer" in (tmp_path / "context.md").read_text(encoding="utf-8")


def test_withheld_rows_are_listed_with_a_reason(folder: Path) -> None:
    with (folder / "withheld.csv").open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    reasons = {row["table"]: row["reason"] for row in listed if row["row"].startswith("term=event_3 outcome=workdays")}
    assert reasons == {"event_study": "support_treated", "headline": "term"}
    assert {row["table"] for row in listed} == {"event_study", "headline", "vcov"}


def test_summary_tells_the_same(tmp_path: Path) -> None:
    summary = release(with_disclosure(example()), tmp_path)
    assert summary.withheld == ()
    assert summary.status == "review"
    assert set(summary.released) == {path.name for path in tmp_path.iterdir() if path.is_file()}


def test_rows_with_degrees_of_freedom_of_their_own_are_told(tmp_path: Path) -> None:
    study = changed(example(), "estimates", lambda r: r["outcome"] == "employed", residual_df=79)
    found = entries(study, tmp_path)["estimates"]
    rows = [row for row in study.tables["estimates"] if row["outcome"] == "employed"]
    assert found["properties"]["dof"] == 79
    assert any(f"the smallest: 79 in {len(rows)} row" in comment for comment in found["comments"])


def test_a_table_of_which_nothing_leaves_claims_nothing_of_its_numbers(tmp_path: Path) -> None:
    hidden = changed(example(), "placebo", lambda r: True, support_treated=9, support_control=9)
    exception = entries(hidden, tmp_path)["placebo"]["exception"]
    assert exception.endswith("No number of this table leaves; the file tells which rows there are, and why they are "
                              "empty.")  # fmt: skip
    assert "smallest year holds" not in exception
