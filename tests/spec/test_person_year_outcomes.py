"""From job and benefit spells to the outcomes of a person-year, by hand-counted days. One rule per test.

January 2015 in Norway: the 1st is a holiday (Thursday), so working days are the 2nd, 5th-9th, 12th-16th,
19th-23rd and 26th-30th: 21. The 3rd and 4th are a weekend.
"""

from __future__ import annotations

import pytest
from lib.calendars import calendars
from lib.spec import expect, run_model, staged_jobs

CALENDARS = calendars(2014, 2016)
PERSON = "person_id | window_year | counts_from:DATE | counts_until:DATE\n1 | 0 | 2014-01-01 | 2017-01-01"
HEADER = "person_id | employer_id:VARCHAR | start_date | end_date | position_pct:DECIMAL(9,2)"


def spells(jobs: str, person: str = PERSON, offset: int = 1, days: str = "working days") -> list[dict[str, object]]:
    return run_model(
        "2_person_year/job_spell",
        tables={
            "stg_employment": staged_jobs(f"{HEADER}\n{jobs}", offset),
            "population_person": person,
            "study_outcome": "job_group\n0",
            "excluded_job_kind": "job_kind:VARCHAR",
            "calendar_day": calendars(2014, 2016, days)["calendar_day"],
        },
    )


def benefit_years(benefits: str, persons: str) -> list[dict[str, object]]:
    """Rows of benefit_year from staged spells of the benefit WAA."""
    found = run_model(
        "2_person_year/benefit_spell",
        {"stg_benefit_spell": benefits, "population_person": persons, "calendar_day": CALENDARS["calendar_day"]},
    )
    drawn = "\n".join([" | ".join(found[0]), *(" | ".join(str(value) for value in row.values()) for row in found)])
    return run_model("2_person_year/benefit_year", {"benefit_spell": drawn, **CALENDARS})


def outcomes(
    jobs: str, days: str = "working days", measure: str = "position", cap: int = 10_000
) -> list[tuple[int, ...]]:
    """(year, workdays_e4, employment_days, employed) of person 1."""
    drawn = [" | ".join(str(value) for value in row.values()) for row in spells(jobs, days=days)]
    header = "person_id:BIGINT | window_year:INTEGER | job_group:INTEGER | start_day:INTEGER | start_work:INTEGER"
    rows = run_model(
        "2_person_year/employment_year",
        tables={
            "job_spell": "\n".join([f"{header} | end_day:INTEGER | end_work:INTEGER | position:INTEGER", *drawn]),
            **calendars(2014, 2016, days),
        },
        params={"measure": measure, "level_cap": cap},
    )
    return [(row["year"], row["workdays_e4"], row["employment_days"], row["employed"]) for row in rows]  # type: ignore[misc]


def extracted(jobs: str, layout: str = "spells", since: str = "9999-12-31") -> list[str]:
    """Employers of the job rows that are read for person 1, whose days are those of 2014 and 2015."""
    person = "person_id | window_year | counts_from:DATE | counts_until:DATE"
    rows = run_model(
        "2_person_year/employment_extract",
        {
            "extract_employment": f"{HEADER}\n{jobs}",
            "population_person": f"{person}\n1 | 2014 | 2014-01-01 | 2015-01-01\n1 | 2015 | 2015-01-01 | 2016-01-01",
        },
        {"employment_layout": layout, "jobs_since": since},
    )
    return sorted(str(row["employer_id"]) for row in rows)


def test_extract_keeps_the_rows_of_the_population_duplicates_included() -> None:
    assert extracted("1 | a | 2015-01-01 | | 50\n1 | a | 2015-01-01 | | 50\n2 | b | 2015-01-01 | |") == ["a", "a"]


JOBS_AROUND = """
    1 | before | 2012-01-01 | 2013-12-31 |
    1 | first  | 2012-01-01 | 2014-01-01 |
    1 | open   | 2012-01-01 |            |
    1 | last   | 2015-12-31 | 2017-12-31 |
    1 | after  | 2016-01-01 |            |
"""


