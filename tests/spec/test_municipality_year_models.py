"""From person-years to cells, by hand-added sums. One rule per test."""

from __future__ import annotations

from decimal import Decimal

from lib.spec import expect, run_model

PERSON_YEARS = """
    person_id | year | municipality | age | woman | workdays_e4 | employed | employment_days | benefit_days
    1         | 2014 | 0301         | 20  | 1     | 15000       | 1        | 2               | 10
    2         | 2014 | 0301         | 22  | 0     | 0           | 0        | 0               | 365
    3         | 2014 | 1103         | 29  | 1     | 2610000     | 1        | 261             | 0
    1         | 2015 | 1103         | 21  | 1     | 0           | 1        | 0               | 0
"""
COVARIATES = """
    person_id | year | position | value
    1         | 2014 | 1        | 20
    1         | 2014 | 2        | 1
    2         | 2014 | 1        | 22
    2         | 2014 | 2        | 0
    3         | 2014 | 1        | 29
    3         | 2014 | 2        | 1
    1         | 2015 | 1        | 21
    1         | 2015 | 2        | 1
"""


def test_cells_are_counts_sums_and_sums_of_squares() -> None:
    rows = run_model("3_municipality_year/municipality_year", tables={"person_year": PERSON_YEARS})
    expect(
        rows,
        """
        municipality | year | persons | workdays_sum | workdays_sumsq | employed_sum | employed_sumsq
        0301         | 2014 | 2       | 15000        | 225000000      | 1            | 1
        1103         | 2014 | 1       | 2610000      | 6812100000000  | 1            | 1
        1103         | 2015 | 1       | 0            | 0              | 1            | 1
        """,
    )
    expect(
        rows,
        """
        municipality | year | employment_days_sum | employment_days_sumsq | benefit_days_sum | benefit_days_sumsq
        0301         | 2014 | 2                   | 4                     | 375              | 133325
        1103         | 2014 | 261                 | 68121                 | 0                | 0
        1103         | 2015 | 0                   | 0                     | 0                | 0
        """,
    )
    expect(
        rows,
        """
        municipality | year | age_sum | age_sumsq | women
        0301         | 2014 | 42      | 884       | 1
        1103         | 2014 | 29      | 841       | 1
        1103         | 2015 | 21      | 441       | 1
        """,
    )


def test_sums_of_squares_outgrow_64_bits_without_losing_a_digit() -> None:
    people = "\n".join(f"{person} | 2014 | 0301 | 20 | 1 | 2999999999 | 1 | 1 | 0" for person in range(1, 4))
    header = PERSON_YEARS.strip().splitlines()[0]
    (row,) = run_model("3_municipality_year/municipality_year", tables={"person_year": f"{header}\n{people}"})
    assert row["workdays_sumsq"] == Decimal(3 * 2_999_999_999**2)
    assert int(row["workdays_sumsq"]) > 2**63


def test_persons_and_movers_count_each_person_once() -> None:
    rows = run_model("3_municipality_year/person_total", tables={"person_year": PERSON_YEARS})
    expect(rows, "persons | movers\n3 | 1")


def test_covariates_become_whole_numbers_and_indicators() -> None:
    rows = run_model(
        "3_municipality_year/covariate",
        tables={
            "person_year": "person_id | year | age\n1 | 2014 | 20\n1 | 2015 | 21\n2 | 2014 | 30",
            "person_covariate": """
                person_id | position | value:VARCHAR
                1         | 2        | south
                1         | 3        | -4
                2         | 2        | north
                2         | 3        | 12
            """,
            "design_column": "position | source | category:VARCHAR\n1 | 0 |\n2 | 2 | south\n3 | 3 |",
        },
    )
    expect(
        rows,
        """
        person_id | year | position | value
        1         | 2014 | 1        | 20
        1         | 2014 | 2        | 1
        1         | 2014 | 3        | -4
        1         | 2015 | 1        | 21
        1         | 2015 | 2        | 1
        1         | 2015 | 3        | -4
        2         | 2014 | 1        | 30
        2         | 2014 | 2        | 0
        2         | 2014 | 3        | 12
        """,
    )


def test_products_hold_each_pair_once_and_the_constant_as_0() -> None:
    rows = run_model(
        "3_municipality_year/covariate_product", tables={"person_year": PERSON_YEARS, "covariate": COVARIATES}
    )
    first = [(row["i"], row["j"], int(row["total"])) for row in rows if row["municipality"] == "0301"]
    assert first == [(0, 1, 42), (0, 2, 1), (1, 1, 884), (1, 2, 20), (2, 2, 1)]
    assert len(rows) == 15


def test_outcome_products_hold_every_outcome() -> None:
    rows = run_model(
        "3_municipality_year/covariate_outcome", tables={"person_year": PERSON_YEARS, "covariate": COVARIATES}
    )
    first = {(row["i"], row["outcome"]): int(row["total"]) for row in rows if row["municipality"] == "0301"}
    assert first == {
        (1, "workdays"): 300_000, (1, "employed"): 20, (1, "employment_days"): 40, (1, "benefit_days"): 8230,
        (2, "workdays"): 15_000, (2, "employed"): 1, (2, "employment_days"): 2, (2, "benefit_days"): 10,
    }  # fmt: skip


def test_categories_of_text_columns_are_counted_by_person_year() -> None:
    rows = run_model(
        "3_municipality_year/covariate_category",
        tables={
            "person_year": "person_id | year\n1 | 2014\n1 | 2015\n2 | 2014",
            "person_covariate": """
                person_id | position | value:VARCHAR
                1         | 2        | south
                1         | 3        | 7
                2         | 2        | north
                9         | 2        | east
            """,
            "text_covariate": "position\n2",
        },
    )
    expect(rows, "position | value | person_years\n2 | north | 1\n2 | south | 2")


def test_the_file_of_person_years_has_days_and_the_first_treated_year() -> None:
    rows = run_model(
        "3_municipality_year/person_year_export",
        tables={
            "person_year": PERSON_YEARS,
            "study_municipality": "municipality | arm | adoption_year\n0301 | treated | 2015\n1103 | control |",
        },
    )
    expect(
        rows,
        """
        person_id | year | municipality | arm     | first_treated_year | workdays_e4 | workdays
        1         | 2014 | 0301         | treated | 2015               | 15000       | 1.5
        1         | 2015 | 1103         | control |                    | 0           | 0.0
        2         | 2014 | 0301         | treated | 2015               | 0           | 0.0
        3         | 2014 | 1103         | control |                    | 2610000     | 261.0
        """,
    )
