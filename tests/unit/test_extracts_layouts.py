"""Columns of the layouts: which are needed, what they may be, and whole numbers that are dates."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib import delivery
from lib.delivery import day

from ipscausal.contract import check
from ipscausal.errors import ExtractError
from ipscausal.extracts import register
from ipscausal.extracts.periods import spellings
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse

MONTHS = [201101, 201206, 201307, 201412]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return delivery.write(tmp_path)


def by_month(folder: Path, month: pa.Array, **more: pa.Array) -> None:
    """The table of jobs by month, without dates of its own unless given."""
    table = pq.read_table(folder / "employment.parquet").drop_columns(["start_date", "end_date"])
    for name, values in {"month": month, **more}.items():
        table = table.append_column(name, values)
    pq.write_table(table, folder / "employment.parquet")


def monthly(**more: Any) -> Study:
    return delivery.study(extracts={"employment": {"layout": "monthly", **more}})


def jobs(folder: Path, study: Study) -> list[dict[str, Any]]:
    with delivery.registered(folder, study) as warehouse:
        return list(warehouse.arrow("extract_employment", ("person_id",)).to_pylist())


def problems(folder: Path, study: Study) -> list[str]:
    with open_warehouse([folder], threads=1) as warehouse, pytest.raises(ExtractError) as raised:
        register(warehouse, study, folder)
    return list(raised.value.problems)


DAY = dt.date(2011, 1, 15)


@pytest.mark.parametrize(("delivered", "text"), [
    (pa.array([201101] * 4), "201101"),
    (pa.array(["2011-01"] * 4), "2011-01"),
    (pa.array([DAY] * 4), "2011-01-15"),
    (pa.array([dt.datetime(2011, 1, 15)] * 4), "2011-01-15 00:00:00"),
])  # fmt: skip
def test_a_month_may_be_a_number_a_text_or_a_date_and_is_known(delivered: pa.Array, text: str, folder: Path) -> None:
    by_month(folder, delivered)
    assert {row["period"] for row in jobs(folder, monthly())} == {text}
    with delivery.registered(folder, monthly()) as warehouse:
        known = warehouse.arrow("period_spelling").to_pylist()
        report = check(warehouse, monthly())
    assert {"layout": "monthly", "spelling": text, "first_day": dt.date(2011, 1, 1),
            "next_day": dt.date(2011, 2, 1)} in known  # fmt: skip
    assert "employment_period_malformed" in report.passed


def test_the_month_may_have_a_name_of_the_delivery(folder: Path) -> None:
    by_month(folder, pa.array(MONTHS))
    table = pq.read_table(folder / "employment.parquet")
    pq.write_table(table.rename_columns([name.replace("month", "maaned") for name in table.column_names]),
                   folder / "employment.parquet")  # fmt: skip
    found = jobs(folder, monthly(columns={"month": "maaned"}))
    assert [row["period"] for row in found] == [str(month) for month in MONTHS]


def test_a_layout_needs_its_period_and_a_table_of_spells_its_start(folder: Path) -> None:
    (problem,) = problems(folder, monthly())
    assert problem.startswith("employment: column month is missing; the delivery has 'person_id'")
    by_month(folder, pa.array(MONTHS))
    told = "\n".join(found := problems(folder, delivery.study()))
    assert 'column start_date is missing; a table by month needs layout = "monthly" in [extracts.employment]' in told
    # the column of a layout that the study does not name is told too
    assert len(found) == 2
    assert sum("month" in problem and "layout" in problem for problem in found) == 2


def test_a_table_of_spells_has_no_period(folder: Path) -> None:
    assert {row["period"] for row in jobs(folder, delivery.study())} == {None}
    study = delivery.study(extracts={"employment": {"columns": {"month": "start_date"}}})
    (problem,) = problems(folder, study)
    assert "the study maps 'month', which is no column of this table" in problem


def test_days_since_1970_are_dates_where_the_study_says_so(folder: Path) -> None:
    table = pq.read_table(folder / "employment.parquet")
    for name, values in (("start_date", [0, 16_436, -1, None]), ("end_date", [None, 16_465, 0, 2_932_896])):
        table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.int64()))
    pq.write_table(table, folder / "employment.parquet")
    found = jobs(folder, delivery.study(extracts={"employment": {"dates": "epoch days"}}))
    assert [row["start_date"] for row in found] == [day("1970-01-01"), day("2015-01-01"), day("1969-12-31"), None]
    ends = [None, day("2015-01-30"), day("1970-01-01"), day("9999-12-31")]
    assert [row["end_date"] for row in found] == ends
    told = problems(folder, delivery.study())
    assert told == [
        f"employment: column {name} is a whole number; if it counts days since 1970-01-01, "
        'set dates = "epoch days" in [extracts.employment], else deliver dates'
        for name in ("start_date", "end_date")
    ]


def test_a_number_of_days_far_from_any_date_is_an_impossible_date(folder: Path) -> None:
    table = pq.read_table(folder / "employment.parquet")
    numbers = table.column("end_date").cast(pa.int32()).to_pylist()
    ends = pa.array([*numbers[:3], 10**9], pa.int64())
    pq.write_table(table.set_column(table.column_names.index("end_date"), "end_date", ends),
                   folder / "employment.parquet")  # fmt: skip
    study = delivery.study(extracts={"employment": {"dates": "epoch days"}})
    with delivery.registered(folder, study) as warehouse:
        found = {finding.rule: finding.count for finding in check(warehouse, study).findings}
    assert found == {"employment_impossible_date": 1}


@pytest.mark.parametrize(("layout", "spelling", "first", "following"), [
    ("weekly", "202053", "2020-12-28", "2021-01-04"),
    ("weekly", "2021-W01", "2021-01-04", "2021-01-11"),
    ("weekly", "2021-01-03", "2020-12-28", "2021-01-04"),
    ("weekly", "2015U01", "2014-12-29", "2015-01-05"),
    ("monthly", "2015M12", "2015-12-01", "2016-01-01"),
    ("monthly", "2016-02-29", "2016-02-01", "2016-03-01"),
    ("annual", "2015", "2015-01-01", "2016-01-01"),
    ("annual", "2015-11-16", "2015-01-01", "2016-01-01"),
])  # fmt: skip
def test_spellings(layout: str, spelling: str, first: str, following: str) -> None:
    rows = [row for row in spellings([layout]).to_pylist() if row["spelling"] == spelling]
    assert rows == [{"layout": layout, "spelling": spelling, "first_day": day(first), "next_day": day(following)}]


def test_each_spelling_of_a_layout_is_one_period_and_its_periods_touch() -> None:
    for layout in ("monthly", "weekly", "annual"):
        rows = spellings([layout]).to_pylist()
        assert len({row["spelling"] for row in rows}) == len(rows)
        days = sorted({(row["first_day"], row["next_day"]) for row in rows})
        assert all(before[1] == after[0] for before, after in pairwise(days))
    assert spellings(["spells"]).num_rows == 0


def findings(folder: Path, study: Study) -> dict[str, tuple[int, int]]:
    with delivery.registered(folder, study) as warehouse:
        return {found.rule: (found.count, found.of) for found in check(warehouse, study).findings}


def test_months_that_cannot_be_read_or_leave_no_day_are_counted(folder: Path) -> None:
    by_month(folder, pa.array([201101, 201213, 201307, 201412]),
             start_date=pa.array([None, None, day("2013-08-01"), None], pa.date32()))  # fmt: skip
    assert findings(folder, monthly()) == {
        "employment_period_malformed": (1, 4), "employment_outside_period": (1, 4),
        # what cannot be read or has no day leaves two years without a job
        "employment_empty_year": (2, 4),
    }  # fmt: skip


def test_a_year_without_dates_counts_whole_and_is_told(folder: Path) -> None:
    table = pq.read_table(folder / "benefits.parquet").drop_columns(["start_date", "end_date"])
    table = table.append_column("year", pa.array([2011, 2012, 2013, 2014, 2014]))
    pq.write_table(table, folder / "benefits.parquet")
    study = delivery.study(extracts={"benefits": {"layout": "annual"}})
    assert findings(folder, study) == {"benefits_year_without_dates": (5, 5), "benefits_repeated": (1, 5)}


def test_a_job_month_reported_again_is_told(folder: Path) -> None:
    by_month(folder, pa.array([201101, 201206, 201307, 201412]), extract_date=pa.array([day("2015-02-01")] * 4))
    table = pq.read_table(folder / "employment.parquet")
    again = table.slice(3).set_column(table.column_names.index("extract_date"), "extract_date",
                                      pa.array([day("2015-01-20")], pa.date32()))  # fmt: skip
    pq.write_table(pa.concat_tables([table, again.cast(table.schema)]), folder / "employment.parquet")
    assert findings(folder, monthly()) == {"employment_reported_again": (1, 5)}


def test_two_jobs_of_one_firm_in_a_month_that_nothing_tells_apart_are_told_with_what_does(folder: Path) -> None:
    by_month(folder, pa.array([201101, 201206, 201307, 201412]))
    table = pq.read_table(folder / "employment.parquet")
    beside = table.slice(3).set_column(table.column_names.index("position_pct"), "position_pct", pa.array([10.0]))
    pq.write_table(pa.concat_tables([table, beside.cast(table.schema)]), folder / "employment.parquet")
    with delivery.registered(folder, monthly()) as warehouse:
        (found,) = check(warehouse, monthly()).findings
    assert (found.rule, found.count) == ("employment_reported_again", 1)
    assert "where an employer has several jobs of a person in a month, map job_id" in found.remedy


def test_a_position_is_needed_for_workdays_alone(folder: Path) -> None:
    table = pq.read_table(folder / "employment.parquet").drop_columns(["position_pct", "start_date", "end_date"])
    table = table.append_column("year", pa.array([2011, 2012, 2013, 2014])).append_column(
        "earnings", pa.array([9.5] * 4)
    )
    pq.write_table(table, folder / "employment.parquet")
    annual = {"employment": {"layout": "annual"}}
    earned = {"name": "earnings", "also": ["employed"], "earnings_cap": 1000}
    rows = jobs(folder, delivery.study(extracts=annual, outcome=earned))
    assert {(row["position_pct"], float(row["earnings"])) for row in rows} == {(None, 9.5)}
    (problem,) = problems(folder, delivery.study(extracts=annual, outcome={**earned, "also": ["workdays"]}))
    assert problem.startswith("employment: column position_pct is missing")
