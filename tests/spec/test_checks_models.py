"""Checks that compare rows: drawn tables in, one row of counts out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lib.spec import NO_PERIODS, counts, expect, run_model

NO_UNITS = "municipality | unit:VARCHAR"
NO_BREAKS = "year:INTEGER"


NOBODY_DIES = "person_id:BIGINT | death_date\n1 |"


def job_counts(
    jobs: str, persons: str = NOBODY_DIES, offset: int = 1, periods: str = NO_PERIODS, layout: str = "spells"
) -> dict[str, int]:
    tables = {"recipient_job": jobs, "extract_persons": persons, "period_spelling": periods}
    params = {"employment_layout": layout, "employment_end_offset": offset}
    return counts("check_job", tables, params, ("recipient_job_spell",))


def test_jobs_that_touch_do_not_overlap_and_jobs_that_share_a_day_do() -> None:
    jobs = """
        person_id | employer_id | start_date | end_date   | position_pct
        1         | a           | 2015-01-01 | 2015-01-31 | 100
        1         | b           | 2015-02-01 | 2015-02-28 | 100
        1         | c           | 2015-02-28 | 2015-03-31 | 100
        2         | a           | 2015-02-10 | 2015-02-11 | 100
    """
    assert job_counts(jobs)["overlapping"] == 1
    assert job_counts(jobs, offset=0)["overlapping"] == 0


def test_a_long_job_overlaps_all_jobs_inside_it() -> None:
    jobs = """
        person_id | employer_id | start_date | end_date   | position_pct
        1         | a           | 2015-01-01 |            | 100
        1         | b           | 2015-02-01 | 2015-02-02 | 100
        1         | c           | 2016-02-01 | 2016-02-02 | 100
    """
    assert job_counts(jobs)["overlapping"] == 2


def test_equal_rows_repeat_and_rows_that_differ_anywhere_do_not() -> None:
    jobs = """
        person_id | employer_id | start_date | end_date   | position_pct
        1         | a           | 2015-01-01 | 2015-01-31 | 100
        1         | a           | 2015-01-01 | 2015-01-31 | 100
        1         | a           | 2015-01-01 | 2015-01-31 | 100
        1         | a           | 2015-01-01 | 2015-01-31 | 50
        2         |             | 2015-01-01 |            |
        2         |             | 2015-01-01 |            |
    """
    found = job_counts(jobs)
    assert (found["total"], found["repeated"], found["distinct_total"], found["overlapping"]) == (6, 3, 3, 1)


def test_rows_of_one_job_and_start_share_it_where_they_differ_in_what_they_say() -> None:
    # one employer's months without a month; equal rows, another job and a later report do not share
    jobs = """
        person_id | employer_id:VARCHAR | job_id:VARCHAR | start_date | end_date | position_pct | extract_date:DATE
        1         | a                   |                | 2015-01-01      | | 50           |
        1         | a                   |                | 2015-01-01      | | 60           |
        1         | a                   |                | 2015-01-01      | | 60           |
        2         | a                   | x              | 2015-01-01      | | 50           |
        2         | a                   | y              | 2015-01-01      | | 60           |
        3         | a                   |                | 2015-01-01      | | 50           | 2016-01-01
        3         | a                   |                | 2015-01-01      | | 60           | 2017-01-01
        4         | a                   |                |                 | | 50           |
        4         | a                   |                |                 | | 60           |
    """
    found = job_counts(jobs)
    assert (found["total"], found["distinct_rows"], found["same_start"]) == (9, 8, 2)


def test_a_job_that_ends_on_the_day_of_death_is_not_after_it() -> None:
    jobs = """
        person_id | employer_id | start_date | end_date   | position_pct
        1         | a           | 2015-01-01 | 2015-01-31 | 100
        1         | b           | 2014-01-01 | 2015-02-01 | 100
        1         | c           | 2013-01-01 |            | 100
        1         | d           | 2015-06-01 |            | 100
        2         | e           | 2015-06-01 |            | 100
    """
    persons = "person_id | death_date\n1 | 2015-01-31\n2 |"
    assert job_counts(jobs, persons)["after_death"] == 2


def repeats(residence: str, **params: Any) -> dict[str, int]:
    tables = {
        "extract_residence": residence,
        "extract_benefits": "person_id | benefit | start_date | end_date\n1 | WAA | 2015-01-01 |",
        "recipient": "person_id\n1\n2",
        "period_spelling": NO_PERIODS,
    }
    bound = {
        "benefit": "WAA", "first_day": "2011-01-01", "last_day": "2019-12-31",
        "residence_layout": "spells", "residence_end_offset": 1, "country": "NO", **params,
    }  # fmt: skip
    for name in ("first_day", "last_day"):
        bound[name] = dt.date.fromisoformat(bound[name])
    return counts("check_spell_repeats", tables, bound)


def test_persons_in_two_municipalities_on_a_day_are_counted_once() -> None:
    residence = """
        person_id | municipality | start_date | end_date
        1         | 0301         | 2010-01-01 |
        1         | 1103         | 2012-01-01 | 2012-12-31
        1         | 5001         | 2013-01-01 |
        2         | 0301         | 2010-01-01 | 2015-06-30
        2         | 1103         | 2015-07-01 |
    """
    found = repeats(residence)
    assert (found["conflicting"], found["recipients"]) == (1, 2)


def test_overlap_with_an_unknown_or_the_same_municipality_or_outside_the_window_is_none() -> None:
    residence = """
        person_id | municipality | start_date | end_date
        1         | 0301         | 2010-01-01 |
        1         | 0301         | 2012-01-01 | 2012-12-31
        1         | 0000         | 2013-01-01 | 2013-12-31
        1         |              | 2014-01-01 | 2014-12-31
        1         | 1103         | 2010-01-01 | 2010-12-31
        1         | 5001         | 2020-01-01 |
        1         | 4601         | 2015-02-01 | 2015-01-01
    """
    assert repeats(residence)["conflicting"] == 0
    assert repeats(residence, first_day="2010-12-31")["conflicting"] == 1
    assert repeats(residence, country="GB")["conflicting"] == 1


def test_a_job_without_a_person_is_no_strangers_job() -> None:
    tables = {"extract_employment": "person_id:BIGINT | n\n1 | 1\n2 | 2\n2 | 3\n | 4", "extract_persons": ""}
    for persons, strangers in (("1 | x\n | y", 2), (" | x", 3)):
        tables["extract_persons"] = f"person_id:BIGINT | sex\n{persons}"
        assert counts("check_employment_stranger", tables) == {"total": 4, "stranger": strangers}


def test_coverage_of_years_by_spells() -> None:
    jobs = """
        person_id | start_date | end_date   | position_pct
        1         | 2010-05-01 | 2012-01-01 | 100
        1         | 2014-12-31 | 2014-12-31 | 100
        2         | 2015-06-01 | 2015-05-01 | 100
        2         | 2017-06-01 |            | 100
    """
    params = {"employment_end_offset": 1, "first_year": 2011, "last_year": 2018}
    params = {"employment_layout": "spells", **params}
    tables = {"extract_employment": jobs, "period_spelling": NO_PERIODS, "declared_break": NO_BREAKS}
    found = counts("check_employment", tables, params, ("employment_profile",))
    # 2013 and 2016 have no day, and the row of 2015 covers none
    assert (found["study_years"], found["empty_years"]) == (8, 3)
    assert found["start_after_end"] == 1
    # spells run but none begins in 2011, 2012 and 2018
    assert found["years_without_start"] == 3
    exclusive = counts("check_employment", tables, {**params, "employment_end_offset": 0}, ("employment_profile",))
    # the end of 1 January 2012 now covers no day of 2012, and the spell of one day covers none at all
    assert (exclusive["empty_years"], exclusive["no_days"]) == (5, 1)


def test_residents_of_the_window() -> None:
    rows = run_model(
        "checks/resident_municipality",
        {
            "code_person": """
                municipality
                0301
                5001
                1601
                1622
            """,
            "acting_unit": """
                municipality | unit
                1601         | 5001
                1622         | Orkland
            """,
        },
        {},
    )
    expect(rows, "municipality\n0301\n5001\nOrkland")


def test_resident_codes_are_those_with_a_day_in_the_window() -> None:
    rows = run_model(
        "0_units/code_person",
        {
            "extract_residence": """
                municipality | start_date | end_date
                0301         | 2000-01-01 | 2011-01-01
                1103         | 2000-01-01 | 2010-12-31
                5001         | 2019-12-31 |
                4601         | 2020-01-01 |
                0000         | 2015-01-01 |
                             | 2015-01-01 |
            """,
            "period_spelling": NO_PERIODS,
        },
        _window(),
    )
    assert [row["municipality"] for row in rows] == ["0301", "5001"]


def _window() -> dict[str, Any]:
    return {
        "first_day": dt.date(2011, 1, 1), "last_day": dt.date(2019, 12, 31),
        "residence_layout": "spells", "residence_end_offset": 1, "country": "NO",
    }  # fmt: skip
