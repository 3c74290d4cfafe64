"""Groups of persons seen in the same years against plain Python, on tiny drawn person-years; and they add up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.municipality_year import CellTables, add
from ipscausal.municipality_year.arrays import At
from ipscausal.municipality_year.person_group_sums import MODELS, person_group_sums, year_bits
from ipscausal.warehouse import load_models, open_warehouse

YEARS = (2014, 2018)
PLACES = ("0301", "1103", "5001")
# the year of start is left out in the first, years after the end in the second
PARTIAL, ENDED = {"0301": 2016}, {"1103": 2018}
Row = dict[str, Any]
Groups = dict[tuple[str, tuple[int, ...]], list[dict[int, dict[int, int]]]]


@st.composite
def person_years(draw: st.DrawFn) -> list[Row]:
    """At most one municipality a year for each person; two outcomes, zeros often."""
    keys = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(*YEARS)), max_size=24, unique=True))
    amount = st.one_of(st.sampled_from([0, 0, 2**40]), st.integers(0, 9))
    rows = [
        {"person_id": person, "year": year, "municipality": draw(st.sampled_from(PLACES)), 1: draw(amount),
         2: draw(amount)}
        for person, year in sorted(keys)
    ]  # fmt: skip
    return [row for row in rows if not left_out(row["municipality"], row["year"])]


def left_out(place: str, year: int) -> bool:
    return PARTIAL.get(place) == year or year >= ENDED.get(place, year + 1)


def slow_groups(rows: list[Row], rule: str) -> Groups:
    """By municipality and years seen, the amounts of each person by year and outcome."""
    of_person: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of_person[row["person_id"]].append(row)
    found: Groups = defaultdict(list)
    for own in of_person.values():
        homes = sorted({row["municipality"] for row in own})
        if rule == "exclude" and len(homes) > 1:
            continue
        first = min(own, key=lambda row: row["year"])["municipality"]
        for home in [first] if rule == "first" else homes:
            mine = [row for row in own if rule == "first" or row["municipality"] == home]
            kept = {row["year"]: {1: row[1], 2: row[2]} for row in mine if not left_out(home, row["year"])}
            if kept:
                found[home, tuple(sorted(kept))].append(kept)
    return found


def counted(rows: list[Row], rule: str) -> CellTables:
    """The tables as the engine makes them."""
    with open_warehouse([], threads=1) as warehouse:
        population = {
            "person_id": pa.array([row["person_id"] for row in rows], pa.int64()),
            "year": pa.array([row["year"] for row in rows], pa.int32()),
            "municipality": pa.array([row["municipality"] for row in rows], pa.string()),
        }
        amounts = [(row, k) for row in rows for k in (1, 2) if row[k]]
        outcomes = {
            "person_id": pa.array([row["person_id"] for row, _ in amounts], pa.int64()),
            "year": pa.array([row["year"] for row, _ in amounts], pa.int32()),
            "outcome": pa.array([k for _, k in amounts], pa.int32()),
            "amount": pa.array([row[k] for row, k in amounts], pa.int64()),
        }
        study = {
            "municipality": pa.array(PLACES),
            "partial_year": pa.array([PARTIAL.get(place) for place in PLACES], pa.int32()),
            "ended_from": pa.array([ENDED.get(place) for place in PLACES], pa.int32()),
        }
        given = {"population": population, "person_year_outcome": outcomes, "study_municipality": study}
        for name, columns in given.items():
            warehouse.register_table(name, pa.table(columns))
        warehouse.register_table("year_bit", year_bits(YEARS))
        for model in load_models("3_municipality_year"):
            if model.name in MODELS:
                warehouse.run(model, {"person_effects": rule})
        tables = {name: warehouse.arrow(name) for name in ("person_group", "person_group_outcome")}
    return CellTables(("workdays", "employed"), (), tables)


@pytest.mark.parametrize("rule", ["first", "separate", "exclude"])
@given(person_years())
@settings(max_examples=12, deadline=None)
def test_groups_agree_with_plain_python_and_add_up(rule: str, rows: list[Row]) -> None:
    whole = counted(rows, rule)
    odd, even = ([row for row in rows if row["person_id"] % 2 == rest] for rest in (1, 0))
    slow = slow_groups(rows, rule)
    for tables in (whole, add([counted(odd, rule), counted(even, rule)])):
        sums = person_group_sums(tables, At(PLACES, np.arange(YEARS[0], YEARS[1] + 1)))
        assert sums is not None
        found = {}
        for r, place in enumerate(sums.municipality):
            years = tuple(YEARS[0] + int(t) for t in np.flatnonzero(sums.seen[r]))
            found[PLACES[place], years] = r
        assert set(found) == set(slow)
        for key, people in slow.items():
            r = found[key]
            assert sums.persons[r] == len(people)
            for k, outcome in enumerate(("workdays", "employed"), start=1):
                for t, year in enumerate(range(YEARS[0], YEARS[1] + 1)):
                    values = [one.get(year, {}).get(k, 0) for one in people]
                    assert sums.total[outcome][r, t] == sum(values)
                    assert sums.squares[outcome][r, t] == sum(value**2 for value in values)
