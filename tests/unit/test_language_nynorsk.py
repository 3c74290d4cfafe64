"""Nynorsk is a language of its own: no word of it is bokmål alone, and what a study says falls back to its sister."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_results import example
from lib.page import read_page
from lib.rendered import rendered

from ipscausal.language import catalogue, nearest_words, own_words, study_words

BOKMAL_ALONE = re.compile(
    r"\b(ikke|fra|hvor|hva|hvem|hver|hvert|noe|noen|bare|en|et|dem|deres|jeg|hvis|mens|uten|"
    r"være|ble|gjør|gjøre|selv|andelen|antall|antallet|forskjell|forskjeller|usikkerhet|"
    r"sammenligning|sammenligne|virkning|virkningen|ytelse|ytelsen|mottakere|mottaker|mottakerne|kommuner|kommunene|"
    r"årene|dager|uker|timer|personer|personene|holdt|utelatt|starter|lengre|flere|egen|eget|"
    r"tall|tallet|tallene|gjelder|regnes|vises|bygger|hviler|mulig|størrelse|sannsynlighet|tilfeldighet|forutsetter|"
    r"kjøring|kjøringen|innføringen|utleveringen|studiefilen|mappen|uken|måneder|måned|metoder|verdier)\b",
    re.IGNORECASE,
)


def test_no_sentence_of_nynorsk_has_a_word_of_bokmal() -> None:
    words = catalogue("nn")
    # names of files and columns are no words
    told = {key: re.sub(r"`[^`]*`|\S+[._]\w\S*", "", words.raw(key)) for key in words.keys}
    found = {key: hits for key, text in told.items() if (hits := BOKMAL_ALONE.findall(text))}
    assert found == {}


def test_the_words_looked_for_are_those_of_bokmal() -> None:
    told = sum(bool(BOKMAL_ALONE.search(catalogue("nb").raw(key))) for key in catalogue("nb").keys)
    assert told > 0.5 * len(catalogue("nb").keys)


def test_numbers_and_dates_are_written_as_in_bokmal() -> None:
    style = catalogue("nn").style
    assert style.number(-1234.5, 1) == "\N{MINUS SIGN}1\N{NO-BREAK SPACE}234,5"
    assert style.percent(0.052, 1) == "5,2\N{NO-BREAK SPACE}%"
    assert style.day_of_year(5, 17) == "17. mai"
    assert [style.word(number) for number in (1, 2, 7)] == ["éin", "to", "sju"]


@pytest.mark.parametrize(
    ("texts", "language", "told"),
    [
        ({"en": "work", "nb": "arbeid i uken", "nn": "arbeid i veka"}, "nn", "arbeid i veka"),
        ({"en": "work", "nb": "arbeid i uken"}, "nn", "arbeid i uken"),
        ({"en": "work", "nn": "arbeid i veka"}, "nb", "arbeid i veka"),
        ({"en": "work"}, "nn", "work"),
        ({"nn": "arbeid i veka"}, "en", "arbeid i veka"),
    ],
)
def test_what_a_study_says_is_told_in_the_nearest_language(texts: dict[str, str], language: str, told: str) -> None:
    assert nearest_words(texts, language) == told


def test_english_does_not_stand_for_a_title_the_catalogue_can_word() -> None:
    assert own_words({"en": "work"}, "nn") is None
    defined = {"name": "benefit_days_dp", "kind": "benefit_days", "benefit": "DP"}
    names = {}
    for language in ("en", "nb"):
        study = {"outcome": {"define": [defined | {"title": {language: "own title"}}]}}
        names[language] = study_words("nn", study).raw("outcome.benefit_days_dp.name")
    assert names == {"en": "dagar med DP", "nb": "own title"}


def test_a_report_in_nynorsk_is_in_nynorsk_throughout(tmp_path: Path) -> None:
    results = example()
    about = {**results.study["study"], "title": {"nn": "IPS for unge vaksne"}}
    html = rendered(replace(results, study={**results.study, "study": about}), tmp_path, ("nn",))["nn"]
    text = read_page(html).all("body")[0].text
    assert '<html lang="nn">' in html
    assert "Spørsmålet" in text
    assert "arbeidsdagar i året per mottakar" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert BOKMAL_ALONE.findall(text) == []
    assert re.findall(r"\b(the|of|and|with|effect|municipality)\b", text) == []


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_an_estimator_is_told_for_one_treated_municipality_as_for_many(language: str) -> None:
    words = catalogue(language)
    assert all("tiltakskommun" not in words.raw(key) for key in words.keys if key.startswith("estimator."))
