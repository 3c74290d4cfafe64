"""Who counts as one person effect, and the groups of persons seen in the same years. One rule per test."""

from __future__ import annotations

import pytest
from lib.spec import expect, run_model

# person 1 stays three years, 2 stays with a gap, 3 moves once, 4 moves and comes back, 5 is seen once
POPULATION = """
    person_id | year | municipality
    1         | 2014 | 0301
    1         | 2015 | 0301
    1         | 2016 | 0301
    2         | 2014 | 0301
    2         | 2016 | 0301
    3         | 2014 | 0301
    3         | 2015 | 1103
    3         | 2016 | 1103
    4         | 2014 | 1103
    4         | 2015 | 0301
    4         | 2016 | 1103
    5         | 2015 | 1103
"""
STUDY = """
    municipality | partial_year:BIGINT | ended_from:BIGINT
    0301         |                     |
    1103         |                     |
"""
BITS = """
    year | bit
    2014 | 1
    2015 | 2
    2016 | 4
"""


def years(rule: str, study: str = STUDY) -> list[dict[str, object]]:
    tables = {"population": POPULATION, "study_municipality": study, "year_bit": BITS}
    return run_model("3_municipality_year/person_effect_year", tables=tables, params={"person_effects": rule})


def test_first_all_years_have_the_municipality_of_the_first() -> None:
    expect(
        [row for row in years("first") if row["person_id"] in (3, 4)],
        """
        person_id | year | municipality | bit
        3         | 2014 | 0301         | 1
        3         | 2015 | 0301         | 2
        3         | 2016 | 0301         | 4
        4         | 2014 | 1103         | 1
        4         | 2015 | 1103         | 2
        4         | 2016 | 1103         | 4
        """,
    )


def test_separate_every_year_has_the_municipality_it_is_counted_in() -> None:
    expect(
        [row for row in years("separate") if row["person_id"] in (3, 4)],
        """
        person_id | year | municipality | bit
        3         | 2014 | 0301         | 1
        3         | 2015 | 1103         | 2
        3         | 2016 | 1103         | 4
        4         | 2014 | 1103         | 1
        4         | 2015 | 0301         | 2
        4         | 2016 | 1103         | 4
        """,
    )


def test_exclude_nobody_who_moves() -> None:
    assert {row["person_id"] for row in years("exclude")} == {1, 2, 5}


@pytest.mark.parametrize(
    ("study", "left"),
    [
        ("municipality | partial_year:BIGINT | ended_from:BIGINT\n0301 | 2015 |\n1103 | |", {2014, 2016}),
        ("municipality | partial_year:BIGINT | ended_from:BIGINT\n0301 | | 2016\n1103 | |", {2014, 2015}),
    ],
)
def test_years_that_the_design_leaves_out_in_the_first_municipality_are_left_out(study: str, left: set[int]) -> None:
    """Person 3 lives elsewhere in those years, with the exposure of 0301."""
    assert {row["year"] for row in years("first", study) if row["person_id"] == 3} == left


def test_a_person_effect_for_each_person_and_municipality_with_its_years() -> None:
    rows = run_model(
        "3_municipality_year/person_effect",
        tables={
            "person_effect_year": """
                person_id | municipality | bit
                1         | 0301         | 1
                1         | 0301         | 2
                1         | 0301         | 4
                4         | 1103         | 1
                4         | 0301         | 2
                4         | 1103         | 4
            """
        },
    )
    expect(
        rows,
        """
        person_id | municipality | seen
        1         | 0301         | 7
        4         | 0301         | 2
        4         | 1103         | 5
        """,
    )


EFFECTS = """
    person_id | municipality | seen
    1         | 0301         | 5
    2         | 0301         | 5
    3         | 0301         | 7
    4         | 1103         | 5
"""


def test_persons_seen_in_the_same_years_of_a_municipality_are_a_group() -> None:
    expect(
        run_model("3_municipality_year/person_group", tables={"person_effect": EFFECTS}),
        """
        municipality | seen | persons
        0301         | 5    | 2
        0301         | 7    | 1
        1103         | 5    | 1
        """,
    )


def test_sums_of_a_group_by_year_and_outcome_without_zeros() -> None:
    """2 has nothing in 2016; what 4 has in a year that is left out does not count."""
    rows = run_model(
        "3_municipality_year/person_group_outcome",
        tables={
            "person_effect": EFFECTS,
            "person_effect_year": """
                person_id | year | municipality
                1         | 2014 | 0301
                1         | 2016 | 0301
                2         | 2014 | 0301
                2         | 2016 | 0301
                4         | 2014 | 1103
                4         | 2016 | 1103
            """,
            "person_year_outcome": """
                person_id | year | outcome | amount
                1         | 2014 | 1       | 3
                1         | 2016 | 1       | 5
                1         | 2014 | 2       | 1
                2         | 2014 | 1       | 10
                4         | 2015 | 1       | 99
                4         | 2016 | 1       | 2000000
            """,
        },
    )
    expect(
        rows,
        """
        municipality | seen | year | outcome | total   | squares
        0301         | 5    | 2014 | 1       | 13      | 109
        0301         | 5    | 2014 | 2       | 1       | 1
        0301         | 5    | 2016 | 1       | 5       | 25
        1103         | 5    | 2016 | 1       | 2000000 | 4000000000000
        """,
    )
