"""Person rows against the cells through the file that a run leaves behind."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.moving_persons import followed_persons, panel_with_groups
from lib.panels import panel_of_persons, simulated_persons

from ipscausal import api, second_opinion
from ipscausal.errors import UsageError
from ipscausal.estimate.named import Asked, average_effect
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


def in_whole_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Outcomes that 1/10000 day can tell, as the file of a run has them."""
    return rows.assign(y=(rows["y"] * 10_000).round() / 10_000)


def as_on_file(rows: pd.DataFrame) -> pd.DataFrame:
    exact = (rows["y"] * 10_000).round().astype("int64")
    return rows.drop(columns="y").assign(workdays_e4=exact).rename(columns={"first": "first_treated_year"})


def run(
    folder: Path, adoption: dict[str, int], covariates: tuple[str, ...] = (), outside: str = "bin"
) -> tuple[Path, Results]:
    persons = in_whole_numbers(simulated_persons(6, adoption))
    panel = replace(panel_of_persons(persons, covariates), outcome="workdays")
    event = api.event_study(panel, (-3, 2), -1, outside)  # type: ignore[arg-type]
    tables = {"estimates": tuple(api.did(panel).rows() + event.rows()), "event_study": tuple(event.event_rows())}
    file = as_on_file(persons)
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


@pytest.mark.parametrize("anticipation", [0, 1])
@pytest.mark.parametrize("rule", ["first", "separate", "exclude"])
def test_person_effects_agree_on_the_rows(tmp_path: Path, rule: str, anticipation: int) -> None:
    rows = in_whole_numbers(followed_persons(21))
    panel = replace(panel_with_groups(rows, rule), outcome="workdays")
    fits = {name: average_effect(name, panel, Asked(anticipation=anticipation)) for name in ("twfe", "twfe_person")}
    told = tuple(
        {"outcome": "workdays", "estimator": name, "term": "att", "estimate": float(fit.coef[0])}
        for name, fit in fits.items()
    )
    path = tmp_path / "person_year.parquet"
    file = as_on_file(rows).rename(columns={"person": "person_id"})
    file["first_treated_year"] = file["first_treated_year"].astype("Int32")
    file.to_parquet(path)
    report = second_opinion.verify(
        path, Results({"estimators": told}, {}, (), {}, {}),
        study(person_effects=rule, anticipation=anticipation, reference=-1 - anticipation),
    )  # fmt: skip
    found = [one for one in report.agreements if one.specification == "did with person effects"]
    assert {one.package for one in found} == {"linearmodels", "statsmodels"}
    assert max(one.difference for one in found) < 1e-9


def test_years_that_no_row_tells_of_are_not_compared(tmp_path: Path) -> None:
    path, results = run(tmp_path, {"m03": 2013})
    person = {"outcome": "workdays", "estimator": "twfe_person", "term": "att", "estimate": 1.0}
    both = replace(results, tables={**results.tables, "estimators": (person,)})
    report = second_opinion.verify(path, both, study(person_effects="first", first_treated_year="first full year"))
    assert any("person effects" in reason for reason in report.skipped)


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


def test_a_pool_has_no_person_rows(tmp_path: Path) -> None:
    _, results = run(tmp_path, {"m03": 2013})
    (tmp_path / "pool.json").write_text("{}")
    with pytest.raises(UsageError, match="a pool has no person rows"):
        second_opinion.verify(tmp_path / "absent.parquet", results, study())
