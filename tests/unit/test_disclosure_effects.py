"""Tables about the average effect: they go with it, and single municipalities leave all together or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.example_design import CONTRASTS, SMALLEST
from lib.example_effects import staggered
from lib.example_results import changed, example
from lib.released import quick_png, quick_svg, rows  # noqa: F401

from ipscausal.disclosure import RELEASED_TABLES, Role, release
from ipscausal.disclosure.checks import Draft, drafts
from ipscausal.disclosure.complements import protect
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.disclosure.tables import EFFECT_FACTS, EFFECT_TABLES
from ipscausal.report import render
from ipscausal.results import Notice, Results

RULES = rules_in_force({"ruleset": "ssb", "min_persons": 10})
TABLES = {table.name: table for table in RELEASED_TABLES}
SINGLE = ("placebo", "leave_one_out")


pytestmark = pytest.mark.usefixtures("quick_png")


def facts(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="ascii"))["facts"]
    return document


def numbers(folder: Path, table: str) -> set[str]:
    """Everything but keys, state and reason."""
    valued = TABLES[table].names(Role.COUNT, Role.STATISTIC)
    return {row[name] for row in rows(folder, table) for name in valued} - {""}


def small(code: str, persons: int, tables: tuple[str, ...] = SINGLE) -> Results:
    """The smallest year of a comparison municipality holds so few persons."""
    results = example()
    place = list(CONTRASTS).index(code) + 1
    if "placebo" in tables:
        results = changed(results, "placebo", lambda row: row["position"] == place, support_treated=persons)
    if "leave_one_out" in tables:
        results = changed(results, "leave_one_out", lambda row: row["left_out"] == code, support_control=persons)
    return results


def test_a_municipality_is_found_from_the_others_when_only_one_is_missing() -> None:
    """Why one takes all: re-assigned coefficients sum to zero, and a standard error tells the sum of squares."""
    values = np.array(list(CONTRASTS.values()))
    assert -values[:-1].sum() == pytest.approx(values[-1])
    pair, square = -values[:-2].sum(), (values**2).sum() - (values[:-2] ** 2).sum()
    apart = np.sqrt(2 * square - pair**2)
    assert sorted(((pair - apart) / 2, (pair + apart) / 2)) == pytest.approx(sorted(values[-2:]))


@pytest.mark.parametrize(("persons", "leaves"), [(10, True), (9, False), (1, False)])
@pytest.mark.parametrize("tables", [SINGLE, ("placebo",), ("leave_one_out",)])
def test_one_small_municipality_takes_all_with_it(
    tmp_path: Path, persons: int, leaves: bool, tables: tuple[str, ...]
) -> None:
    release(small("5006", persons, tables), tmp_path)
    for table in SINGLE:
        assert bool(numbers(tmp_path, table)) is leaves
        assert (tmp_path / f"{table}.png").exists() is leaves
    by_key = {row["diagnostic"]: row for row in rows(tmp_path, "diagnostics")}
    # its range holds the effect without the most extreme municipality
    assert (by_key["influence"]["low"] != "") is leaves
    assert by_key["breakdown_sd"]["value"] == "0.9"
    assert (tmp_path / "calibration.png").exists()


@pytest.mark.parametrize("tables", [SINGLE, ("placebo",), ("leave_one_out",)])
def test_which_municipality_is_small_is_not_told(tmp_path: Path, tables: tuple[str, ...]) -> None:
    """Rows of leave_one_out are named by municipality: every byte is the same whichever of them is small."""
    written = []
    for code in ("5006", "1103"):
        release(small(code, 3, tables), tmp_path / code)
        written.append([(tmp_path / code / f"{name}.csv").read_bytes() for name in (*SINGLE, "withheld")])
    assert written[0] == written[1]
    listed = [row for row in rows(tmp_path / "5006", "withheld") if row["table"] == "leave_one_out"]
    assert {row["reason"] for row in listed} == {"municipality"}
    assert {row["reason"] for row in rows(tmp_path / "5006", "placebo")} == {"municipality"}


def test_withheld_placebo_rows_do_not_stand_by_size(tmp_path: Path) -> None:
    release(small("5006", 3), tmp_path)
    listed = rows(tmp_path, "placebo")
    assert {row["position"] + row["contrast"] + row["studentised"] for row in listed} == {""}
    # one reason for all, the actual one last: the same whatever the contrasts
    assert [(row["reason"], row["is_treated"]) for row in listed] == [
        *[("municipality", "false")] * 10, ("municipality", "true"),
    ]  # fmt: skip
    assert "position" not in "".join(row["row"] for row in rows(tmp_path, "withheld"))


@given(order=st.permutations(range(11)), values=st.lists(st.floats(-9, 9), min_size=11, max_size=11))
@settings(max_examples=40, deadline=None)
def test_no_order_and_no_value_of_withheld_rows_is_told(order: list[int], values: list[float]) -> None:
    base = small("5006", 3)
    shuffled = tuple(
        {**base.tables["placebo"][place], "position": position, "contrast": values[position - 1]}
        for position, place in enumerate(order, start=1)
    )
    assert told(replace(base, tables={**base.tables, "placebo": shuffled})) == told(base)


def told(results: Results) -> list[dict[str, Any]]:
    return [draft.released() for draft in protected(results)["placebo"]]


def protected(results: Results) -> dict[str, list[Draft]]:
    checked = {name: drafts(table, results.tables.get(name, ()), RULES) for name, table in TABLES.items()}
    protect(checked, results.facts["adoption_years"], RULES.min_persons)
    return checked


@given(supports=st.fixed_dictionaries({code: st.integers(0, 40) for code in SMALLEST if code != "1804"}))
@settings(max_examples=60, deadline=None)
def test_municipalities_leave_all_or_none(supports: Mapping[str, int]) -> None:
    results = example()
    codes = list(CONTRASTS)
    placebo = tuple(
        {**row, "support_treated": supports.get(codes[row["position"] - 1], row["support_treated"])}
        for row in results.tables["placebo"]
    )
    without = tuple(
        {**row, "support_control": supports.get(row["left_out"], row["support_control"])}
        for row in results.tables["leave_one_out"]
    )
    checked = protected(replace(results, tables={**results.tables, "placebo": placebo, "leave_one_out": without}))
    shown = {
        draft.hides(Role.STATISTIC)
        for name in SINGLE
        for draft in checked[name]
        if draft.row.get("status") != "not_identified"
    }
    assert shown == {min(supports.values()) < RULES.min_persons}


def test_everything_about_a_withheld_effect_is_withheld(tmp_path: Path) -> None:
    whole = staggered(example())
    whole = replace(whole, tables={**whole.tables, "placebo": example().tables["placebo"]})
    hidden = changed(whole, "estimates", lambda row: row["outcome"] == "workdays", support_control=9)
    hidden = changed(hidden, "headline", lambda row: row["term"] == "att", support_control=9)
    release(hidden, tmp_path)
    for table in EFFECT_TABLES:
        if not whole.tables.get(table):
            assert not (tmp_path / f"{table}.csv").exists()
            continue
        assert numbers(tmp_path, table) == set()
        assert {row["state"] for row in rows(tmp_path, table)} <= {"withheld", "released"}
        assert not (tmp_path / f"{table}.png").exists()
    assert set(facts(tmp_path)) & set(EFFECT_FACTS) == set()
    assert facts(tmp_path)["advice"]["primary"] == "panel"


def test_the_level_of_a_diagnostic_goes_with_its_value(tmp_path: Path) -> None:
    release(changed(example(), "diagnostics", lambda r: r["diagnostic"] == "breakdown_sd", support_treated=9), tmp_path)
    row = next(row for row in rows(tmp_path, "diagnostics") if row["diagnostic"] == "breakdown_sd")
    assert (row["value"], row["level"], row["reason"]) == ("", "", "support_treated")


def conventional(folder: Path) -> dict[str, str]:
    return next(
        row for row in rows(folder, "estimates") if row["role"] == "conventional" and row["outcome"] == "workdays"
    )


def test_the_p_of_an_invalid_method_leaves_only_beside_its_calibrated_rate(tmp_path: Path) -> None:
    release(example(), tmp_path / "beside")
    row = conventional(tmp_path / "beside")
    assert (row["p_value"], row["conf_low"], row["state"]) == ("0.001", "", "released")
    # of the other outcomes no rate was calibrated
    others = [r for r in rows(tmp_path / "beside", "estimates") if r["method"] == "hc1" and r["outcome"] != "workdays"]
    assert {r["p_value"] for r in others} == {""}
    few = changed(example(), "calibration", lambda r: r["method"] == "hc1", residual_df=9)
    release(few, tmp_path / "alone")
    assert conventional(tmp_path / "alone")["p_value"] == ""
    assert "conventional_rate" not in facts(tmp_path / "alone")
    none = replace(example(), tables={**example().tables, "calibration": ()})
    release(none, tmp_path / "none")
    assert conventional(tmp_path / "none")["p_value"] == ""


def test_an_invalid_method_of_another_role_has_no_p_at_all(tmp_path: Path) -> None:
    study = changed(example(), "estimates", lambda r: r["method"] == "cr1", p_value=0.0007)
    release(study, tmp_path)
    assert {row["p_value"] for row in rows(tmp_path, "estimates") if row["method"] == "cr1"} == {""}


@pytest.mark.parametrize("small_cells", [True, False])
def test_a_digest_of_small_sizes_could_be_tried_out(tmp_path: Path, small_cells: bool) -> None:
    results = example()
    notice = Notice("small_municipalities", "note", {"count": 1, "limit": 10})
    release(replace(results, notices=(*results.notices, *([notice] if small_cells else []))), tmp_path / "release")
    assert ("digest" in facts(tmp_path / "release")["advice"]) is not small_cells
    (page,) = render(tmp_path / "release", tmp_path / "report", ("en",))
    assert ("Mark of the choice: 5d0e5d0e5d0e." in page.read_text(encoding="utf-8")) is not small_cells


def test_the_checker_is_told_of_rows_that_rest_on_one_municipality(tmp_path: Path) -> None:
    release(example(), tmp_path)
    index = json.loads((tmp_path / "results.json").read_text(encoding="ascii"))["results"]
    for name in (*SINGLE, "leave_one_out_figure", "placebo_figure"):
        assert index[name]["status"] == "review"
        assert "Each row rests on one municipality, whose smallest year holds at least 10" in index[name]["exception"]
    context = (tmp_path / "context.md").read_text(encoding="utf-8")
    assert "leave all together or not at all" in context
    about = context[context.index("### leave_one_out.csv") :].split("### ")[1]
    assert "the effect with each municipality left out" in about
    assert "columns: left_out, arm" in about


CHANGES: dict[str, tuple[str, Any, dict[str, Any], dict[str, Any]]] = {
    "placebo": ("placebo", lambda r: r["position"] == 2, {"support_treated": 9},
                {"contrast": 77.1234, "studentised": 9.9}),
    "left out": ("leave_one_out", lambda r: r["left_out"] == "5006", {"support_control": 9},
                 {"estimate": 77.1234, "conf_low": 70.5, "conf_high": 80.5, "change": 71.5, "flips_sign": True}),
    "diagnostic": ("diagnostics", lambda r: r["diagnostic"] == "shock_sd", {"residual_df": 9},
                   {"value": 77.1234, "low": 70.5, "high": 80.5, "level": "red"}),
    "calibration": ("calibration", lambda r: r["method"] == "panel", {"support_control": 9},
                    {"false_positive_rate": 0.771234, "power": 0.99, "mde": 77.1, "placebo_space_k": 9}),
}  # fmt: skip


@pytest.mark.usefixtures("quick_svg")
@pytest.mark.parametrize("name", CHANGES)
def test_no_byte_of_release_or_report_depends_on_a_withheld_number(tmp_path: Path, name: str) -> None:
    table, where, failing, other = CHANGES[name]
    base = changed(example(), table, where, **failing)
    written = []
    for place, results in enumerate((base, changed(base, table, where, **other))):
        folder = tmp_path / str(place)
        release(results, folder / "release")
        render(folder / "release", folder / "report", ("nb",))
        written.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert rows(tmp_path / "0" / "release", "withheld")
