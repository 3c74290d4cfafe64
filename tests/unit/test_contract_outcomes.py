"""Rules of what only some outcomes rest on: each broken once, and silent where the study does not ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lib import delivery
from lib.delivery import day

from ipscausal.contract import check
from ipscausal.errors import ExtractError, StudyError

EARNINGS = {"outcome": {"also": ["earnings"]}}
HOURS = {"outcome": {"also": ["hours"]}}
COMPETITIVE = {"outcome": {"also": ["competitive_days"], "excluded_job_kinds": ["sheltered"]}}
REAL = {
    "extracts": {"price_index": {"path": "price_index.parquet"}},
    "outcome": {"also": ["earnings"], "prices_of": 2014},
}  # fmt: skip
ELSEWHERE = {
    "outcome": {
        "also": ["benefit_days_waaa", "benefit_days_waa"],
        "define": [
            {"name": "benefit_days_waaa", "kind": "benefit_days", "benefit": "WAAA"},
            {"name": "benefit_days_waa", "kind": "benefit_days", "benefit": "WAA"},
        ],
    },
}  # fmt: skip
NEET = {"extracts": {"education": {"path": "education.parquet"}}, "outcome": {"also": ["neet_days"]}}
CARRIED = {
    "job_kind": ["ordinary", "ordinary", "sheltered", "ordinary"], "hours": [37.5, 20.0, 30.0, 7.5],
    "earnings": [100.0, 200.0, 300.0, 400.0],
}  # fmt: skip
INDEX = {"year": [2011, 2012, 2013, 2014], "index": [97.0, 98.5, 99.0, 100.0]}
LEARNING = {"person_id": [1, 2], "start_date": [day("2011-08-15")] * 2, "end_date": [None, day("2012-06-20")]}


def jobs(**columns: list[Any]) -> dict[str, Any]:
    tables = delivery.columns()
    return tables | {"employment": tables["employment"] | CARRIED | columns}


def with_table(name: str, columns: dict[str, list[Any]]) -> dict[str, Any]:
    return jobs() | {name: columns}


def found(folder: Path, tables: dict[str, Any], **changes: dict[str, Any]) -> dict[str, tuple[int, int]]:
    for name, columns in tables.items():
        pq.write_table(delivery.table(columns), folder / f"{name}.parquet")
    chosen = delivery.study(**changes)
    with delivery.registered(folder, chosen) as warehouse:
        return {finding.rule: (finding.count, finding.of) for finding in check(warehouse, chosen).findings}


BROKEN = {
    "employment_kind_absent": (jobs(job_kind=["ordinary"] * 4), COMPETITIVE, (1, 1)),
    "employment_kind_missing": (jobs(job_kind=["sheltered", None, None, "ordinary"]), COMPETITIVE, (2, 4)),
    "employment_hours_missing": (jobs(hours=[37.5, None, 20.0, 1.0]), HOURS, (1, 4)),
    "employment_hours_negative": (jobs(hours=[37.5, -1.0, 20.0, 1.0]), HOURS, (1, 4)),
    "employment_hours_above_week": (jobs(hours=[37.5, 168.5, 168.0, 1.0]), HOURS, (1, 4)),
    "employment_earnings_missing": (jobs(earnings=[None, 1.0, None, None]), EARNINGS, (3, 4)),
    "employment_earnings_negative": (jobs(earnings=[1.0, -1.0, 1.0, 1.0]), EARNINGS, (1, 4)),
    "employment_earnings_huge": (jobs(earnings=[1.0, 2e9, 1.0, 1.0]), EARNINGS, (1, 4)),
    "price_index_malformed": (
        with_table("price_index", {"year": [*INDEX["year"], 2015], "index": [*INDEX["index"], -1.0]}), REAL, (1, 5),
    ),
    "price_index_repeated": (
        with_table("price_index", {"year": [*INDEX["year"], 2012], "index": [*INDEX["index"], 98.5]}), REAL, (1, 5),
    ),
    "price_index_year_missing": (
        with_table("price_index", {"year": [2011, 2012, 2014], "index": [97.0, 98.5, 100.0]}), REAL, (1, 4),
    ),
    "price_index_base_missing": (
        with_table("price_index", INDEX), REAL | {"outcome": {"also": ["earnings"], "prices_of": 2020}}, (1, 1),
    ),
    "outcome_benefit_absent": (jobs(), ELSEWHERE, (1, 2)),
    "price_index_far": (with_table("price_index", INDEX | {"index": [1.9, 2.0, 2.1, 100.0]}), REAL, (1, 4)),
    "education_person_missing": (with_table("education", LEARNING | {"person_id": [1, None]}), NEET, (1, 2)),
    "education_start_missing": (
        with_table("education", LEARNING | {"start_date": [None, day("2011-08-15")]}), NEET, (1, 2),
    ),
    "education_start_after_end": (
        with_table("education", LEARNING | {"end_date": [day("2011-08-14"), None]}), NEET, (1, 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_found_where_an_outcome_rests_on_it(rule: str, tmp_path: Path) -> None:
    tables, changes, expected = BROKEN[rule]
    assert found(tmp_path, tables, **changes) == {rule: expected}


@pytest.mark.parametrize("rule", BROKEN)
def test_nothing_is_found_where_no_outcome_does(rule: str, tmp_path: Path) -> None:
    assert found(tmp_path, BROKEN[rule][0]) == {}


@pytest.mark.parametrize(
    ("tables", "changes"),
    [
        (jobs(), COMPETITIVE), (jobs(), HOURS), (jobs(), EARNINGS), (with_table("price_index", INDEX), REAL),
        (with_table("education", LEARNING), NEET),
    ],
)  # fmt: skip
def test_what_is_right_has_no_finding(tables: dict[str, Any], changes: dict[str, Any], tmp_path: Path) -> None:
    assert found(tmp_path, tables, **changes) == {}


def test_total_hours_of_a_row_may_be_more_than_a_week_has(tmp_path: Path) -> None:
    changes = {"outcome": {"also": ["hours"], "hours": "total of the row"}}
    assert found(tmp_path, jobs(hours=[1950.0, 20.0, 20.0, 1.0]), **changes) == {}


@pytest.mark.parametrize(
    ("changes", "column", "outcome"),
    [(COMPETITIVE, "job_kind", "competitive_days"), (HOURS, "hours", "hours"), (EARNINGS, "earnings", "earnings")],
)
def test_a_column_that_an_outcome_rests_on_must_be_delivered(
    changes: dict[str, Any], column: str, outcome: str, tmp_path: Path
) -> None:
    with pytest.raises(ExtractError) as raised:
        found(tmp_path, delivery.columns(), **changes)
    (problem,) = raised.value.problems
    assert problem.startswith(f"employment: column {column} is missing")
    assert f'needed by the outcome "{outcome}"' in problem


def test_education_is_of_the_same_persons_kind(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="person_id is") as raised:
        found(tmp_path, with_table("education", LEARNING | {"person_id": ["1", "2"]}), **NEET)
    assert "text in education" in str(raised.value.problems) or "text in education" in str(raised.value)


def test_errors_of_the_study_name_outcome_and_table() -> None:
    with pytest.raises((StudyError, ValueError), match=r'outcome "neet_days" needs the table \[extracts.education\]'):
        delivery.study(outcome={"also": ["neet_days"]})


def test_an_outcome_whose_benefit_nobody_has_is_told_by_name(tmp_path: Path) -> None:
    delivery.write(tmp_path)
    chosen = delivery.study(**ELSEWHERE)
    with delivery.registered(tmp_path, chosen) as warehouse:
        [finding] = check(warehouse, chosen).errors
    assert finding.says == "outcomes of [[outcome.define]] whose benefit no row of benefits has (benefit_days_waaa)"
    assert "correct the spelling of the benefit" in finding.remedy
