"""Rules of what only some outcomes rest on: kinds of job, hours, earnings, education, the price index."""

from __future__ import annotations

from collections.abc import Callable

from ipscausal.contract.rules import STOPS, Rule
from ipscausal.outcomes import COMPETITIVE
from ipscausal.study import Study

NAMED_BENEFIT, CHECK_BENEFIT = "outcome_benefit_absent", "check_outcome_benefit"
_ASK = "ask the registry owner to correct the delivery"
_JOBS, _INDEX, _EDUCATION = "check_job_measure", "check_price_index", "check_education"


def _counts(*kinds: str) -> Callable[[Study], bool]:
    return lambda study: any(study.outcome.spec(name).kind in kinds for name in study.counted_outcomes)


def _competitive(study: Study) -> bool:
    return any(study.outcome.spec(name).jobs == COMPETITIVE for name in study.counted_outcomes)


def _hours_a_week(study: Study) -> bool:
    return _counts("hours")(study) and study.outcome.hours == "agreed a week"


def _in_prices(study: Study) -> bool:
    return study.outcome.prices_of is not None


def benefits_named(study: Study) -> dict[str, str]:
    """Counted outcome -> the benefit that its definition names."""
    specs = (study.outcome.spec(name) for name in study.counted_outcomes)
    return {spec.name: spec.benefit for spec in specs if spec.benefit is not None}


def _names_benefits(study: Study) -> bool:
    return bool(benefits_named(study))


def _learns(study: Study) -> bool:
    return study.extracts.education is not None


OUTCOME_RULES = (
    Rule(
        NAMED_BENEFIT, "benefits", "benefit", "error",
        "outcomes of [[outcome.define]] whose benefit no row of benefits has", STOPS,
        "correct the spelling of the benefit under [[outcome.define]], or ask for its rows", CHECK_BENEFIT, "absent",
        "outcomes", "outcomes", _names_benefits,
    ),
    Rule(
        "employment_kind_absent", "employment", "job_kind", "error",
        "kinds in outcome.excluded_job_kinds that no job row has", STOPS,
        "correct the spelling in outcome.excluded_job_kinds, or leave the kind out", "check_job_kind", "absent",
        "kinds", "kinds", _competitive,
    ),
    Rule(
        "employment_kind_missing", "employment", "job_kind", "warning", "job rows of recipients without a kind",
        "count as competitive", "ask whether the kind can be delivered", _JOBS, "kind_missing", applies=_competitive,
    ),
    Rule(
        "employment_hours_missing", "employment", "hours", "warning", "job rows of recipients without hours",
        "add no hours", "ask whether hours can be delivered, or choose workdays", _JOBS, "hours_missing",
        applies=_counts("hours"),
    ),
    Rule(
        "employment_hours_negative", "employment", "hours", "error", "job rows of recipients with negative hours",
        STOPS, _ASK, _JOBS, "hours_negative", applies=_counts("hours"),
    ),
    Rule(
        "employment_hours_above_week", "employment", "hours", "error",
        "job rows of recipients with more agreed hours than a week has (168)", STOPS,
        'if the column holds the hours of the whole row, set outcome.hours = "total of the row"', _JOBS,
        "hours_above_week", applies=_hours_a_week,
    ),
    Rule(
        "employment_earnings_missing", "employment", "earnings", "warning", "job rows of recipients without earnings",
        "add no earnings", "ask whether an amount was paid", _JOBS, "earnings_missing", applies=_counts("earnings"),
    ),
    Rule(
        "employment_earnings_negative", "employment", "earnings", "warning",
        "job rows of recipients with negative earnings", "subtracted; a person's year below zero counts as zero",
        "none needed if the registry books corrections as rows of their own", _JOBS, "earnings_negative",
        applies=_counts("earnings"),
    ),
    Rule(
        "employment_earnings_huge", "employment", "earnings", "error",
        "job rows of recipients with earnings above a billion", STOPS, "check the unit of the column", _JOBS,
        "earnings_huge", applies=_counts("earnings"),
    ),
    Rule(
        "education_person_missing", "education", "person_id", "error", "rows without a person", STOPS, _ASK, _EDUCATION,
        "person_missing", applies=_learns,
    ),
    Rule(
        "education_start_missing", "education", "start_date", "error", "rows without a start date", STOPS, _ASK,
        _EDUCATION, "start_missing", applies=_learns,
    ),
    Rule(
        "education_start_after_end", "education", "end_date", "error", "rows that end before they start", STOPS, _ASK,
        _EDUCATION, "start_after_end", applies=_learns,
    ),
    Rule(
        "price_index_malformed", "price_index", "index", "error",
        "rows without a year or without an index above zero", STOPS, "correct the table; one row a year", _INDEX,
        "malformed", applies=_in_prices,
    ),
    Rule(
        "price_index_repeated", "price_index", "year", "error", "rows that repeat a year", STOPS,
        "correct the table; one row a year", _INDEX, "repeated", applies=_in_prices,
    ),
    Rule(
        "price_index_year_missing", "price_index", "year", "error",
        "study years without an index", STOPS, "add the missing years to the table", _INDEX, "years_missing",
        "study_years", "years", _in_prices,
    ),
    Rule(
        "price_index_base_missing", "price_index", "year", "error",
        "the year of outcome.prices_of, outside the study years, is without an index", STOPS,
        "add that year to the table, or choose prices of a year that it has", _INDEX, "base_missing", "base_years",
        "years", _in_prices,
    ),
    Rule(
        "price_index_far", "price_index", "index", "error",
        "study years whose index is more than fifty times that of outcome.prices_of, or less than a fiftieth", STOPS,
        "check that all years have one base", _INDEX, "far", "study_years", "years", _in_prices,
    ),
)  # fmt: skip