def test_spells_outside_the_days_of_their_person_are_not_read() -> None:
    assert extracted(JOBS_AROUND) == ["first", "last", "open"]


def test_earlier_jobs_are_read_where_the_study_looks_at_work_before() -> None:
    assert extracted(JOBS_AROUND, since="2013-12-31") == ["before", "first", "last", "open"]
    assert extracted(JOBS_AROUND, since="0001-01-01") == ["before", "first", "last", "open"]


def test_a_spell_that_tells_when_it_was_reported_is_read_since_it_may_replace_one_that_counts() -> None:
    rows = run_model(
        "2_person_year/employment_extract",
        {
            "extract_employment": f"""
                {HEADER} | extract_date
                1 | a | 2012-01-01 |            | 50 | 2015-01-01
                1 | a | 2012-01-01 | 2013-06-30 | 50 | 2016-01-01
                1 | a | 2016-01-01 |            | 50 | 2016-01-01
            """,
            "population_person": PERSON,
        },
        {"employment_layout": "spells", "jobs_since": "9999-12-31"},
    )
    assert sorted(str(row["extract_date"]) for row in rows) == ["2015-01-01", "2016-01-01", "2016-01-01"]


def test_rows_of_a_month_are_read_whatever_days_the_job_has() -> None:
    assert len(extracted(JOBS_AROUND, layout="monthly")) == 5


def test_inclusive_and_exclusive_ends() -> None:
    (inclusive,) = spells("1 | a | 2014-01-01 | 2014-01-03 | 100")
    (exclusive,) = spells("1 | a | 2014-01-01 | 2014-01-03 | 100", offset=0)
    assert (inclusive["start_day"], inclusive["end_day"]) == (0, 3)
    assert (exclusive["start_day"], exclusive["end_day"]) == (0, 2)
    # 1 January is a holiday, the 2nd and 3rd are Thursday and Friday
    assert (inclusive["start_work"], inclusive["end_work"]) == (0, 2)
    assert (exclusive["start_work"], exclusive["end_work"]) == (0, 1)


def test_exact_duplicates_count_once_and_near_duplicates_twice() -> None:
    same = "1 | a | 2015-01-01 | 2015-01-31 | 50.00"
    assert len(spells(f"{same}\n{same}")) == 1
    assert len(spells(f"{same}\n1 | b | 2015-01-01 | 2015-01-31 | 50.00")) == 2
    assert len(spells(f"{same}\n1 | a | 2015-01-01 | 2015-01-31 | 50.01")) == 2
    assert len(spells("1 | | 2015-01-01 | | \n1 | | 2015-01-01 | |")) == 1


def test_spells_are_cut_to_the_days_that_count() -> None:
    # working days: 252 in 2014, 21 in January and 20 in February 2015, 7 from 1 to 10 March
    person = "person_id | window_year | counts_from:DATE | counts_until:DATE\n1 | 0 | 2015-01-01 | 2015-03-11"
    rows = spells(
        """
        1 | a | 2010-01-01 |            | 100.00
        1 | b | 2015-03-01 | 9999-12-31 | 20.00
        1 | c | 2014-01-01 | 2014-12-31 | 30.00
        1 | d | 2015-03-11 |            | 40.00
        """,
        person=person,
    )
    expect(
        rows,
        """
        person_id | start_day | start_work | end_day | end_work | position
        1         | 365       | 252        | 434     | 300      | 10000
        1         | 424       | 293        | 434     | 300      | 2000
        """,
    )


def test_position_is_in_hundredths_and_an_unknown_one_is_zero() -> None:
    rows = spells("1 | a | 2015-01-01 | 2015-01-31 | 33.33\n1 | b | 2015-01-01 | 2015-01-31 |")
    assert sorted(row["position"] for row in rows) == [0, 3333]  # type: ignore[type-var]


@pytest.mark.parametrize(("days", "count"), [("working days", 21), ("weekdays", 22), ("calendar days", 31)])
def test_a_full_time_january_in_each_kind_of_day(days: str, count: int) -> None:
    assert outcomes("1 | a | 2015-01-01 | 2015-01-31 | 100.00", days) == [(2015, count * 10_000, count, 1)]


