"""Who is in the study: episodes of the benefit, receipt and residence. One rule per test."""

from __future__ import annotations

import pytest
from lib.calendars import calendars
from lib.spec import expect, run_model

YEARS = calendars(2014, 2016)["study_year"]
CONSIDERED = """
    person_id | year | receives | clock_date
    1         | 2014 | 1        | 2014-01-01
    1         | 2015 | 1        | 2015-01-01
"""
NOWHERE = "person_id:BIGINT | municipality | start_date | end_date"


def considered(
    benefits: str, receipt: str, day: tuple[int, int] = (1, 1), residence: str = NOWHERE
) -> list[dict[str, object]]:
    return run_model(
        "2_person_year/considered_year",
        tables={
            "benefit_episode": benefits,
            "study_year": YEARS,
            "stg_residence": residence,
            "study_municipality": "municipality\n0301\n1103",
        },
        params={
            "receipt": receipt,
            "base_year": 2014,
            "receipt_month": day[0],
            "receipt_dom": day[1],
            "period": "year",
        },
    )


def episodes(spells: str, gap_months: int) -> list[dict[str, object]]:
    drawn = f"person_id | start_date | end_date\n{spells}"
    return run_model("2_person_year/benefit_episode", {"stg_benefit": drawn}, {"gap_months": gap_months})


TWO_SPELLS = "1 | 2014-01-10 | 2014-02-05\n1 | {start} | 2014-12-01"


@pytest.mark.parametrize(
    ("start", "gap_months", "count"),
    [
        ("2014-02-05", 0, 1),  # the spells touch
        ("2014-02-06", 0, 2),  # a day without receipt
        ("2014-02-06", 1, 1),  # received in the same month
        ("2014-03-31", 1, 1),  # received in the month before
        ("2014-04-01", 1, 2),  # March without a day of it
        ("2014-04-30", 2, 1),  # received in one of the two months before
        ("2014-05-01", 2, 2),  # in neither of them: new, as NAV counts
    ],
)
def test_a_gap_ends_an_episode_after_so_many_whole_months(start: str, gap_months: int, count: int) -> None:
    assert len(episodes(TWO_SPELLS.format(start=start), gap_months)) == count


def test_an_episode_reaches_to_the_latest_end_whatever_the_order_of_the_spells() -> None:
    rows = episodes(
        """
        1 | 2014-12-01 | 9999-12-31
        1 | 2014-01-01 | 2014-10-31
        1 | 2014-02-01 | 2014-03-01
        2 | 2013-11-30 | 2014-01-01
        2 | 2014-02-28 | 2014-03-15
        """,
        2,
    )
    expect(
        rows,
        """
        person_id | start_date | end_date
        1         | 2014-01-01 | 9999-12-31
        2         | 2013-11-30 | 2014-03-15
        """,
    )


BENEFITS = """
    person_id | start_date | end_date
    1         | 2013-06-01 | 2014-01-01
    2         | 2014-12-31 | 2015-01-01
    3         | 2014-03-01 | 2015-01-02
    3         | 2014-05-01 | 2014-06-01
    4         | 2016-12-31 | 9999-12-31
    5         | 2017-01-01 | 2018-01-01
"""


def test_any_day_in_the_year_counts_and_the_exclusive_end_does_not() -> None:
    expect(
        considered(BENEFITS, "any day in the year"),
        """
        person_id | year | receives
        2         | 2014 | 1
        3         | 2014 | 1
        3         | 2015 | 1
        4         | 2016 | 1
        """,
    )


def test_receipt_on_1_january_is_told_apart_from_receipt_later() -> None:
    expect(
        considered(BENEFITS, "1 January"),
        """
        person_id | year | receives
        2         | 2014 | 0
        3         | 2014 | 0
        3         | 2015 | 1
        4         | 2016 | 0
        """,
    )


