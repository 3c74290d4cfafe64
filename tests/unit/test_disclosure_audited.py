"""The audit of whole releases: it closes holes by itself, and finds none where the rules of subtraction were kept."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.example_effects import in_doubt
from lib.example_results import PERSONS, START, YEARS, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import release
from ipscausal.disclosure.audited import inferable, withhold_until_safe
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.complements import protect
from ipscausal.disclosure.release import checked_tables
from ipscausal.disclosure.rules import Rules, rules_in_force
from ipscausal.disclosure.table_sums import table_sums
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")
TEN = rules_in_force({"ruleset": "ssb", "min_persons": 10})
STRICT = rules_in_force({})
Counts = Mapping[str, tuple[int, ...]]


def counting(counts: Counts, employed: int = 40) -> Results:
    """The example with these persons by arm and year in every table that counts them; per cent of them employed."""
    results = in_doubt(example())
    at = {year: place for place, year in enumerate(YEARS)}
    total = {arm: sum(values) for arm, values in counts.items()}
    before = {arm: values[: at[START]] for arm, values in counts.items()}
    working = {arm: tuple(round(n * employed / 100) for n in values) for arm, values in counts.items()}
    tables: dict[str, list[dict[str, Any]]] = {
        name: [dict(row) for row in table] for name, table in results.tables.items()
    }
    for row in tables["trends"]:
        row["persons"] = counts[row["arm"]][at[row["year"]]]
        if row["outcome"] == "employed":
            row["mean"] = working[row["arm"]][at[row["year"]]] / row["persons"]
    for row in tables["flow"]:
        if row["step"] == 4:
            row["person_years"] = total.get(row["arm"], sum(total.values()))
    for row in tables["baseline"]:
        for arm, values in before.items():
            row |= {f"n_{arm}": sum(values), f"support_{arm}": min(values)}
            if row["variable"] == "employed":
                row[f"{arm}_mean"] = sum(working[arm][: at[START]]) / sum(values)
    for row in tables["event_study"]:
        first = YEARS[0] if row["event_time"] == -4 else START + row["event_time"]
        of = counts["treated"][at[first] : at[START + row["event_time"]] + 1]
        row |= {"n_treated_persons": round(sum(of) / len(of)), "support_treated": min(of)}
    for row in (*tables["estimates"], *tables["headline"]):
        row["n_person_years"] = sum(total.values())
    for row in tables["headline"]:
        row["work_year_persons"] = round(sum(counts["treated"][at[START] :]) / 4)
    return replace(results, tables={name: tuple(table) for name, table in tables.items()})


def with_year(year: int, persons: int) -> Results:
    place = YEARS.index(year)
    treated = PERSONS["treated"]
    return counting({**PERSONS, "treated": (*treated[:place], persons, *treated[place + 1 :])})


def found(results: Results, rules: Rules, checked: dict[str, list[Draft]]) -> set[str]:
    """Kinds of counts that an outsider can infer."""
    return {str(name[0]) for name in inferable(table_sums(checked, results.facts["adoption_years"]), rules)}


def test_a_small_year_is_found_where_only_it_is_withheld_and_the_audit_closes_it() -> None:
    results = with_year(2017, 4)
    checked = checked_tables(results, TEN)
    starts = results.facts["adoption_years"]
    sums = table_sums(checked, starts)
    low, high = inferable(sums, TEN)["persons", "treated", 2017]
    assert (round(low, 3), round(high, 3)) == (4, 4)
    withhold_until_safe(checked, starts, TEN)
    assert found(results, TEN, checked) == set()
    # rows of the hidden counts lose the means that would tell them
    hidden = [draft for draft in checked["trends"] if "persons" in draft.hidden]
    assert hidden
    assert all("mean" in draft.hidden for draft in hidden)


def test_the_door_does_not_open_before_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rules of subtraction the release is still safe."""
    # the module, which the function of the same name hides
    door = importlib.import_module("ipscausal.disclosure.release")
    monkeypatch.setattr(door, "protect", lambda *checked: None)
    results = with_year(2017, 4)
    release(results, tmp_path)
    years = [row for row in rows(tmp_path, "trends") if row["arm"] == "treated" and row["outcome"] == "workdays"]
    told = sum(int(row["persons"]) for row in years if row["persons"])
    whole = [row["person_years"] for row in rows(tmp_path, "flow") if row["step"] == "4" and row["arm"] == "treated"]
    missing = [row["year"] for row in years if not row["persons"]]
    assert "2017" in missing
    assert len(missing) > 1 or whole == [""]
    assert told < sum(PERSONS["treated"])


def test_totals_of_rounded_counts_give_a_hidden_count_away_too() -> None:
    results = with_year(2017, 4)
    checked = checked_tables(results, STRICT)
    low, high = inferable(table_sums(checked, results.facts["adoption_years"]), STRICT)["persons", "treated", 2017]
    # 4 leaves as 5 in the total: 3 to 7 persons
    assert (round(low, 3), round(high, 3)) == (3, 7)


SIZES = st.sampled_from((1, 4, 9, 10, 15, 40, 400))
YEARLY = st.tuples(*[SIZES] * len(YEARS))


@settings(max_examples=5, deadline=None)
@given(treated=YEARLY, control=YEARLY, employed=st.integers(0, 100), rules=st.sampled_from((TEN, STRICT)))
def test_the_rules_of_subtraction_leave_nothing_of_persons_to_the_audit(
    treated: tuple[int, ...], control: tuple[int, ...], employed: int, rules: Rules
) -> None:
    results = counting({"treated": treated, "control": control}, employed)
    checked = checked_tables(results, rules)
    protect(checked, results.facts["adoption_years"], rules.min_persons)
    assert not found(results, rules, checked) & {"persons", "having", "lacking"}
    withhold_until_safe(checked, results.facts["adoption_years"], rules)
    assert found(results, rules, checked) == set()


def test_an_untouched_release_loses_nothing_to_the_audit() -> None:
    results = in_doubt(example())
    checked = checked_tables(results, STRICT)
    withhold_until_safe(checked, results.facts["adoption_years"], STRICT)
    assert not [draft for drafted in checked.values() for draft in drafted if draft.hidden]


def test_a_year_of_four_leaves_in_no_preset(tmp_path: Path) -> None:
    for ruleset in ("strict", "opensafely", "acro", "microdata_no", "dst"):
        folder = tmp_path / ruleset
        release(with_disclosure(with_year(2017, 4), ruleset=ruleset, min_persons=None), folder)
        of_year = [row for row in rows(folder, "trends") if row["arm"] == "treated" and row["year"] == "2017"]
        assert {row["persons"] for row in of_year} == {""}
