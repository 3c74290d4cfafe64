"""The persons who lived in both arms, and those who lived in neither, cannot be computed from the flow.

Registries are invented person by person, so that steps, arms and totals agree as they do in a real
run: an arm follows the home municipality at every step, and the yearly counts sum to the last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.example_results import YEARS, example

from ipscausal import figures
from ipscausal.disclosure import release
from ipscausal.disclosure.checks import Draft, drafts
from ipscausal.disclosure.complements import protect
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.disclosure.tables import RELEASED_TABLES
from ipscausal.report import render
from ipscausal.results import Results

RULES = rules_in_force({"ruleset": "ssb", "min_persons": 10})
LIMIT = RULES.min_persons
HOMES = ("T", "C", "TC", "E", "TE", "CE")
"""Homes of a person over two years: a treated, a comparison, another (elsewhere) municipality."""
RULES_OF_STEPS = ("persons_with_benefit", "age", "resident", "study_municipality", "alive")
STUDY = 3
"""Place of the rule that leaves out everybody who lives elsewhere."""
Counts = Mapping[str, tuple[int, int]]
Registry = Mapping[tuple[str, int], int]
"""(homes, last step survived) -> persons."""

COUNTS = st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 60))
REGISTRIES = st.fixed_dictionaries(
    {(homes, last): COUNTS for homes in HOMES for last in (0, 1, 3)}
    | {(homes, 4): COUNTS.map(lambda n: n + 30) for homes in "TC"}
    | {(homes, 4): COUNTS for homes in HOMES[2:]}
)


def counts_of_steps(registry: Registry) -> list[Counts]:
    """Persons and person-years per arm after every step."""
    steps = []
    for step in range(len(RULES_OF_STEPS)):
        left = {homes: sum(n for (h, last), n in registry.items() if h == homes and last >= step) for homes in HOMES}
        inside = [homes for homes in HOMES if step < STUDY or homes != "E"]
        places = {"treated": "T", "control": "C"}
        arms = {arm: sum(left[homes] for homes in inside if home in homes) for arm, home in places.items()}
        years = {homes: len(homes if step < STUDY else homes.replace("E", "")) for homes in inside}
        steps.append(
            {arm: (persons, persons) for arm, persons in arms.items()}
            | {"all": (sum(left[homes] for homes in inside), sum(left[homes] * years[homes] for homes in inside))}
        )
    return steps


def results_of(registry: Registry) -> Results:
    """The example study with the flow and the yearly counts of the registry."""
    steps = counts_of_steps(registry)
    flow = tuple(
        {"step": step, "rule": rule, "arm": arm, "persons": counts[arm][0], "person_years": counts[arm][1]}
        for step, (rule, counts) in enumerate(zip(RULES_OF_STEPS, steps, strict=True), start=1)
        for arm in counts
    )
    base, last = example(), steps[-1]
    share = {arm: divmod(last[arm][1], len(YEARS)) for arm in ("treated", "control")}
    trends = tuple(
        {**row, "persons": share[row["arm"]][0] + (row["year"] == YEARS[-1]) * share[row["arm"]][1]}
        for row in base.tables["trends"]
    )
    size = {"n_persons": last["all"][0], "n_person_years": last["all"][1]}
    estimates = tuple({**row, **size} for row in base.tables["estimates"])
    return replace(base, tables={**base.tables, "flow": flow, "trends": trends, "estimates": estimates})


def protected(results: Results) -> dict[str, list[Draft]]:
    checked = {table.name: drafts(table, results.tables.get(table.name, ()), RULES) for table in RELEASED_TABLES}
    protect(checked, results.facts["adoption_years"], LIMIT)
    return checked


def held(checked: Mapping[str, list[Draft]], column: str) -> dict[str, set[int]]:
    """What an outsider holds for each arm: every step that leaves, and sums over years and sizes."""
    rows: list[dict[str, Any]] = [draft.released() for draft in checked["flow"]]
    known = {arm: {r[column] for r in rows if r["arm"] == arm} - {None} for arm in ("treated", "control", "all")}
    known["all"] |= {draft.released()[f"n_{column}"] for draft in checked["estimates"]} - {None}
    if column == "person_years":
        for arm in ("treated", "control"):
            by_year = [
                draft.released()["persons"]
                for draft in checked["trends"]
                if draft.row["outcome"] == "workdays" and draft.row["arm"] == arm
            ]
            known[arm] |= set() if None in by_year else {sum(by_year)}
    return known


@settings(max_examples=150, deadline=None)
@given(registry=REGISTRIES)
def test_no_combination_of_steps_and_totals_gives_the_movers(registry: Registry) -> None:
    checked = protected(results_of(registry))
    for place, column in enumerate(("persons", "person_years")):
        known = held(checked, column)
        for step in counts_of_steps(registry):
            treated, control, everyone = (step[arm][place] for arm in ("treated", "control", "all"))
            if 0 < abs(treated + control - everyone) < LIMIT:
                found = treated in known["treated"] and control in known["control"] and everyone in known["all"]
                assert not found, (column, step)


@settings(max_examples=150, deadline=None)
@given(registry=REGISTRIES)
def test_bounds_from_earlier_steps_leave_room_for_the_limit(registry: Registry) -> None:
    """A rule only removes persons, so an earlier comparison count bounds the movers from above."""
    last = counts_of_steps(registry)[-1]
    if not 0 < last["treated"][0] + last["control"][0] - last["all"][0] < LIMIT:
        return
    known = held(protected(results_of(registry)), "persons")
    bounds = [t + c - last["all"][0] for t, c in product(known["treated"], known["control"])]
    assert all(bound >= LIMIT for bound in bounds)


def registry_with(**extra: int) -> Registry:
    """Big groups in both arms and elsewhere, nobody lost at any step but the municipality's."""
    named = {"T": 200, "C": 400, "E": 300, **extra}
    return {(homes, 4): named.get(homes, 0) for homes in HOMES} | {("C", 0): 90, ("T", 0): 50}


