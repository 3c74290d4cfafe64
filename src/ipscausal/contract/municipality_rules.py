"""Rules of the tables about municipalities themselves, and of what the rollout says of doses."""

from __future__ import annotations

from ipscausal.contract.rules import STOPS, Rule
from ipscausal.study import MUNICIPALITY_TYPE, PRIOR_WORK, Study


def _fidelity(study: Study) -> bool:
    return study.design.dose == "fidelity"


def _reach(study: Study) -> bool:
    return study.design.dose == "reach"


def _dose(study: Study) -> bool:
    return study.design.dose != "none"


def _covariates(study: Study) -> bool:
    return bool(study.design.municipality_covariates)


def _type(study: Study) -> bool:
    return MUNICIPALITY_TYPE in study.heterogeneity.by


def _about(study: Study) -> bool:
    return _covariates(study) or _type(study)


def _borders(study: Study) -> bool:
    return study.extracts.neighbours is not None


def _prior_work(study: Study) -> bool:
    return PRIOR_WORK in study.heterogeneity.by


_TABLE = "correct the municipalities table"

MUNICIPALITY_RULES = (
    Rule(
        "municipalities_malformed", "municipalities", "municipality", "error",
        "rows without a municipality or (in Norway) with a code that is not four digits", STOPS,
        "write the code as text with its leading zero (0301, not 301)", "check_municipalities", "malformed_code",
        applies=_about,
    ),
    Rule(
        "municipalities_year_malformed", "municipalities", "year", "error", "rows whose year is no year", STOPS,
        f"{_TABLE}: a calendar year, empty = all years", "check_municipalities", "malformed_year", applies=_about,
    ),
    Rule(
        "municipalities_repeated", "municipalities", "", "error", "rows that repeat a municipality and year", STOPS,
        f"{_TABLE}: one row per municipality, or per municipality and year", "check_municipalities", "repeated",
        applies=_about,
    ),
    Rule(
        "municipalities_not_a_number", "municipalities", "", "error",
        "values of the study's municipality covariates that are no numbers", STOPS,
        f"{_TABLE}: decimals with a point, empty = unknown", "check_municipalities", "not_a_number", "value_cells",
        "values", _covariates,
    ),
    Rule(
        "municipalities_without_values", "municipalities", "", "warning",
        "municipalities somebody lives in without any of the study's municipality covariates",
        "their covariates are unknown; estimators that need them leave the municipality out",
        "expected where it is not in the study; else ask for the rows", "check_municipalities", "without_values",
        "residents", "municipalities", _covariates,
    ),
    Rule(
        "municipalities_without_type", "municipalities", "type", "warning",
        "municipalities somebody lives in without a type", "of the level 'unknown'",
        "expected where it is not in the study; else ask for the type", "check_municipalities", "without_type",
        "residents", "municipalities", _type,
    ),
    Rule(
        "neighbours_malformed", "neighbours", "municipality", "error",
        "borders without a municipality or (in Norway) with a code that is not four digits", STOPS,
        "write both codes as text with their leading zeros", "check_neighbours", "malformed", unit="borders",
        applies=_borders,
    ),
    Rule(
        "neighbours_alone", "neighbours", "neighbour", "warning",
        "municipalities somebody lives in without a neighbour", "taken as bordering on no municipality",
        "right for islands; else complete the table", "check_neighbours", "alone", "residents", "municipalities",
        _borders,
    ),
    Rule(
        "rollout_fidelity_missing", "rollout", "fidelity", "error",
        "periods of the study's programme without a fidelity score, or with one that is no number from 0", STOPS,
        'fill the column, or set design.dose = "none"', "check_dose", "fidelity_missing", unit="periods",
        applies=_fidelity,
    ),
    Rule(
        "rollout_participants_missing", "rollout", "participants", "error",
        "periods of the study's programme without participants a year, or with what is no number from 0", STOPS,
        'fill the column, or set design.dose = "none"', "check_dose", "participants_missing", unit="periods",
        applies=_reach,
    ),
    Rule(
        "rollout_overlapping", "rollout", "start_date", "error",
        "municipalities with two periods of the programme on one day, whose doses would be added", STOPS,
        "end each period before the next begins, or name one programme in design.programme", "check_dose",
        "overlapping", "municipalities", "municipalities", _dose,
    ),
    Rule(
        "employment_year_before_missing", "employment", "end_date", "error",
        "no job ends in the year before the first study year, which 'prior work' is read from", STOPS,
        "ask for jobs that ended in that year, or start population.years a year later", "check_employment",
        "no_year_before", "no_year_before", "years", _prior_work,
    ),
)  # fmt: skip
