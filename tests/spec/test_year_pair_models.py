"""The same persons in two years of a municipality, by hand-added sums. One rule per test."""

from __future__ import annotations

from decimal import Decimal

from lib.spec import expect, run_model

# person 1 stays three years, 2 two years with a gap, 3 moves, 4 is there once
PERSON_YEARS = """
    person_id | year | municipality | workdays_e4 | employed | employment_days | benefit_days
    1         | 2014 | 0301         | 15000       | 1        | 2               | 10
    1         | 2015 | 0301         | 20000       | 1        | 3               | 20
    1         | 2016 | 0301         | 0           | 0        | 0               | 30
    2         | 2014 | 0301         | 1000        | 1        | 5               | 365
    2         | 2016 | 0301         | 3000        | 1        | 7               | 0
    3         | 2014 | 0301         | 99000       | 1        | 99              | 99
    3         | 2015 | 1103         | 88000       | 1        | 88              | 88
    3         | 2016 | 1103         | 2           | 1        | 1               | 1
    4         | 2015 | 0301         | 70000       | 1        | 7               | 7
"""
COVARIATES = """
    person_id | year | position | value
    1         | 2014 | 1        | 20
    1         | 2015 | 1        | 21
    1         | 2016 | 1        | 22
    1         | 2014 | 2        | 1
    1         | 2015 | 2        | 1
    1         | 2016 | 2        | 1
    2         | 2014 | 1        | -4
    2         | 2016 | 1        | -2
    2         | 2014 | 2        | 0
    2         | 2016 | 2        | 0
    3         | 2014 | 1        | 29
    3         | 2015 | 1        | 30
    3         | 2016 | 1        | 31
    3         | 2014 | 2        | 0
    3         | 2015 | 2        | 0
    3         | 2016 | 2        | 0
    4         | 2015 | 1        | 50
    4         | 2015 | 2        | 1
"""


def test_pairs_count_persons_in_both_years_the_later_year_second() -> None:
    rows = run_model("3_municipality_year/municipality_year_pair", tables={"person_year": PERSON_YEARS})
    expect(
        rows,
        """
        municipality | year | other_year | persons | workdays_sum | workdays_other_sum | workdays_product
        0301         | 2014 | 2015       | 1       | 15000        | 20000              | 300000000
        0301         | 2014 | 2016       | 2       | 16000        | 3000               | 3000000
        0301         | 2015 | 2016       | 1       | 20000        | 0                  | 0
        1103         | 2015 | 2016       | 1       | 88000        | 2                  | 176000
        """,
    )


def test_pairs_hold_every_outcome() -> None:
    rows = run_model("3_municipality_year/municipality_year_pair", tables={"person_year": PERSON_YEARS})
    expect(
        rows,
        """
        year | other_year | employed_sum | employed_other_sum | employed_product
        2014 | 2015       | 1            | 1                  | 1
        2014 | 2016       | 2            | 1                  | 1
        2015 | 2016       | 1            | 0                  | 0
        2015 | 2016       | 1            | 1                  | 1
        """,
    )
    expect(
        rows,
        """
        year | other_year | employment_days_sum | employment_days_other_sum | employment_days_product
        2014 | 2015       | 2                   | 3                         | 6
        2014 | 2016       | 7                   | 7                         | 35
        2015 | 2016       | 3                   | 0                         | 0
        2015 | 2016       | 88                  | 1                         | 88
        """,
    )
    expect(
        rows,
        """
        year | other_year | benefit_days_sum | benefit_days_other_sum | benefit_days_product
        2014 | 2015       | 10               | 20                     | 200
        2014 | 2016       | 375              | 30                     | 300
        2015 | 2016       | 20               | 30                     | 600
        2015 | 2016       | 88               | 1                      | 88
        """,
    )


def test_a_mover_is_in_no_pair_over_two_municipalities() -> None:
    moved = PERSON_YEARS.strip().splitlines()
    only = "\n".join([moved[0], *[line for line in moved if line.strip().startswith("3")][:2]])
    assert run_model("3_municipality_year/municipality_year_pair", tables={"person_year": only}) == []


def test_products_outgrow_64_bits_without_losing_a_digit() -> None:
    people = "\n".join(
        f"{person} | {year} | 0301 | 2999999999 | 1 | 1 | 0" for person in range(1, 4) for year in (2014, 2015)
    )
    header = PERSON_YEARS.strip().splitlines()[0]
    (row,) = run_model("3_municipality_year/municipality_year_pair", tables={"person_year": f"{header}\n{people}"})
    assert row["workdays_product"] == Decimal(3 * 2_999_999_999**2)
    assert int(row["workdays_product"]) > 2**63


def test_one_product_may_outgrow_64_bits_too() -> None:
    header = PERSON_YEARS.strip().splitlines()[0]
    people = "\n".join(f"1 | {year} | 0301 | 9000000000000000001 | 1 | 1 | 0" for year in (2014, 2015))
    (row,) = run_model("3_municipality_year/municipality_year_pair", tables={"person_year": f"{header}\n{people}"})
    assert row["workdays_product"] == Decimal(9_000_000_000_000_000_001**2)


