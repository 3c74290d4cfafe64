"""A study of residents or of regions is told in their words, in every text and every form."""

from __future__ import annotations

import re
import string

import pytest

from ipscausal.language import LANGUAGES, catalogue, study_words

RECIPIENT = re.compile(r"(?<!\{)(recipient|mottake?r|mottakar)", re.IGNORECASE)
MUNICIPALITY = re.compile(r"(?<![{_])(municipalit(?!y_)|kommun(?:e|a[rn]))(?!tabell|num|vari|type|end)", re.IGNORECASE)
RESIDENTS = {"population": {"receipt": "everyone", "benefit": None}}
REGIONS = {"population": {"receipt": "1 January", "benefit": "WAA", "units": "unit"}}
CLUSTERS = {"population": {"receipt": "1 January", "benefit": "WAA"}, "design": {"cluster": "unit"}}
OF_RECIPIENTS = ("report.who.", "definition.receipt.", "entry.", "flow.", "explain.", "resident.")
OF_MUNICIPALITIES = (
    "definition.units", "definition.cluster", "definition.municipalities", "definition.mixed_units",
    "report.provenance_codes", "notice.codes_joined", "notice.mixed_units", "notice.unit_of_several_starts", "explain.",
)  # fmt: skip


def still(language: str, study: dict[str, dict[str, str | None]], noun: re.Pattern[str]) -> set[str]:
    words = study_words(language, study)
    return {key for key in words.keys if noun.search(words.raw(key))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_a_recipient_where_everyone_counts(language: str) -> None:
    assert {key for key in still(language, RESIDENTS, RECIPIENT) if not key.startswith(OF_RECIPIENTS)} == set()
    assert len(still(language, {}, RECIPIENT)) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_a_municipality_where_regions_are_compared(language: str) -> None:
    assert {key for key in still(language, REGIONS, MUNICIPALITY) if not key.startswith(OF_MUNICIPALITIES)} == set()
    assert len(still(language, {}, MUNICIPALITY)) > 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("study", [RESIDENTS, REGIONS, CLUSTERS])
def test_other_nouns_change_no_placeholder_and_no_form_of_a_number(
    language: str, study: dict[str, dict[str, str | None]]
) -> None:
    plain, words = catalogue(language), study_words(language, study)
    for key in plain.keys:
        if key.startswith(("entry.", "notice.composition", "report.recipients_text")):
            continue
        fields = [
            [(name, (spec or "").split("|")[0]) for _, name, spec, _ in string.Formatter().parse(text) if name]
            for text in (plain.raw(key), words.raw(key))
        ]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("language", "key", "told"),
    [
        ("en", "arm_long.treated_many", "IPS regions"),
        ("nb", "arm_long.control", "Sammenligningsregionene"),
        ("nn", "arm_long.control", "Samanlikningsregionane"),
        ("nb", "method.cr1.name", "Klyngerobust på region, CR1"),
    ],
)
def test_the_form_of_the_noun_is_kept(language: str, key: str, told: str) -> None:
    assert study_words(language, REGIONS).raw(key) == told


def test_what_the_study_says_itself_is_left_as_it_is() -> None:
    title = {"en": "days as recipients in another municipality"}
    defined = {"name": "benefit_days_dp", "kind": "benefit_days", "benefit": "DP", "title": title}
    words = study_words("en", {**RESIDENTS, **CLUSTERS, **REGIONS, "outcome": {"define": [defined]}})
    assert words.raw("outcome.benefit_days_dp.name") == title["en"]
    assert study_words("en", RESIDENTS).raw("outcome.workdays.level") == "Workdays a year, mean per resident"


def test_only_ranks_and_errors_are_about_regions_where_municipalities_start_in_groups() -> None:
    words = study_words("en", CLUSTERS)
    assert words.raw("method.cr1.name") == "Cluster-robust by region, CR1"
    assert words.raw("diagnostic.clusters.name") == "Regions"
    assert words.raw("notice.movers") == catalogue("en").raw("notice.movers")
    assert "calls regions" in words.raw("definition.cluster.unit")


def test_a_study_of_recipients_in_municipalities_keeps_every_text() -> None:
    study = {"population": {"receipt": "1 January", "benefit": "WAA", "units": "municipality"}, "design": {}}
    words, plain = study_words("en", study), catalogue("en")
    assert [key for key in plain.keys if words.raw(key) != plain.raw(key) and "benefit_days" not in key] == []
