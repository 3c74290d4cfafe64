"""Whether a delivery holds the whole last study year; one situation per test."""

from __future__ import annotations

import pytest
from lib.spec import NO_PERIODS, counts

YEARS = {"first_year": 2013, "last_year": 2015}
PARAMS = {
    **YEARS, "employment_layout": "spells", "employment_end_offset": 1, "benefits_layout": "spells",
    "benefits_end_offset": 1, "benefit": "WAA", "first_day": "2013-01-01",
}  # fmt: skip
NOBODY = "person_id:BIGINT | death_date\n1 |"


def starting(dates: list[str], end: str = "") -> str:
    """Rows that begin on these days."""
    return "\n".join(f"1 | {date} | {end}" for date in dates)


def monthly_starts(last: str, times: int = 5) -> list[str]:
    """`times` starts in each month from January 2013 to `last` (YYYY-MM)."""
    months = [f"{year}-{month:02d}" for year in (2013, 2014, 2015) for month in range(1, 13)]
    return [f"{month}-01" for month in months if month <= last] * times


def missing(
    jobs: list[str], *, benefits: list[str] | None = None, extracted: str = "", end: str = ""
) -> tuple[int, int]:
    """Months missing from the last year of jobs and of benefits."""
    found = counts(
        "check_last_year",
        {
            "extract_employment": (
                "person_id | start_date | end_date | position_pct:DECIMAL(9,2) | extract_date\n"
                + "\n".join(f"{row} | | {extracted}" for row in starting(jobs, end).splitlines())
            ),
            "extract_benefits": (
                "person_id | start_date | end_date | benefit\n"
                + "\n".join(f"{row} | WAA" for row in starting(benefits or monthly_starts("2015-12")).splitlines())
            ),
            "extract_persons": NOBODY,
            "period_spelling": NO_PERIODS,
        },
        PARAMS,
        ("employment_profile", "benefit_profile"),
    )
    assert found["months"] == 12
    return found["employment_months"], found["benefits_months"]


def test_a_year_with_starts_in_its_last_month_is_whole() -> None:
    assert missing(monthly_starts("2015-12")) == (0, 0)


def test_months_at_the_end_without_a_start_are_missing() -> None:
    assert missing(monthly_starts("2015-08")) == (4, 0)
    assert missing(monthly_starts("2015-12"), benefits=monthly_starts("2015-10")) == (0, 2)


def test_a_month_without_a_start_before_the_last_start_is_not_missing() -> None:
    jobs = [day for day in monthly_starts("2015-12") if not day.startswith("2015-05")]
    assert missing(jobs) == (0, 0)


def test_few_starts_in_the_same_months_of_an_earlier_year_tell_nothing() -> None:
    assert missing(monthly_starts("2015-11", times=4)) == (0, 0)
    # five in November and December of each earlier year are enough
    assert missing(monthly_starts("2015-10", times=3)) == (2, 0)
    assert missing([day for day in monthly_starts("2015-10") if not day.startswith("2014-1")]) == (0, 0)


def test_a_year_in_which_nothing_begins_is_missing_as_a_whole_where_jobs_run_on() -> None:
    assert missing(monthly_starts("2014-12")) == (12, 0)


def test_a_year_no_row_covers_is_left_to_the_rule_of_empty_years() -> None:
    assert missing(monthly_starts("2014-12"), end="2014-12-31") == (0, 0)


@pytest.mark.parametrize(("day", "months"), [
    ("2016-01-01", 0), ("2015-12-31", 1), ("2015-09-30", 4), ("2014-12-31", 12),
])  # fmt: skip
def test_an_extract_drawn_before_the_year_was_over_lacks_the_months_from_then_on(day: str, months: int) -> None:
    assert missing(monthly_starts("2015-12"), extracted=day) == (months, 0)


def test_an_annual_table_is_judged_by_its_extract_date_alone() -> None:
    assert missing([f"{year}-01-01" for year in (2013, 2014, 2015)] * 9) == (0, 0)


SOURCES = """
    person_id | start_date | end_date   | position_pct | source
    1         | 2012-01-01 | 2014-12-31 | 100          | old
    2         | 2012-01-01 | 2014-12-31 | 100          | old
    3         | 2014-06-01 |            | 100          | new
    4         | 2015-01-01 |            | 100          | new
    5         | 2015-01-01 |            | 100          |
"""


@pytest.mark.parametrize(("breaks", "changes"), [("", 1), ("2015", 0), ("2014", 1)])
def test_a_year_whose_jobs_mostly_have_another_source_is_a_change_unless_declared(breaks: str, changes: int) -> None:
    tables = {
        "extract_employment": SOURCES, "period_spelling": NO_PERIODS, "declared_break": f"year:INTEGER\n{breaks}",
    }  # fmt: skip
    found = counts("check_employment", tables, PARAMS | {"last_year": 2016}, ("employment_profile",))
    assert found["source_changes"] == changes
