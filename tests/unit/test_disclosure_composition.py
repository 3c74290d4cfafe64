"""Nobody computes a count of few from the table of who stays, comes and goes: every released number is an equation.

An outsider knows the released cells, the persons of every arm and year, the distinct persons of each arm, and how these
hang together. What follows from that by linear algebra is compared with the counts themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.disclosure.checks import Draft, drafts
from ipscausal.disclosure.composition import protect_composition
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.disclosure.tables import RELEASED_TABLES

RULES = rules_in_force({"ruleset": "ssb", "min_persons": 10})
LIMIT = RULES.min_persons
ARMS, YEARS = ("treated", "control"), (2014, 2015, 2016, 2017)
TABLES = {table.name: table for table in RELEASED_TABLES}
FEW_OR_MANY = st.one_of(st.integers(0, 12), st.integers(10, 80))
COLUMNS = ("stayed", "came", "came_moved", "gone", "gone_moved", "gone_died")
Numbers = dict[tuple[str, str, int], int]


@st.composite
def numbers(draw: st.DrawFn) -> Numbers:
    """Counts of every arm and year that hang together: moves out of one year are moves into the next."""
    n: Numbers = {}
    for arm in ARMS:
        n["persons", arm, YEARS[0]] = draw(st.integers(60, 300))
    for year in YEARS[1:]:
        for arm in ARMS:
            before = n["persons", arm, year - 1]
            n["gone_moved", arm, year - 1] = draw(st.integers(0, min(15, before)))
            n["gone_died", arm, year - 1] = draw(st.integers(0, 3) | st.integers(0, 14))
            left = draw(FEW_OR_MANY)
            gone = min(before, n["gone_moved", arm, year - 1] + n["gone_died", arm, year - 1] + left)
            n["gone", arm, year - 1] = gone
            n["stayed", arm, year] = before - gone
        moves = sum(n["gone_moved", arm, year - 1] for arm in ARMS)
        into = draw(st.integers(0, moves))
        for arm, moved in zip(ARMS, (into, moves - into), strict=True):
            n["came_moved", arm, year] = moved
            n["came", arm, year] = moved + draw(FEW_OR_MANY)
            n["persons", arm, year] = n["stayed", arm, year] + n["came", arm, year]
    for arm in ARMS:
        n["back", arm, 0] = draw(st.integers(0, 15))
    return n


def checked_of(n: Numbers) -> dict[str, list[Draft]]:
    composition = [
        {"year": year, "arm": arm} | {name: n.get((name, arm, year)) for name in COLUMNS}
        for arm in ARMS for year in YEARS
    ]  # fmt: skip
    trends = [
        {"year": year, "arm": arm, "outcome": "workdays", "persons": n["persons", arm, year]}
        for arm in ARMS for year in YEARS
    ]  # fmt: skip
    ever = {
        arm: n["persons", arm, YEARS[0]] + sum(n["came", arm, year] for year in YEARS[1:]) - n["back", arm, 0]
        for arm in ARMS
    }
    flow: list[dict[str, Any]] = [
        {"step": 1, "rule": "age", "arm": arm, "persons": ever[arm], "person_years": 1000} for arm in ARMS
    ]
    checked = {
        name: drafts(TABLES[name], rows, RULES)
        for name, rows in (("composition", composition), ("trends", trends), ("flow", flow))
    }
    protect_composition(checked, LIMIT)
    return checked


def derived(n: Numbers, checked: dict[str, list[Draft]]) -> dict[str, float]:
    """Every count, and every remainder of a whole, that the equations settle."""
    unknown = {key: k for k, key in enumerate(n)}
    equations, values = [], []

    def knows(terms: dict[tuple[str, str, int], int]) -> None:
        row = np.zeros(len(unknown))
        for key, factor in terms.items():
            row[unknown[key]] += factor
        equations.append(row)
        values.append(float(sum(factor * n[key] for key, factor in terms.items())))

    for arm in ARMS:
        for year in YEARS:
            knows({("persons", arm, year): 1})
            if year > YEARS[0]:
                knows({("stayed", arm, year): 1, ("came", arm, year): 1, ("persons", arm, year): -1})
                knows({("stayed", arm, year): 1, ("gone", arm, year - 1): 1, ("persons", arm, year - 1): -1})
        came = {("came", arm, year): 1 for year in YEARS[1:]}
        knows({("persons", arm, YEARS[0]): 1, **came, ("back", arm, 0): -1})
    for year in YEARS[1:]:
        knows({("came_moved", arm, year): 1 for arm in ARMS} | {("gone_moved", arm, year - 1): -1 for arm in ARMS})
    for draft in checked["composition"]:
        for name in COLUMNS:
            key = (name, draft.row["arm"], draft.row["year"])
            if key in n and name not in draft.hidden:
                knows({key: 1})
    asked: dict[str, dict[tuple[str, str, int], int]] = {
        " ".join(map(str, key)): {key: 1} for key in n if key[0] != "persons"
    }
    for _, arm, year in (key for key in n if key[0] == "gone"):
        asked[f"left {arm} {year}"] = {
            ("gone", arm, year): 1, ("gone_moved", arm, year): -1, ("gone_died", arm, year): -1,
        }  # fmt: skip
        for part in ("gone_moved", "gone_died"):
            asked[f"gone but {part} {arm} {year}"] = {("gone", arm, year): 1, (part, arm, year): -1}
    for _, arm, year in (key for key in n if key[0] == "came"):
        asked[f"new {arm} {year}"] = {("came", arm, year): 1, ("came_moved", arm, year): -1}
    system = np.array(equations)
    found = {}
    for name, terms in asked.items():
        target = np.zeros(len(unknown))
        for key, factor in terms.items():
            target[unknown[key]] += factor
        weights, *_ = np.linalg.lstsq(system.T, target, rcond=None)
        if np.allclose(system.T @ weights, target, atol=1e-9):
            found[name] = float(weights @ np.array(values))
    return found


@settings(max_examples=150, deadline=None)
@given(n=numbers())
def test_no_count_of_few_follows_from_what_leaves(n: Numbers) -> None:
    settled = derived(n, checked_of(n))
    # nobody at all came back is told by no person
    few = {name: value for name, value in settled.items() if value < LIMIT - 0.5}
    few = {name: value for name, value in few.items() if not (name.startswith("back") and abs(value) < 0.5)}
    assert few == {}


def test_the_attack_works_on_a_table_without_protection() -> None:
    n: Numbers = {}
    for arm in ARMS:
        for year in YEARS:
            n |= {("persons", arm, year): 100, ("stayed", arm, year): 60, ("came", arm, year): 40}
            n |= {("came_moved", arm, year): 12, ("gone", arm, year): 40, ("gone_moved", arm, year): 12}
            n |= {("gone_died", arm, year): 3}
        n["back", arm, 0] = 0
    checked = checked_of(n)
    for draft in checked["composition"]:
        draft.hidden.clear()
    assert derived(n, checked)["gone_died treated 2015"] == pytest.approx(3)


def test_large_counts_leave_and_the_few_dead_stay_behind() -> None:
    n: Numbers = {}
    for arm in ARMS:
        n["back", arm, 0] = 20
        for year in YEARS:
            n["persons", arm, year] = 100
            if year > YEARS[0]:
                n |= {("stayed", arm, year): 60, ("came", arm, year): 40, ("came_moved", arm, year): 12}
            if year < YEARS[-1]:
                n |= {("gone", arm, year): 40, ("gone_moved", arm, year): 12, ("gone_died", arm, year): 3}
    hidden = {name for draft in checked_of(n)["composition"] for name in draft.hidden}
    assert hidden == {"gone_died"}
