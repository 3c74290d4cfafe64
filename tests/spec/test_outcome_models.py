"""The models of the outcomes' kinds, by hand-counted days. One rule per test.

January 2015 in Norway: the 1st is a holiday (Thursday), the 3rd and 4th are a weekend; 21 working days.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from lib.calendars import calendars
from lib.spec import expect, run_model

CALENDARS = calendars(2014, 2015)
PERSON = "person_id | window_year | counts_from:DATE | counts_until:DATE\n1 | 0 | 2014-01-01 | 2016-01-01"
YEARS = """
    person_id | year | window_year | first_day:DATE | next_day:DATE
    1         | 2014 | 0           | 2014-01-01     | 2015-01-01
    1         | 2015 | 0           | 2015-01-01     | 2016-01-01
"""
SPELL = "person_id:BIGINT | window_year:INTEGER | start_day:INTEGER | start_work:INTEGER | end_day:INTEGER | end_work:INTEGER"  # noqa: E501


def test_competitive_jobs_are_all_but_those_of_the_excluded_kinds() -> None:
    rows = run_model(
        "2_person_year/job_spell",
        {
            "stg_employment": """
                person_id | start_date | end_date   | position_pct:DECIMAL(9,2) | job_kind:VARCHAR
                1         | 2015-01-05 | 2015-01-06 | 10                        | ordinary
                1         | 2015-01-06 | 2015-01-07 | 20                        | sheltered
                1         | 2015-01-07 | 2015-01-08 | 30                        |
            """,
            "population_person": PERSON,
            "study_outcome": "job_group\n1",
            "excluded_job_kind": "job_kind\nsheltered",
            "calendar_day": CALENDARS["calendar_day"],
        },
    )
    found = sorted((row["job_group"], row["position"]) for row in rows)
    assert found == [(0, 1000), (0, 2000), (0, 3000), (1, 1000), (1, 3000)]


def test_employed_on_a_date_counts_the_first_day_of_a_job_and_not_the_day_after_its_last() -> None:
    rows = run_model(
        "2_person_year/employed_date",
        {
            # day 364 is 31 December 2014, day 365 the 1st of January 2015
            "job_spell": """
                person_id | window_year | job_group | start_day | end_day
                1         | 0           | 0         | 365       | 366
                2         | 0           | 0         | 300       | 365
                3         | 0           | 1         | 360       | 370
                3         | 0           | 1         | 364       | 366
            """,
            "study_outcome": """
                outcome | kind        | job_group | month_of_year | day_of_month
                1       | employed_on | 0         | 1             | 1
                2       | employed_on | 1         | 12            | 31
                3       | employed    | 0         |               |
            """,
            "calendar_day": CALENDARS["calendar_day"],
        },
    )
    expect(rows, "person_id | year | outcome\n1 | 2015 | 1\n3 | 2014 | 2")


def runs(gap: int) -> list[dict[str, Any]]:
    return run_model(
        "2_person_year/employment_run",
        {
            "stg_employment": """
                person_id | start_date | end_date   | job_kind:VARCHAR
                1         | 2013-11-01 | 2014-02-01 | ordinary
                1         | 2013-12-01 | 2013-12-05 | ordinary
                1         | 2014-02-03 | 2014-03-01 | sheltered
                1         | 2014-03-01 | 2014-03-02 | ordinary
                1         | 2015-12-01 | 9999-12-31 | ordinary
            """,
            "population_person": PERSON,
            "study_outcome": "kind | job_group\nsustained | 0\nsustained | 1\nemployed | 0",
            "excluded_job_kind": "job_kind\nsheltered",
        },
        {"sustained_gap_days": gap},
    )


def test_a_run_bridges_overlaps_adjoining_jobs_and_short_gaps_and_begins_before_the_study() -> None:
    """Two days, 1 and 2 February, lie between the first jobs; the sheltered job is in no competitive run."""
    names = "window_year | job_group | start_date | end_date"
    expect(
        runs(1),
        f"""
        {names}
        0 | 0 | 2013-11-01 | 2014-02-01
        0 | 0 | 2014-02-03 | 2014-03-02
        0 | 0 | 2015-12-01 | 2016-01-01
        0 | 1 | 2013-11-01 | 2014-02-01
        0 | 1 | 2014-03-01 | 2014-03-02
        0 | 1 | 2015-12-01 | 2016-01-01
        """,
    )
    merged = [(row["job_group"], str(row["start_date"]), str(row["end_date"])) for row in runs(2)]
    assert merged[0] == (0, "2013-11-01", "2014-03-02")
    assert len(merged) == 5


def test_sustained_employment_counts_from_the_day_on_which_the_length_is_reached() -> None:
    rows = run_model(
        "2_person_year/sustained_year",
        {
            # the tenth day of the first run is 31 December 2013, of the second 1 January 2015; the third has nine
            "employment_run": """
                person_id | window_year | job_group | start_date | end_date
                1         | 0           | 0         | 2013-12-22 | 2014-01-01
                1         | 0           | 0         | 2014-12-23 | 2015-01-02
                1         | 0           | 0         | 2015-06-01 | 2015-06-10
            """,
            "counted_year": YEARS,
            "study_outcome": """
                outcome | kind      | job_group | run_days:INTEGER
                1       | sustained | 0         | 10
                2       | sustained | 0         | 11
            """,
        },
    )
    expect(rows, "person_id | year | outcome\n1 | 2015 | 1")


def test_a_run_that_goes_on_counts_in_every_year_it_lasts() -> None:
    rows = run_model(
        "2_person_year/sustained_year",
        {
            "employment_run": """
                person_id | window_year | job_group | start_date | end_date
                1         | 0           | 0         | 2010-01-01 | 2015-01-02
            """,
            "counted_year": YEARS,
            "study_outcome": "outcome | kind | job_group | run_days:INTEGER\n1 | sustained | 0 | 182",
        },
    )
    expect(rows, "person_id | year | outcome\n1 | 2014 | 1\n1 | 2015 | 1")


PART = """
person_id | window_year | study_year | job_group | hours | earnings | row_days | days_before | days_until | work_days
""".strip()


def test_a_row_over_new_year_is_divided_by_its_days_and_an_open_one_ends_with_the_study() -> None:
    rows = run_model(
        "2_person_year/job_part",
        {
            "stg_employment": """
                person_id | start_date | end_date   | job_kind:VARCHAR | hours:DECIMAL(18,2) | earnings:DECIMAL(18,2)
                1         | 2014-12-30 | 2015-01-06 | ordinary         | 37.5                | 700.00
                1         | 2015-12-30 | 9999-12-31 | ordinary         |                     | -5.50
                1         | 2015-05-01 | 2015-06-01 | ordinary         |                     |
                1         | 2015-05-01 | 2015-06-01 | sheltered        | -3                  | 1
            """,
            "population_person": PERSON.replace("2014-01-01", "2014-12-31"),
            "study_outcome": "kind | job_group\nearnings | 1",
            "excluded_job_kind": "job_kind\nsheltered",
            **CALENDARS,
        },
        {"horizon": dt.date(2016, 1, 1)},
    )
    # 30 and 31 December are working days, of 1-5 January the 2nd and the 5th
    expect(
        sorted(rows, key=lambda row: row["days_until"], reverse=True),
        f"""
        {PART}
        1 | 0 | 2015 | 1 | 3750 | 70000 | 7 | 2 | 7 | 2
        1 | 0 | 2014 | 1 | 3750 | 70000 | 7 | 1 | 2 | 1
        1 | 0 | 2015 | 1 | 0    | -550  | 2 | 0 | 2 | 2
        """,
    )


@pytest.mark.parametrize(
    ("params", "hours", "earnings"),
    [
        # 37.5 hours a week are 7.5 a day; 100.01 over 3 days: 33.33 until the first, so 66.68 for the others
        ({}, 15_000, 6_668),
        # 2 of the 3 days of the row's own 37.5 hours: 37.5 less the 12.5 of the day before
        ({"hours_of_row": 1}, 25_000, 6_668),
        ({"days_a_week": 7}, 10_714, 6_668),
        ({"earnings_cap_e2": 5_000}, 15_000, 5_000),
    ],
)
def test_hours_and_earnings_of_a_part(params: dict[str, int], hours: int, earnings: int) -> None:
    rows = run_model(
        "2_person_year/job_amount",
        {
            "job_part": f"{PART}\n1 | 0 | 2015 | 0 | 3750 | 10001 | 3 | 1 | 3 | 2",
            "price_level": "year | factor_e6\n2015 | 1000000",
        },
        {"hours_of_row": 0, "days_a_week": 5, "earnings_cap_e2": None, **params},
    )
    expect(rows, f"person_id | year | hours_e3 | earnings_e2\n1 | 2015 | {hours} | {earnings}")


def test_parts_of_a_row_add_up_to_it_and_prices_follow_the_calendar_year_of_the_days() -> None:
    parts = f"{PART}\n1 | 2014 | 2014 | 0 | 0 | 10000 | 3 | 0 | 1 | 1\n1 | 2014 | 2015 | 0 | 0 | 10000 | 3 | 1 | 3 | 1"
    params = {"hours_of_row": 0, "days_a_week": 5, "earnings_cap_e2": None}
    nominal = "year | factor_e6\n2014 | 1000000\n2015 | 1000000"
    (row,) = run_model("2_person_year/job_amount", {"job_part": parts, "price_level": nominal}, params)
    assert row["earnings_e2"] == 10_000
    # 33.33 doubled and 66.67 as it is
    real = "year | factor_e6\n2014 | 2000000\n2015 | 1000000"
    (row,) = run_model("2_person_year/job_amount", {"job_part": parts, "price_level": real}, params)
    assert row["earnings_e2"] == 6_666 + 6_667


def test_losses_are_zero_over_the_year_and_round_like_gains() -> None:
    params = {"hours_of_row": 0, "days_a_week": 5, "earnings_cap_e2": None}
    parts = f"{PART}\n1 | 0 | 2015 | 0 | 0 | -50 | 1 | 0 | 1 | 1\n1 | 0 | 2015 | 0 | 0 | 100 | 1 | 0 | 1 | 1"
    level = "year | factor_e6\n2015 | 1010000"
    (row,) = run_model("2_person_year/job_amount", {"job_part": parts, "price_level": level}, params)
    assert row["earnings_e2"] == 101 - 51
    lost_only = parts.rsplit("\n", 1)[0]
    (lost,) = run_model("2_person_year/job_amount", {"job_part": lost_only, "price_level": level}, params)
    assert lost["earnings_e2"] == 0


def test_price_levels_are_one_without_a_year_of_prices_and_the_ratio_of_indices_with_one() -> None:
    tables = {
        "study_year": CALENDARS["study_year"],
        "stg_price_index": "year | price:DOUBLE\n2013 | 90\n2014 | 80\n2015 | 100",
    }
    nominal = run_model("2_person_year/price_level", tables, {"prices_of": None})
    expect(nominal, "year | factor_e6\n2014 | 1000000\n2015 | 1000000")
    real = run_model("2_person_year/price_level", tables, {"prices_of": 2013})
    expect(real, "year | factor_e6\n2014 | 1125000\n2015 | 900000")


def test_a_price_index_keeps_positive_numbers_of_years() -> None:
    rows = run_model(
        "1_staging/stg_price_index",
        {
            "extract_price_index": """
                year:VARCHAR | index:VARCHAR
                2014         | 97.5
                2015         | 100
                2016         | 0
                later        | 3
                2017         | x
            """
        },
    )
    expect(rows, "year | price\n2014 | 97.5\n2015 | 100.0")


def test_education_is_half_open_and_counts_repeats_once() -> None:
    rows = run_model(
        "1_staging/stg_education",
        {
            "extract_education": """
                person_id | start_date | end_date
                1         | 2015-01-01 | 2015-01-31
                1         | 2015-01-01 | 2015-01-31
                2         | 2015-01-01 |
            """
        },
        {"education_end_offset": 1},
    )
    expect(rows, "person_id | start_date | end_date\n1 | 2015-01-01 | 2015-02-01\n2 | 2015-01-01 | 9999-12-31")


def test_education_is_cut_to_the_days_of_the_person() -> None:
    rows = run_model(
        "2_person_year/education_spell",
        {
            "stg_education": """
                person_id | start_date | end_date
                1         | 2013-08-01 | 2014-01-06
                2         | 2014-01-01 | 2014-02-01
            """,
            "population_person": PERSON,
            "calendar_day": CALENDARS["calendar_day"],
        },
    )
    # of 1-5 January 2014 the 2nd and the 3rd are working days
    expect(rows, "person_id | start_day | start_work | end_day | end_work\n1 | 0 | 0 | 5 | 2")


def states(kinds: str) -> list[dict[str, Any]]:
    """A job on days 365-374 (1-10 January 2015: 6 working days), the benefit on 370-372, education from 360 to 368."""
    header = SPELL.replace("end_work:INTEGER", "end_work:INTEGER | {}")
    return run_model(
        "2_person_year/state_year",
        {
            "job_spell": f"""
                {header.format("job_group:INTEGER")}
                1 | 0 | 365 | 252 | 375 | 258 | 0
                1 | 0 | 0   | 0   | 365 | 252 | 1
            """,
            "benefit_spell": f"""
                {header.format("benefit")}
                1 | 0 | 370 | 255 | 373 | 258 | WAA
                1 | 0 | 0   | 0   | 365 | 252 | DP
            """,
            "education_spell": f"{SPELL}\n1 | 0 | 360 | 250 | 369 | 254",
            "study_outcome": f"kind\n{kinds}",
            **CALENDARS,
        },
        {"benefit": "WAA"},
    )


def test_work_without_the_benefit_and_days_with_a_job_or_in_education() -> None:
    both = "person_id | year | work_without_benefit | active_days"
    # education alone on days 360-364 of 2014; of the job's 6 working days 3 have the benefit
    expect(states("work_without_benefit\nneet_days"), f"{both}\n1 | 2014 | 0 | 5\n1 | 2015 | 3 | 10")
    expect(states("neet_days"), f"{both}\n1 | 2014 | 0 | 5\n1 | 2015 | 6 | 10")
    assert states("employed") == []


def test_neet_days_are_those_that_count_less_the_active_ones_and_dates_need_to_count() -> None:
    rows = run_model(
        "2_person_year/neet_year",
        {
            "counted_year": """
                person_id | year | window_year | first_day:DATE | next_day:DATE
                1         | 2014 | 0           | 2014-01-01     | 2015-01-01
                1         | 2015 | 0           | 2015-01-01     | 2015-06-15
                2         | 2015 | 0           | 2015-01-01     | 2016-01-01
            """,
            "state_year": "person_id | year | active_days\n1 | 2014 | 365\n2 | 2015 | 5",
            "job_spell": "person_id | window_year | job_group | start_day | end_day\n2 | 0 | 0 | 530 | 535",
            "education_spell": "person_id | window_year | start_day | end_day\n1 | 0 | 0 | 365",
            # 15 June 2015 is day 530; person 1 is last counted on the 14th
            "study_outcome": """
                outcome | kind      | month_of_year | day_of_month
                1       | neet_days |               |
                2       | neet_on   | 6             | 15
                3       | neet_on   | 6             | 14
            """,
            "calendar_day": CALENDARS["calendar_day"],
        },
    )
    expect(
        rows,
        """
        person_id | year | outcome | amount
        1         | 2015 | 1       | 165
        1         | 2015 | 3       | 1
        2         | 2015 | 1       | 360
        2         | 2015 | 3       | 1
        """,
    )


def test_time_to_a_job_is_the_whole_window_without_one_and_nothing_with_a_job_at_entry() -> None:
    rows = run_model(
        "2_person_year/first_job",
        {
            "counted_year": """
                person_id | year | window_year | first_day:DATE
                1         | 2014 | 2014        | 2014-01-11
                2         | 2014 | 2014        | 2014-01-11
                3         | 2014 | 2014        | 2014-01-11
                4         | 2014 | 0           | 2014-01-01
            """,
            "job_spell": """
                person_id | window_year | job_group | start_day
                1         | 2014        | 0         | 10
                1         | 2014        | 0         | 40
                2         | 2014        | 0         | 15
                2         | 2014        | 1         | 30
                3         | 2013        | 0         | 12
            """,
            "follow_up": "entry_date | until_date\n2014-01-11 | 2014-07-11",
            "study_outcome": "outcome | kind | job_group\n1 | days_to_job | 0\n2 | days_to_job | 1",
            "calendar_day": CALENDARS["calendar_day"],
        },
    )
    found = {(row["person_id"], row["outcome"]): row["days"] for row in rows}
    assert found == {(1, 1): 0, (1, 2): 181, (2, 1): 5, (2, 2): 20, (3, 1): 181, (3, 2): 181}


def test_days_of_person_years_are_only_made_where_an_outcome_asks() -> None:
    tables = {
        "population": "person_id | year\n1 | 2014\n1 | 2015",
        "population_person": PERSON.replace("2016-01-01", "2015-03-02"),
        "study_year": CALENDARS["study_year"],
    }
    rows = run_model("2_person_year/counted_year", {**tables, "study_outcome": "kind\nneet_days"})
    expect(rows, "year | first_day | next_day\n2014 | 2014-01-01 | 2015-01-01\n2015 | 2015-01-01 | 2015-03-02")
    assert run_model("2_person_year/counted_year", {**tables, "study_outcome": "kind\nworkdays"}) == []
