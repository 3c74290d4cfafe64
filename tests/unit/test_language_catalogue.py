"""Catalogues: equal keys and placeholders, every code used in the package worded in each language."""

from __future__ import annotations

import re
import string
import typing
from pathlib import Path

import pytest

from ipscausal import study
from ipscausal.errors import IpsError
from ipscausal.inference import METHODS, Status
from ipscausal.inference.row import Role
from ipscausal.language import LANGUAGES, Catalogue, catalogue
from ipscausal.language.catalogue import merged
from ipscausal.person_year.building import _RECEIPT_STEP

SOURCE = Path(__file__).parents[2] / "src" / "ipscausal"


def placeholders(text: str) -> set[tuple[str, str]]:
    """Names with their format; the two words of a singular and plural belong to the language."""
    parsed = string.Formatter().parse(text)
    return {(name, (spec or "").split("|")[0]) for _, name, spec, _ in parsed if name}


def codes_in_source(pattern: str) -> set[str]:
    return {code for path in SOURCE.rglob("*.py") for code in re.findall(pattern, path.read_text(encoding="utf-8"))}


def worded(key: str) -> bool:
    """A text, or a group of texts, in bokmål (the keys of all languages are equal)."""
    return any(found == key or found.startswith(f"{key}.") for found in catalogue("nb").keys)


def test_every_language_has_the_same_keys() -> None:
    keys = {language: set(catalogue(language).keys) for language in LANGUAGES}
    assert all(found == keys["en"] for found in keys.values())
    assert len(keys["en"]) > 300


def test_topics_are_files_of_the_same_names_in_every_language() -> None:
    topics = {language: {path.name for path in (SOURCE / "language" / language).iterdir()} for language in LANGUAGES}
    assert all(found == topics["en"] for found in topics.values())
    assert len(topics["en"]) > 5
    longest = max(len(path.read_text(encoding="utf-8").splitlines()) for path in (SOURCE / "language").rglob("*.toml"))
    assert longest <= 400


@pytest.mark.parametrize("other", [{"a": {"b": "again"}}, {"a": "a text"}, {"a": {"b": {"c": "deeper"}}}])
def test_a_text_in_two_files_is_an_error(other: dict[str, object]) -> None:
    assert merged([{"a": {"b": "one"}}, {"a": {"c": "two"}}]) == {"a": {"b": "one", "c": "two"}}
    with pytest.raises(IpsError, match=r"a(\.b)? is given twice"):
        merged([{"a": {"b": "one"}}, other])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_the_same_numbers(language: str) -> None:
    english, norwegian = catalogue("en"), catalogue(language)
    sentences = [key for key in english.keys if not key.startswith("format.")]
    different = [
        key
        for key in sentences
        if {pair for pair in placeholders(english.raw(key)) if pair[1] != "one"}
        != {pair for pair in placeholders(norwegian.raw(key)) if pair[1] != "one"}
    ]
    assert different == []


def test_every_notice_raised_in_the_package_is_worded() -> None:
    codes = codes_in_source(r"Notice\(\s*[\"']([a-z_]+)[\"']")
    assert "withheld" in codes
    assert [code for code in sorted(codes) if not catalogue("nb").has(f"notice.{code}")] == []


def test_every_status_has_a_name_and_an_explanation() -> None:
    for status in typing.get_args(Status):
        for part in ("name", "text"):
            assert catalogue("nb").has(f"status.{status}.{part}")


def test_every_method_and_role_has_its_words() -> None:
    joint = {"wald", "cr1_wald", "joint_rank"}
    for language in LANGUAGES:
        words = catalogue(language)
        for method in {*METHODS, *joint}:
            assert [part for part in ("name", "short", "assumption") if not words.has(f"method.{method}.{part}")] == []
            # a clause that follows "that"
            short = words.raw(f"method.{method}.short")
            assert not short.endswith(".")
            assert short[0].islower()
        for role in typing.get_args(Role):
            assert words.has(f"role.{role}.name")
            assert words.has(f"role.{role}.group")


def test_every_diagnostic_has_a_name_a_form_and_a_meaning() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        keys = {key.split(".")[1] for key in words.keys if key.startswith("diagnostic.")}
        assert {"moulton", "shock_sd", "breakdown_sd", "breakdown_ratio", "breakdown_lau_li"} <= keys
        for key in keys:
            parts = {part for part in ("green", "amber", "red", "context") if words.has(f"diagnostic.{key}.{part}")}
            assert {"green", "amber", "red"} <= parts or parts == {"context"}
            assert words.text(f"diagnostic.{key}.value", value=0.123) != ""
            assert words.has(f"diagnostic.{key}.name")


def test_every_rule_of_the_population_flow_is_worded() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "person_year").glob("*.py"))
    steps = re.search(r"_STEPS = \((.*?)\)", source, re.DOTALL)
    assert steps is not None
    rules = set(re.findall(r'"([a-z_0-9]+)"', steps[1])) - {"receipt"} | set(_RECEIPT_STEP.values())
    assert [rule for rule in sorted(rules) if not catalogue("en").has(f"flow.{rule}")] == []


