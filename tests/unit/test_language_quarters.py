"""A panel by quarter is told in quarters, in every text and every form; one by year never speaks of them."""

from __future__ import annotations

import re
import string

import pytest

from ipscausal.language import LANGUAGES, catalogue, period_words, study_words
from ipscausal.language.quarters import YEARS_STAY

QUARTERS = {"population": {"receipt": "any day in the year", "benefit": "WAA", "period": "quarter"}}
YEAR = {
    "en": re.compile(r"(?<![\w{:.])(?:[\w-]*-)?(year|years|yearly|annual\w*|january)(?!\w)", re.IGNORECASE),
    "nb": re.compile(r"(?<![{:_])\b(?!(?:v?når|står|går|får|består|forstår|oppnår|framgår|vilkår|anslår)\b)"
                     r"\w*år(?:et|ene|ets|s|lige?|s\w+)?\b|januar", re.IGNORECASE),
    "nn": re.compile(r"(?<![{:_])\b(?!(?:v?når|står|går|får|består|forstår|oppnår|framgår|vilkår|anslår)\b)"
                     r"\w*år(?:et|a|ets|s|lege?|s\w+)?\b|januar", re.IGNORECASE),
}  # fmt: skip
QUARTER = re.compile(r"quarter|kvartal", re.IGNORECASE)
STAY = {
    # work-years are years of work, however the panel is counted; a calendar year is four quarters of them
    "work-years": re.compile(r"\bwork-years?\b|\b[åÅ]rsverk\w*|\b(and )?a year is four such quarters|"
                             r"\bet år er fire slike kvartal|\beit år er fire slike kvartal|per calendar year\b|"
                             r"per kalenderår\b", re.IGNORECASE),
    # the window of a study is declared in calendar years
    "study years": re.compile(r"\bstudy years\b|\bstudieårene?\b|\bstudieåra?\b", re.IGNORECASE),
    "seasons": re.compile(r"\bårstid\w*", re.IGNORECASE),
    # a year of birth is compared with a year
    "years of birth": re.compile(r"year of birth in the year of that quarter|fødselsår i året til dette kvartalet",
                                 re.IGNORECASE),
    # ages are years of life
    "ages": re.compile(r"\d\d? år\b|\{high:year\} år\b", re.IGNORECASE),
}  # fmt: skip
"""What may be said of years in a panel by quarter, and why."""


def told(language: str) -> dict[str, str]:
    words = study_words(language, QUARTERS)
    return {key: words.raw(key) for key in words.keys if not key.startswith((*YEARS_STAY, "quarter."))}


def years_in(language: str, text: str) -> list[str]:
    for phrase in STAY.values():
        text = phrase.sub("", text)
    outside = re.sub(r"\{[^{}|]*\}|`[^`]*`|\b\w+_\w+\b", " ", text)
    return [found[0] for found in YEAR[language].finditer(outside)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_year_where_it_means_quarter(language: str) -> None:
    assert {key: found for key, text in told(language).items() if (found := years_in(language, text))} == {}
    plain = catalogue(language)
    assert len([key for key in plain.keys if years_in(language, plain.raw(key))]) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_panel_by_year_never_speaks_of_quarters(language: str) -> None:
    words = study_words(language, {"population": {**QUARTERS["population"], "period": "year"}})
    found = {
        key for key in words.keys if not key.startswith(("quarter.", "explain.")) and QUARTER.search(words.raw(key))
    }
    assert found == set()
    assert period_words(language, "year") is catalogue(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quarters_change_no_placeholder_and_no_form_of_a_number(language: str) -> None:
    plain, words = catalogue(language), period_words(language, "quarter")
    for key in plain.keys:
        fields = [
            sorted((name, (spec or "").split("|")[0]) for _, name, spec, _ in string.Formatter().parse(text) if name)
            for text in (plain.raw(key), words.raw(key))
        ]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_for_quarters_stands_in_place_of_one_that_exists(language: str) -> None:
    words = catalogue(language)
    own = [key.removeprefix("quarter.") for key in words.keys if key.startswith("quarter.")]
    assert own
    assert [key for key in own if not words.has(key)] == []
    assert [key for key in own if key.startswith(YEARS_STAY)] == []


@pytest.mark.parametrize(
    ("language", "key", "values", "sentence"),
    [
        ("en", "report.effect_one_period", {"first": 8064, "last": 8079}, "Average over 2016Q1–2019Q4"),
        ("nb", "report.effect_last", {"year": 8079, "when": "kvartal 3"}, "Siste kvartal, 2019Q4 (kvartal 3)"),
        ("nn", "trial.here.follow_up", {"first": 8044, "last": 8079}, "Kvartala 2011Q1–2019Q4."),
        ("nb", "definition.ages.1 January", {"low": 18, "high": 29}, "Alder 18–29 år den første dagen i kvartalet."),
        ("en", "definition.ages.1 January", {"low": 18, "high": 29}, "Aged 18–29 on the first day of the quarter."),
        ("nn", "variable.age", {}, "Alder, år"),
        ("nb", "flow.death_year", {}, "I live hele kvartalet"),
        ("en", "check.break_year.not_passed", {"year": 8060, "value": 1.0, "low": 0.5, "high": 1.5, "effect": 2.0},
         "The break in 2015Q1 may be what is seen: +1.0 (0.5 to 1.5) beside the effect of +2.0."),
        ("en", "notice.last_year_drop", {"year": 2019}, "The study therefore ends with 2019;"),
    ],
)  # fmt: skip
def test_sentences_of_a_panel_by_quarter(language: str, key: str, values: dict[str, float], sentence: str) -> None:
    assert sentence in period_words(language, "quarter").text(key, **values)


def test_residents_and_regions_are_told_by_quarter_too() -> None:
    study = {"population": {"receipt": "everyone", "benefit": None, "period": "quarter", "units": "unit"}}
    words = study_words("en", study)
    assert words.raw("outcome.workdays.level") == "Workdays a quarter, mean per resident"
    assert "region-quarters" in words.raw("notice.empty_cells")
    assert "quarter by quarter" in words.raw("notice.composition_may_change")