def control_by_step(checked: Mapping[str, list[Draft]]) -> list[int | None]:
    return [draft.released()["persons"] for draft in checked["flow"] if draft.row["arm"] == "control"]


def test_the_comparison_arm_is_withheld_wherever_it_is_the_same() -> None:
    # by hand: six persons lived in both arms, and the rule of the municipality takes nobody from an arm
    checked = protected(results_of(registry_with(TC=6)))
    assert control_by_step(checked) == [496, None, None, None, None]
    everyone = [draft for draft in checked["flow"] if draft.row["arm"] != "control"]
    assert not any(draft.hidden for draft in everyone)


@pytest.mark.parametrize("movers", [0, 10])
def test_none_or_enough_movers_withhold_nothing(movers: int) -> None:
    checked = protected(results_of(registry_with(TC=movers)))
    assert not any(draft.hidden for draft in checked["flow"])


def test_few_who_live_elsewhere_are_not_found_from_yearly_counts() -> None:
    # the arms' person-years are sums over the yearly counts, so the total of the step has to go
    checked = protected(results_of({**registry_with(E=0), ("E", 4): 0, ("E", 2): 4}))
    last_two = [draft for draft in checked["flow"] if draft.row["step"] in (2, 3)]
    assert all(draft.state == "withheld" for draft in last_two)


def test_a_withheld_share_of_movers_has_a_sentence_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "png", lambda figure, labels: labels.alt.encode())
    base = example()
    notices = tuple(replace(n, values={"share": 0.0001}) if n.code == "movers" else n for n in base.notices)
    release(replace(base, notices=notices), tmp_path / "release")
    pages = render(tmp_path / "release", tmp_path / "report", ("en", "nb"))
    sentences = ("<li>How many of the persons lived in more", "<li>Hvor mange av personene som har bodd i mer")
    for page, sentence in zip(pages, sentences, strict=True):
        text = page.read_text(encoding="utf-8")
        assert sentence in text
        assert "<li>:" not in text
