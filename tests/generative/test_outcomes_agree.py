"""Every kind of outcome: the engine's whole numbers equal those of the slow reference, person-year by person-year."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from generative.crowd import crowd
from generative.engine import load_rows, rows_of
from generative.outcome_reference import EXCLUDED, Choices, amounts
from generative.reference import Registry, Rules
from generative.registries import BASE, LONG, PEOPLE, cases, spells, study_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipscausal import person_year
from ipscausal.outcomes import KINDS
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse

Education = list[tuple[int, dt.date, dt.date | None]]
PRICES = {2014: Decimal("97.9"), 2015: Decimal(100), 2016: Decimal("103.6")}
JOB_KINDS = (None, "ordinary", *EXCLUDED)
HOURS = (None, Decimal("37.5"), Decimal("7.25"), Decimal(0), Decimal(20))
EARNINGS = (None, Decimal("100000.55"), Decimal("-250.10"), Decimal("0.01"), Decimal("999999.99"), Decimal(1200))
DEFINED = (
    {"name": "employed_on_a_day", "kind": "employed_on", "date": "03-01"},
    {"name": "employed_on_new_year", "kind": "employed_on", "date": "01-01", "jobs": "competitive"},
    {"name": "neet_on_a_day", "kind": "neet_on", "date": "12-31"},
    {"name": "sustained_4", "kind": "sustained", "weeks": 4, "jobs": "competitive"},
    {"name": "benefit_days_other", "kind": "benefit_days", "benefit": "OTHER"},
    {"name": "workdays_competitive", "kind": "workdays", "jobs": "competitive"},
    {"name": "hours_competitive", "kind": "hours", "jobs": "competitive"},
    {"name": "earnings_competitive", "kind": "earnings", "jobs": "competitive"},
    {"name": "days_to_job_competitive", "kind": "days_to_job", "jobs": "competitive"},
)  # fmt: skip
BUILT_IN = (
    "employed", "employment_days", "competitive_employed", "competitive_days", "sustained_13", "sustained_26", "hours",
    "earnings", "benefit_days", "work_without_benefit", "neet_days", "days_to_job",
)  # fmt: skip
VARIANTS = (
    Choices(prices=PRICES),
    Choices(gap=3, hours_of_row=True, cap=90_000, prices_of=2015, prices=PRICES),
    Choices(gap=31, prices_of=2016, prices=PRICES),
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse([], threads=1) as opened:
        yield opened


def study_with(rules: Rules, chosen: Choices) -> Study:
    """The study of the rules with every outcome that its receipt allows."""
    entry = rules.receipt == "entry"
    fits = {name for name, kind in KINDS.items() if not (kind.own_year if entry else name == "days_to_job")}
    document: dict[str, Any] = study_of(rules).model_dump(mode="json")
    defined = [one for one in DEFINED if one["kind"] in fits]
    end = "inclusive" if rules.inclusive else "exclusive"
    document["extracts"] |= {
        "education": {"path": "education.parquet", "end_date": end}, "price_index": {"path": "price_index.csv"},
    }  # fmt: skip
    document["outcome"] |= {
        "also": [*(name for name in BUILT_IN if entry or name != "days_to_job"), *(one["name"] for one in defined)],
        "define": defined, "excluded_job_kinds": list(EXCLUDED), "sustained_gap_days": chosen.gap,
        "hours": "total of the row" if chosen.hours_of_row else "agreed a week", "earnings_cap": chosen.cap,
        "prices_of": chosen.prices_of,
    }  # fmt: skip
    return Study.model_validate(document)


def check(warehouse: Warehouse, registry: Registry, education: Education, rules: Rules, chosen: Choices) -> int:
    """Compare all outcomes; returns how many amounts are not zero."""
    study = study_with(rules, chosen)
    specs = [study.outcome.spec(name) for name in study.counted_outcomes]
    expected = amounts(registry, education, rules, chosen, specs)
    if not expected:
        return 0
    prices = [(str(year), str(price)) for year, price in chosen.prices.items()]
    load_rows(warehouse, rows_of(registry) | {"extract_education": education, "extract_price_index": prices})
    person_year.build(warehouse, study)
    names = {row["outcome"]: row["name"] for row in warehouse.arrow("study_outcome").to_pylist()}
    found = {
        (row["person_id"], row["year"]): dict.fromkeys(names.values(), 0)
        for row in warehouse.arrow("population").to_pylist()
    }
    rows = warehouse.arrow("person_year_outcome").to_pylist()
    assert len({(row["person_id"], row["year"], row["outcome"]) for row in rows}) == len(rows)
    for row in rows:
        found[row["person_id"], row["year"]][names[row["outcome"]]] = row["amount"]
    assert found == expected
    return sum(amount != 0 for own in expected.values() for amount in own.values())


@st.composite
def carried(draw: st.DrawFn) -> tuple[Registry, Education, Rules, Choices]:
    """A registry whose jobs carry kinds, hours and earnings, and a study."""
    registry, rules = draw(cases())
    more = st.tuples(st.sampled_from(JOB_KINDS), st.sampled_from(HOURS), st.sampled_from(EARNINGS))
    jobs = [(*row, None, None, None, None, *draw(more)) for row in registry.employment]
    learning = st.tuples(st.sampled_from(PEOPLE), spells(LONG))
    education = [(person, start, end) for person, (start, end) in draw(st.lists(learning, max_size=4))]
    return replace(registry, employment=jobs), education, rules, draw(st.sampled_from(VARIANTS))  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=carried())
def test_every_kind_of_outcome_agrees(warehouse: Warehouse, case: tuple[Registry, Education, Rules, Choices]) -> None:
    check(warehouse, *case)


def _crowd(seed: int) -> tuple[Registry, Education]:
    draw = random.Random(seed)  # noqa: S311
    registry = crowd(seed, 40)
    jobs = [
        (*row, None, None, None, None, draw.choice(JOB_KINDS), draw.choice(HOURS), draw.choice(EARNINGS))
        for row in registry.employment
    ]
    education: Education = []
    for person in range(1, 41, 2):
        start = dt.date(2013, 8, 1) + dt.timedelta(days=draw.randrange(900))
        end = None if draw.random() < 0.2 else start + dt.timedelta(days=draw.randrange(500))
        education.append((person, start, end))
    return replace(registry, employment=jobs), education  # type: ignore[arg-type]


@pytest.mark.parametrize("chosen", VARIANTS, ids=["plain", "gap, rows, cap and prices", "long gap and prices"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"days": "calendar days", "inclusive": False, "emigration": "ends the risk time"},
        {"receipt": "entry", "residence": "at entry", "follow_up_months": 12, "ages": None},
        {"receipt": "everyone", "measure": "any job", "ages": None},
    ],
    ids=["calendar years", "all days", "months since entry", "everyone"],
)
def test_every_kind_of_outcome_agrees_on_a_crowd(
    warehouse: Warehouse, changes: dict[str, Any], chosen: Choices
) -> None:
    registry, education = _crowd(3)
    rules = replace(BASE, **changes)
    assert check(warehouse, registry, education, rules, chosen) > 100
