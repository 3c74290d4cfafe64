"""The door: thresholds at their boundary, loosening, and what is refused altogether."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_effects import TABLES, staggered
from lib.example_results import changed, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import Role, release, rules_in_force
from ipscausal.disclosure.tables import RELEASED_TABLES
from ipscausal.errors import DisclosureError
from ipscausal.results import Notice, Results

pytestmark = pytest.mark.usefixtures("quick_png")


def one(found: list[dict[str, str]], **keys: str) -> dict[str, str]:
    matching = [row for row in found if all(row[name] == value for name, value in keys.items())]
    assert len(matching) == 1
    return matching[0]


def last_point(results: Results, **values: object) -> Results:
    return changed(results, "event_study", lambda r: r["outcome"] == "workdays" and r["event_time"] == 3, **values)


@pytest.mark.parametrize("guard", ["support_treated", "support_control", "residual_df"])
@pytest.mark.parametrize(("behind", "leaves"), [(10, True), (9, False), (0, False)])
def test_ten_behind_a_number_leave_and_nine_do_not(tmp_path: Path, guard: str, behind: int, leaves: bool) -> None:
    release(last_point(example(), **{guard: behind}), tmp_path)
    row = one(rows(tmp_path, "event_study"), outcome="workdays", event_time="3")
    assert (row["estimate"] != "") is leaves
    assert (row["conf_low"] != "") is leaves
    assert row["state"] == ("released" if leaves else "withheld")
    assert row["reason"] == ("" if leaves else guard)


def test_a_number_whose_persons_are_unknown_does_not_leave(tmp_path: Path) -> None:
    release(last_point(example(), support_treated=None), tmp_path)
    assert one(rows(tmp_path, "event_study"), outcome="workdays", event_time="3")["reason"] == "support_unknown"


def test_the_reference_is_zero_by_construction_and_needs_no_persons(tmp_path: Path) -> None:
    study = changed(
        example(),
        "event_study",
        lambda r: r["is_reference"],
        support_treated=None,
        support_control=None,
        residual_df=None,
    )
    release(study, tmp_path)
    assert one(rows(tmp_path, "event_study"), outcome="workdays", event_time="-1")["state"] == "released"


@pytest.mark.parametrize(("persons", "state"), [(10, "released"), (9, "withheld")])
def test_counts_at_the_boundary(tmp_path: Path, persons: int, state: str) -> None:
    study = changed(example(), "baseline", lambda r: r["variable"] == "age", n_treated=persons)
    release(study, tmp_path)
    row = one(rows(tmp_path, "baseline"), variable="age")
    assert row["state"] == state
    assert (row["treated_mean"] == "") is (state == "withheld")


@pytest.mark.parametrize(("having", "leaves"), [(10, True), (9, False), (2762, True), (2763, False)])
def test_a_share_that_few_have_or_lack_does_not_leave(tmp_path: Path, having: int, leaves: bool) -> None:
    study = changed(example(), "baseline", lambda r: r["variable"] == "women", treated_mean=having / 2772)
    release(study, tmp_path)
    row = one(rows(tmp_path, "baseline"), variable="women")
    assert (row["treated_mean"] != "") is leaves
    assert (row["std_difference"] != "") is leaves
    assert row["n_treated"] == "2772"


def test_the_study_may_tighten(tmp_path: Path) -> None:
    release(with_disclosure(last_point(example(), support_treated=400), min_persons=431), tmp_path)
    assert one(rows(tmp_path, "event_study"), outcome="workdays", event_time="3")["state"] == "withheld"
    assert one(rows(tmp_path, "event_study"), outcome="workdays", event_time="2")["state"] == "released"


def test_loosening_without_an_exception_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    with pytest.raises(DisclosureError, match="loosens a disclosure rule without an exception") as caught:
        release(with_disclosure(example(), min_persons=2, min_residual_df=9, min_municipalities=4), folder)
    assert caught.value.problems == (
        "min_persons = 2 is looser than 3 in the rule set ssb",
        "min_residual_df = 9 is looser than 10 in the rule set ssb",
    )
    assert caught.value.exit_code == 4
    assert not folder.exists()


def test_loosening_with_an_exception_travels_to_the_checker(tmp_path: Path) -> None:
    text = "Agreed with the data owner on 3 May"
    summary = release(
        with_disclosure(last_point(example(), support_treated=2), min_persons=2, exception=text), tmp_path
    )
    assert one(rows(tmp_path, "event_study"), outcome="workdays", event_time="3")["state"] == "released"
    assert summary.status == "review"
    for file in ("results.json", "config.json", "context.md", "facts.json"):
        assert text in (tmp_path / file).read_text(encoding="utf-8")


def test_an_exception_without_a_loosened_rule_changes_nothing() -> None:
    assert rules_in_force({"ruleset": "ssb", "min_persons": 10, "exception": "not needed"}).exception == ""
    with pytest.raises(DisclosureError, match="choose one of: acro, dst"):
        rules_in_force({"ruleset": "none"})


def test_no_headline_is_exit_4_and_nothing_written(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    with pytest.raises(DisclosureError, match="no headline may leave") as caught:
        release(changed(example(), "headline", lambda row: True, support_treated=9), folder)
    assert caught.value.exit_code == 4
    assert "att: fewer than 10 treated persons in a year behind the number" in caught.value.problems
    assert not folder.exists()


def test_one_headline_is_enough(tmp_path: Path) -> None:
    summary = release(changed(example(), "headline", lambda row: row["term"] == "att", support_treated=9), tmp_path)
    assert [row["state"] for row in rows(tmp_path, "headline")] == ["withheld", "released"]
    assert [item.table for item in summary.withheld] == ["headline"]


def test_a_method_known_to_be_invalid_keeps_its_row_without_p_and_interval(tmp_path: Path) -> None:
    study = changed(
        example(), "estimates", lambda r: r["method"] == "cr1" and r["outcome"] == "workdays",
        p_value=0.001, conf_low=2.7, conf_high=8.4, work_years_low=6.1, work_years_high=19.0,
    )  # fmt: skip
    release(study, tmp_path)
    row = one(rows(tmp_path, "estimates"), outcome="workdays", method="cr1", term="att")
    assert [row[name] for name in ("p_value", "conf_low", "conf_high", "work_years_low")] == ["", "", "", ""]
    assert row["status"] == "known_invalid"
    assert row["estimate"] == "5.6"


def test_only_declared_columns_and_facts_leave(tmp_path: Path) -> None:
    study = changed(staggered(example()), "trends", lambda row: True, smallest_municipality=4)
    study = changed(study, "municipality_effects", lambda row: True, municipality="1804")
    counts = dict.fromkeys(("stayed", "came", "came_moved", "gone", "gone_moved", "gone_died"), 40)
    besides = {
        "placebo": example().tables["placebo"],
        "composition": ({"year": 2015, "arm": "treated", **counts},),
        "second_population": tuple(row | {"kind": "placebo", "level": 0.95} for row in study.tables["estimators"]),
    }
    study = replace(study, tables={**study.tables, **besides})
    release(study, tmp_path)
    for table in RELEASED_TABLES:
        assert set(rows(tmp_path, table.name)[0]) == set(table.released_columns)
        assert not set(table.names(Role.SUPPORT)) & set(table.released_columns)
    assert "123456789" not in (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert "1804" not in (tmp_path / "municipality_effects.csv").read_text(encoding="utf-8")


def test_a_table_that_the_study_does_not_have_has_no_file(tmp_path: Path) -> None:
    released = set(release(example(), tmp_path).released)
    assert not {f"{name}.{kind}" for name in TABLES for kind in ("csv", "png")} & released
    assert "sensitivity" not in (tmp_path / "results.json").read_text(encoding="ascii")


def test_places_and_people_stay_behind(tmp_path: Path) -> None:
    release(example(), tmp_path)
    everything = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.[jcm]*"))
    for private in ("/home", "analyst", ".parquet"):
        assert private not in everything


def test_few_movers_are_not_told(tmp_path: Path) -> None:
    study = example()
    few = 9 / 17482
    notices = tuple(replace(n, values={"share": few}) if n.code == "movers" else n for n in study.notices)
    release(replace(study, facts={**study.facts, "movers_share": few}, notices=notices), tmp_path)
    facts = (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert "0.000514" not in facts
    assert '"movers_share": null' in facts


@pytest.mark.parametrize(("code", "outcome"), [("rank_floor", "workdays"), ("log_recipients", "log_recipients")])
def test_a_notice_that_repeats_a_withheld_number_goes_with_it(tmp_path: Path, code: str, outcome: str) -> None:
    study = example()
    told = Notice(
        code, "note", {"rank": 1, "of": 11, "floor": 1 / 11, "estimate": 0.021, "low": 0, "high": 1, "level": 0.95}
    )
    study = replace(study, notices=(*study.notices, told))
    release(study, tmp_path / "whole")
    assert code in (tmp_path / "whole" / "facts.json").read_text(encoding="utf-8")
    release(changed(study, "estimates", lambda r: r["outcome"] == outcome, support_treated=9), tmp_path / "partly")
    assert code not in (tmp_path / "partly" / "facts.json").read_text(encoding="utf-8")


def test_a_count_in_an_unknown_notice_field_counts_as_persons(tmp_path: Path) -> None:
    study = example()
    notices = tuple(
        replace(n, values={"share": 0.031, "persons": 7}) if n.code == "movers" else n for n in study.notices
    )
    release(replace(study, notices=notices), tmp_path)
    assert '"persons": ":"' in (tmp_path / "facts.json").read_text(encoding="utf-8")


def test_the_folder_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(DisclosureError, match="not empty"):
        release(example(), tmp_path)


def test_work_years_leave_with_their_n_and_d(tmp_path: Path) -> None:
    release(example(), tmp_path)
    att, last = rows(tmp_path, "headline")
    assert (round(float(att["work_years"]), 1), round(float(last["work_years"]), 1)) == (12.7, 23.8)
    assert (att["work_year_persons"], att["days_per_work_year"]) == ("521", "230")
    assert (att["n_persons"], att["label"], last["label"]) == ("17482", "", "3")


def test_the_n_of_work_years_is_a_count_that_goes_with_its_row(tmp_path: Path) -> None:
    few = changed(example(), "headline", lambda row: row["term"] == "event_3", support_control=9)
    release(few, tmp_path / "guarded")
    att, last = rows(tmp_path / "guarded", "headline")
    assert (att["work_year_persons"], last["work_year_persons"], last["n_persons"]) == ("521", "", "")
    release(changed(example(), "headline", lambda row: row["term"] == "event_3", work_year_persons=9), tmp_path / "few")
    assert [row["state"] for row in rows(tmp_path / "few", "headline")] == ["released", "withheld"]


def test_degrees_of_freedom_and_municipalities_in_a_notice_are_not_taken_for_persons(tmp_path: Path) -> None:
    dropped = Notice("dropped_controls", "warning", {"count": 2, "df": 7})
    results = example()
    release(Results(results.tables, results.facts, (dropped,), results.study, results.provenance), tmp_path)
    (notice,) = json.loads((tmp_path / "facts.json").read_text(encoding="ascii"))["notices"]
    assert notice["values"] == {"count": 2, "df": 7}
