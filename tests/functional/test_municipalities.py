"""`ipscausal municipalities` and a study through a reform, as a user sees them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lib.command import as_json, done, ipscausal

from synthetic_registry import write_registry


@pytest.fixture(scope="module")
def reform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry("municipality-reform", 5, tmp_path_factory.mktemp("reform") / "extracts", 6000)


def arguments(folder: Path) -> tuple[object, ...]:
    return ("--study", folder / "study.toml", "--extracts", folder)


def changed(folder: Path, tmp_path: Path, *changes: tuple[str, str]) -> tuple[object, ...]:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    return ("--study", tmp_path / "study.toml", "--extracts", folder)


def test_units_are_printed_with_what_happened_to_them(reform: Path) -> None:
    told = done("municipalities", *arguments(reform)).stdout
    assert "Units of several municipality codes, 2011-2020 (harmonised): 6 of 14 codes" in told
    for words in (
        "0190: merged; left out of both arms (2017-03-01), in a part of it only",
        "0104, 0106, 0190", "2019-01-01: 0104 to 0190",
        "where it starts)", "0231: split; comparison", "2015-01-01: 0219 to 0231 and 0232",
        "1103: enlarged, the code kept; comparison", "5001: renumbered; starts 2017-03-01",
    ):  # fmt: skip
        assert words in told, words


def test_as_json_the_same_with_shares(reform: Path) -> None:
    document = as_json(done("municipalities", *arguments(reform), "--json"))
    units = {unit["unit"]: unit for unit in document["units"]}
    assert set(units) == {"0190", "0231", "1103", "4204", "5001", "5102"}
    assert (document["changes_inside"], document["municipalities"]) == (8, "harmonised")
    mixed = units["0190"]
    assert (mixed["mixed"], mixed["arm"], mixed["start_date"]) == (True, None, "2017-03-01")
    assert mixed["share"] == pytest.approx(400 / 1100, abs=0.05)
    assert [unit["mixed"] for unit in document["units"]].count(True) == 1


def test_a_broken_table_of_changes_is_told_and_ends_as_check_does(reform: Path, tmp_path: Path) -> None:
    folder = tmp_path / "extracts"
    shutil.copytree(reform, folder)
    changes = folder / "municipality_changes.csv"
    lines = changes.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    row = dict.fromkeys(columns, "") | {"old_code": "301", "new_code": "0190", "date": "soon"}
    changes.write_text("\n".join([*lines, ",".join(row[name] for name in columns), ""]), encoding="utf-8")
    told = ipscausal("municipalities", *arguments(folder))
    assert told.returncode == 3, told.stderr
    assert "changes without a date, or with what is no date" in told.stdout
    assert "a code that is not four digits" in told.stderr
    document, _ = json.JSONDecoder().raw_decode(ipscausal("municipalities", *arguments(folder), "--json").stdout)
    assert {"changes_malformed", "changes_date_malformed"} <= {one["rule"] for one in document["findings"]}


def test_few_persons_are_not_told(reform: Path, tmp_path: Path) -> None:
    study = changed(reform, tmp_path, ("min_persons = 10", "min_persons = 100000"))
    assert "<100000 where it starts, <100000 elsewhere, on the day before" in done("municipalities", *study).stdout
    units = as_json(done("municipalities", *study, "--json"))["units"]
    assert [unit["share"] for unit in units] == [None] * len(units)


def test_as_registered_it_says_what_is_not_used(reform: Path, tmp_path: Path) -> None:
    study = changed(reform, tmp_path, ('municipalities = "harmonised"', 'municipalities = "as registered"'))
    told = done("municipalities", *study).stdout
    assert "0 of 0 codes; every other code is a unit of its own" in told
    assert "8 changes of codes inside these years are not used" in told


def test_a_study_that_does_not_say_what_a_mixed_unit_is_stops_with_a_way_out(reform: Path, tmp_path: Path) -> None:
    study = changed(reform, tmp_path, ('mixed_units = "drop"', 'mixed_units = "error"'))
    refused = ipscausal("panel", *study, "--out", tmp_path / "out")
    assert refused.returncode == 3
    assert "only a part starts the programme: 1 of 3 treated units" in refused.stderr
    assert 'design.mixed_units = "drop", "treated" or "partial"' in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_run_reports_its_units(reform: Path, tmp_path: Path) -> None:
    study = changed(reform, tmp_path, ("calibration_draws = 2000", "calibration_draws = 0"))
    done("run", *study, "--out", tmp_path / "out")
    english = (tmp_path / "out/report/report.en.html").read_text(encoding="utf-8")
    assert "are one unit in all of them, so that no reform moves anybody" in english
    assert (
        "14 municipality codes that were merged, split or renumbered inside the study years are joined into 6"
        in english
    )
    assert "in which only a part started IPS is left out of both arms" in english
    norwegian = (tmp_path / "out/report/report.nb.html").read_text(encoding="utf-8")
    assert "14 kommunenumre som ble slått sammen, delt eller endret i løpet av studieårene" in norwegian


def test_without_arguments_the_command_says_what_it_needs() -> None:
    refused = ipscausal("municipalities")
    assert refused.returncode == 2
    assert "needs --study FILE and --extracts DIR, or --fetch FILE" in refused.stderr
