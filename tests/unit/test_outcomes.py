"""Kinds of outcome: names tell them, studies define them, every one is worded, and amounts leave below a bound only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from lib import delivery
from lib.example_results import changed, example
from pydantic import ValidationError

from ipscausal.analysis.describe import _two_largest
from ipscausal.disclosure import RELEASED_TABLES, release
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.dominance import hide_dominated
from ipscausal.disclosure.rules import preset
from ipscausal.errors import DisclosureError
from ipscausal.language import LANGUAGES, outcome_definition, study_words
from ipscausal.outcomes import (
    BUILT_IN,
    KINDS,
    apart_shares,
    column_of,
    is_share,
    is_workdays,
    kind_of,
    known_specs,
    nested_shares,
)
from ipscausal.study.outcome import KindName, Outcome

DEFINED: tuple[dict[str, Any], ...] = (
    {"name": "employed_on_midsummer", "kind": "employed_on", "date": "06-24", "jobs": "competitive"},
    {"name": "benefit_days_dp", "kind": "benefit_days", "benefit": "DP"},
    {"name": "sustained_52", "kind": "sustained", "weeks": 52},
    {"name": "neet_on_new_year", "kind": "neet_on", "date": "01-01"},
)
SECTION: dict[str, Any] = {"define": DEFINED, "excluded_job_kinds": ("sheltered",), "sustained_gap_days": 1}


def outcome(**choices: Any) -> Outcome:
    return Outcome.model_validate(choices)


def faults(**choices: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        outcome(**choices)
    return str(raised.value)


def test_the_kinds_a_study_may_name_are_those_there_are() -> None:
    assert get_args(KindName) == tuple(KINDS)


@pytest.mark.parametrize(
    ("name", "kind", "column"),
    [
        ("workdays", "workdays", "workdays_e4"),
        ("workdays_competitive", "workdays", "workdays_competitive_e4"),
        ("competitive_days", "employment_days", "competitive_days"),
        ("employed_on_a_day", "employed_on", "employed_on_a_day"),
        ("employed_competitive", "employed", "employed_competitive"),
        ("sustained_26", "sustained", "sustained_26"),
        ("hours", "hours", "hours_e3"),
        ("earnings_x", "earnings", "earnings_x_e2"),
        ("neet_days", "neet_days", "neet_days"),
    ],
)
def test_a_name_tells_its_kind_unit_and_column(name: str, kind: str, column: str) -> None:
    assert (kind_of(name).name, column_of(name)) == (kind, column)


def test_other_names_are_no_outcome_and_no_share() -> None:
    assert [is_share(name) for name in ("employed", "neet_on_x")] == [True, True]
    assert [is_share(name) for name in ("workdays", "log_recipients")] == [False, False]
    assert [is_workdays(name) for name in ("workdays", "workdays_x", "employed", "y")] == [True, True, False, False]
    with pytest.raises(KeyError):
        kind_of("log_recipients")


def test_a_study_reads_the_same_from_its_section_and_from_plain_values() -> None:
    chosen = outcome(**SECTION)
    assert {spec.name: spec for spec in known_specs(chosen.model_dump(mode="json"))} == {
        name: chosen.spec(name) for name in chosen.known_names
    }


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ({"name": "employed_on_x", "kind": "employed_on"}, 'kind = "employed_on" needs date'),
        ({"name": "sustained_x", "kind": "sustained"}, 'kind = "sustained" needs weeks'),
        ({"name": "hours_x", "kind": "hours", "benefit": "DP"}, 'benefit is not read with kind = "hours"'),
        ({"name": "my_hours", "kind": "hours"}, 'name must begin with its kind: "hours_..."'),
        ({"name": "employed_on_x", "kind": "employed"}, 'name must begin with its kind: "employed_..."'),
        ({"name": "sustained_13", "kind": "sustained", "weeks": 14}, 'name "sustained_13" is built in'),
        ({"name": "neet_on_x", "kind": "neet_on", "date": "02-29"}, 'date "02-29" is not a day of every year'),
    ],
)
def test_a_definition_says_what_is_wrong_with_it(definition: dict[str, Any], says: str) -> None:
    assert says in faults(define=(definition,))


def test_a_name_that_is_no_outcome_has_its_nearest() -> None:
    assert '"workday" is no outcome; did you mean "workdays"?' in faults(name="workday")
    both = faults(name="workday", also=["employd", "sustained_14"])
    for wrong in ("workday", "employd", "sustained_14"):
        assert f'"{wrong}" is no outcome' in both
    assert '"wage" is no outcome; valid: workdays, employed' in faults(also=["wage"])
    twice = {"name": "benefit_days_dp", "kind": "benefit_days", "benefit": "DP"}
    assert "define gives two outcomes the same name" in faults(define=(twice, twice))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": {"also": ["competitive_days"]}}, 'outcome "competitive_days" needs outcome.excluded_job_kinds'),
        ({"outcome": {"also": ["neet_days"]}}, 'outcome "neet_days" needs the table [extracts.education]'),
        ({"outcome": {"prices_of": 2014}}, "outcome.prices_of needs the table [extracts.price_index]"),
        ({"outcome": {"also": ["days_to_job"]}}, 'needs population.receipt = "entry"'),
        ({"outcome": {"define": DEFINED[1:2]}}, 'outcome "benefit_days_dp" is defined and counted nowhere'),
        ({"sensitivity": [{"check": "placebo_outcome", "outcome": "benefit_day"}]}, '"benefit_day" is no outcome'),
    ],
)
def test_what_an_outcome_rests_on_and_the_study_lacks_is_named(changes: dict[str, Any], says: str) -> None:
    document = delivery.study().model_dump(mode="json", exclude_unset=True)
    for section, values in changes.items():
        document[section] = values if isinstance(values, list) else document.get(section, {}) | values
    with pytest.raises(ValidationError) as raised:
        type(delivery.study()).model_validate(document)
    assert says in str(raised.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_its_names_and_its_definition(language: str) -> None:
    study = {"outcome": outcome(**SECTION).model_dump(mode="json"), "population": {"benefit": "WAA"}}
    words = study_words(language, study)
    names = [*BUILT_IN, *(one["name"] for one in DEFINED)]
    told = [words.name_of("outcome", name, part) for name in names for part in ("name", "effect", "level", "axis")]
    assert [text for text in told if "{" in text or "_" in text] == []
    definitions = {name: outcome_definition(words, study, name) for name in names}
    assert len(set(definitions.values())) == len(names)
    assert all("{" not in text and len(text) > 30 for text in definitions.values())
    assert "91" in definitions["sustained_13"]
    assert "364" in definitions["sustained_52"]
    sheltered = {"en": "sheltered work", "nb": "skjermet arbeid", "nn": "skjerma arbeid"}[language]
    assert sheltered in definitions["competitive_days"]
    assert sheltered not in definitions["employment_days"]


@pytest.mark.parametrize(
    ("given", "language", "told"),
    [
        ({}, "en", "units of currency a year"),
        ({}, "nn", "valutaeiningar i året"),
        ({"currency": "NOK"}, "en", "NOK a year"),
        ({"currency": "NOK"}, "nb", "NOK i året"),
    ],
)
def test_earnings_are_told_in_the_studys_currency(given: dict[str, str], language: str, told: str) -> None:
    study = {"outcome": outcome(**given).model_dump(mode="json"), "population": {"benefit": "WAA"}}
    assert study_words(language, study).raw("outcome.earnings.effect") == told


def test_a_currency_is_a_code_of_three_letters() -> None:
    with pytest.raises(ValidationError, match="currency"):
        outcome(currency="kroner")


def test_a_date_and_a_title_are_worded_in_the_language() -> None:
    titled = {**DEFINED[1], "title": {"nb": "uføredager"}}
    study = {"outcome": outcome(define=(DEFINED[0], titled)).model_dump(mode="json"), "population": {"benefit": "WAA"}}
    english, norwegian = study_words("en", study), study_words("nb", study)
    assert english.raw("outcome.employed_on_midsummer.name") == "employed on 24 June in competitive jobs"
    assert norwegian.raw("outcome.employed_on_midsummer.name") == "i arbeid 24. juni i ordinære jobber"
    assert english.raw("outcome.benefit_days_dp.name") == "days with DP"
    assert norwegian.raw("outcome.benefit_days_dp.name") == "uføredager"
    assert norwegian.raw("variable.benefit_days_dp") == "Uføredager"
    # what the catalogue says already stays
    assert english.raw("outcome.workdays.axis") == "Effect, workdays a year per recipient"


@pytest.mark.parametrize(
    ("name", "total", "cap", "bound"),
    [
        ("workdays", 1.0, None, None),
        ("hours", 1.0, 5.0, None),
        ("earnings", 1000.0, None, 1.0),
        ("earnings", 1000.0, 100.0, 0.2),
        ("earnings", 150.0, 100.0, 1.0),
        ("earnings", 0.0, 100.0, 1.0),
    ],
)
def test_two_persons_hold_at_most_twice_the_cap(
    name: str, total: float, cap: float | None, bound: float | None
) -> None:
    assert _two_largest(name, total, cap) == bound


def drafts(bound: float) -> Mapping[str, list[Draft]]:
    tables = {table.name: table for table in RELEASED_TABLES}
    row = {"arm": "treated", "year": 2015, "persons": 500, "mean": 2.0}
    return {
        "trends": [
            Draft(tables["trends"], {**row, "outcome": "earnings", "two_largest": 0.2}),
            Draft(tables["trends"], {**row, "outcome": "earnings", "two_largest": bound, "arm": "control"}),
            Draft(tables["trends"], {**row, "outcome": "workdays", "two_largest": None}),
        ],
        "estimates": [
            Draft(tables["estimates"], {"outcome": name, "term": "att", "estimate": 1.0})
            for name in ("earnings", "workdays")
        ],
        "baseline": [Draft(tables["baseline"], {"variable": "earnings", "treated_mean": 1.0})],
    }


def test_an_amount_that_two_persons_may_dominate_in_one_arm_and_year_leaves_in_no_table() -> None:
    checked = drafts(0.86)
    hide_dominated(checked, preset("ssb"))
    assert [draft.state for draft in checked["trends"]] == ["withheld", "withheld", "released"]
    assert [draft.state for draft in checked["estimates"]] == ["withheld", "released"]
    assert checked["baseline"][0].reasons == ("dominance",)
    assert "two_largest" not in checked["trends"][2].released()


def test_an_amount_below_the_bound_leaves() -> None:
    checked = drafts(0.85)
    hide_dominated(checked, preset("ssb"))
    assert {draft.state for rows in checked.values() for draft in rows} == {"released"}


def test_no_headline_on_amounts_leaves_without_a_cap(tmp_path: Path) -> None:
    results = example()
    for table in ("headline", "estimates", "event_study", "trends"):
        bound = {"two_largest": 1.0} if table == "trends" else {}
        results = changed(results, table, lambda row: row["outcome"] == "workdays", outcome="earnings", **bound)
    with pytest.raises(DisclosureError, match="no headline may leave") as raised:
        release(results, tmp_path / "release")
    assert "outcome.earnings_cap" in raised.value.problems[0]
    assert not (tmp_path / "release").exists()


ENTRY = {"benefit": "WAA", "receipt": "entry", "residence": "at entry"}
OF_A_YEAR = re.compile(r"\b(a year|in the year|of the year|calendar year|i året|av året|i eit? år|kalenderår|per år)\b")


@pytest.mark.parametrize("months", [1, 6, 12])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_from_entry_is_told_of_the_months_from_entry(language: str, months: int) -> None:
    study = {"outcome": outcome(**SECTION).model_dump(mode="json"), "population": ENTRY | {"follow_up_months": months}}
    words = study_words(language, study)
    names = [*BUILT_IN, *(one["name"] for one in DEFINED)]
    told = [words.name_of("outcome", name, part) for name in names for part in ("name", "effect", "level", "axis")]
    told += [words.raw(f"variable.{name}") for name in names]
    told += [outcome_definition(words, study, name) for name in names]
    told += [words.raw(key.removeprefix("entry.")) for key in words.keys if key.startswith("entry.definition.con")]
    assert [
        text
        for text in told
        if OF_A_YEAR.search(text) and "not per calendar" not in text and not re.search("ikk(j?)e per kalenderår", text)
    ] == []
    window = {
        "en": f"in the {months} month{'s' * (months > 1)} from entry",
        "nb": f"i de {months} månedene fra inngang" if months > 1 else "i den 1 måneden fra inngang",
        "nn": f"i dei {months} månadene frå inngang" if months > 1 else "i den 1 månaden frå inngang",
    }[language]
    assert words.raw("outcome.workdays.effect").endswith(window)
    assert all(window in words.raw(f"outcome.{name}.axis") for name in ("workdays", "employed", "employment_days"))
    assert all(window in words.raw(f"variable.{name}") for name in ("workdays", "employed", "employment_days"))
    assert all(window in words.raw(f"report.{key}") for key in ("work_years_period", "work_years_rule"))


def test_the_studys_benefit_is_named_beside_another() -> None:
    study = {"outcome": outcome(**SECTION).model_dump(mode="json"), "population": {"benefit": "WAA"}}
    words = study_words("en", study)
    assert words.raw("outcome.benefit_days.level") == (
        "Days with work assessment allowance (WAA) a year, mean per recipient"
    )
    assert words.raw("variable.benefit_days") == "Days with work assessment allowance (WAA)"
    assert study_words("en", {"population": {"benefit": None}}).raw("variable.benefit_days") == "Days with benefit"


def test_shares_hold_each_other_by_what_they_count() -> None:
    define = (
        {"name": "employed_on_midsummer", "kind": "employed_on", "date": "06-24", "jobs": "competitive"},
        {"name": "employed_on_midwinter", "kind": "employed_on", "date": "12-21"},
        {"name": "sustained_52", "kind": "sustained", "weeks": 52},
        {"name": "neet_on_midsummer", "kind": "neet_on", "date": "06-24"},
    )
    found = set(nested_shares({"define": define}))
    assert {narrow for wide, narrow in found if wide == "employed"} == {
        "competitive_employed", "employed_on_midsummer", "employed_on_midwinter", "sustained_13", "sustained_26",
        "sustained_52",
    }  # fmt: skip
    assert {narrow for wide, narrow in found if wide == "competitive_employed"} == {"employed_on_midsummer"}
    assert {narrow for wide, narrow in found if wide == "sustained_13"} == {"sustained_26", "sustained_52"}
    assert not any("neet_on_midsummer" in pair or wide == narrow for pair in found for wide, narrow in [pair])


def test_nobody_is_employed_and_neet_on_one_date() -> None:
    define = (
        {"name": "employed_on_midsummer", "kind": "employed_on", "date": "06-24", "jobs": "competitive"},
        {"name": "employed_on_midwinter", "kind": "employed_on", "date": "12-21"},
        {"name": "neet_on_midsummer", "kind": "neet_on", "date": "06-24"},
        {"name": "neet_on_new_year", "kind": "neet_on", "date": "01-01"},
    )
    assert apart_shares({"define": define}) == (("employed_on_midsummer", "neet_on_midsummer"),)
