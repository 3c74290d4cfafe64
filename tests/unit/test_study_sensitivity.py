"""The declared attacks: what each reads, and the study with one choice made otherwise."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from ipscausal.analysis import alternative, needed
from ipscausal.sensitivity import QUESTIONS
from ipscausal.study import Study
from ipscausal.study_sensitivity import STANDARD, CheckName, SensitivityCheck, with_standard


def study(*checks: dict[str, Any]) -> Study:
    tables = ("persons", "residence", "employment", "benefits", "rollout")
    return Study.model_validate(
        {
            "schema_version": 1,
            "study": {"id": "s", "title": {"en": "S"}},
            "extracts": {name: {"path": f"{name}.parquet"} for name in tables},
            "population": {"years": [2011, 2019], "benefit": "WAA", "ages": [18, 29]},
            "design": {"comparison": "never"},
            "sensitivity": list(checks),
        }
    )


def test_the_study_file_knows_every_question_and_no_other() -> None:
    assert get_args(CheckName) == QUESTIONS
    assert set(STANDARD) <= set(QUESTIONS)


def test_standard_checks_run_unless_declared_otherwise() -> None:
    declared = (SensitivityCheck(check="anticipation", years_before=3), SensitivityCheck(check="movers"))
    run = with_standard(declared)
    assert [one.check for one in run if one.check in STANDARD].count("anticipation") == 1
    assert next(one for one in run if one.check == "anticipation").years_before == 3
    assert [one.check for one in with_standard(())] == list(STANDARD)
    assert run[-1].label == "movers"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"check": "window"}, "needs years"),
        ({"check": "window", "years": [2015, 2012]}, r"must be \[first, last\]"),
        ({"check": "break_year"}, "needs year"),
        ({"check": "placebo_outcome"}, "needs outcome"),
        ({"check": "placebo_population"}, "needs one of benefit, ages"),
        ({"check": "comparison_group"}, "needs one of comparison, municipalities"),
        ({"check": "outcome_definition"}, "needs one of outcome, days, measure, cap"),
        ({"check": "movers", "year": 2015}, "year is not read with"),
        ({"check": "placebo_population", "ages": [60, 50]}, r"must be \[youngest, oldest\]"),
        ({"check": "comparison_group", "municipalities": []}, "needs municipalities"),
        ({"check": "comparison_group", "comparison": "never", "municipalities": ["0101"]}, "only read with comparison"),
        ({"check": "honest"}, "honest_did"),
        ({"check": "placebo_outcome", "outcome": "benefit_days", "effect": -1}, "greater than 0"),
    ],
)
def test_what_a_check_does_not_read_or_lacks_is_an_error(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SensitivityCheck.model_validate(given)


def test_two_checks_of_one_name_and_a_ring_without_a_map_are_errors() -> None:
    with pytest.raises(ValidationError, match="same name"):
        study({"check": "break_year", "year": 2014}, {"check": "break_year", "year": 2015})
    with pytest.raises(ValidationError, match="needs the table"):
        study({"check": "spillover"})


@pytest.mark.parametrize(
    "check",
    [
        {"check": "window", "years": [1990, 2050]},
        {"check": "years_excluded", "years": [1990]},
        {"check": "break_year", "year": 1990},
        {"check": "placebo_outcome", "outcome": "workdays"},
        {"check": "placebo_population", "ages": [18, 29]},
        {"check": "outcome_definition", "measure": "position"},
    ],
)
def test_a_check_that_repeats_the_study_is_an_error(check: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="changes nothing"):
        study(check)


@pytest.mark.parametrize(
    ("check", "section", "changed"),
    [
        ({"check": "movers"}, "population", {"movers": "exclude"}),
        ({"check": "baseline_cohort"}, "population", {"receipt": "baseline cohort"}),
        ({"check": "placebo_population", "ages": [50, 60]}, "population", {"ages": (50, 60)}),
        ({"check": "outcome_definition", "measure": "any job"}, "outcome", {"measure": "any job"}),
        ({"check": "outcome_definition", "outcome": "employed"}, "outcome", {"name": "employed"}),
        (
            {"check": "comparison_group", "municipalities": ["0101", "0102"]}, "design",
            {"comparison": "listed", "comparison_municipalities": ("0101", "0102")},
        ),
        ({"check": "comparison_group", "comparison": "not yet"}, "design", {"comparison": "not yet"}),
    ],
)  # fmt: skip
def test_an_alternative_changes_one_choice_and_nothing_else(
    check: dict[str, Any], section: str, changed: dict[str, Any]
) -> None:
    base = study(check)
    (declared,) = needed(base)
    other = alternative(base, declared)
    assert other.sensitivity == ()
    for name in ("population", "outcome", "design", "inference", "extracts"):
        before, after = getattr(base, name).model_dump(), getattr(other, name).model_dump()
        different = {key: after[key] for key in after if after[key] != before[key]}
        assert different == (changed if name == section else {})


def test_checks_of_the_panel_need_no_second_count() -> None:
    assert (
        needed(study({"check": "years_excluded", "years": [2018, 2019]}, {"check": "break_year", "year": 2015})) == ()
    )


def test_a_declared_break_is_asked_for_a_placebo_effect_unless_the_study_asks_itself() -> None:
    def asked(declared: tuple[SensitivityCheck, ...], breaks: tuple[int, ...]) -> list[tuple[str, int | None]]:
        return [(one.label, one.year) for one in with_standard(declared, breaks) if one.check == "break_year"]

    own = SensitivityCheck(check="break_year", year=2015)
    assert asked((), (2015,)) == [("break_year", 2015)]
    assert asked((), (2015, 2018)) == [("2015", 2015), ("2018", 2018)]
    assert asked((own,), (2015,)) == [("break_year", 2015)]
    assert asked((own,), (2015, 2018)) == [("2018", 2018), ("break_year", 2015)]
    assert asked((), ()) == []
