"""Cells by level against plain Python: sums over levels are the whole, levels those of a slow second reading."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from generative.crowd import crowd
from generative.engine import engine_person_years, load
from generative.reference import Registry, age_in, arms_of, days_of, holds, person_years
from generative.registries import BASE, study_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal import municipality_year, person_year
from ipscausal.errors import StudyError
from ipscausal.municipality_year import Cells
from ipscausal.study import Heterogeneity, Study
from ipscausal.warehouse import Warehouse, load_models, open_warehouse

REGISTRY = crowd(8, 300)
BY = ("sex", "age band", "prior work", "region")
REGIONS = ("north", "south", None)
OUTCOME_COLUMNS = ("workdays_e4", "employed", "employment_days", "benefit_days")
Row = dict[str, Any]


def study(receipt: str = "any day in the year", by: tuple[str, ...] = BY) -> Study:
    chosen = Heterogeneity(by=by, age_bands=(20, 25))
    return study_of(replace(BASE, ages=None, receipt=receipt)).model_copy(update={"heterogeneity": chosen})


def deliver(warehouse: Warehouse) -> None:
    load(warehouse, REGISTRY)
    persons = warehouse.arrow("extract_persons")
    region = pa.array([REGIONS[i % 3] for i in persons.column("person_id").to_pylist()], pa.string())
    warehouse.register_table("extract_persons", persons.append_column("covariate_1", region))


def slow_levels(registry: Registry, receipt: str) -> dict[tuple[int, int], tuple[str, ...]]:
    """Levels of each person-year in the order of BY, prior work asked of every day of the year before."""
    rules = replace(BASE, ages=None, receipt=receipt)
    base = arms_of(registry, rules).first_start - 1
    found = {}
    for person, year in person_years(registry, rules):
        birth, sex, _ = registry.persons[person]
        assert isinstance(birth, dt.date)
        age = age_in(year, birth, rules.age_rule, dt.date(year, 1, 1)) - (
            year - base if receipt == "baseline cohort" else 0
        )
        band = "<20" if age < 20 else "20-24" if age < 25 else "25+"
        before = min(year - 1, base)
        jobs = [row for row in registry.employment if row[0] == person]
        worked = any(holds(day, row[2], row[3], rules.inclusive) for row in jobs for day in days_of(before))
        found[person, year] = (
            {"F": "woman", "M": "man"}[sex], band, "worked" if worked else "did not work",
            REGIONS[person % 3] or "unknown",
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Built:
    cells: Cells
    rows: list[Row]
    levels: dict[tuple[int, int, int], str]


def build(receipt: str) -> Built:
    chosen = study(receipt)
    with open_warehouse([], threads=2) as warehouse:
        deliver(warehouse)
        cells = municipality_year.build(warehouse, chosen, person_year.build(warehouse, chosen))
        people = engine_person_years(warehouse).items()
        rows = [{"person_id": person, "year": year, **row} for (person, year), row in people]
        levels = warehouse.arrow("person_year_level").to_pylist()
    return Built(cells, rows, {(row["person_id"], row["year"], row["dimension"]): row["level"] for row in levels})


@pytest.fixture(scope="module")
def built() -> Built:
    return build("any day in the year")


@pytest.mark.parametrize("receipt", ["any day in the year", "baseline cohort"])
def test_levels_agree_with_a_slow_reading(receipt: str) -> None:
    found, expected = build(receipt).levels, slow_levels(REGISTRY, receipt)
    assert found == {(*key, d): level for key, of in expected.items() for d, level in enumerate(of, start=1)}
    for d in range(4):
        assert len({of[d] for of in expected.values()}) > 1


def test_sums_over_levels_are_the_whole(built: Built) -> None:
    assert [one.dimension for one in built.cells.dimensions] == list(BY)
    assert built.cells.dimensions[1].levels == ("<20", "20-24", "25+")
    assert built.cells.dimensions[3].levels == ("north", "south", "unknown")
    for one in built.cells.dimensions:
        assert (one.persons.sum(axis=0) == built.cells.persons).all()
        for outcome in built.cells.outcome_sum:
            assert (one.outcome_sum[outcome].sum(axis=0) == built.cells.outcome_sum[outcome]).all()
            assert (one.outcome_sumsq[outcome].sum(axis=0) == built.cells.outcome_sumsq[outcome]).all()


@pytest.mark.parametrize("dimension", BY)
def test_panels_and_covariances_are_those_of_the_rows(built: Built, dimension: str) -> None:
    cells, d = built.cells, BY.index(dimension) + 1
    found = cells.subgroups("workdays", dimension)
    assert found.covariance is not None
    k, t = len(found.levels), len(cells.years)
    for place, code in enumerate(cells.municipality):
        own = [row for row in built.rows if row["municipality"] == code]
        people = sorted({row["person_id"] for row in own})
        y = np.full((k, len(people), t), np.nan)
        for row in own:
            level = found.levels.index(built.levels[row["person_id"], row["year"], d])
            at = people.index(row["person_id"]), row["year"] - int(cells.years[0])
            y[level][at] = row["workdays_e4"] / 10_000
        n = np.isfinite(y).sum(axis=1)
        assert (n == np.stack([panel.persons[place] for panel in found.panels])).all()
        mean = np.divide(np.nansum(y, axis=1), n, out=np.zeros((k, t)), where=n > 0)
        spread = np.nan_to_num(y - mean[:, None, :]) / np.maximum(n, 1)[:, None, :]
        distinct = np.isfinite(y).any(axis=2).sum(axis=1)
        factor = np.sqrt(np.where(distinct > 1, distinct / np.maximum(distinct - 1, 1), 1))
        expected = np.einsum("ait,bis,a,b->abts", spread, spread, factor, factor)
        same = np.eye(k, dtype=bool) & (distinct == 1)
        unknown = same[:, :, None, None] & (n > 0)[:, None, :, None] & (n > 0)[None, :, None, :]
        assert (np.isnan(found.covariance[:, :, place]) == unknown).all()
        assert found.covariance[:, :, place][~unknown] == pytest.approx(expected[~unknown], rel=1e-9, abs=1e-12)
    for level, panel in enumerate(found.panels):
        assert np.array_equal(panel.mean_covariance, found.covariance[level, level], equal_nan=True)


def test_a_person_who_changes_level_makes_two_levels_vary_together(built: Built) -> None:
    changing, fixed = built.cells.subgroups("workdays", "age band"), built.cells.subgroups("workdays", "sex")
    assert changing.covariance is not None
    assert fixed.covariance is not None
    assert (fixed.covariance[0, 1] == 0).all()
    assert (changing.covariance[0, 1] != 0).any()
    assert np.array_equal(changing.covariance[1, 2], changing.covariance[2, 1].transpose(0, 2, 1), equal_nan=True)


def test_a_dimension_with_too_many_levels_is_refused() -> None:
    chosen = study(by=("region",))
    with open_warehouse([], threads=1) as warehouse:
        deliver(warehouse)
        persons = warehouse.arrow("extract_persons").drop_columns(["covariate_1"])
        free = pa.array([f"text {i}" for i in persons.column("person_id").to_pylist()], pa.string())
        warehouse.register_table("extract_persons", persons.append_column("covariate_1", free))
        with pytest.raises(StudyError, match=r"'region' has \d+ levels"):
            municipality_year.build(warehouse, chosen, person_year.build(warehouse, chosen))


@st.composite
def with_levels(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Person-years with a level in each of two dimensions; moves, gaps and extreme values are drawn often."""
    keys = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(2014, 2018)), max_size=20, unique=True))
    places, levels = st.sampled_from(["0301", "0301", "1103"]), st.sampled_from(["a", "b", "unknown"])
    workdays = st.one_of(st.sampled_from([0, 1, 2_610_000, 2**62]), st.integers(0, 2_620_000))
    days = st.one_of(st.sampled_from([0, 366]), st.integers(0, 366))
    rows = [
        {
            "person_id": person, "year": year, "municipality": draw(places), "workdays_e4": draw(workdays),
            "employed": draw(st.integers(0, 1)), "employment_days": draw(days), "benefit_days": draw(days),
        }
        for person, year in keys
    ]  # fmt: skip
    return rows, [
        {"person_id": row["person_id"], "year": row["year"], "dimension": dimension, "level": draw(levels)}
        for row in rows
        for dimension in (1, 2)
    ]


