"""A delivery by month, week or year that the study reads as spells is found out."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lib import delivery
from lib.delivery import day

from ipscausal.contract import ContractReport, check
from ipscausal.errors import ExtractError


def _report(folder: Path, tables: dict[str, delivery.Columns]) -> ContractReport:
    chosen = delivery.study()
    with delivery.registered(delivery.write(folder, tables), chosen) as warehouse:
        return check(warehouse, chosen)


@pytest.mark.parametrize(("column", "layout"), [("month", "monthly"), ("Week", "weekly"), ("year", "annual")])
@pytest.mark.parametrize("name", ["residence", "employment", "benefits"])
def test_spells_with_a_column_of_periods_are_refused(name: str, column: str, layout: str, tmp_path: Path) -> None:
    tables = delivery.columns()
    tables[name][column] = ["201301"] * len(tables[name]["person_id"])
    delivery.write(tmp_path, tables)
    with pytest.raises(ExtractError) as raised, delivery.registered(tmp_path, delivery.study()):
        pass
    [problem] = raised.value.problems
    assert problem == (
        f"{name}: '{name}.parquet' has a column {column!r}, which layout = \"spells\" does not read: every row would "
        f'count as a whole spell; set layout = "{layout}" in [extracts.{name}], or leave the column out of the '
        "delivery if each row is a spell"
    )


def test_a_column_of_periods_that_the_study_maps_or_a_folder_says_is_none_of_them(tmp_path: Path) -> None:
    tables = delivery.columns()
    tables["employment"]["month"] = tables["employment"].pop("employer_id")
    delivery.write(tmp_path, tables)
    (tmp_path / "year=2013").mkdir()
    (tmp_path / "benefits.parquet").rename(tmp_path / "year=2013" / "benefits.parquet")
    changes = {"employment": {"columns": {"employer_id": "month"}}, "benefits": {"path": "year=*/benefits.parquet"}}
    with delivery.registered(tmp_path, delivery.study(extracts=changes)) as warehouse:
        assert "year" not in warehouse.arrow("extract_benefits").column_names


def test_rows_of_one_job_and_start_stop_where_they_are_most_of_the_rows(tmp_path: Path) -> None:
    jobs = {
        "person_id": [1, 1, 1, 2, 3, 4],
        "employer_id": ["a", "a", "a", "b", "c", "d"],
        "start_date": [day("2011-02-01")] * 3 + [day(f"{year}-02-01") for year in (2012, 2013, 2014)],
        "end_date": [None] * 6,
        "position_pct": [50.0, 60.0, 70.0, 50.0, 50.0, 50.0],
    }
    half = _report(tmp_path, delivery.columns() | {"employment": jobs})
    assert "employment_same_start" in half.passed
    more = {name: [*cells, cells[0]] for name, cells in jobs.items()}
    more["position_pct"][-1] = 80.0
    [error] = _report(tmp_path, delivery.columns() | {"employment": more}).errors
    assert (error.rule, error.count, error.of) == ("employment_same_start", 4, 7)
    assert 'set layout in [extracts.employment] to "monthly", "weekly" or "annual"' in error.remedy


def test_months_are_not_taken_for_spells_that_repeat_their_start(tmp_path: Path) -> None:
    months = {
        "person_id": [1, 1], "employer_id": ["a", "a"], "start_date": [day("2011-02-01")] * 2, "end_date": [None] * 2,
        "position_pct": [50.0, 60.0], "month": ["201102", "201103"],
    }  # fmt: skip
    delivery.write(tmp_path)
    pq.write_table(delivery.table(months), tmp_path / "employment.parquet")
    chosen = delivery.study(extracts={"employment": {"layout": "monthly"}})
    with delivery.registered(tmp_path, chosen) as warehouse:
        report = check(warehouse, chosen)
    assert "employment_same_start" not in {*report.passed, *(finding.rule for finding in report.findings)}
