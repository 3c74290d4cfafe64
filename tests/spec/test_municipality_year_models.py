"""From person-years to cells, by hand-added sums. One rule per test."""

from __future__ import annotations

from decimal import Decimal

from lib.spec import expect, run_model

PERSON_YEARS = """
    person_id | year | municipality | age | woman
    1         | 2014 | 0301         | 20  | 1
    2         | 2014 | 0301         | 22  | 0
    3         | 2014 | 1103         | 29  | 1
    1         | 2015 | 1103         | 21  | 1
"""
AMOUNTS = """
    person_id | year | municipality | outcome | amount
    1         | 2014 | 0301         | 1       | 15000
    1         | 2014 | 0301         | 2       | 10
    2         | 2014 | 0301         | 2       | 365
    3         | 2014 | 1103         | 1       | 2610000
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


def test_cells_are_counts_and_sums() -> None:
    expect(
        run_model("3_municipality_year/municipality_year", tables={"population": PERSON_YEARS}),
        """
        municipality | year | persons | age_sum | age_sumsq | women
        0301         | 2014 | 2       | 42      | 884       | 1
        1103         | 2014 | 1       | 29      | 841       | 1
        1103         | 2015 | 1       | 21      | 441       | 1
        """,
    )


def test_outcomes_are_sums_and_sums_of_squares() -> None:
    expect(
        run_model("3_municipality_year/municipality_year_outcome", tables={"person_year_outcome": AMOUNTS}),
        """
        municipality | year | outcome | total   | squares
        0301         | 2014 | 1       | 15000   | 225000000
        0301         | 2014 | 2       | 375     | 133325
        1103         | 2014 | 1       | 2610000 | 6812100000000
        """,
    )


def test_sums_of_squares_outgrow_64_bits_without_losing_a_digit() -> None:
    people = "\n".join(f"{person} | 2014 | 0301 | 1 | 2999999999" for person in range(1, 4))
    header = AMOUNTS.strip().splitlines()[0]
    (row,) = run_model(
        "3_municipality_year/municipality_year_outcome", tables={"person_year_outcome": f"{header}\n{people}"}
    )
    assert row["squares"] == Decimal(3 * 2_999_999_999**2)
    assert int(row["squares"]) > 2**63


def test_persons_and_movers_count_each_person_once() -> None:
    rows = run_model("3_municipality_year/person_total", tables={"population": PERSON_YEARS})
    expect(rows, "persons | movers\n3 | 1")


def test_covariates_become_whole_numbers_and_indicators() -> None:
    rows = run_model(
        "3_municipality_year/covariate",
        tables={
            "population": "person_id | year | age\n1 | 2014 | 20\n1 | 2015 | 21\n2 | 2014 | 30",
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
        "3_municipality_year/covariate_product", tables={"population": PERSON_YEARS, "covariate": COVARIATES}
    )
    first = [(row["i"], row["j"], int(row["total"])) for row in rows if row["municipality"] == "0301"]
    assert first == [(0, 1, 42), (0, 2, 1), (1, 1, 884), (1, 2, 20), (2, 2, 1)]
    assert len(rows) == 15


def test_outcome_products_hold_every_outcome() -> None:
    rows = run_model(
        "3_municipality_year/covariate_outcome", tables={"person_year_outcome": AMOUNTS, "covariate": COVARIATES}
    )
    first = {(row["i"], row["outcome"]): int(row["total"]) for row in rows if row["municipality"] == "0301"}
    assert first == {(1, 1): 300_000, (2, 1): 15_000, (1, 2): 8230, (2, 2): 10}


def test_categories_of_text_columns_are_counted_by_person_year() -> None:
    rows = run_model(
        "3_municipality_year/covariate_category",
        tables={
            "population": "person_id | year\n1 | 2014\n1 | 2015\n2 | 2014",
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


def test_the_file_of_person_years_has_the_arm_and_the_first_treated_year() -> None:
    rows = run_model(
        "3_municipality_year/person_year_export",
        tables={
            "population": PERSON_YEARS,
            "study_municipality": "municipality | arm | adoption_year\n0301 | treated | 2015\n1103 | control |",
        },
    )
    expect(
        rows,
        """
        person_id | year | municipality | arm     | first_treated_year | age | woman
        1         | 2014 | 0301         | treated | 2015               | 20  | 1
        1         | 2015 | 1103         | control |                    | 21  | 1
        2         | 2014 | 0301         | treated | 2015               | 22  | 0
        3         | 2014 | 1103         | control |                    | 29  | 1
        """,
    )


def test_the_file_of_person_years_holds_zeros() -> None:
    rows = run_model(
        "3_municipality_year/person_year_amount",
        tables={
            "population": PERSON_YEARS,
            "study_outcome": "outcome\n1\n2",
            "person_year_outcome": AMOUNTS,
        },
    )
    values = [(row["person_id"], row["year"], row["position"], row["value"]) for row in rows]
    assert values == [
        (1, 2014, 1, 15_000), (1, 2014, 2, 10), (1, 2015, 1, 0), (1, 2015, 2, 0), (2, 2014, 1, 0), (2, 2014, 2, 365),
        (3, 2014, 1, 2_610_000), (3, 2014, 2, 0),
    ]  # fmt: skip
