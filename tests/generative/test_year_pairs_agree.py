"""Sums over two years of a municipality against plain Python, on tiny drawn tables of person-years."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.warehouse import Warehouse, load_models, open_warehouse

OUTCOMES = ("workdays_e4", "employed", "employment_days", "benefit_days")
NAMES = {"workdays_e4": "workdays"}
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


def load(warehouse: Warehouse, rows: list[Row]) -> None:
    """The table `person_year`, with the types that the model of this name gives it."""
    kinds = {"year": pa.int32(), "municipality": pa.string(), "employed": pa.int32(), "employment_days": pa.int32()}
    names = ("person_id", "year", "municipality", *OUTCOMES)
    arrays = {name: pa.array([row[name] for row in rows], kinds.get(name, pa.int64())) for name in names}
    warehouse.register_table("person_year", pa.table(arrays))


def slow_pairs(rows: list[Row]) -> list[Row]:
    """Every two person-years compared."""
    found: dict[tuple[str, int, int], Row] = defaultdict(lambda: defaultdict(int))
    for one in rows:
        for other in rows:
            same = one["person_id"] == other["person_id"] and one["municipality"] == other["municipality"]
            if not same or one["year"] >= other["year"]:
                continue
            sums = found[one["municipality"], one["year"], other["year"]]
            sums["persons"] += 1
            for outcome in OUTCOMES:
                name = NAMES.get(outcome, outcome)
                sums[f"{name}_sum"] += one[outcome]
                sums[f"{name}_other_sum"] += other[outcome]
                sums[f"{name}_product"] += one[outcome] * other[outcome]
    return [
        {"municipality": key[0], "year": key[1], "other_year": key[2], **sums} for key, sums in sorted(found.items())
    ]


@given(person_years())
@settings(max_examples=60, deadline=None)
def test_pairs_and_distinct_persons_agree_with_plain_python(rows: list[Row]) -> None:
    with open_warehouse([], threads=2) as warehouse:
        load(warehouse, rows)
        for model in load_models("3_municipality_year"):
            if model.name in ("municipality_year_pair", "municipality_person"):
                warehouse.run(model, {})
        order = ("municipality", "year", "other_year")
        pairs = [
            {name: value if name == "municipality" else int(value) for name, value in row.items()}
            for row in warehouse.arrow("municipality_year_pair", order).to_pylist()
        ]
        people = {row["municipality"]: row["persons"] for row in warehouse.arrow("municipality_person").to_pylist()}
    assert pairs == slow_pairs(rows)
    homes = {(row["municipality"], row["person_id"]) for row in rows}
    assert people == {place: sum(home == place for home, _ in homes) for place, _ in homes}
