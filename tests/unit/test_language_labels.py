"""Labels of the headline: which years a number is about, by the rule that makes a year exposed."""

from __future__ import annotations

from typing import Any

import pytest

from ipscausal.cli.flow import flow_table
from ipscausal.language import catalogue, effect_period, flow_rule, period_words, work_years_rule

START, FULL = "year of start", "first full year"
ONE, SAME, STAGGERED = {"1804": 2016}, {"1804": 2016, "1103": 2016}, {"1804": 2016, "1103": 2017}


def study(rule: str = START, receipt: str = "any day in the year", persons: float | str = "mean") -> dict[str, Any]:
    return {
        "design": {"first_treated_year": rule}, "population": {"receipt": receipt, "benefit": "WAA"},
        "work_years": {"persons": persons},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "starts", "time", "label", "english", "norwegian"),
    [
        (START, ONE, 3, "3", "Latest year, 2019 (year 3 after the start year)",
         "Siste år, 2019 (år 3 etter startåret)"),
        (START, SAME, 3, "3", "Latest year, 2019 (year 3 after the start year)",
         "Siste år, 2019 (år 3 etter startåret)"),
        (START, ONE, 2, "2", "Year 2 after the start year", "År 2 etter startåret"),
        (START, ONE, 2, "≥ 2", "Year 2 and later after the start year", "År 2 og senere etter startåret"),
        (START, ONE, 3, "≥ 3", "Year 3 and later after the start year", "År 3 og senere etter startåret"),
        (START, STAGGERED, 3, "3", "Year 3 after the start year", "År 3 etter startåret"),
        (START, STAGGERED, 2, "≥ 2", "Year 2 and later after the start year", "År 2 og senere etter startåret"),
        (START, {"1804": 2019}, 0, "0", "Latest year, 2019 (the start year)", "Siste år, 2019 (startåret)"),
        (START, ONE, 0, "≥ 0", "The start year and later", "Startåret og senere"),
        (FULL, ONE, 3, "3", "Latest year, 2019 (year 3 after the first full year)",
         "Siste år, 2019 (år 3 etter det første hele året)"),
        (FULL, STAGGERED, 2, "2", "Year 2 after the first full year", "År 2 etter det første hele året"),
        (FULL, ONE, 2, "≥ 2", "Year 2 and later after the first full year",
         "År 2 og senere etter det første hele året"),
        (FULL, STAGGERED, 0, "0", "The first full year", "Det første hele året"),
        (START, ONE, None, None, "Average over 2016–2019", "Gjennomsnitt for 2016–2019"),
        (START, STAGGERED, None, "", "Average over the exposed years", "Gjennomsnitt over årene med tiltaket"),
    ],
)  # fmt: skip
def test_the_years_of_a_number(
    rule: str, starts: dict[str, int], time: int | None, label: str | None, english: str, norwegian: str
) -> None:
    facts = {"adoption_years": starts, "last_year": 2019}
    row = {"event_time": time, "label": label}
    found = [effect_period(catalogue(language), study(rule), facts, row) for language in ("en", "nb")]
    assert found == [english, norwegian]


def row(**values: Any) -> dict[str, Any]:
    return {"estimate": 5.6, "work_years": 12.7, "work_year_persons": 521, "days_per_work_year": 230, **values}


def test_the_rule_of_work_years_is_of_the_first_number_that_leaves() -> None:
    words = catalogue("en")
    withheld = row(estimate=None, work_years=None, work_year_persons=None)
    both = work_years_rule(words, study(), [row(), row(estimate=10.5, work_years=23.8)])
    assert "+5.60 × 521 ÷ 230 = 12.7" in both
    assert both.endswith(
        "521 is the mean number of recipients a year over all exposed years, the same for both numbers."
    )
    second = work_years_rule(words, study(persons=521), [withheld, row(estimate=10.5, work_years=23.8)])
    assert "+10.50 × 521 ÷ 230 = 23.8" in second
    assert second.endswith("521 is the number of recipients given in the study file.")
    assert work_years_rule(words, study(), [withheld]) == ""


def test_a_cohort_fixed_beforehand_counts_all_its_years() -> None:
    words = catalogue("en")
    cohort = flow_rule(words, study(receipt="baseline cohort"), "persons_with_benefit")
    assert cohort.startswith("Ever received work assessment allowance (WAA) in the study years; all study years")
    yearly = flow_rule(words, study(), "persons_with_benefit")
    assert yearly == "Received work assessment allowance (WAA) in the study years"
    assert flow_rule(words, study(receipt="baseline cohort"), "alive") == flow_rule(words, study(), "alive")
    assert flow_rule(words, study(), "unheard_of") == "unheard_of"


@pytest.mark.parametrize(
    ("residence", "says"),
    [("1 January", "the day that decides"), ("majority of the year", "some day of the year"),
     ("at entry", "the day of entry")],
)  # fmt: skip
def test_who_is_registered_is_told_by_the_rule_of_residence(residence: str, says: str) -> None:
    about = study()
    about["population"]["residence"] = residence
    assert says in flow_rule(catalogue("en"), about, "resident")


def test_honest_did_says_which_average_it_is_about() -> None:
    assert (
        catalogue("en")
        .text("check.honest_did.cannot_tell", effect=1.5)
        .startswith("The plain average of the year-by-year effects, +1.5 against the last year before")
    )


@pytest.mark.parametrize(
    ("language", "alive"),
    [
        ("en", "Alive on the first day of the quarter"), ("nb", "I live den første dagen i kvartalet"),
        ("nn", "I live den første dagen i kvartalet"),
    ],
)  # fmt: skip
def test_the_flow_of_a_panel_by_quarter_is_told_of_quarters(language: str, alive: str) -> None:
    by_quarter = study()
    by_quarter["population"]["period"] = "quarter"
    assert flow_rule(period_words(language, "quarter"), by_quarter, "alive") == alive
    by_year = study()
    by_year["population"]["period"] = "year"
    assert flow_rule(catalogue("en"), by_year, "alive") == "Alive on 1 January"
    table = flow_table(
        [{"rule": "alive", "arm": "all", "persons": 30, "person_years": 90}], by_quarter,
        period_words("en", "quarter"), str,
    )  # fmt: skip
    assert "person-quarters in the columns (quarters)" in table


def test_ages_are_written_with_a_dash_and_other_codes_as_they_are() -> None:
    for language in ("en", "nb", "nn"):
        assert catalogue(language).name("subgroup", "18-24") == "18–24"
    assert [catalogue("en").name("subgroup", code) for code in ("25+", "<18", "NUTS-2")] == ["25+", "<18", "NUTS-2"]
    assert catalogue("en").name("benefit", "18-24") == "18-24", "codes of other things are no ages"


@pytest.mark.parametrize(("language", "day"), [("en", "after 1 January"), ("nb", "1. januar"), ("nn", "1. januar")])
def test_the_year_of_a_start_on_its_first_day_is_not_called_partly_exposed(language: str, day: str) -> None:
    assert day in catalogue(language).raw(f"definition.start.{START}").split(". ", 1)[1]


def test_a_cohort_has_its_age_where_it_is_fixed() -> None:
    cohort = study(receipt="baseline cohort")
    assert flow_rule(catalogue("en"), cohort, "age") == "Of the study's age in the year before the first start"
    assert flow_rule(catalogue("en"), study(), "age") == "Of the study's age that year"
