"""The same persons in two years of a municipality, by hand-added sums. One rule per test."""

from __future__ import annotations

from decimal import Decimal

import pytest
from lib.spec import expect, run_model

# person 1 stays three years, 2 two years with a gap, 3 moves, 4 is there once
PERSON_YEARS = """
    person_id | year | municipality
    1         | 2014 | 0301
    1         | 2015 | 0301
    1         | 2016 | 0301
    2         | 2014 | 0301
    2         | 2016 | 0301
    3         | 2014 | 0301
    3         | 2015 | 1103
    3         | 2016 | 1103
    4         | 2015 | 0301
"""
STAYS = """
    person_id | municipality | first_year | last_year | unbroken
    1         | 0301         | 2014       | 2016      | 1
    2         | 0301         | 2014       | 2016      | 0
    3         | 0301         | 2014       | 2014      | 1
    3         | 1103         | 2015       | 2016      | 1
    4         | 0301         | 2015       | 2015      | 1
"""
AMOUNTS = """
    person_id | year | municipality | outcome | amount
    1         | 2014 | 0301         | 1       | 15000
    1         | 2015 | 0301         | 1       | 20000
    2         | 2014 | 0301         | 1       | 1000
    2         | 2016 | 0301         | 1       | 3000
    3         | 2014 | 0301         | 1       | 99000
    3         | 2015 | 1103         | 1       | 88000
    3         | 2016 | 1103         | 1       | 2
    4         | 2015 | 0301         | 1       | 70000
    1         | 2014 | 0301         | 2       | 10
    1         | 2015 | 0301         | 2       | 20
    1         | 2016 | 0301         | 2       | 30
    2         | 2014 | 0301         | 2       | 365
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


PAIR = "3_municipality_year/municipality_year_pair_outcome"


def test_a_stay_with_a_gap_between_first_and_last_year_is_broken() -> None:
    expect(run_model("3_municipality_year/person_stay", tables={"population": PERSON_YEARS}), STAYS)


def test_pairs_count_persons_in_both_years_the_later_year_second() -> None:
    tables = {"population": PERSON_YEARS, "person_stay": STAYS}
    rows = run_model("3_municipality_year/municipality_year_pair", tables=tables)
    expect(
        rows,
        """
        municipality | year | other_year | persons
        0301         | 2014 | 2015       | 1
        0301         | 2014 | 2016       | 2
        0301         | 2015 | 2016       | 1
        1103         | 2015 | 2016       | 1
        """,
    )


def test_totals_are_of_the_first_year_and_products_hold_both_orders() -> None:
    tables = {"population": PERSON_YEARS, "person_stay": STAYS, "person_year_outcome": AMOUNTS}
    rows = run_model(PAIR, tables=tables)
    expect(
        rows,
        """
        municipality | year | other_year | outcome | total | product
        0301         | 2014 | 2015       | 1       | 15000 | 300000000
        0301         | 2014 | 2015       | 2       | 10    | 200
        0301         | 2014 | 2016       | 1       | 16000 | 3000000
        0301         | 2014 | 2016       | 2       | 375   | 300
        0301         | 2015 | 2014       | 1       | 20000 | 300000000
        0301         | 2015 | 2014       | 2       | 20    | 200
        0301         | 2015 | 2016       | 1       | 20000 | 0
        0301         | 2015 | 2016       | 2       | 20    | 600
        0301         | 2016 | 2014       | 1       | 3000  | 3000000
        0301         | 2016 | 2014       | 2       | 30    | 300
        0301         | 2016 | 2015       | 2       | 30    | 600
        1103         | 2015 | 2016       | 1       | 88000 | 176000
        1103         | 2016 | 2015       | 1       | 2     | 176000
        """,
    )


def _of_person_3(lines: list[str]) -> str:
    """The header and the first two rows of person 3, who has moved between them."""
    return "\n".join([lines[0], *[line for line in lines if line.strip().startswith("3")][:2]])


def test_a_mover_is_in_no_pair_over_two_municipalities() -> None:
    only, amounts = (_of_person_3(drawn.strip().splitlines()) for drawn in (PERSON_YEARS, AMOUNTS))
    stays = """
        person_id | municipality | first_year | last_year | unbroken
        3         | 0301         | 2014       | 2014      | 1
        3         | 1103         | 2015       | 2015      | 1
    """
    tables = {"population": only, "person_stay": stays}
    assert run_model("3_municipality_year/municipality_year_pair", tables=tables) == []
    assert run_model(PAIR, tables={**tables, "person_year_outcome": amounts}) == []


@pytest.mark.parametrize(("people", "amount"), [(3, 2_999_999_999), (1, 9_000_000_000_000_000_001)])
def test_products_outgrow_64_bits_without_losing_a_digit(people: int, amount: int) -> None:
    keys = [(person, year) for person in range(1, people + 1) for year in (2014, 2015)]
    rows = "\n".join(f"{person} | {year} | 0301" for person, year in keys)
    amounts = "\n".join(f"{person} | {year} | 0301 | 1 | {amount}" for person, year in keys)
    stays = "\n".join(f"{person} | 0301 | 2014 | 2015 | 1" for person in range(1, people + 1))
    tables = {
        "person_stay": f"person_id | municipality | first_year | last_year | unbroken\n{stays}",
        "population": f"person_id | year | municipality\n{rows}",
        "person_year_outcome": f"person_id | year | municipality | outcome | amount\n{amounts}",
    }
    one, other = run_model(PAIR, tables=tables)
    assert one["product"] == other["product"] == Decimal(people * amount**2)
    assert int(one["product"]) > 2**63


def test_distinct_persons_of_a_municipality_count_each_once_and_movers_in_each() -> None:
    rows = run_model("3_municipality_year/municipality_person", tables={"person_stay": STAYS})
    expect(rows, "municipality | persons\n0301 | 4\n1103 | 1")


def test_products_of_regressors_hold_both_orders_the_constant_as_0_and_no_zero() -> None:
    rows = run_model(
        "3_municipality_year/covariate_year_product", tables={"population": PERSON_YEARS, "covariate": COVARIATES}
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
    tables = {"population": PERSON_YEARS, "person_year_outcome": AMOUNTS, "covariate": COVARIATES}
    rows = run_model("3_municipality_year/covariate_year_outcome", tables=tables)
    expect(
        [row for row in rows if row["outcome"] == 1],
        """
        municipality | year | other_year | i | total
        0301         | 2014 | 2015       | 1 | 400000
        0301         | 2014 | 2015       | 2 | 20000
        0301         | 2014 | 2016       | 1 | -12000
        0301         | 2015 | 2014       | 1 | 315000
        0301         | 2015 | 2014       | 2 | 15000
        0301         | 2016 | 2014       | 1 | 328000
        0301         | 2016 | 2014       | 2 | 15000
        0301         | 2016 | 2015       | 1 | 440000
        0301         | 2016 | 2015       | 2 | 20000
        1103         | 2015 | 2016       | 1 | 60
        1103         | 2016 | 2015       | 1 | 2728000
        """,
    )
    assert [int(row["total"]) for row in rows if row["outcome"] == 2][:4] == [400, 20, 600, 30]


def test_products_of_large_regressors_outgrow_64_bits() -> None:
    people = "\n".join(f"1 | {year} | 0301" for year in (2014, 2015))
    amounts = "\n".join(f"1 | {year} | 0301 | 1 | 2610000" for year in (2014, 2015))
    large = "\n".join(f"1 | {year} | 1 | 9000000000000000001" for year in (2014, 2015))
    tables = {
        "population": f"person_id | year | municipality\n{people}",
        "covariate": f"person_id | year | position | value\n{large}",
    }
    products = run_model("3_municipality_year/covariate_year_product", tables=tables)
    assert max(row["total"] for row in products) == Decimal(9_000_000_000_000_000_001**2)
    tables["person_year_outcome"] = f"person_id | year | municipality | outcome | amount\n{amounts}"
    outcomes = run_model("3_municipality_year/covariate_year_outcome", tables=tables)
    assert outcomes[0]["total"] == Decimal(9_000_000_000_000_000_001 * 2_610_000)
