"""The sections on other estimators, checks and parts of the effect: what they say, and when they are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_effects import TABLES, in_doubt, staggered
from lib.example_results import changed, example
from lib.page import Element, read_page
from lib.released import quick_png, quick_svg  # noqa: F401

from ipscausal.disclosure import release
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.report import answer, read, render
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png", "quick_svg")
NBSP = "\u00a0"


def page(results: Results, folder: Path, language: str = "en") -> Element:
    release(results, folder / "release")
    (path,) = render(folder / "release", folder / "report", (language,))
    return read_page(path.read_text(encoding="utf-8"))


def section(whole: Element, anchor: str) -> str:
    found = [part for part in whole.all("section") if any(h.attributes.get("id") == anchor for h in part.all("h2"))]
    return found[0].text.replace(NBSP, " ") if found else ""


def test_without_the_tables_there_are_no_sections(tmp_path: Path) -> None:
    whole = page(example(), tmp_path)
    assert [section(whole, name) for name in ("estimators", "checks", "subgroups", "municipalities")] == [""] * 4


def test_one_date_is_quoted_by_two_way_fixed_effects_with_a_companion(tmp_path: Path) -> None:
    text = section(page(in_doubt(example()), tmp_path), "estimators")
    for sentence in (
        "“Two-way fixed effects” is quoted, because all IPS municipalities started in the same year",
        "Beside it stands “Synthetic difference-in-differences”, because a single municipality is treated and there "
        "are 10 comparison municipalities and 6 years before the start to weigh",
        "1 of the 4 other estimators differs from the quoted one by more than the joint uncertainty of the two.",
        "Stacked regression (Wing, Freedman and Hollingsworth) gives 3.4 workdays a year less than the quoted "
        "estimator (interval of the difference −5.9 to −0.9). What it does otherwise: each starting year with its own",
        "Whether “Efficient under random timing (Roth and Sant'Anna)” differs from the quoted estimator by more than "
        "chance cannot be told",
        "This design does not have what “Synthetic control” needs, so there is no number.",
    ):
        assert sentence in text
    assert "Why two-way fixed effects is not quoted" not in text


def test_several_dates_tell_why_two_way_fixed_effects_is_not_quoted(tmp_path: Path) -> None:
    whole = page(staggered(example()), tmp_path)
    text = section(whole, "estimators")
    for sentence in (
        "“Group-time effects (Callaway and Sant'Anna)” is quoted, because the IPS municipalities started in 3 "
        "different years",
        "Why two-way fixed effects is not quoted",
        "41 treated municipality-years with weights that sum to one. 6 of them (14.6%) are negative, together −0.08",
        "17% of the coefficient comes from comparing municipalities that start later with municipalities that already",
        "could be zero if effects differed between municipality-years with a standard deviation of 3.4 workdays a year",
    ):
        assert sentence in text
    method = section(whole, "definitions")
    assert "The estimator that is quoted is “Group-time effects (Callaway and Sant'Anna)”" in method
    assert "Least squares on person-years" not in method
    assert "with the number of municipalities: 2014 (2), 2015 (1) and 2016 (3)." in method


def test_none_that_differs_is_said_as_none(tmp_path: Path) -> None:
    results = in_doubt(example())
    agreeing = tuple(row for row in results.tables["estimators"] if row["differs"] in (None, "no"))
    text = section(page(replace(results, tables={**results.tables, "estimators": agreeing}), tmp_path), "estimators")
    assert "Of the 2 other estimators, none differs from the quoted one by more than their joint uncertainty." in text


def test_checks_are_summed_up_and_each_has_its_sentence(tmp_path: Path) -> None:
    text = section(page(in_doubt(example()), tmp_path), "checks")
    for sentence in (
        "2 of 10 checks passed. Not passed: “Without movers”. 7 cannot tell.",
        "Trends that differ cannot tell 0.00 times How different may trends be before the effect is gone?",
        "Other municipalities cannot tell p = 0.090",
        "Without movers not passed −0.3 Is the effect there among those who did not move? Without movers: −0.3",
        "Reform of 2018 cannot tell +3.4 Is the effect a break in the data? Whether the break in 2018 explains",
        "Could not be carried out",
        "Zero enters the interval once M is 0.60.",
        "Of the 4 other ways of asking with a number, 75% give an effect of the same sign as the one quoted and 75% "
        "the same verdict on zero. They lie between −0.3 and +6.4 workdays a year, half of them below +5.6.",
    ):
        assert sentence in text


@pytest.mark.parametrize(
    ("enters", "sentence"),
    [
        (None, "stays outside the interval at every M looked at, up to 2.00."),
        (0.0, "even if trends are exactly parallel"),
    ],
)
def test_where_zero_enters(tmp_path: Path, enters: float | None, sentence: str) -> None:
    results = changed(in_doubt(example()), "honest", lambda row: True, breakdown=enters)
    assert sentence in section(page(results, tmp_path), "checks")


def test_a_withheld_check_shows_its_verdict_only_where_that_may_leave(tmp_path: Path) -> None:
    results = changed(in_doubt(example()), "leave_one_out", lambda row: row["left_out"] == "1833", support_control=9)
    results = changed(results, "sensitivity", lambda row: row["question"] == "movers", residual_df=9)
    text = section(page(results, tmp_path), "checks")
    assert (
        "Without each municipality cannot tell : Does the answer hang on one municipality? The numbers behind" in text
    )
    assert "Without movers : : Is the effect there among those who did not move? The numbers behind this" in text
    assert "2 of 10 checks passed. 7 cannot tell. 1 is withheld." in text


@pytest.mark.parametrize("declared", [True, False])
def test_subgroups_are_exploratory_unless_declared(tmp_path: Path, declared: bool) -> None:
    results = changed(in_doubt(example()), "subgroups", lambda row: row["dimension"] == "sex", declared=declared)
    text = section(page(results, tmp_path), "subgroups")
    exploratory = "Age" if declared else "Sex and Age"
    assert f"Exploratory, not declared in a locked plan: {exploratory}." in text
    assert ("Declared in the locked plan: Sex." in text) is declared
    assert f"Sex ({'declared in the locked plan' if declared else 'exploratory'}) women +4.1 −2.9 to 11.1 0.20" in text
    assert "Sex: the test that the effect is the same at all levels gives p = 0.31, adjusted" in text


def test_a_small_subgroup_leaves_a_gap_and_no_test(tmp_path: Path) -> None:
    small = changed(in_doubt(example()), "subgroups", lambda row: row["level"] == "woman", support_treated=9)
    text = section(page(small, tmp_path), "subgroups")
    assert "women : : : : :" in text
    assert "Sex: not tested, or the test is withheld." in text


def test_municipalities_are_not_named(tmp_path: Path) -> None:
    whole = page(staggered(example()), tmp_path)
    text = section(whole, "municipalities")
    assert "Effects of 6 single municipalities are uncertain" in text
    assert "is put at a standard deviation of 2.1. Municipalities are not named." in text
    assert "180" not in text
    alike = changed(staggered(example()), "municipality_effects", lambda row: True, spread=0.0)
    assert "No spread beyond chance is found" in section(page(alike, tmp_path / "alike"), "municipalities")


@pytest.mark.parametrize("language", LANGUAGES)
def test_new_sections_have_no_verdicts_and_no_empty_places(tmp_path: Path, language: str) -> None:
    text = page(staggered(example()), tmp_path, language).all("body")[0].text
    for word in ("significant", "signifikant", "causal effect", "proves", "None ", "{", "*"):
        assert word not in text
    assert ("“" in text) is (language == "en")


def test_the_answer_tells_of_estimators_and_checks(tmp_path: Path) -> None:
    release(in_doubt(example()), tmp_path)
    lines = {line.key: line for line in answer(catalogue("en"), read(tmp_path))}
    assert lines["estimators"].short == (
        "1 of 4 others differs by more than the joint uncertainty: Stacked regression (Wing, Freedman and "
        "Hollingsworth)",
        "for 1 it cannot be told",
    )
    assert lines["checks"].short == ("2 of 10 passed, 1 not passed, 7 cannot tell", "not passed: “Without movers”")
    assert lines["checks"].sentences[1] == "Not withstood: “Without movers”."


def test_many_municipalities_are_counted_instead_of_listed(tmp_path: Path) -> None:
    results = staggered(example())
    codes = [f"{code:04d}" for code in range(1001, 1041)]
    starts = {code: 2014 + place % 3 for place, code in enumerate(codes)}
    facts = {**results.facts, "treated": codes, "adoption_years": starts, "n_treated": 40, "n_municipalities": 50}
    text = page(replace(results, facts=facts), tmp_path).text
    assert "Municipalities with a start date in the rollout table: 40, whose codes stand in facts.json" in text
    assert "1001, 1002" not in text + (tmp_path / "release" / "context.md").read_text(encoding="utf-8")
    assert set(TABLES) <= {path.stem for path in (tmp_path / "release").glob("*.csv")}


def test_a_test_whose_adjusted_p_value_is_withheld_stands_without_it(tmp_path: Path) -> None:
    results = changed(in_doubt(example()), "subgroups", lambda row: True, p_interaction_holm=None)
    text = section(page(results, tmp_path), "subgroups")
    assert "gives p = 0.31, before adjustment for the number of dimensions." in text
    assert "dimensions p" not in text


def test_who_starts_and_has_nobody_afterwards_is_told_where_the_numbers_differ(tmp_path: Path) -> None:
    results = example()
    fewer = replace(results, facts={**results.facts, "n_treated": results.facts["n_treated"] + 2})
    told = "Of those for comparison 2 start IPS too, but have no recipients afterwards."
    assert told in page(fewer, tmp_path / "a").text
    assert "no recipients afterwards" not in page(results, tmp_path / "b").text
