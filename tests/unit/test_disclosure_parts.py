"""Attacks on the tables about the effect: a part from the whole, one municipality from a check, few by difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.example_effects import EFFECTS, LEVELS, in_doubt, staggered
from lib.example_results import changed, example
from lib.released import quick_png, quick_svg, rows  # noqa: F401

from ipscausal.disclosure import RELEASED_TABLES, Role, release
from ipscausal.disclosure.checks import Draft, drafts
from ipscausal.disclosure.complements import protect
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.report import render
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")

RULES = rules_in_force({"ruleset": "ssb", "min_persons": 10})
LIMIT = RULES.min_persons
TABLES = {table.name: table for table in RELEASED_TABLES}
WHOLE = 40083


def protected(results: Results) -> dict[str, list[Draft]]:
    checked = {name: drafts(table, results.tables.get(name, ()), RULES) for name, table in TABLES.items()}
    protect(checked, results.facts["adoption_years"], LIMIT)
    return checked


def hidden(found: list[Draft]) -> list[Draft]:
    return [draft for draft in found if draft.hides(Role.STATISTIC) and "estimate" in draft.hidden]


def level(results: Results, name: str, **values: Any) -> Results:
    return changed(results, "subgroups", lambda row: row["level"] == name, **values)


def test_a_small_subgroup_is_the_whole_less_the_others_when_it_alone_is_missing() -> None:
    """Why one takes another with it: the average is the mean of the levels by person-years."""
    by_level = {row["level"]: row for row in in_doubt(example()).tables["subgroups"] if row["dimension"] == "sex"}
    share = {name: row["n_person_years"] / WHOLE for name, row in by_level.items()}
    whole = sum(share[name] * row["estimate"] for name, row in by_level.items())
    known = share["man"] * by_level["man"]["estimate"]
    assert (whole - known) / share["woman"] == pytest.approx(by_level["woman"]["estimate"])
    shown = protected(level(in_doubt(example()), "woman", support_treated=9))["subgroups"]
    assert {draft.row["level"] for draft in hidden(shown)} == {"woman", "man"}
    # the other dimension says nothing of this one
    assert {draft.row["level"] for draft in shown if "p_value" not in draft.hidden} == {"18-24", "25-29"}


@given(supports=st.fixed_dictionaries({name: st.integers(0, 30) for _, name in LEVELS}))
@settings(max_examples=60, deadline=None)
def test_what_is_missing_of_a_dimension_holds_a_level_that_could_have_left(supports: Mapping[str, int]) -> None:
    results = in_doubt(example())
    third = {**results.tables["subgroups"][0], "level": "third", "n_person_years": 900, "estimate": 1.0}
    subgroups = tuple(
        {**row, "support_treated": supports.get(row["level"], 40)} for row in (*results.tables["subgroups"], third)
    )
    found = protected(replace(results, tables={**results.tables, "subgroups": subgroups}))["subgroups"]
    for dimension in ("sex", "age band"):
        own = [draft for draft in found if draft.row["dimension"] == dimension]
        gone = hidden(own)
        if not gone:
            assert all(draft.row["support_treated"] >= LIMIT for draft in own)
            continue
        assert len(gone) >= 2
        could = [draft for draft in own if draft.row["support_treated"] >= LIMIT]
        assert not could or any(draft.row["support_treated"] >= LIMIT for draft in gone)
        assert {"p_interaction"} <= set.intersection(*(set(draft.hidden) for draft in own))


@pytest.mark.parametrize(("unknown", "told"), [(0, True), (1, False), (9, False), (10, True)])
def test_few_persons_of_unknown_level_are_not_counted_by_difference(unknown: int, told: bool) -> None:
    count = LEVELS["sex", "man"] - unknown
    own = [
        draft
        for draft in protected(level(in_doubt(example()), "man", n_person_years=count))["subgroups"]
        if draft.row["dimension"] == "sex"
    ]
    assert {"n_person_years" not in draft.hidden for draft in own} == {told}
    assert not hidden(own)


def test_adjusted_p_values_are_made_of_all_and_go_with_one() -> None:
    assert not any(draft.hidden for draft in protected(in_doubt(example()))["subgroups"])
    found = {d.row["level"]: d for d in protected(level(in_doubt(example()), "man", residual_df=9))["subgroups"]}
    assert set(found["18-24"].hidden) == {"p_holm", "p_interaction_holm"}


def test_a_comparison_of_starting_years_does_not_follow_from_the_coefficient() -> None:
    small = changed(staggered(example()), "decomposition", lambda r: r["kind"] == "earlier_later", support_control=9)
    gone = {d.row["kind"] for d in protected(small)["decomposition"] if {"weight", "estimate"} <= set(d.hidden)}
    assert gone == {"earlier_later", "later_earlier"}


@pytest.mark.parametrize(
    ("small", "missing"), [((), 0), ((3,), 3), ((1, 6), 3), ((1, 2, 3), 4), ((1, 2, 3, 4, 5, 6), 6)]
)
def test_single_municipalities_are_missing_by_three_and_places_are_counted_anew(
    tmp_path: Path, small: tuple[int, ...], missing: int
) -> None:
    results = staggered(example())
    if small:
        results = changed(results, "municipality_effects", lambda row: row["position"] in small, support_treated=9)
    found = protected(results)["municipality_effects"]
    assert len(hidden(found)) == missing
    left = [draft.released() for draft in found if not draft.hidden]
    # no gap tells between which two others a missing one lies
    assert [row["position"] for row in left] == list(range(1, len(EFFECTS) - missing + 1))
    assert [row["estimate"] for row in left] == sorted((row["estimate"] for row in left), reverse=True)
    assert {row["position"] for row in (draft.released() for draft in found if draft.hidden)} <= {None}
    assert all("municipality" not in draft.released() for draft in found)


def test_equal_effects_do_not_stand_in_the_order_of_the_codes() -> None:
    """Without spread all are drawn to the mean: rounding, or the order of the panel, would then name them."""
    results = staggered(example())
    alike = tuple(
        {**row, "shrunken": 5.0 + 1e-15 * row["position"], "estimate": effect}
        for row, effect in zip(results.tables["municipality_effects"], (1.0, 9.0, 3.0, 7.0, 2.0, 8.0), strict=True)
    )
    found = protected(replace(results, tables={**results.tables, "municipality_effects": alike}))
    left = [draft.released() for draft in found["municipality_effects"]]
    assert [(row["position"], row["estimate"]) for row in left] == list(enumerate((9.0, 8.0, 7.0, 3.0, 2.0, 1.0), 1))


def test_the_check_of_single_municipalities_tells_no_number_where_one_may_not_be_shown() -> None:
    small = changed(in_doubt(example()), "leave_one_out", lambda row: row["left_out"] == "1833", support_control=9)
    by_question = {draft.row["question"]: draft.released() for draft in protected(small)["sensitivity"]}
    row = by_question["without_municipality"]
    assert [row[name] for name in ("value", "low", "high", "without")] == [None] * 4
    assert (row["verdict"], row["count"], row["state"]) == ("cannot tell", 11, "partly withheld")
    assert by_question["without_year"]["state"] == "released"


def test_trends_that_differ_do_not_tell_a_withheld_year() -> None:
    small = changed(in_doubt(example()), "event_study", lambda row: row["event_time"] == 3, support_treated=9)
    checked = protected(small)
    assert all(draft.state == "withheld" for draft in checked["honest"])
    gone = {draft.row["question"] for draft in checked["sensitivity"] if draft.hidden}
    assert gone == {"honest_did", "pretrend_power"}


@pytest.mark.parametrize(("movers", "told"), [(9, False), (10, True), (17473, False)])
def test_the_effect_without_few_movers_would_tell_of_them(tmp_path: Path, movers: int, told: bool) -> None:
    results = in_doubt(example())
    release(replace(results, facts={**results.facts, "movers_share": movers / 17482}), tmp_path)
    check = next(row for row in rows(tmp_path, "sensitivity") if row["question"] == "movers")
    curve = next(row for row in rows(tmp_path, "specification_curve") if row["data"] == "Without movers")
    for row in (check, curve):
        assert (row["state"], row["reason"]) == (("released", "") if told else ("withheld", "small_step"))
    facts = json.loads((tmp_path / "facts.json").read_text(encoding="ascii"))["facts"]
    # the lowest of all ways is the one without movers
    assert ("specifications" in facts) is told


def test_a_withheld_primary_does_not_follow_from_its_differences() -> None:
    small = changed(in_doubt(example()), "estimators", lambda row: row["role"] == "primary", support_control=9)
    found = protected(small)["estimators"]
    assert all(draft.released()["difference"] is None and draft.released()["estimate"] is None for draft in found)


def test_a_check_on_another_outcome_goes_with_the_answer_and_with_that_outcome() -> None:
    other = changed(in_doubt(example()), "sensitivity", lambda row: row["question"] == "movers", outcome="employed")
    alone = changed(other, "estimates", lambda row: row["outcome"] == "employed", residual_df=9)
    gone = {draft.row["question"] for draft in protected(alone)["sensitivity"] if draft.hidden}
    assert gone == {"movers"}
    answer = changed(other, "estimates", lambda row: row["outcome"] == "workdays", residual_df=9)
    assert all(draft.hidden for draft in protected(answer)["sensitivity"])


def test_what_the_design_refused_is_told_without_the_words_of_the_error(tmp_path: Path) -> None:
    release(in_doubt(example()), tmp_path)
    row = next(row for row in rows(tmp_path, "estimators") if row["estimator"] == "synthetic_control")
    assert (row["status"], row["estimate"]) == ("not_identified", "")
    assert "donor" not in (tmp_path / "estimators.csv").read_text(encoding="utf-8")


def test_the_checker_is_told_of_every_new_file(tmp_path: Path) -> None:
    release(staggered(example()), tmp_path)
    index = json.loads((tmp_path / "results.json").read_text(encoding="ascii"))["results"]
    context = (tmp_path / "context.md").read_text(encoding="utf-8")
    for name in ("estimators", "decomposition", "sensitivity", "honest", "specification_curve", "subgroups"):
        assert index[name]["properties"]["dof"] >= 10
        assert f"### {name}.csv" in context
    assert "Each row rests on one municipality" in index["municipality_effects"]["exception"]
    assert {f"{name}_figure" for name in ("estimators", "honest", "subgroups", "municipality_effects")} <= set(index)


Where = Callable[[Mapping[str, Any]], bool]
NUMBERS: dict[str, tuple[str, Where, dict[str, Any], dict[str, Any]]] = {
    "subgroup": ("subgroups", lambda r: r["level"] == "woman", {"support_treated": 9},
                 {"estimate": 77.1234, "conf_low": 70.5, "conf_high": 80.5, "p_value": 0.777, "p_holm": 0.987}),
    "municipality": ("municipality_effects", lambda r: r["position"] == 4, {"support_treated": 9},
                     {"estimate": 77.1234, "shrunken": 70.5, "conf_low": 60.5, "conf_high": 80.5}),
    "estimator": ("estimators", lambda r: r["estimator"] == "stacked", {"support_control": 9},
                  {"estimate": 77.1234, "difference": 71.5, "difference_low": 70.1, "differs": "no"}),
    "check": ("sensitivity", lambda r: r["question"] == "break_year", {"residual_df": 9},
              {"value": 77.1234, "low": 70.5, "high": 80.5, "verdict": "passed"}),
}  # fmt: skip


@pytest.mark.usefixtures("quick_svg")
@pytest.mark.parametrize("name", NUMBERS)
def test_no_byte_of_release_or_report_depends_on_a_withheld_part(tmp_path: Path, name: str) -> None:
    table, where, failing, other = NUMBERS[name]
    base = changed(staggered(example()), table, where, **failing)
    written = []
    for place, results in enumerate((base, changed(base, table, where, **other))):
        folder = tmp_path / str(place)
        release(results, folder / "release")
        render(folder / "release", folder / "report", ("en",))
        written.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert written[0] == written[1]
