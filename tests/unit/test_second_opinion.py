"""Person rows against the cells through the file that a run leaves behind."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_persons, simulated_persons

from ipscausal import api, second_opinion
from ipscausal.errors import UsageError
from ipscausal.results import Results
from ipscausal.study import Study


def study(**design: Any) -> Study:
    path = {"path": "x.parquet"}
    return Study.model_validate(
        {
            "schema_version": 1,
            "study": {"id": "s", "title": {"en": "s"}},
            "extracts": dict.fromkeys(("persons", "residence", "employment", "benefits", "rollout"), path),
            "population": {"years": [2010, 2016], "benefit": "WAA"},
            "design": {"comparison": "never", "event_window": [-3, 2], **design},
        }
    )


def run(
    folder: Path, adoption: dict[str, int], covariates: tuple[str, ...] = (), outside: str = "bin"
) -> tuple[Path, Results]:
    persons = simulated_persons(6, adoption)
    panel = replace(panel_of_persons(persons, covariates), outcome="workdays")
    event = api.event_study(panel, (-3, 2), -1, outside)  # type: ignore[arg-type]
    tables = {"estimates": tuple(api.did(panel).rows() + event.rows()), "event_study": tuple(event.event_rows())}
    file = persons.rename(columns={"y": "workdays", "first": "first_treated_year"})
    file["first_treated_year"] = file["first_treated_year"].astype("Int32")
    file["person_id"] = np.arange(len(file))
    for position, name in enumerate(covariates, 1):
        file[f"covariate_{position}"] = file[name]
    path = folder / "person_year.parquet"
    file.drop(columns=["age", "woman"]).to_parquet(path)
    return path, Results(tables, {}, (), {}, {})


@pytest.mark.parametrize("outside", ["bin", "drop"])
@pytest.mark.parametrize("covariates", [(), ("age", "woman")])
@pytest.mark.parametrize("adoption", [{"m03": 2013}, {f"m{g:02d}": 2012 + g % 2 for g in range(5)}])
def test_both_packages_agree_to_the_digit(
    tmp_path: Path, adoption: dict[str, int], covariates: tuple[str, ...], outside: str
) -> None:
    path, results = run(tmp_path, adoption, covariates, outside)
    report = second_opinion.verify(path, results, study(outside=outside))
    assert report.agrees
    assert len(report.agreements) == 2 * (1 + 5)
    assert {a.package for a in report.agreements} == {"linearmodels", "statsmodels"}
    assert max(a.difference for a in report.agreements) < 1e-9
    assert max(a.std_error_difference or 0 for a in report.agreements) < 1e-9
    assert all(a.ours_std_error is not None for a in report.agreements)
    assert "agrees" in report.text()
    document = json.loads(report.to_json())
    assert document["agrees"] is True
    assert document["small_sample"]["ours"].startswith("G/(G-1)")


@pytest.mark.parametrize(("part", "field"), [("coefficient", "estimate"), ("error", "std_error")])
def test_a_wrong_number_is_found(tmp_path: Path, part: str, field: str) -> None:
    path, results = run(tmp_path, {"m03": 2013})
    rows = [dict(row) for row in results.tables["estimates"]]
    for row in rows:
        if row["term"] == "att" and row[field] is not None:
            row[field] *= 1 + 1e-6
    wrong = replace(results, tables={**results.tables, "estimates": tuple(rows)})
    report = second_opinion.verify(path, wrong, study())
    assert not report.agrees, part
    assert {a.term for a in report.agreements if not a.agrees} == {"att"}
    assert "DIFFERS" in report.text()


def test_large_data_take_the_municipality_means_out_or_say_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, results = run(tmp_path, {"m03": 2013}, ("age",))
    rows = len(pd.read_parquet(path))
    monkeypatch.setattr(second_opinion, "DENSE_BYTES", rows * 8 * 15)
    report = second_opinion.verify(path, results, study())
    assert report.agrees
    assert any("taken out of the rows" in a.call for a in report.agreements)
    monkeypatch.setattr(second_opinion, "DENSE_BYTES", 8)
    small = second_opinion.verify(path, results, study())
    assert {a.package for a in small.agreements} == {"linearmodels"}
    assert any("too many" in reason for reason in small.skipped)
    assert "not run" in small.text()


def test_the_always_exposed_are_not_refitted(tmp_path: Path) -> None:
    path, results = run(tmp_path, {"m03": 2013, "m05": 2005})
    report = second_opinion.verify(path, results, study())
    assert report.agrees
    assert report.rows == (pd.read_parquet(path)["municipality"] != "m05").sum()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    path, results = run(tmp_path, {"m03": 2013})
    with pytest.raises(UsageError, match="run the study first"):
        second_opinion.verify(tmp_path / "absent.parquet", results, study())
    with pytest.raises(UsageError, match="no estimate of workdays"):
        second_opinion.verify(path, replace(results, tables={}), study())
    pd.read_parquet(path).drop(columns="first_treated_year").to_parquet(path)
    with pytest.raises(UsageError, match="lacks first_treated_year"):
        second_opinion.verify(path, results, study())