def test_overlapping_jobs_add_up_to_full_time_and_not_beyond() -> None:
    jobs = "1 | a | 2015-01-05 | 2015-01-16 | 60.00\n1 | b | 2015-01-12 | 2015-01-23 | 70.00"
    # 5 days at 0.6, 5 at min(1.3, 1), 5 at 0.7
    assert outcomes(jobs) == [(2015, 5 * 6_000 + 5 * 10_000 + 5 * 7_000, 15, 1)]
    assert outcomes(jobs, cap=1_000_000_000) == [(2015, 5 * 6_000 + 5 * 13_000 + 5 * 7_000, 15, 1)]
    assert outcomes(jobs, measure="any job") == [(2015, 150_000, 15, 1)]


def test_a_position_above_full_time_is_capped() -> None:
    assert outcomes("1 | a | 2015-01-05 | 2015-01-05 | 120.00") == [(2015, 10_000, 1, 1)]


def test_one_job_ends_the_day_another_starts() -> None:
    jobs = "1 | a | 2015-01-05 | 2015-01-06 | 100.00\n1 | b | 2015-01-07 | 2015-01-08 | 40.00"
    assert outcomes(jobs) == [(2015, 28_000, 4, 1)]


def test_zero_and_unknown_positions_are_employment_without_workdays() -> None:
    assert outcomes("1 | a | 2015-01-05 | 2015-01-09 | 0.00") == [(2015, 0, 5, 1)]
    assert outcomes("1 | a | 2015-01-05 | 2015-01-09 |") == [(2015, 0, 5, 1)]


def test_a_weekend_job_is_employment_without_counted_days() -> None:
    assert outcomes("1 | a | 2015-01-03 | 2015-01-04 | 100.00") == [(2015, 0, 0, 1)]
    assert outcomes("1 | a | 2015-01-03 | 2015-01-04 | 100.00", "calendar days") == [(2015, 20_000, 2, 1)]


def test_a_spell_across_years_is_counted_in_each() -> None:
    # 30 and 31 December 2014 are Tuesday and Wednesday; 1 January is a holiday, the 2nd a Friday
    assert outcomes("1 | a | 2014-12-30 | 2015-01-02 | 50.00") == [(2014, 10_000, 2, 1), (2015, 5_000, 1, 1)]
    assert [row[0] for row in outcomes("1 | a | 2014-12-31 | 2016-01-01 | 50.00")] == [2014, 2015, 2016]


def test_a_spell_to_the_last_day_of_the_year_leaves_nothing_to_the_next() -> None:
    assert [row[0] for row in outcomes("1 | a | 2014-12-01 | 2014-12-31 | 50.00")] == [2014]


def test_benefit_days_are_the_union_of_spells_up_to_death() -> None:
    rows = benefit_years(
        """
        person_id | benefit | start_date | end_date
        1         | WAA     | 2013-12-01 | 2014-01-11
        1         | WAA     | 2014-01-06 | 2014-01-16
        1         | WAA     | 2014-12-31 | 2015-01-02
        1         | DP      | 2014-01-06 | 2014-01-08
        2         | WAA     | 2015-06-01 | 9999-12-31
        3         | WAA     | 2015-06-01 | 9999-12-31
        """,
        """
        person_id | window_year | counts_from:DATE | counts_until:DATE
        1         | 0           | 2014-01-01       | 2017-01-01
        2         | 0           | 2015-01-01       | 2015-06-11
        """,
    )
    expect(
        rows,
        """
        person_id | year | benefit | benefit_days
        1         | 2014 | DP      | 2
        1         | 2014 | WAA     | 16
        1         | 2015 | WAA     | 1
        2         | 2015 | WAA     | 10
        """,
    )


WINDOWS = """
    person_id | window_year | counts_from:DATE | counts_until:DATE
    1         | 2014        | 2014-12-30       | 2015-01-04
    1         | 2015        | 2015-01-01       | 2015-01-06
"""