def test_a_baseline_cohort_is_followed_through_every_year() -> None:
    expect(
        considered(BENEFITS, "baseline cohort"),
        """
        person_id | year | receives
        2         | 2014 | 1
        2         | 2015 | 1
        2         | 2016 | 1
        3         | 2014 | 1
        3         | 2015 | 1
        3         | 2016 | 1
        4         | 2014 | 0
        4         | 2015 | 0
        4         | 2016 | 0
        """,
    )


def test_receipt_on_another_day_of_the_year_is_what_the_person_year_is_about() -> None:
    expect(
        considered(BENEFITS, "on a date", (5, 31)),
        """
        person_id | year | receives | clock_date
        2         | 2014 | 0        | 2014-05-31
        3         | 2014 | 1        | 2014-05-31
        3         | 2015 | 0        | 2015-05-31
        4         | 2016 | 0        | 2016-05-31
        """,
    )


def test_an_entry_is_the_first_day_of_the_first_episode_that_begins_in_the_year() -> None:
    several = """
        person_id | start_date | end_date
        1         | 2013-06-01 | 2014-02-01
        1         | 2014-06-01 | 2014-07-01
        1         | 2014-10-01 | 2015-02-01
        2         | 2014-01-01 | 2014-02-01
    """
    expect(
        considered(several, "entry"),
        """
        person_id | year | receives | clock_date
        1         | 2014 | 1        | 2014-06-01
        1         | 2015 | 0        | 2015-01-01
        2         | 2014 | 1        | 2014-01-01
        """,
    )


LIVING = """
    person_id | municipality | start_date | end_date
    3         | 0301         | 2000-01-01 | 2015-06-01
    3         | 1103         | 2015-06-01 | 2016-01-01
    4         | 9999         | 2000-01-01 | 9999-12-31
    6         | 1103         | 2016-12-31 | 9999-12-31
"""


def test_everyone_is_who_lives_in_a_study_municipality_on_some_day_of_the_year() -> None:
    rows = considered(BENEFITS, "everyone", residence=LIVING)
    expect(rows, "person_id | year | receives\n3 | 2014 | 1\n3 | 2015 | 1\n6 | 2016 | 1")


def test_residents_without_the_benefit_have_no_day_of_it_in_the_year() -> None:
    rows = considered(BENEFITS, "no benefit", residence=LIVING.replace("4         | 9999", "4         | 0301"))
    expect(
        rows,
        """
        person_id | year | receives
        3         | 2014 | 0
        3         | 2015 | 0
        4         | 2014 | 1
        4         | 2015 | 1
        4         | 2016 | 0
        6         | 2016 | 1
        """,
    )


RESIDENCE = """
    person_id | municipality | start_date | end_date
    1         | 0301         | 2000-01-01 | 2015-01-01
    1         | 1103         | 2015-01-01 | 9999-12-31
"""


def home(
    residence: str, rule: str = "1 January", considered_year: str = CONSIDERED, **changes: object
) -> list[dict[str, object]]:
    params = {
        "residence": rule,
        "before_rollout": "2014-12-31",
        "residence_month": 1,
        "residence_dom": 1,
        "period": "year",
    }
    return run_model(
        "2_person_year/home",
        tables={
            "considered_year": considered_year,
            "majority_home": "person_id:BIGINT | year:INTEGER | municipality",
            "stg_residence": residence,
            "study_year": YEARS,
        },
        params=params | changes,
    )


def test_home_is_the_municipality_of_1_january() -> None:
    expect(home(RESIDENCE), "person_id | year | municipality\n1 | 2014 | 0301\n1 | 2015 | 1103")


def test_home_before_rollout_is_the_same_in_all_years() -> None:
    rows = home(RESIDENCE, "before rollout")
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301\n1 | 2015 | 0301")


def test_home_on_another_day_of_the_year_or_on_the_day_of_entry() -> None:
    moving = RESIDENCE.replace("2015-01-01", "2014-06-30")
    rows = home(moving, "on a date", residence_month=6, residence_dom=29)
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301\n1 | 2015 | 1103")
    entered = CONSIDERED.replace("2014-01-01", "2014-06-30")
    rows = home(moving, "at entry", entered)
    expect(rows, "person_id | year | municipality\n1 | 2014 | 1103\n1 | 2015 | 1103")


