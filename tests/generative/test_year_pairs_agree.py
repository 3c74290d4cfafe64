"""Sums over two years of a municipality against plain Python, on tiny drawn tables of person-years and covariates."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.warehouse import Warehouse, load_models, open_warehouse

OUTCOMES = ("workdays_e4", "employed", "employment_days", "benefit_days")
Row = dict[str, Any]


@st.composite
def person_years(draw: st.DrawFn) -> list[Row]:
    """At most one municipality a year for each person; moves, gaps and extreme values are drawn often."""
    keys = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(2014, 2018)), max_size=20, unique=True))
    places = st.sampled_from(["0301", "0301", "1103", "5001"])
    workdays = st.one_of(st.sampled_from([0, 1, 2_610_000, 2**62]), st.integers(0, 2_620_000))
    days = st.one_of(st.sampled_from([0, 366]), st.integers(0, 366))
    return [
        {
            "person_id": person, "year": year, "municipality": draw(places), "workdays_e4": draw(workdays),
            "employed": draw(st.integers(0, 1)), "employment_days": draw(days), "benefit_days": draw(days),
        }
        for person, year in keys
    ]  # fmt: skip


@st.composite
def with_covariates(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Person-years with two regressors each, zeros and negative ones among them."""
    rows = draw(person_years())
    value = st.one_of(st.sampled_from([0, 0, 1, -(2**40)]), st.integers(-9, 9))
    return rows, [
        {"person_id": row["person_id"], "year": row["year"], "position": position, "value": draw(value)}
        for row in rows
        for position in (1, 2)
    ]


def load(warehouse: Warehouse, rows: list[Row]) -> None:
    """The tables `population` and `person_year_outcome`, with the types that the models of these names give them."""
    kinds = {"year": pa.int32(), "municipality": pa.string(), "outcome": pa.int32()}
    amounts = [
        {**row, "outcome": number, "amount": row[name]}
        for row in rows
        for number, name in enumerate(OUTCOMES, start=1)
        if row[name]
    ]
    key = ("person_id", "year", "municipality")
    for table, names, content in (
        ("population", key, rows), ("person_year_outcome", (*key, "outcome", "amount"), amounts),
    ):  # fmt: skip
        arrays = {name: pa.array([row[name] for row in content], kinds.get(name, pa.int64())) for name in names}
        warehouse.register_table(table, pa.table(arrays))


def slow_pairs(rows: list[Row]) -> tuple[dict[tuple[Any, ...], int], dict[tuple[Any, ...], tuple[int, int]]]:
    """Every two person-years compared: persons of later years, and total and product of outcomes that are not zero."""
    persons: dict[tuple[Any, ...], int] = defaultdict(int)
    sums: dict[tuple[Any, ...], tuple[int, int]] = {}
    for one in rows:
        for other in rows:
            same = one["person_id"] == other["person_id"] and one["municipality"] == other["municipality"]
            if not same or one["year"] == other["year"]:
                continue
            key = one["municipality"], one["year"], other["year"]
            persons[key] += one["year"] < other["year"]
            for number, name in enumerate(OUTCOMES, start=1):
                if one[name]:
                    total, product = sums.get((*key, number), (0, 0))
                    sums[(*key, number)] = total + one[name], product + one[name] * other[name]
    return {key: count for key, count in persons.items() if count}, sums


@given(person_years())
@settings(max_examples=60, deadline=None)
def test_pairs_and_distinct_persons_agree_with_plain_python(rows: list[Row]) -> None:
    names = ("municipality_year_pair", "municipality_year_pair_outcome", "municipality_person")
    with open_warehouse([], threads=2) as warehouse:
        load(warehouse, rows)
        for model in load_models("3_municipality_year"):
            if model.name in ("person_stay", *names):
                warehouse.run(model, {})
        pairs, amounts, people = (warehouse.arrow(name).to_pylist() for name in names)
    expected, sums = slow_pairs(rows)
    assert {(row["municipality"], row["year"], row["other_year"]): row["persons"] for row in pairs} == expected
    assert {
        (row["municipality"], row["year"], row["other_year"], row["outcome"]): (int(row["total"]), int(row["product"]))
        for row in amounts
    } == sums
    homes = {(row["municipality"], row["person_id"]) for row in rows}
    found = {row["municipality"]: row["persons"] for row in people}
    assert found == {place: sum(home == place for home, _ in homes) for place, _ in homes}


def slow_products(rows: list[Row], covariates: list[Row]) -> tuple[dict[tuple[Any, ...], int], ...]:
    """Sums other than zero of products of regressors, and of regressors with workdays, every two compared."""
    x = {(row["person_id"], row["year"], row["position"]): row["value"] for row in covariates}
    x |= {(row["person_id"], row["year"], 0): 1 for row in rows}
    products: dict[tuple[Any, ...], int] = defaultdict(int)
    outcomes: dict[tuple[Any, ...], int] = defaultdict(int)
    for one in rows:
        for other in rows:
            person, place = one["person_id"], one["municipality"]
            if (person, place) != (other["person_id"], other["municipality"]) or one["year"] == other["year"]:
                continue
            years = one["year"], other["year"]
            for i in range(3):
                outcomes[place, *years, i] += x[person, years[0], i] * other["workdays_e4"] * (i > 0)
                for j in range(3):
                    forwards = years[0] < years[1] and i + j > 0
                    products[place, *years, i, j] += x[person, years[0], i] * x[person, years[1], j] * forwards
    return tuple({key: total for key, total in sums.items() if total} for sums in (products, outcomes))


@given(with_covariates())
@settings(max_examples=60, deadline=None)
def test_regressors_over_years_agree_with_plain_python(drawn: tuple[list[Row], list[Row]]) -> None:
    rows, covariates = drawn
    columns = {"person_id": pa.int64(), "year": pa.int32(), "position": pa.int32(), "value": pa.int64()}
    found = []
    with open_warehouse([], threads=2) as warehouse:
        load(warehouse, rows)
        arrays = {name: pa.array([row[name] for row in covariates], kind) for name, kind in columns.items()}
        warehouse.register_table("covariate", pa.table(arrays))
        for model in load_models("3_municipality_year"):
            if model.name in ("covariate_year_product", "covariate_year_outcome"):
                warehouse.run(model, {})
        for name in ("covariate_year_product", "covariate_year_outcome"):
            # the first outcome are the workdays
            table = [row for row in warehouse.arrow(name).to_pylist() if row.get("outcome", 1) == 1]
            keys = [
                column for column in ("municipality", "year", "other_year", "i", "j") if table and column in table[0]
            ]
            found.append({tuple(row[key] for key in keys): int(row["total"]) for row in table if row["total"]})
    assert tuple(found) == slow_products(rows, covariates)
