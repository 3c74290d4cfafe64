"""Through the selection step by step, what is counted of it, and the days that count. One rule per test."""

from __future__ import annotations

import pytest
from lib.calendars import calendars
from lib.spec import expect, run_model

YEARS = calendars(2014, 2016)["study_year"]


def selected(
    person: str = "1 | 1990-01-02 | | 1", home: str = "1 | 2015 | 0301", year: int = 2015, **changes: object
) -> list[dict[str, object]]:
    """One considered person-year through the selection."""
    receives, clock = changes.pop("receives", 1), changes.pop("clock", f"{year}-01-01")
    params = {"age_rule": "1 January", "age_low": 18, "age_high": 29, "receipt": "any day in the year"}
    return run_model(
        "2_person_year/candidate_person_year",
        tables={
            "considered_year": f"person_id | year | receives | clock_date\n1 | {year} | {receives} | {clock}",
            "home": f"person_id:BIGINT | year:INTEGER | municipality\n{home}",
            "stg_person": f"person_id:BIGINT | birth_date | death_date | woman:INTEGER\n{person}",
            "covariate_missing": f"person_id:BIGINT\n{changes.pop('missing', '')}",
            "mover": f"person_id:BIGINT\n{changes.pop('moved', '')}",
            "last_residence": f"person_id:BIGINT | gone_from:DATE\n{changes.pop('gone', '')}",
            "follow_up": f"entry_date | until_date\n{changes.pop('followed', '')}",
            "study_municipality": """
                municipality | arm     | partial_year:INTEGER | ended_from:INTEGER
                0301         | treated | 2014                 | 2017
                1103         | control |                      |
                5001         | always  |                      |
            """,
        },
        params={
            **params,
            "base_date": "2014-01-01",
            "deaths": "keep",
            "horizon": "2019-01-01",
            "period": "year",
            **changes,
        },
    )


ENTERED = {"receipt": "entry", "clock": "2015-03-01"}


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
        (6, {"person": "1 | 1990-01-02 | 2015-06-29 | 1", "clock": "2015-06-30"}),
        (14, {"person": "1 | 1990-01-02 | 2015-06-30 | 1", "clock": "2015-06-30"}),
        (7, {"gone": "1 | 2015-01-01"}),
        (14, {"gone": "1 | 2015-01-02"}),
        (8, {"person": "1 | 1990-01-02 | 2015-01-01 | 1", "deaths": "drop the year of death"}),
        (14, {"person": "1 | 1990-01-02 | 2015-01-01 | 1"}),
        (9, {"home": "1 | 2015 | 5001"}),
        (10, {"home": "1 | 2014 | 0301", "year": 2014}),
        (10, {"home": "1 | 2017 | 0301", "year": 2017}),
        (14, {"home": "1 | 2016 | 0301", "year": 2016}),
        (11, ENTERED | {"followed": "2015-12-31 | 2019-01-02"}),
        (14, ENTERED | {"followed": "2015-12-31 | 2019-01-01"}),
        (12, {"missing": "1"}),
        (13, {"moved": "1"}),
        (14, {}),
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
    assert (row["age"], row["last_step"]) == (age, 14)


@pytest.mark.parametrize(("clock", "age"), [("2015-06-29", 24), ("2015-06-30", 25), ("2015-12-31", 25)])
def test_age_on_the_receipt_day_is_in_completed_years_that_day(clock: str, age: int) -> None:
    (row,) = selected(person="1 | 1990-06-30 | | 1", age_rule="receipt day", clock=clock)
    assert row["age"] == age


@pytest.mark.parametrize("rule", ["1 January", "birth year", "receipt day"])
@pytest.mark.parametrize("birth", ["1990-01-01", "1990-01-15", "1990-05-31", "1990-06-01", "1990-06-30", "1990-07-01"])
def test_a_birth_month_counts_as_its_first_day_and_so_differs_only_in_the_month_of_the_day_that_decides(
    rule: str, birth: str
) -> None:
    exact, month = (
        selected(person=f"1 | {born} | | 1", age_rule=rule, clock="2015-06-15")[0]["age"]
        for born in (birth, f"{birth[:7]}-01")
    )
    decides = {"1 January": "1990-01-01", "birth year": birth, "receipt day": "1990-06-15"}[rule]
    assert month - exact == int(birth[:7] == decides[:7] and birth > decides)  # type: ignore[operator]


