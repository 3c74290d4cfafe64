"""What an outsider can do with the folder: subtract, solve, compare. None finds a withheld number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import CONTROLS, PERSONS, START, YEARS, changed, event_study_rows, example
from lib.released import quick_png, quick_svg, rows  # noqa: F401

from ipscausal.disclosure import release
from ipscausal.errors import DisclosureError
from ipscausal.report import render
from ipscausal.results import Results

LIMIT = 10
KEYS = ("variable", "kind", "period_from", "period_to", "state", "reason")


pytestmark = pytest.mark.usefixtures("quick_png")


def treated_counts(folder: Path) -> dict[int, str]:
    found = rows(folder, "trends")
    return {int(r["year"]): r["persons"] for r in found if r["outcome"] == "workdays" and r["arm"] == "treated"}


def with_small_year(year: int, persons: int) -> Results:
    """One treated year of few persons, in every table that counts it."""
    results = changed(example(), "trends", lambda r: r["arm"] == "treated" and r["year"] == year, persons=persons)
    time = year - START
    results = changed(
        results,
        "event_study",
        lambda r: r["event_time"] == max(time, -4),
        n_treated_persons=persons,
        support_treated=persons,
    )
    total = sum(PERSONS["treated"]) - PERSONS["treated"][YEARS.index(year)] + persons
    everyone = total + sum(PERSONS["control"])
    results = changed(results, "flow", lambda r: r["step"] == 4 and r["arm"] == "treated", person_years=total)
    results = changed(results, "flow", lambda r: r["step"] == 4 and r["arm"] == "all", person_years=everyone)
    return changed(results, "estimates", lambda row: True, n_person_years=everyone)


@pytest.mark.parametrize("year", [2017, 2013])
@pytest.mark.parametrize("persons", [9, 1])
def test_a_small_year_cannot_be_found_from_the_totals(tmp_path: Path, year: int, persons: int) -> None:
    release(with_small_year(year, persons), tmp_path)
    counts = treated_counts(tmp_path)
    hidden = {y for y, count in counts.items() if count == ""}
    side = {y for y in hidden if (y < START) == (year < START)}
    assert year in side
    assert len(side) >= 2
    truth = {**dict(zip(YEARS, PERSONS["treated"], strict=True)), year: persons}
    assert sum(truth[y] for y in side) >= LIMIT
    controls = [r for r in rows(tmp_path, "trends") if r["arm"] == "control" and int(r["year"]) in hidden]
    assert all(row["persons"] == "" for row in controls)
    by_event = {
        r["event_time"]: r["n_treated_persons"] for r in rows(tmp_path, "event_study") if r["outcome"] == "workdays"
    }
    assert all(by_event[str(max(y - START, -4))] == "" for y in hidden)
    assert all(r["state"] == "withheld" for r in rows(tmp_path, "estimates") if r["outcome"] == "log_recipients")


def with_small_baseline(counts: Mapping[int, int]) -> Results:
    """These treated persons in the years before the start, in every table that counts them."""
    results = example()
    for year, persons in counts.items():
        time = max(year - START, -4)
        few = {"n_treated_persons": persons, "support_treated": persons}
        results = changed(
            results, "trends", lambda r, y=year: r["arm"] == "treated" and r["year"] == y, persons=persons
        )  # fmt: skip
        results = changed(results, "event_study", lambda r, t=time: r["event_time"] == t, **few)
    before = {"n_treated": sum(counts.values()), "support_treated": min(counts.values())}
    return changed(results, "baseline", lambda row: True, **before)


def test_persons_counted_every_year_are_not_taken_for_many(tmp_path: Path) -> None:
    counts = {**dict.fromkeys(range(2010, 2015), 3), 2015: 12}
    release(with_small_baseline(counts), tmp_path)
    # 27 person-years, all above the limit in sum, of at least three persons
    for row in rows(tmp_path, "baseline"):
        assert row["state"] == "withheld"
        assert not any(
            row[name] for name in row if name.endswith(("_mean", "_sd", "difference", "_control", "_treated"))
        )
        assert row["reason"] == "support_treated"
    hidden = {year for year, persons in treated_counts(tmp_path).items() if persons == "" and year < START}
    assert hidden == set(range(2010, 2016))


def test_hidden_years_hold_a_year_of_enough_persons(tmp_path: Path) -> None:
    # the five years sum to 25, but may be the same five persons: a year of ten or more must join them
    counts = {**dict.fromkeys(range(2010, 2015), 5), 2015: 40}
    release(with_small_baseline(counts), tmp_path)
    assert treated_counts(tmp_path)[2015] == ""


def test_nine_are_small_and_ten_are_not(tmp_path: Path) -> None:
    release(with_small_year(2017, 10), tmp_path)
    assert "" not in treated_counts(tmp_path).values()
    # a share of ten persons is a count below ten, so the 0/1 outcome is still withheld there
    assert {"outcome=employed" in row["row"] for row in rows(tmp_path, "withheld")} == {True}


def flow_with(step: int, arm: str, **values: int) -> Results:
    return changed(example(), "flow", lambda r: r["step"] == step and r["arm"] == arm, **values)


@pytest.mark.parametrize(("difference", "leaves"), [(9, False), (1, False), (10, True), (0, True)])
def test_neighbouring_steps_differ_by_nobody_or_by_enough(tmp_path: Path, difference: int, leaves: bool) -> None:
    age = next(r for r in example().tables["flow"] if r["step"] == 3 and r["arm"] == "treated")
    release(flow_with(2, "treated", persons=age["persons"] + difference), tmp_path)
    by_step = {step: {r["persons"] for r in rows(tmp_path, "flow") if r["step"] == step} for step in "1234"}
    assert ("" in by_step["2"]) is not leaves
    assert "" not in by_step["3"] | by_step["4"] | by_step["1"]


def test_a_step_with_few_treated_is_withheld_in_every_arm(tmp_path: Path) -> None:
    release(flow_with(1, "treated", persons=9), tmp_path)
    assert {r["persons"] for r in rows(tmp_path, "flow") if r["step"] == "1"} == {""}


def test_few_movers_cannot_be_found_by_adding_the_arms(tmp_path: Path) -> None:
    release(flow_with(4, "all", persons=2279 + 15603 - 3), tmp_path)
    step = {r["arm"]: r["persons"] for r in rows(tmp_path, "flow") if r["step"] == "4"}
    assert step["control"] == ""
    assert step["all"] != ""


def test_a_withheld_share_cannot_be_found_from_the_baseline_or_the_effects(tmp_path: Path) -> None:
    few = 5 / PERSONS["treated"][YEARS.index(2018)]
    results = example()
    events = {**results.tables, "event_study": event_study_rows("employed")}
    study = changed(
        replace(results, tables=events),
        "trends",
        lambda r: r["outcome"] == "employed" and r["arm"] == "treated" and r["year"] == 2018,
        mean=few,
    )
    release(study, tmp_path)
    means = {
        int(r["year"]): r["mean"]
        for r in rows(tmp_path, "trends")
        if r["outcome"] == "employed" and r["arm"] == "treated"
    }
    hidden = {year for year, mean in means.items() if mean == ""}
    assert 2018 in hidden
    assert len({year for year in hidden if year >= START}) >= 2
    effects = {r["event_time"]: r["estimate"] for r in rows(tmp_path, "event_study") if r["outcome"] == "employed"}
    assert all(effects[str(year - START)] == "" for year in hidden)
    workdays = [r["mean"] for r in rows(tmp_path, "trends") if r["outcome"] == "workdays"]
    assert "" not in workdays


def test_covariances_of_a_withheld_estimate_go_with_it(tmp_path: Path) -> None:
    study = changed(
        example(), "event_study", lambda r: r["outcome"] == "workdays" and r["event_time"] == 3, support_control=9
    )
    release(study, tmp_path)
    gone = {"event_3", "event_0"}  # the second so that the first is not the average less the others
    for row in rows(tmp_path, "vcov"):
        touched = bool(gone & {row["term_i"], row["term_j"]})
        assert (row["value"] == "") is touched
        assert row["reason"] == ("term" if touched else "")


def test_a_withheld_effect_leaves_under_no_other_name(tmp_path: Path) -> None:
    study = changed(
        example(), "event_study", lambda r: r["outcome"] == "workdays" and r["event_time"] == 3, support_control=9
    )
    release(study, tmp_path)
    headline = {r["term"]: r["estimate"] for r in rows(tmp_path, "headline")}
    assert headline == {"att": "5.6", "event_3": ""}


def test_an_effect_by_year_is_the_average_less_the_others_when_it_alone_is_missing(tmp_path: Path) -> None:
    """A cohort of one person that alone has reached year 3: its effect must not follow from the average."""
    few = lambda row: row["event_time"] == 3  # noqa: E731
    study = changed(example(), "event_study", few, n_treated_persons=1, support_treated=1)
    after = [row for row in study.tables["event_study"] if row["event_time"] >= 0]
    whole = sum(row["n_treated_persons"] for row in after)
    average = sum(row["n_treated_persons"] * row["estimate"] for row in after) / whole
    others = sum(row["n_treated_persons"] * row["estimate"] for row in after if not few(row))
    assert whole * average - others == pytest.approx(10.5)
    release(study, tmp_path)
    hidden = {row["event_time"] for row in rows(tmp_path, "event_study") if row["estimate"] == ""}
    # year 0 has the fewest persons of those that could have left by themselves
    assert hidden == {"3", "0"}
    assert {row["term"]: row["estimate"] for row in rows(tmp_path, "headline")} == {"att": "5.6", "event_3": ""}


def test_where_no_other_effect_can_go_with_it_the_average_goes(tmp_path: Path) -> None:
    results = example()
    only = tuple(row for row in results.tables["event_study"] if row["event_time"] in (-1, 3))
    tables = {**results.tables, "event_study": only, "vcov": ()}
    study = changed(replace(results, tables=tables), "event_study", lambda r: r["event_time"] == 3, support_treated=9)
    with pytest.raises(DisclosureError, match="no headline may leave"):
        release(study, tmp_path / "release")


def test_a_single_withheld_category_takes_another_with_it(tmp_path: Path) -> None:
    results = example()
    template = {**results.tables["baseline"][1], "control_mean": 0.4}
    named = {f"country: group {i}": share for i, share in enumerate((3 / 2772, 0.2, 0.5), start=1)}
    extra = tuple({**template, "variable": name, "treated_mean": share} for name, share in named.items())
    tables = {**results.tables, "baseline": results.tables["baseline"] + extra}
    release(Results(tables, results.facts, results.notices, results.study, results.provenance), tmp_path)
    means = {r["variable"]: r["treated_mean"] for r in rows(tmp_path, "baseline")}
    assert [means[name] for name in named] == ["", "", "0.5"]


Change = tuple[str, Callable[[Mapping[str, Any]], bool], dict[str, Any], dict[str, Any]]
CHANGES: dict[str, Change] = {
    "event study point": (
        "event_study", lambda r: r["event_time"] == 2 and r["outcome"] == "workdays",
        {"support_treated": 9},
        {"estimate": 99.1234, "std_error": 77.1, "conf_low": -3.3, "conf_high": 201.7, "n_treated_persons": 8},
    ),
    "headline": (
        "headline", lambda r: r["term"] == "event_3", {"support_control": 3},
        {"estimate": 99.1234, "work_years": 88.8888, "conf_low": 70.7, "conf_high": 127.6, "p_value": 0.0003},
    ),
    "estimate": (
        "estimates", lambda r: r["method"] == "sup_t" and r["outcome"] == "employed", {"residual_df": 9},
        {"estimate": 0.991234, "std_error": 0.000771, "conf_low": 0.989, "conf_high": 0.993, "p_value": 0.0001},
    ),
    "baseline": (
        "baseline", lambda r: r["variable"] == "age", {"n_control": 9},
        {"treated_mean": 19.19191, "treated_sd": 7.7777, "control_mean": 18.8181, "std_difference": 0.31313},
    ),
    "covariance": (
        "vcov", lambda r: "event_2" in (r["term_i"], r["term_j"]), {"value": 1.0}, {"value": 123.456789},
    ),
}  # fmt: skip


@pytest.mark.usefixtures("quick_svg")
@pytest.mark.parametrize("name", CHANGES)
def test_no_byte_of_release_or_report_depends_on_a_withheld_number(tmp_path: Path, name: str) -> None:
    table, where, failing, other = CHANGES[name]
    base = changed(example(), table, where, **failing)
    if name == "covariance":
        base = changed(base, "event_study", lambda r: r["event_time"] == 2, support_treated=9)
    written = []
    for place, results in enumerate(
        (base, changed(base, table, where, **{**other, **(failing if name != "covariance" else {})}))
    ):
        folder = tmp_path / str(place)
        release(results, folder / "release")
        render(folder / "release", folder / "report", ("en", "nb"))
        written.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert rows(tmp_path / "0" / "release", "withheld")


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        release(example(), tmp_path / name)
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_several_starts_are_released_without_a_common_clock(tmp_path: Path) -> None:
    results = example()
    facts = {**results.facts, "treated": ["1804", CONTROLS[0]], "adoption_years": {"1804": 2016, CONTROLS[0]: 2017}}
    facts["n_treated"] = 2
    results = Results(results.tables, facts, results.notices, results.study, results.provenance)
    release(changed(results, "event_study", lambda r: r["event_time"] == 0, n_treated_persons=9), tmp_path)
    hidden = [
        r["event_time"]
        for r in rows(tmp_path, "event_study")
        if r["outcome"] == "workdays" and not r["n_treated_persons"]
    ]
    assert len(hidden) >= 2
