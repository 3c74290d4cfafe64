"""A panel by quarter, worked by hand: the four small municipalities, their four years taken for four quarters."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lib.hand_study import cells, population, study
from lib.released import rows
from pydantic import ValidationError

from ipscausal.analysis import analyse, choose_methods
from ipscausal.analysis.reach import reach
from ipscausal.disclosure import release
from ipscausal.municipality_year import Cells
from ipscausal.report import read
from ipscausal.results import Results
from ipscausal.study import Study

FIRST = 8062  # 2015Q3; the start, in the third of them, is 2016Q1
CHECKS = [
    {"check": "window", "years": [2015, 2016], "name": "short"},
    {"check": "years_excluded", "years": [2015], "name": "without 2015"},
]


def quarters() -> Cells:
    found = cells()
    return replace(found, years=found.years - 2014 + FIRST, adoption=found.adoption - 2014 + FIRST, period="quarter")


def by_quarter(**changes: Any) -> Study:
    return study(
        population={"years": [2015, 2017], "period": "quarter"}, disclosure={"min_persons": 10},
        inference={"calibration_draws": 0}, **changes,
    )  # fmt: skip


def analysed(chosen: Study) -> Results:
    people = population()
    people = replace(people, units=replace(people.units, first_start=FIRST + 2), years=(FIRST, FIRST + 3))
    found = quarters()
    return analyse(chosen, people, found, choose_methods(chosen, found), {"seed": 1})


@pytest.fixture(scope="module")
def results() -> Results:
    chosen = by_quarter(outcome={"also": ["employed"], "break_years": [2016]})
    return analysed(Study.model_validate(chosen.model_dump(mode="python") | {"sensitivity": CHECKS}))


def test_work_years_are_those_of_four_quarters(results: Results) -> None:
    average = results.tables["headline"][0]
    # 0001 gains 3 days a quarter; of its 22 and 21 persons the mean is 21.5, half up
    assert average["estimate"] == pytest.approx(3.0)
    assert average["work_year_persons"] == 22
    assert average["work_years"] == pytest.approx(3.0 * 22 * 4 / 230)
    assert average["period"] == "per calendar year"
    estimate = next(row for row in results.tables["estimates"] if row["term"] == "att")
    assert estimate["work_years"] == pytest.approx(3.0 * 22 * 4 / 230)
    given = analysed(by_quarter(work_years={"persons": 100, "days_per_work_year": 200}, outcome={"also": []}))
    assert given.tables["headline"][0]["work_years"] == pytest.approx(3.0 * 100 * 4 / 200)


def test_the_facts_are_periods_of_the_panel(results: Results) -> None:
    assert (results.facts["first_year"], results.facts["last_year"]) == (8060, 8065)
    assert results.facts["adoption_years"] == {"0001": 8064}
    assert results.facts["estimand"] == "average among each quarter's recipients"


def test_calendar_years_of_a_check_are_all_their_quarters(results: Results) -> None:
    found = {row["check"]: row for row in results.tables["sensitivity"]}
    assert found["break_year"]["year"] == 8064  # the first quarter of 2016
    assert found["short"]["value"] == pytest.approx(3.0)
    # the two quarters of 2015 are those before the start: without them nothing can be estimated
    assert found["without 2015"]["value"] is None
    assert found["without_year"]["count"] == 4
    curve = {row["data"] for row in results.tables["specification_curve"]}
    assert curve == {"main", "short"}


def test_how_many_take_part_in_a_quarter_is_not_known() -> None:
    taking_part = np.full((4, 4), 5.0)
    assert reach(replace(cells(), participants=taking_part), "any day in the year") is not None
    assert reach(replace(quarters(), participants=taking_part), "any day in the year") is None


def test_a_dose_of_participants_a_year_is_refused() -> None:
    with pytest.raises(ValidationError, match="participants a year"):
        by_quarter(design={"dose": "reach"})


def test_rounded_persons_are_those_of_four_quarters_too(results: Results, tmp_path: Path) -> None:
    rules = {**results.study["disclosure"], "rounding": "base 5"}
    release(replace(results, study={**results.study, "disclosure": rules}), tmp_path / "release")
    average = rows(tmp_path / "release", "headline")[0]
    assert average["work_year_persons"] == "20"
    assert float(average["work_years"]) == pytest.approx(3.0 * 20 * 4 / 230, rel=1e-3)


def test_a_release_names_its_quarters_and_the_report_reads_them(results: Results, tmp_path: Path) -> None:
    release(results, tmp_path / "release")
    folder = tmp_path / "release"
    assert {row["year"] for row in rows(folder, "trends")} == {"2015Q3", "2015Q4", "2016Q1", "2016Q2"}
    assert {(row["period_from"], row["period_to"]) for row in rows(folder, "baseline")} == {("2015Q3", "2015Q4")}
    facts = json.loads((folder / "facts.json").read_text())["facts"]
    assert facts["adoption_years"] == {"0001": "2016Q1"}
    assert (facts["first_year"], facts["last_year"]) == ("2015Q1", "2016Q2")
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            cells_of = [cell for row in csv.reader(lines) for cell in row]
        assert not [cell for cell in cells_of if cell.isdigit() and 8060 <= int(cell) <= 8067], path.name
    found = read(folder)
    assert {row["year"] for row in found.tables["trends"]} == {8062, 8063, 8064, 8065}
    assert found.facts["adoption_years"] == {"0001": 8064}
    assert (found.facts["first_year"], found.facts["last_year"]) == (8060, 8065)


def test_a_row_that_is_withheld_is_named_by_its_quarter(results: Results, tmp_path: Path) -> None:
    strict = replace(results, study={**results.study, "disclosure": {**results.study["disclosure"], "min_persons": 11}})
    release(strict, tmp_path / "release")
    named = [row["row"] for row in rows(tmp_path / "release", "withheld") if row["table"] == "trends"]
    # 11 of 22 and 10 of 20 or 21 persons of 0001 are employed
    assert "year=2016Q2 outcome=employed arm=treated" in named
    assert not any("806" in name for name in named)