def test_a_cohort_is_selected_on_its_age_in_the_base_year() -> None:
    later = {"person": "1 | 1985-01-01 | | 0", "home": "1 | 2018 | 1103", "year": 2018}
    (followed,) = selected(receipt="baseline cohort", **later)  # type: ignore[arg-type]
    (each_year,) = selected(**later)  # type: ignore[arg-type]
    assert (followed["age"], followed["selection_age"], followed["last_step"]) == (33, 29, 14)
    assert each_year["last_step"] == 3


@pytest.mark.parametrize("quarter", [8060, 8061, 8062, 8063, 8064])
def test_a_cohort_of_quarters_has_one_age_too(quarter: int) -> None:
    clock = {8060: "2015-01-01", 8061: "2015-04-01", 8062: "2015-07-01", 8063: "2015-10-01", 8064: "2016-01-01"}[
        quarter
    ]
    (row,) = selected(
        person="1 | 1985-08-21 | | 0", home=f"1 | {quarter} | 1103", year=quarter, clock=clock, period="quarter",
        receipt="baseline cohort", base_date="2015-10-01", age_high=29,
    )  # fmt: skip
    assert (row["selection_age"], row["last_step"]) == (30, 3)


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
                person_id | year | municipality | age | selection_age | woman | last_step
                1         | 2014 | 0301         | 20  | 19            | 1     | 14
                1         | 2015 | 0301         | 21  | 19            | 1     | 13
            """
        },
    )
    expect(rows, "person_id | year | municipality | age | selection_age | woman\n1 | 2014 | 0301 | 20 | 19 | 1")


def counted_days(receipt: str, gone: str = "") -> list[dict[str, object]]:
    return run_model(
        "2_person_year/population_person",
        tables={
            "population": "person_id | year\n1 | 2014\n1 | 2016\n2 | 2015\n3 | 2015",
            "considered_year": """
                person_id | year | clock_date
                1         | 2014 | 2014-06-01
                1         | 2015 | 2015-01-01
                1         | 2016 | 2016-02-29
                2         | 2015 | 2015-03-01
                3         | 2015 | 2015-12-31
            """,
            "follow_up": """
                entry_date | until_date
                2014-06-01 | 2015-06-01
                2016-02-29 | 2017-02-28
                2015-03-01 | 2016-03-01
                2015-12-31 | 2016-12-31
            """,
            "study_year": YEARS,
            "stg_person": "person_id | death_date\n1 | 2018-01-01\n2 | 2015-03-31\n3 |",
            "last_residence": f"person_id:BIGINT | gone_from:DATE\n{gone}",
        },
        params={"receipt": receipt},
    )


def test_days_that_count_span_the_persons_years_and_end_with_death() -> None:
    expect(
        counted_days("any day in the year"),
        """
        person_id | window_year | counts_from | counts_until
        1         | 0           | 2014-01-01  | 2017-01-01
        2         | 0           | 2015-01-01  | 2015-04-01
        3         | 0           | 2015-01-01  | 2016-01-01
        """,
    )


def test_days_that_count_end_with_the_last_day_of_residence_where_the_study_says_so() -> None:
    rows = counted_days("baseline cohort", "1 | 2016-03-01\n2 | 2016-01-01\n3 | 9999-12-31")
    assert [str(row["counts_until"]) for row in rows] == ["2016-03-01", "2015-04-01", "2016-01-01"]


def test_each_entry_has_a_window_of_its_own_though_windows_of_a_person_may_overlap() -> None:
    expect(
        counted_days("entry"),
        """
        person_id | window_year | counts_from | counts_until
        1         | 2014        | 2014-06-01  | 2015-06-01
        1         | 2016        | 2016-02-29  | 2017-02-28
        2         | 2015        | 2015-03-01  | 2015-04-01
        3         | 2015        | 2015-12-31  | 2016-12-31
        """,
    )


def test_covariates_are_kept_for_the_considered_and_gaps_are_found() -> None:
    kept = run_model(
        "2_person_year/person_covariate",
        tables={
            "delivered_covariate": "person_id | position | value:VARCHAR\n1 | 1 | 7\n1 | 2 |\n9 | 1 | 3",
            "considered_year": "person_id | year\n1 | 2014\n1 | 2015",
        },
    )
    expect(kept, "person_id | position | value\n1 | 1 | 7\n1 | 2 |")
    missing = run_model(
        "2_person_year/covariate_missing",
        tables={"person_covariate": "person_id | value:VARCHAR\n1 | 7\n1 |\n2 | 3"},
    )
    expect(missing, "person_id\n1")
