"""The report: sentences that follow the study and the method, in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_results import changed, example
from lib.page import Element, read_page
from lib.rendered import LANGUAGES, rendered

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(example(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(html: dict[str, str]) -> dict[str, Element]:
    return {language: read_page(text) for language, text in html.items()}


def test_a_rank_among_drawn_assignments_does_not_claim_them_all(tmp_path: Path) -> None:
    ranked = {"rank": 1, "rank_of": 10_000, "p_value": 1e-4, "p_floor": 1e-4}
    study = changed(
        example(), "estimates", lambda r: r["method"] == "ri", small_sample="none: sampled assignments", **ranked
    )
    pages = rendered(study, tmp_path)
    gap = "\N{NO-BREAK SPACE}"
    assert "Ranked among 10,000 ways" in pages["en"]
    assert f"number 1 by size: p{gap}&lt;{gap}0.001, the share of panels" in pages["en"]
    assert f"Rangert blant 10{gap}000 måter" in pages["nb"]
    assert not any("all 10" in text or "less than &lt;" in text for text in pages.values())


def test_a_rank_among_all_assignments_says_so(tmp_path: Path) -> None:
    study = changed(
        example(), "estimates", lambda r: r["method"] == "ri", small_sample="none: every assignment counted"
    )
    study = replace(study, facts={**study.facts, "n_treated": 2})
    assert "Ranked among all 11 ways" in rendered(study, tmp_path)["en"]


def test_the_window_is_told_by_the_times_that_occur(tmp_path: Path) -> None:
    study = example()
    wide = {**study.study, "design": {**study.study["design"], "event_window": [-40, 30]}}
    pages = rendered(replace(study, study=wide), tmp_path)
    assert "from \N{MINUS SIGN}4 to 3;" in pages["en"]
    assert "fra \N{MINUS SIGN}4 til 3;" in pages["nb"]


@pytest.mark.parametrize(("columns", "told"), [({}, False), ({"birth_month": "fmnd"}, True)])
def test_a_month_of_birth_is_told_only_where_the_study_names_it(
    tmp_path: Path, columns: dict[str, str], told: bool
) -> None:
    study = example()
    persons = {**study.study["extracts"]["persons"], "columns": columns}
    mapped = {**study.study, "extracts": {**study.study["extracts"], "persons": persons}}
    assert ("month of birth" in rendered(replace(study, study=mapped), tmp_path)["en"]) is told


def test_the_plan_in_the_table_of_origins_does_not_repeat_its_name(html: dict[str, str]) -> None:
    assert '<th scope="row">Analyseplan</th>\n<td class="words">Utkast</td>' in html["nb"]
    assert '<th scope="row">Analysis plan</th>\n<td class="words">Draft</td>' in html["en"]


def test_norwegian_has_one_spelling_of_comparison(html: dict[str, str]) -> None:
    assert "sammenlikn" not in html["nb"].lower()


METHOD_SENTENCES = {
    "anticipation": ("The effect may begin 1 year before the start: that year counts neither as before nor as after",
                     "Effekten kan begynne 1 år før start: Det året regnes verken som før eller etter"),
    "programme": ("Only rows of the rollout table for the programme “IPS trial” count as a start.",
                  "Bare rader for tiltaket «IPS trial» i tabellen over innføring regnes som start."),
    "after_end": ("The calendar years after the one in which a municipality ends the programme are left out there.",
                  "Kalenderårene etter det året en kommune avslutter tiltaket, er utelatt der."),
}  # fmt: skip


def test_choices_that_differ_from_the_default_are_in_the_method_in_both_languages(
    tmp_path: Path, page: dict[str, Element]
) -> None:
    results = example()
    chosen = {"anticipation": 1, "programme": "IPS trial", "after_end": "drop", "reference": -2}
    design = {**results.study["design"], **chosen}
    html = rendered(replace(results, study={**results.study, "design": design}), tmp_path)
    for place, language in enumerate(LANGUAGES):
        text, default = (p.text.replace(NBSP, " ") for p in (read_page(html[language]), page[language]))
        for sentences in METHOD_SENTENCES.values():
            assert sentences[place] in text
            assert sentences[place] not in default


def test_years_after_an_end_that_still_count_are_named(tmp_path: Path) -> None:
    results = example()
    design = {**results.study["design"], "after_end": "still treated"}
    html = rendered(replace(results, study={**results.study, "design": design}), tmp_path)
    assert "ends the programme counts as exposed in the years afterwards too" in read_page(html["en"]).text
    assert "regnes som eksponert også i årene etterpå" in read_page(html["nb"]).text


def test_each_of_several_outcomes_is_an_entry_of_its_own(page: dict[str, Element]) -> None:
    for language, heading, name in (
        ("en", "Each of the other outcomes", "Any employment in the year"),
        ("nb", "Hvert av de andre utfallene", "I arbeid i løpet av året"),
    ):
        entries = [entry.text for entry in page[language].all("dt")]
        assert heading in page[language].text
        assert entries.count(name) == 1
