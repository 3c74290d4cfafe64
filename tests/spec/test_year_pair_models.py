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
