"""The engine's person-years equal those of the slow reference, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from generative.crowd import crowd
from generative.engine import load
from generative.reference import STEPS, PersonYear, Registry, Rules, person_years, remaining
from generative.registries import BASE, cases, study_of
from hypothesis import HealthCheck, given, settings

from ipscausal import person_year
from ipscausal.errors import IdentificationError
from ipscausal.warehouse import Warehouse, open_warehouse


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse([], threads=1) as opened:
        yield opened


COUNTED = {
    "workdays": "workdays_e4",
    "employed": "employed",
    "employment_days": "employment_days",
    "benefit_days": "benefit_days",
}


def engine_rows(warehouse: Warehouse, first_start: int) -> dict[tuple[int, int], PersonYear]:
    """Each person-year with its amounts; those that the engine leaves out are zeros."""
    names = {row["outcome"]: row["name"] for row in warehouse.arrow("study_outcome").to_pylist()}
    assert set(names.values()) == set(COUNTED)
    rows: dict[tuple[int, int], dict[str, Any]] = {
        (row.pop("person_id"), row.pop("year")): row | dict.fromkeys(COUNTED.values(), 0)
        for row in warehouse.arrow("population").to_pylist()
    }
    for amount in warehouse.arrow("person_year_outcome").to_pylist():
        row = rows[amount["person_id"], amount["year"]]
        assert row["municipality"] == amount["municipality"]
        row[COUNTED[names[amount["outcome"]]]] += amount["amount"]
    for (_, year), row in rows.items():
        selected = row.pop("selection_age")
        # nobody of a cohort grows older than the selection, which is yearly here; others are of their own age
        assert selected == row["age"] or selected == row["age"] - (year - first_start + 1)
    return {key: PersonYear(**row) for key, row in rows.items()}


def check(warehouse: Warehouse, registry: Registry, chosen: Rules) -> None:
    load(warehouse, registry)
    expected = person_years(registry, chosen)
    if not expected:
        with pytest.raises(IdentificationError, match="no person-year of the study remains"):
            person_year.build(warehouse, study_of(chosen))
        return
    population = person_year.build(warehouse, study_of(chosen))
    assert engine_rows(warehouse, population.units.first_start) == expected
    counted = {(row.step, row.arm): (row.persons, row.person_years) for row in population.attrition}
    slow = remaining(registry, chosen)
    assert counted == {(step, arm): slow[STEPS[step - 1], arm] for step, arm in counted}
    assert {arm for _, arm in counted} == {"treated", "control", "all"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases())
def test_engine_and_slow_reference_agree(warehouse: Warehouse, case: tuple[Registry, Rules]) -> None:
    check(warehouse, *case)


VARIANTS = (
    {},
    {"days": "weekdays", "cap": False, "inclusive": False, "age_rule": "birth year"},
    {"days": "calendar days", "measure": "any job", "receipt": "1 January", "deaths": "drop the year of death"},
    {"receipt": "baseline cohort", "residence": "before rollout", "first_treated_year": "first full year"},
    {"receipt": "baseline cohort", "ages": None},
    {"movers": "exclude", "ages": None},
    {"receipt": "entry", "residence": "at entry", "gap_months": 2, "follow_up_months": 12, "ages": None},
    {"receipt": "entry", "residence": "before rollout", "follow_up_months": 6, "age_rule": "receipt day"},
    {"receipt": "on a date", "receipt_day": (6, 30), "residence": "on a date", "residence_day": (12, 31)},
    {"receipt": "everyone", "residence": "majority of the year"},
    {"receipt": "no benefit", "gap_months": 4, "emigration": "ends the risk time", "residence": "before rollout"},
    {"receipt": "baseline cohort", "emigration": "ends the risk time", "ages": None, "residence": "before rollout"},
)


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_engine_and_slow_reference_agree_on_a_crowd(warehouse: Warehouse, changes: dict[str, Any]) -> None:
    chosen = replace(BASE, **changes)
    registry = crowd(20, 120)
    rows = person_years(registry, chosen)
    assert sum(row.workdays_e4 > 0 for row in rows.values()) >= 30
    check(warehouse, registry, chosen)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_engine_and_slow_reference_agree_on_many(warehouse: Warehouse, case: tuple[Registry, Rules]) -> None:
    check(warehouse, *case)
