"""Levels of person-years and the sums by level, by hand. One rule per test."""

from __future__ import annotations

from lib.spec import expect, run_model, staged_jobs

PERSON_YEARS = """
    person_id | year | municipality | selection_age
    1         | 2014 | 0301         | 24
    1         | 2015 | 0301         | 25
    1         | 2016 | 0301         | 26
    2         | 2014 | 0301         | 30
    3         | 2016 | 1103         | 17
"""
AMOUNTS = """
    person_id | year | municipality | outcome | amount
    1         | 2014 | 0301         | 1       | 15000
    1         | 2015 | 0301         | 1       | 20000
    1         | 2016 | 0301         | 1       | 30000
    1         | 2016 | 0301         | 2       | 7
    2         | 2014 | 0301         | 1       | 1000
    3         | 2016 | 1103         | 2       | 9
"""
NOTHING = {
    "stg_person": "person_id | woman:INTEGER\n1 | 1\n2 | 0\n3 |",
    "prior_work": "person_id | year\n1 | 2015",
    "delivered_dimension": """
        person_id | position | value:VARCHAR
        1         | 5        | Norway
        2         | 5        |
        1         | 6        | 7
        3         | 5        | ' '
    """.replace("' '", ""),
    "municipality_type": "municipality | type\n0301 | town",
    "age_band": "youngest | oldest | level:VARCHAR\n-1000 | 17 | <18\n18 | 24 | 18-24\n25 | 1000 | 25+",
}


def levels(source: str, position: int = 5) -> list[dict[str, object]]:
    tables = {
        **NOTHING, "population": PERSON_YEARS, "study_dimension": f"position | source\n{position} | {source}",
    }  # fmt: skip
    return run_model("3_municipality_year/person_year_level", tables)


def of(rows: list[dict[str, object]]) -> list[object]:
    return [row["level"] for row in rows]


def test_sex_is_woman_man_or_unknown() -> None:
    assert of(levels("sex")) == ["woman", "woman", "woman", "man", "unknown"]


def test_age_bands_hold_the_ages_from_the_youngest_to_the_oldest() -> None:
    assert of(levels("age band")) == ["18-24", "25+", "25+", "25+", "<18"]


def test_prior_work_is_worked_or_not() -> None:
    assert of(levels("prior work")) == ["did not work", "worked", "did not work", "did not work", "did not work"]


def test_person_columns_have_their_values_as_levels_and_empty_is_unknown() -> None:
    assert of(levels("person")) == ["Norway", "Norway", "Norway", "unknown", "unknown"]
    assert of(levels("person", position=6)) == ["7", "7", "7", "unknown", "unknown"]


def test_municipality_type_is_that_of_the_municipality_of_the_year() -> None:
    assert of(levels("municipality type")) == ["town", "town", "town", "town", "unknown"]


def test_the_type_is_the_one_before_the_rollout_else_the_one_for_all_years() -> None:
    rows = run_model(
        "3_municipality_year/municipality_type",
        {
            "stg_municipality": """
                municipality | year | type:VARCHAR
                0301         | 0    | rural
                0301         | 2014 | town
                0301         | 2015 | city
                1103         | 0    | rural
                1103         | 2015 | town
                5001         | 2015 | town
            """
        },
        {"base_calendar_year": 2014},
    )
    expect(rows, "municipality | type\n0301 | town\n1103 | rural")


JOBS = """
    person_id | employer_id | start_date | end_date   | position_pct
    1         | a           | 2012-05-01 | 2013-01-01 | 50
    2         | a           | 2012-05-01 | 2012-12-31 | 50
    3         | a           | 2015-01-01 |            | 50
    4         | a           | 2013-06-01 | 9999-12-31 | 50
    5         | a           | 2013-03-01 | 2013-02-01 | 50
    6         | a           | 2013-03-01 | 2013-03-01 | 50
"""


def worked(offset: int, years: tuple[int, ...] = (2014,)) -> list[tuple[object, object]]:
    people = "\n".join(f"{person} | {year}" for person in range(1, 7) for year in years)
    rows = run_model(
        "3_municipality_year/prior_work",
        {"population": f"person_id | year\n{people}", "stg_employment": staged_jobs(JOBS, offset)},
        {"base_year": 2014},
    )
    return [(row["person_id"], row["year"]) for row in rows]


def test_a_job_on_any_day_of_the_year_before_counts() -> None:
    assert worked(1) == [(1, 2014), (4, 2014), (6, 2014)]


