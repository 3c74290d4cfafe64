"""Who is in the study: receipt, residence, the steps of the selection and their counts. One rule per test."""

from __future__ import annotations

import pytest
from lib.calendars import calendars
from lib.spec import expect, run_model

YEARS = calendars(2014, 2016)["study_year"]
CONSIDERED = """
    person_id | year | receives
    1         | 2014 | 1
    1         | 2015 | 1
"""


def considered(benefits: str, receipt: str) -> list[dict[str, object]]:
    return run_model(
        "2_person_year/considered_year",
        tables={"stg_benefit": benefits, "study_year": YEARS},
        params={"receipt": receipt, "base_year": 2014},
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


RESIDENCE = """
    person_id | municipality | start_date | end_date
    1         | 0301         | 2000-01-01 | 2015-01-01
    1         | 1103         | 2015-01-01 | 9999-12-31
"""


def test_home_is_the_municipality_of_1_january() -> None:
    rows = run_model(
        "2_person_year/home",
        tables={"considered_year": CONSIDERED, "stg_residence": RESIDENCE, "study_year": YEARS},
        params={"residence_day": None},
    )
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301\n1 | 2015 | 1103")


def test_home_before_rollout_is_the_same_in_all_years() -> None:
    rows = run_model(
        "2_person_year/home",
        tables={"considered_year": CONSIDERED, "stg_residence": RESIDENCE, "study_year": YEARS},
        params={"residence_day": "2014-12-31"},
    )
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301\n1 | 2015 | 0301")


def test_two_rows_for_one_municipality_are_one_home_and_a_gap_is_none() -> None:
    rows = run_model(
        "2_person_year/home",
        tables={
            "considered_year": CONSIDERED,
            "stg_residence": """
                person_id | municipality | start_date | end_date
                1         | 0301         | 2000-01-01 | 2014-02-01
                1         | 0301         | 2013-01-01 | 2014-06-01
                1         | 1103         | 2015-01-02 | 9999-12-31
            """,
            "study_year": YEARS,
        },
        params={"residence_day": None},
    )
    expect(rows, "person_id | year | municipality\n1 | 2014 | 0301")


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


def selected(
    person: str = "1 | 1990-01-02 | | 1", home: str = "1 | 2015 | 0301", year: int = 2015, **changes: object
) -> list[dict[str, object]]:
    """One considered person-year through the selection."""
    params = {"age_rule": "1 January", "age_low": 18, "age_high": 29, "receipt": "any day in the year"}
    return run_model(
        "2_person_year/candidate_person_year",
        tables={
            "considered_year": f"person_id | year | receives\n1 | {year} | {changes.pop('receives', 1)}",
            "home": f"person_id:BIGINT | year:INTEGER | municipality\n{home}",
            "stg_person": f"person_id:BIGINT | birth_date | death_date | woman:INTEGER\n{person}",
            "covariate_missing": f"person_id:BIGINT\n{changes.pop('missing', '')}",
            "mover": f"person_id:BIGINT\n{changes.pop('moved', '')}",
            "study_municipality": """
                municipality | arm     | partial_year:INTEGER | ended_from:INTEGER
                0301         | treated | 2014                 | 2017
                1103         | control |                      |
                5001         | always  |                      |
            """,
            "study_year": calendars(2014, 2018)["study_year"],
        },
        params={**params, "base_year": 2014, "deaths": "keep", **changes},
    )


@pytest.mark.parametrize(
    ("step", "case"),
    [
        (1, {"receives": 0}),
        (2, {"person": ""}),
        (2, {"person": "1 | | | 1"}),
        (3, {"age_high": 23}),
        (4, {"home": ""}),
        (5, {"home": "1 | 2015 | 9999"}),
        (6, {"person": "1 | 1990-01-02 | 2014-12-31 | 1"}),
        (7, {"person": "1 | 1990-01-02 | 2015-01-01 | 1", "deaths": "drop the year of death"}),
        (12, {"person": "1 | 1990-01-02 | 2015-01-01 | 1"}),
        (8, {"home": "1 | 2015 | 5001"}),
        (9, {"home": "1 | 2014 | 0301", "year": 2014}),
        (9, {"home": "1 | 2017 | 0301", "year": 2017}),
        (12, {"home": "1 | 2016 | 0301", "year": 2016}),
        (10, {"missing": "1"}),
        (11, {"moved": "1"}),
        (12, {}),
    ],
    ids=str,
)
def test_each_rule_stops_a_person_year_at_its_own_step(step: int, case: dict[str, object]) -> None:
    (row,) = selected(**case)  # type: ignore[arg-type]
    assert row["last_step"] == step


MOVES = """
    person_id | year | municipality
    1         | 2014 | 0301
    1         | 2015 | 0301
    2         | 2014 | 0301
    2         | 2016 | 9999
    3         | 2015 | 1103
"""


def test_movers_have_several_homes_and_matter_only_where_the_study_leaves_them_out() -> None:
    expect(run_model("2_person_year/mover", {"home": MOVES}, {"movers": "exclude"}), "person_id\n2")
    assert run_model("2_person_year/mover", {"home": MOVES}, {"movers": "keep"}) == []


@pytest.mark.parametrize(
    ("birth", "rule", "age"),
    [
        ("1990-01-01", "1 January", 25),
        ("1990-01-02", "1 January", 24),
        ("1990-12-31", "1 January", 24),
        ("1992-02-29", "1 January", 22),
        ("1990-01-01", "birth year", 25),
        ("1990-12-31", "birth year", 25),
    ],
)
def test_age_is_in_completed_years_or_by_birth_year(birth: str, rule: str, age: int) -> None:
    (row,) = selected(person=f"1 | {birth} | | 1", age_rule=rule)
    assert (row["age"], row["last_step"]) == (age, 12)


def test_a_cohort_is_selected_on_its_age_in_the_base_year() -> None:
    later = {"person": "1 | 1985-01-01 | | 0", "home": "1 | 2018 | 1103", "year": 2018}
    (followed,) = selected(receipt="baseline cohort", **later)  # type: ignore[arg-type]
    (each_year,) = selected(**later)  # type: ignore[arg-type]
    assert (followed["age"], followed["last_step"]) == (33, 12)
    assert each_year["last_step"] == 3


def test_unknown_sex_counts_as_no_woman() -> None:
    (row,) = selected(person="1 | 1990-01-02 | |")
    assert row["woman"] == 0


def test_attrition_counts_persons_once_per_arm_and_step() -> None:
    rows = run_model(
        "2_person_year/attrition",
        tables={
            "candidate_person_year": """
                person_id | arm     | last_step
                1         | treated | 11
                1         | treated | 3
                1         | control | 11
                2         | control | 3
                3         |         | 4
                4         | always  | 8
            """,
            "population_step": "step | rule\n1 | persons_with_benefit\n4 | age\n9 | always_treated",
        },
    )
    expect(
        rows,
        """
        step | rule                 | arm     | persons | person_years
        1    | persons_with_benefit | all     | 4       | 6
        1    | persons_with_benefit | control | 2       | 2
        1    | persons_with_benefit | treated | 1       | 2
        4    | age                  | all     | 3       | 4
        4    | age                  | control | 1       | 1
        4    | age                  | treated | 1       | 1
        9    | always_treated       | all     | 1       | 2
        9    | always_treated       | control | 1       | 1
        9    | always_treated       | treated | 1       | 1
        """,
    )


def test_attrition_of_nobody_is_zeros() -> None:
    rows = run_model(
        "2_person_year/attrition",
        tables={
            "candidate_person_year": "person_id:BIGINT | arm:VARCHAR | last_step:INTEGER",
            "population_step": "step | rule\n1 | persons_with_benefit",
        },
    )
    assert [(row["arm"], row["persons"], row["person_years"]) for row in rows] == [
        ("all", 0, 0), ("control", 0, 0), ("treated", 0, 0),
    ]  # fmt: skip


def test_population_is_what_passes_every_step() -> None:
    rows = run_model(
        "2_person_year/population",
        tables={
            "candidate_person_year": """
                person_id | year | municipality | age | woman | last_step
                1         | 2014 | 0301         | 20  | 1     | 12
                1         | 2015 | 0301         | 21  | 1     | 11
            """
        },
    )
    expect(rows, "person_id | year | municipality | age | woman\n1 | 2014 | 0301 | 20 | 1")


def test_days_that_count_span_the_persons_years_and_end_with_death() -> None:
    rows = run_model(
        "2_person_year/population_person",
        tables={
            "population": "person_id | year\n1 | 2014\n1 | 2016\n2 | 2015\n3 | 2015",
            "study_year": YEARS,
            "stg_person": "person_id | death_date\n1 | 2018-01-01\n2 | 2015-03-31\n3 |",
        },
    )
    expect(
        rows,
        """
        person_id | counts_from | counts_until
        1         | 2014-01-01  | 2017-01-01
        2         | 2015-01-01  | 2015-04-01
        3         | 2015-01-01  | 2016-01-01
        """,
    )


def test_covariates_are_kept_for_the_considered_and_gaps_are_found() -> None:
    kept = run_model(
        "2_person_year/person_covariate",
        tables={
            "delivered_covariate": "person_id | position | value:VARCHAR\n1 | 1 | 7\n1 | 2 |\n9 | 1 | 3",
            "considered_year": CONSIDERED,
        },
    )
    expect(kept, "person_id | position | value\n1 | 1 | 7\n1 | 2 |")
    missing = run_model(
        "2_person_year/covariate_missing",
        tables={"person_covariate": "person_id | value:VARCHAR\n1 | 7\n1 |\n2 | 3"},
    )
    expect(missing, "person_id\n1")