def engine_sums(rows: list[Row], levels: list[Row]) -> dict[str, dict[tuple[Any, ...], tuple[int, ...]]]:
    kinds = {"municipality": pa.string(), "level": pa.string(), "person_id": pa.int64(), "amount": pa.int64()}
    amounts = [
        {**row, "outcome": number, "amount": row[name]}
        for row in rows
        for number, name in enumerate(OUTCOME_COLUMNS, start=1)
        if row[name]
    ]
    tables = {
        "population": (rows, ("person_id", "year", "municipality")),
        "person_year_outcome": (amounts, ("person_id", "year", "municipality", "outcome", "amount")),
        "person_year_level": (levels, ("person_id", "year", "dimension", "level")),
    }
    names = (
        "subgroup_year", "subgroup_year_outcome", "subgroup_year_pair", "subgroup_year_pair_outcome", "subgroup_person",
    )  # fmt: skip
    with open_warehouse([], threads=2) as warehouse:
        for name, (content, columns) in tables.items():
            arrays = {
                column: pa.array([row[column] for row in content], kinds.get(column, pa.int32())) for column in columns
            }
            warehouse.register_table(name, pa.table(arrays))
        models = [model for model in load_models("3_municipality_year") if model.name in names]
        for model in models:
            warehouse.run(model, {})
        return {
            model.name: {
                tuple(row[column] for column in model.key): tuple(
                    int(value) for column, value in row.items() if column not in model.key
                )
                for row in warehouse.arrow(model.name).to_pylist()
            }
            for model in models
        }


