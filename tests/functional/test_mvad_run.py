"""A real delivery end to end: what was counted straight from the monthly source comes out exactly.

The study is a placebo on 712 people: nothing started anywhere, cells are small, and the release has to say so.
"""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lib.command import as_json, done, ipscausal
from lib.reference import reference, reference_json

STUDY = Path(__file__).parent / "studies" / "mvad.toml"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mvad") / "results"
    done("run", "--study", STUDY, "--extracts", reference("mvad"), "--out", folder)
    return folder


def expected(name: str) -> list[dict[str, str]]:
    with reference(f"mvad/{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_person_year_is_the_one_counted_by_hand(out: Path) -> None:
    found = {
        (row["person_id"], row["year"], row["municipality"], row["workdays_e4"] / 10_000)
        for row in pq.read_table(out / "restricted/person_year.parquet").to_pylist()
    }
    wanted = {
        (row["person_id"], int(row["year"]), row["municipality"], float(row["weekdays_employed"]))
        for row in expected("expected_person_year")
    }
    assert len(wanted) == 500
    assert found == wanted


def test_every_cell_is_the_one_counted_by_hand(out: Path) -> None:
    rows = pq.read_table(out / "restricted/municipality_year.parquet").to_pylist()
    found = {
        (row["municipality"], row["year"]): (
            row["persons"], int(row["workdays_e4_sum"]), int(row["workdays_e4_sumsq"]), int(row["employed_sum"]),
        )
        for row in rows
    }  # fmt: skip
    for row in expected("expected_municipality_year"):
        cell = found.pop((row["municipality"], int(row["year"])))
        days, squares = int(row["sum_weekdays"]) * 10_000, int(row["sum_sq"]) * 10_000**2
        assert cell == (int(row["persons"]), days, squares, int(row["employed_at_all"]))
    assert found == {}


def test_the_did_is_the_one_of_the_person_rows(out: Path) -> None:
    reference_did = reference_json("mvad/expected_did.json")
    results = json.loads((out / "restricted/results.json").read_text(encoding="ascii"))
    headline = results["tables"]["headline"][0]
    # the reference solves dummies by least squares in double precision
    assert headline["estimate"] == pytest.approx(reference_did["did_weekdays_person_weighted"], rel=1e-10)
    assert headline["n_person_years"] == reference_did["n_person_years"]


def test_what_is_withheld_is_said(out: Path) -> None:
    with (out / "release/withheld.csv").open(encoding="utf-8", newline="") as stream:
        withheld = list(csv.DictReader(stream))
    assert withheld
    smallest = {
        (row["municipality"], row["year"]): int(row["employed_at_all"])
        for row in expected("expected_municipality_year")
    }
    assert min(count for (code, _), count in smallest.items() if code == "0001") < 10, "or nothing has to be withheld"
    with (out / "release/trends.csv").open(encoding="utf-8", newline="") as stream:
        means = {(r["year"], r["outcome"], r["arm"]): r["mean"] for r in csv.DictReader(stream)}
    assert {row["table"] for row in withheld} == {
        "trends",
        "composition",
        "diagnostics",
        "placebo",
        "leave_one_out",
        "sensitivity",
    }
    for row in (row for row in withheld if row["table"] == "trends"):
        named = dict(part.split("=") for part in row["row"].split())
        assert means[named["year"], named["outcome"], named["arm"]] == ""
    report = (out / "report/report.en.html").read_text(encoding="utf-8")
    assert "fewer than 10 persons" in report


def test_run_says_what_is_withheld_on_screen(tmp_path: Path) -> None:
    arguments = ("run", "--study", STUDY, "--extracts", reference("mvad"), "--out", tmp_path / "out")
    result = done(*arguments)
    with (tmp_path / "out/release/withheld.csv").open(encoding="utf-8", newline="") as stream:
        rows = len(list(csv.DictReader(stream)))
    assert f"Withheld by the disclosure rules: {rows} rows, listed in release/withheld.csv" in result.stdout
    assert "fewer than 10 persons" in result.stdout


def test_a_stricter_limit_withholds_everything_and_ends_with_4(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY.read_text(encoding="utf-8") + "\n[disclosure]\nmin_persons = 50\n", encoding="utf-8")
    arguments = ("run", "--study", study, "--extracts", reference("mvad"), "--out", tmp_path / "out")
    refused = ipscausal(*arguments, "--json")
    assert refused.returncode == 4
    assert "no headline may leave" in as_json(refused)["error"]["message"]
    assert (tmp_path / "out/restricted/results.json").exists()
    assert not (tmp_path / "out/release").exists()


def test_the_second_opinion_agrees(out: Path) -> None:
    document = as_json(done("verify", "--out", out, "--json"))
    assert document["agrees"] is True
    assert {row["package"] for row in document["agreements"]} == {"linearmodels", "statsmodels"}