@pytest.mark.parametrize(
    ("group", "annotation"),
    [
        ("definition.receipt", study.Population.model_fields["receipt"].annotation),
        ("definition.residence", study.Population.model_fields["residence"].annotation),
        ("definition.emigration", study.Population.model_fields["emigration"].annotation),
        ("definition.deaths", study.Population.model_fields["deaths"].annotation),
        ("definition.municipalities", study.Population.model_fields["municipalities"].annotation),
        ("definition.units", study.Population.model_fields["units"].annotation),
        ("definition.cluster", study.Design.model_fields["cluster"].annotation),
        ("definition.mixed_units", study.Design.model_fields["mixed_units"].annotation),
        ("definition.ages", study.Population.model_fields["age_rule"].annotation),
        ("definition.days", study.Outcome.model_fields["days"].annotation),
        ("definition.measure", study.Outcome.model_fields["measure"].annotation),
        ("definition.start", study.Design.model_fields["first_treated_year"].annotation),
        ("event_year", study.Design.model_fields["first_treated_year"].annotation),
        ("definition.against", study.Design.model_fields["comparison"].annotation),
        ("definition.twfe", study.Design.model_fields["outside"].annotation),
    ],
)
def test_every_choice_of_the_study_file_is_worded(group: str, annotation: object) -> None:
    choices = typing.get_args(annotation)
    assert choices
    assert [choice for choice in choices if not worded(f"{group}.{choice}")] == []


def test_an_unknown_key_and_a_missing_number_are_errors() -> None:
    with pytest.raises(IpsError, match=r"no text 'notice\.unheard_of'"):
        catalogue("en").notice("unheard_of", {})
    with pytest.raises(IpsError, match="'share'"):
        catalogue("en").notice("movers", {})
    with pytest.raises(IpsError, match="not one of en, nb, nn"):
        catalogue("sv")


def test_a_catalogue_refuses_what_is_no_text() -> None:
    with pytest.raises(IpsError, match="neither a text nor a list"):
        Catalogue("en", {"notice": {"broken": 3}})


def test_every_rule_for_movers_is_worded() -> None:
    rules = set(typing.get_args(study.Design.model_fields["person_effects"].annotation)) - {"none"}
    assert len(rules) == 3
    for language in LANGUAGES:
        assert all(catalogue(language).notice(f"person_effects_{rule}", {}) for rule in rules)


def test_notices_read_as_sentences() -> None:
    values = {"treated": 1, "municipalities": 11, "rate": 0.52, "level": 0.95}
    assert catalogue("en").notice("few_treated", values).startswith("Only one of eleven municipalities is treated.")
    assert "i 52\u00a0% av paneler" in catalogue("nb").notice("few_treated", values)
    assert "på 5\u00a0%-nivå" in catalogue("nb").notice("few_treated", values)
    # a formula for places of one size is not what simulated copies of the panel tell
    assert "municipalities, all alike in size, in which" in catalogue("en").notice("few_treated", values)
    assert catalogue("en").notice("late_rollout", {"count": 1}).startswith("1 municipality starts IPS")
    assert catalogue("en").notice("late_rollout", {"count": 3}).startswith("3 municipalities start IPS")


def test_a_rate_that_does_not_exist_leaves_no_dash_in_the_sentence() -> None:
    values = {"treated": 3, "municipalities": 3, "rate": None, "level": 0.95}
    for language in ("en", "nb"):
        assert "–" not in catalogue(language).notice("few_treated", values)


def test_dropped_comparison_municipalities_are_counted() -> None:
    values = {"count": 2, "df": 7.0}
    assert catalogue("en").notice("dropped_controls", values).endswith("it rests on 7 degrees of freedom.")
    assert catalogue("nb").notice("dropped_controls", values).startswith("2 sammenligningskommuner mangler")


def test_a_withheld_number_in_a_notice_stays_a_colon_or_has_its_own_sentence() -> None:
    assert catalogue("en").notice("empty_cells", {"count": ":"}).startswith(": ")
    assert catalogue("en").notice("movers", {"share": ":"}).startswith("How many of the persons")
    assert catalogue("nb").notice("movers", {"share": ":"}).startswith("Hvor mange av personene")


def test_a_test_that_does_not_reject_needs_nothing() -> None:
    for key in ("breakdown_ratio", "breakdown_lau_li"):
        assert catalogue("en").raw(f"diagnostic.{key}.red").startswith("Zero is rejected only if")
        assert catalogue("nb").raw(f"diagnostic.{key}.red").startswith("Null forkastes bare om")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_between_p_and_its_value(language: str) -> None:
    words = catalogue(language)
    keys = [key for key in words.keys if ":p=}" in words.raw(key)]
    assert len(keys) > 20
    told = words.text("report.subgroups_test", dimension="x", p=0.364, holm=0.0004)
    assert " =" not in told
    assert " <" not in told
    assert told.count("p\u00a0") == 2