def test_two_rows_for_one_municipality_are_one_home_and_a_gap_is_none() -> None:
    rows = home(
        """
        person_id | municipality | start_date | end_date
        1         | 0301         | 2000-01-01 | 2014-02-01
        1         | 0301         | 2013-01-01 | 2014-06-01
        1         | 1103         | 2015-01-02 | 9999-12-31
        """
    )
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301")


def majority(residence: str, rule: str = "majority of the year") -> list[dict[str, object]]:
    drawn = f"person_id | municipality | start_date | end_date\n{residence}"
    return run_model(
        "2_person_year/majority_home",
        tables={"considered_year": CONSIDERED, "stg_residence": drawn, **calendars(2014, 2016)},
        params={"residence": rule},
    )


@pytest.mark.parametrize(
    ("residence", "homes"),
    [
        # 182 of 365 days and then 183; in the year after all days are of the second
        ("1 | 0301 | 2000-01-01 | 2014-07-02\n1 | 1103 | 2014-07-02 | 9999-12-31", ["1103", "1103"]),
        ("1 | 0301 | 2000-01-01 | 2014-07-03\n1 | 1103 | 2014-07-03 | 9999-12-31", ["0301", "1103"]),
        # overlapping rows of one municipality: 31 days, not 62, against the 40 of another
        (
            "1 | 1103 | 2014-01-01 | 2014-02-01\n1 | 1103 | 2014-01-01 | 2014-01-31\n"
            "1 | 1103 | 2013-12-01 | 2014-02-01\n1 | 0301 | 2014-02-01 | 2014-03-13",
            ["0301"],
        ),
        # a tie of 20 days goes to the first of the year, though its code is higher
        ("1 | 5001 | 2014-03-01 | 2014-03-21\n1 | 0301 | 2014-04-01 | 2014-04-21", ["5001"]),
        # two stays in one municipality add up; days abroad belong to none
        (
            "1 | 0301 | 2014-01-01 | 2014-01-11\n1 | 1103 | 2014-02-01 | 2014-02-16\n"
            "1 | 0301 | 2014-12-22 | 2015-01-01",
            ["0301"],
        ),
    ],
)
def test_the_majority_of_the_year_is_most_days_of_residence(residence: str, homes: list[str]) -> None:
    assert [row["municipality"] for row in majority(residence)] == homes
    assert majority(residence, "1 January") == []


def test_residence_ends_with_its_last_day_and_not_with_a_time_abroad() -> None:
    spells = """
        person_id | municipality | start_date | end_date
        1         | 0301         | 2000-01-01 | 2014-02-01
        1         | 1103         | 2014-06-01 | 2014-09-01
        7         | 1103         | 2014-06-01 | 2014-09-01
    """
    tables = {"considered_year": CONSIDERED, "stg_residence": spells}
    rows = run_model("2_person_year/last_residence", tables, {"emigration": "ends the risk time"})
    expect(rows, "person_id | gone_from\n1 | 2014-09-01")
    assert run_model("2_person_year/last_residence", tables, {"emigration": "keep"}) == []


def test_municipalities_seen_are_those_lived_in_during_the_window() -> None:
    rows = run_model(
        "2_person_year/seen_municipality",
        tables={
            "stg_residence": """
                person_id | municipality | start_date | end_date
                1         | 0301         | 2000-01-01 | 2014-01-01
                1         | 1103         | 2000-01-01 | 2014-01-02
                2         | 1103         | 2015-01-01 | 9999-12-31
                2         | 5001         | 2016-12-31 | 9999-12-31
                3         | 5501         | 2017-01-01 | 9999-12-31
            """
        },
        params={"first_day": "2014-01-01", "horizon": "2017-01-01"},
    )
    expect(rows, "municipality\n1103\n5001")