def test_a_window_of_its_own_is_one_year_whatever_calendar_years_it_runs_over() -> None:
    drawn = [" | ".join(str(value) for value in row.values()) for row in spells("1 | a | 2014-01-01 | | 100", WINDOWS)]
    assert len(drawn) == 2
    header = "person_id:BIGINT | window_year:INTEGER | job_group:INTEGER | start_day:INTEGER | start_work:INTEGER"
    rows = run_model(
        "2_person_year/employment_year",
        tables={
            "job_spell": "\n".join([f"{header} | end_day:INTEGER | end_work:INTEGER | position:INTEGER", *drawn]),
            **CALENDARS,
        },
        params={"measure": "position", "level_cap": 10_000},
    )
    # 30 and 31 December and 2 January; then the 2nd and the 5th: both windows count the 2nd
    expect(rows, "person_id | year | workdays_e4 | employment_days\n1 | 2014 | 30000 | 3\n1 | 2015 | 20000 | 2")
    benefits = benefit_years("person_id | benefit | start_date | end_date\n1 | WAA | 2014-12-31 | 2015-01-03", WINDOWS)
    expect(benefits, "person_id | year | benefit_days\n1 | 2014 | 3\n1 | 2015 | 2")


AMOUNTS = {
    "employment_year": """
        person_id | year | job_group | workdays_e4 | employment_days | employed
        1         | 2015 | 0         | 5000        | 0               | 1
        1         | 2015 | 1         | 2000        | 7               | 1
        1         | 2016 | 0         | 1           | 1               | 1
    """,
    "benefit_year": "person_id | year | benefit | benefit_days\n1 | 2014 | WAA | 16\n1 | 2014 | DP | 3",
    "job_amount": """
        person_id | year | job_group | hours_e3 | earnings_e2
        1         | 2014 | 0         | 11       | 12
        1         | 2014 | 1         | 13       | 0
    """,
    "state_year": "person_id | year | work_without_benefit | active_days\n1 | 2015 | 4 | 9",
    "employed_date": "person_id | year | outcome\n1 | 2015 | 9",
    "sustained_year": "person_id | year | outcome\n1 | 2014 | 8",
    "neet_year": "person_id | year | outcome | amount\n1 | 2014 | 10 | 365",
    "first_job": "person_id | year | outcome | days\n1 | 2014 | 11 | 0\n1 | 2015 | 11 | 30",
}


def test_outcomes_of_the_study_are_rows_and_zeros_are_none() -> None:
    rows = run_model(
        "2_person_year/person_year_outcome",
        tables={
            "population": """
                person_id | year | municipality
                1         | 2014 | 0301
                1         | 2015 | 1103
            """,
            "study_outcome": """
                outcome | kind                 | job_group | benefit
                1       | benefit_days         | 0         | WAA
                2       | workdays             | 0         | WAA
                3       | employed             | 0         | WAA
                4       | employment_days      | 1         | WAA
                5       | benefit_days         | 0         | DP
                6       | hours                | 1         | WAA
                7       | earnings             | 0         | WAA
                8       | sustained            | 0         | WAA
                9       | employed_on          | 0         | WAA
                10      | neet_days            | 0         | WAA
                11      | days_to_job          | 0         | WAA
                12      | work_without_benefit | 0         | WAA
            """,
            **AMOUNTS,
        },
    )
    expect(
        rows,
        """
        person_id | year | municipality | outcome | amount
        1         | 2014 | 0301         | 1       | 16
        1         | 2014 | 0301         | 5       | 3
        1         | 2014 | 0301         | 6       | 13
        1         | 2014 | 0301         | 7       | 12
        1         | 2014 | 0301         | 8       | 1
        1         | 2014 | 0301         | 10      | 365
        1         | 2015 | 1103         | 2       | 5000
        1         | 2015 | 1103         | 3       | 1
        1         | 2015 | 1103         | 4       | 7
        1         | 2015 | 1103         | 9       | 1
        1         | 2015 | 1103         | 11      | 30
        1         | 2015 | 1103         | 12      | 4
        """,
    )