def test_distinct_persons_of_a_municipality_count_each_once_and_movers_in_each() -> None:
    rows = run_model("3_municipality_year/municipality_person", tables={"person_year": PERSON_YEARS})
    expect(rows, "municipality | persons\n0301 | 4\n1103 | 1")


def test_products_of_regressors_hold_both_orders_the_constant_as_0_and_no_zero() -> None:
    rows = run_model(
        "3_municipality_year/covariate_year_product", tables={"person_year": PERSON_YEARS, "covariate": COVARIATES}
    )
    found = {
        (row["municipality"], row["year"], row["other_year"], row["i"], row["j"]): int(row["total"]) for row in rows
    }
    assert found == {
        ("0301", 2014, 2015, 0, 1): 21, ("0301", 2014, 2015, 1, 0): 20, ("0301", 2014, 2015, 0, 2): 1,
        ("0301", 2014, 2015, 2, 0): 1, ("0301", 2014, 2015, 1, 1): 420, ("0301", 2014, 2015, 1, 2): 20,
        ("0301", 2014, 2015, 2, 1): 21, ("0301", 2014, 2015, 2, 2): 1,
        ("0301", 2014, 2016, 0, 1): 20, ("0301", 2014, 2016, 1, 0): 16, ("0301", 2014, 2016, 0, 2): 1,
        ("0301", 2014, 2016, 2, 0): 1, ("0301", 2014, 2016, 1, 1): 448, ("0301", 2014, 2016, 1, 2): 20,
        ("0301", 2014, 2016, 2, 1): 22, ("0301", 2014, 2016, 2, 2): 1,
        ("0301", 2015, 2016, 0, 1): 22, ("0301", 2015, 2016, 1, 0): 21, ("0301", 2015, 2016, 0, 2): 1,
        ("0301", 2015, 2016, 2, 0): 1, ("0301", 2015, 2016, 1, 1): 462, ("0301", 2015, 2016, 1, 2): 21,
        ("0301", 2015, 2016, 2, 1): 22, ("0301", 2015, 2016, 2, 2): 1,
        ("1103", 2015, 2016, 0, 1): 31, ("1103", 2015, 2016, 1, 0): 30, ("1103", 2015, 2016, 1, 1): 930,
    }  # fmt: skip


def test_regressors_meet_the_outcomes_of_every_other_year() -> None:
    rows = run_model(
        "3_municipality_year/covariate_year_outcome", tables={"person_year": PERSON_YEARS, "covariate": COVARIATES}
    )
    expect(
        rows,
        """
        municipality | year | other_year | i | workdays_product | employed_product | benefit_days_product
        0301         | 2014 | 2015       | 1 | 400000           | 20               | 400
        0301         | 2014 | 2015       | 2 | 20000            | 1                | 20
        0301         | 2014 | 2016       | 1 | -12000           | -4               | 600
        0301         | 2014 | 2016       | 2 | 0                | 0                | 30
        0301         | 2015 | 2014       | 1 | 315000           | 21               | 210
        0301         | 2015 | 2014       | 2 | 15000            | 1                | 10
        0301         | 2015 | 2016       | 1 | 0                | 0                | 630
        0301         | 2015 | 2016       | 2 | 0                | 0                | 30
        0301         | 2016 | 2014       | 1 | 328000           | 20               | -510
        0301         | 2016 | 2014       | 2 | 15000            | 1                | 10
        0301         | 2016 | 2015       | 1 | 440000           | 22               | 440
        0301         | 2016 | 2015       | 2 | 20000            | 1                | 20
        1103         | 2015 | 2016       | 1 | 60               | 30               | 30
        1103         | 2016 | 2015       | 1 | 2728000          | 31               | 2728
        """,
    )
    assert [int(row["employment_days_product"]) for row in rows[:4]] == [60, 3, -28, 0]


def test_products_of_large_regressors_outgrow_64_bits() -> None:
    pair = "person_id | year | municipality | workdays_e4 | employed | employment_days | benefit_days"
    people = "\n".join(f"1 | {year} | 0301 | 2610000 | 1 | 261 | 365" for year in (2014, 2015))
    large = "\n".join(f"1 | {year} | 1 | 9000000000000000001" for year in (2014, 2015))
    tables = {"person_year": f"{pair}\n{people}", "covariate": f"person_id | year | position | value\n{large}"}
    products = run_model("3_municipality_year/covariate_year_product", tables=tables)
    assert max(row["total"] for row in products) == Decimal(9_000_000_000_000_000_001**2)
    outcomes = run_model("3_municipality_year/covariate_year_outcome", tables=tables)
    assert outcomes[0]["workdays_product"] == Decimal(9_000_000_000_000_000_001 * 2_610_000)