def test_an_exclusive_end_on_1_january_is_not_in_the_year() -> None:
    assert worked(0) == [(4, 2014)]


def test_from_the_first_start_on_the_last_year_before_it_decides() -> None:
    # the job of person 3 begins in 2015, the year of the first start, and never counts
    assert worked(1, (2013, 2016)) == [(1, 2013), (2, 2013), (4, 2016)]


LEVELS = """
    person_id | year | dimension | level
    1         | 2014 | 1         | young
    1         | 2015 | 1         | old
    1         | 2016 | 1         | old
    2         | 2014 | 1         | old
    3         | 2016 | 1         | young
    1         | 2014 | 2         | all
    1         | 2015 | 2         | all
    1         | 2016 | 2         | all
    2         | 2014 | 2         | all
    3         | 2016 | 2         | all
"""
TABLES = {"population": PERSON_YEARS, "person_year_level": LEVELS}


def test_persons_by_level_add_up() -> None:
    expect(
        run_model("3_municipality_year/subgroup_year", TABLES),
        """
        municipality | year | dimension | level | persons
        0301         | 2014 | 1         | old   | 1
        0301         | 2014 | 1         | young | 1
        0301         | 2014 | 2         | all   | 2
        0301         | 2015 | 1         | old   | 1
        0301         | 2015 | 2         | all   | 1
        0301         | 2016 | 1         | old   | 1
        0301         | 2016 | 2         | all   | 1
        1103         | 2016 | 1         | young | 1
        1103         | 2016 | 2         | all   | 1
        """,
    )


def test_sums_by_level_add_up_the_persons_of_the_level() -> None:
    rows = run_model(
        "3_municipality_year/subgroup_year_outcome", {"person_year_outcome": AMOUNTS, "person_year_level": LEVELS}
    )
    expect(
        [row for row in rows if row["dimension"] == 1 or row["year"] == 2014],
        """
        municipality | year | dimension | level | outcome | total | squares
        0301         | 2014 | 1         | old   | 1       | 1000  | 1000000
        0301         | 2014 | 1         | young | 1       | 15000 | 225000000
        0301         | 2014 | 2         | all   | 1       | 16000 | 226000000
        0301         | 2015 | 1         | old   | 1       | 20000 | 400000000
        0301         | 2016 | 1         | old   | 1       | 30000 | 900000000
        0301         | 2016 | 1         | old   | 2       | 7     | 49
        1103         | 2016 | 1         | young | 2       | 9     | 81
        """,
    )


def test_who_changes_level_counts_once_in_each() -> None:
    expect(
        run_model("3_municipality_year/subgroup_person", TABLES),
        """
        municipality | dimension | level | persons
        0301         | 1         | old   | 2
        0301         | 1         | young | 1
        0301         | 2         | all   | 2
        1103         | 1         | young | 1
        1103         | 2         | all   | 1
        """,
    )


def test_pairs_tell_the_level_in_either_year() -> None:
    expect(
        run_model("3_municipality_year/subgroup_year_pair", TABLES),
        """
        dimension | year | other_year | level | other_level | persons
        1         | 2014 | 2015       | young | old         | 1
        1         | 2014 | 2016       | young | old         | 1
        1         | 2015 | 2016       | old   | old         | 1
        2         | 2014 | 2015       | all   | all         | 1
        2         | 2014 | 2016       | all   | all         | 1
        2         | 2015 | 2016       | all   | all         | 1
        """,
    )


def test_totals_of_pairs_are_of_the_first_year_and_hold_both_orders() -> None:
    rows = run_model("3_municipality_year/subgroup_year_pair_outcome", {**TABLES, "person_year_outcome": AMOUNTS})
    expect(
        [row for row in rows if row["dimension"] == 1],
        """
        year | other_year | level | other_level | outcome | total | product
        2014 | 2015       | young | old         | 1       | 15000 | 300000000
        2014 | 2016       | young | old         | 1       | 15000 | 450000000
        2015 | 2014       | old   | young       | 1       | 20000 | 300000000
        2015 | 2016       | old   | old         | 1       | 20000 | 600000000
        2016 | 2014       | old   | young       | 1       | 30000 | 450000000
        2016 | 2014       | old   | young       | 2       | 7     | 0
        2016 | 2015       | old   | old         | 1       | 30000 | 600000000
        2016 | 2015       | old   | old         | 2       | 7     | 0
        """,
    )