def slow_sums(rows: list[Row], levels: list[Row]) -> dict[str, dict[tuple[Any, ...], tuple[int, ...]]]:
    """Every two person-years compared, in every dimension."""
    level = {(row["person_id"], row["year"], row["dimension"]): row["level"] for row in levels}
    sums: dict[str, dict[tuple[Any, ...], tuple[int, ...]]] = defaultdict(dict)
    people: dict[tuple[Any, ...], set[int]] = defaultdict(set)

    def add(table: str, key: tuple[Any, ...], *values: int) -> None:
        before = sums[table].get(key, (0,) * len(values))
        sums[table][key] = tuple(a + b for a, b in zip(before, values, strict=True))

    for d in (1, 2):
        for one in rows:
            mine = level[one["person_id"], one["year"], d]
            key = one["municipality"], one["year"], d, mine
            add("subgroup_year", key, 1)
            for number, name in enumerate(OUTCOME_COLUMNS, start=1):
                if one[name]:
                    add("subgroup_year_outcome", (*key, number), one[name], one[name] ** 2)
            people[one["municipality"], d, mine].add(one["person_id"])
            for other in rows:
                same = all(one[name] == other[name] for name in ("person_id", "municipality"))
                if not same or one["year"] == other["year"]:
                    continue
                theirs = level[other["person_id"], other["year"], d]
                pair = one["municipality"], d, one["year"], other["year"], mine, theirs
                if one["year"] < other["year"]:
                    add("subgroup_year_pair", pair, 1)
                for number, name in enumerate(OUTCOME_COLUMNS, start=1):
                    if one[name]:
                        add("subgroup_year_pair_outcome", (*pair, number), one[name], one[name] * other[name])
    for place, ids in people.items():
        add("subgroup_person", place, len(ids))
    tables = (
        "subgroup_year", "subgroup_year_outcome", "subgroup_year_pair", "subgroup_year_pair_outcome", "subgroup_person",
    )  # fmt: skip
    return {name: sums[name] for name in tables}


@given(with_levels())
@settings(max_examples=50, deadline=None)
def test_sums_by_level_agree_with_plain_python(drawn: tuple[list[Row], list[Row]]) -> None:
    assert engine_sums(*drawn) == slow_sums(*drawn)
