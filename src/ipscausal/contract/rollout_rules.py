"""Rules of the rollout table and of the comparison municipalities."""

from __future__ import annotations

from ipscausal.contract.rules import STOPS, Rule
from ipscausal.study import Study

_FILE = "correct the rollout table"


def _names_programme(study: Study) -> bool:
    return study.design.programme is not None


def _stops_at_end(study: Study) -> bool:
    return study.design.after_end == "error"


def _continues_after_end(study: Study) -> bool:
    return study.design.after_end == "still treated"


def _drops_after_end(study: Study) -> bool:
    return study.design.after_end == "drop"


ROLLOUT_RULES = (
    Rule(
        "rollout_programme_absent", "rollout", "programme", "error",
        "the study's programme is in no rollout row", STOPS,
        "correct design.programme or the rollout table", "check_rollout", "no_rows", "no_rows", "programmes",
        _names_programme,
    ),
    Rule(
        "rollout_malformed", "rollout", "municipality", "error",
        "rollout rows without a municipality or (in Norway) with a code that is not four digits", STOPS,
        "write the code as text with its leading zero (0301, not 301)", "check_rollout", "malformed_code",
    ),
    Rule(
        "rollout_start_malformed", "rollout", "start_date", "error", "rollout rows whose start is empty or no date",
        STOPS, f"{_FILE}: dates are YYYY-MM-DD", "check_rollout", "malformed_start",
    ),
    Rule(
        "rollout_end_malformed", "rollout", "end_date", "error", "rollout rows whose end is no date", STOPS,
        f"{_FILE}: dates are YYYY-MM-DD, empty = ongoing", "check_rollout", "malformed_end",
    ),
    Rule(
        "rollout_start_after_end", "rollout", "end_date", "error", "rollout rows that end before they start", STOPS,
        _FILE, "check_rollout", "start_after_end",
    ),
    Rule(
        "rollout_without_residents", "rollout", "municipality", "error",
        "treated municipalities in which nobody is registered during the study", STOPS,
        "correct the code, ask for the residents, or name the treated ones in design.treated",
        "check_rollout", "without_residents", "treated", "municipalities",
    ),
    Rule(
        "rollout_treated_absent", "rollout", "municipality", "error",
        "municipalities of design.treated without a start in the rollout", STOPS,
        "correct design.treated or the rollout table",
        "check_rollout", "not_started", "listed_treated", "municipalities",
    ),
    Rule(
        "rollout_ended", "rollout", "end_date", "error", "treated municipalities whose programme ends inside the study",
        STOPS, 'say what the years after the end are: design.after_end = "still treated" or "drop"',
        "check_rollout", "ended", "treated", "municipalities", _stops_at_end,
    ),
    Rule(
        "rollout_ended", "rollout", "end_date", "warning",
        "treated municipalities whose programme ends inside the study", "stay treated after the end",
        "none needed; the study file says so", "check_rollout", "ended", "treated", "municipalities",
        _continues_after_end,
    ),
    Rule(
        "rollout_ended", "rollout", "end_date", "warning",
        "treated municipalities whose programme ends inside the study", "whole years after the end are left out",
        "none needed; the study file says so", "check_rollout", "ended", "treated", "municipalities", _drops_after_end,
    ),
    Rule(
        "rollout_several_starts", "rollout", "start_date", "warning", "municipalities with several rollout rows",
        "the earliest start counts; the programme lasts to the last end", "name one programme in design.programme",
        "check_rollout", "several_starts", "municipalities", "municipalities",
    ),
    Rule(
        "rollout_late", "rollout", "start_date", "warning", "municipalities first treated after the last study year",
        "untreated in the study", "none needed", "check_rollout", "late", "municipalities", "municipalities",
    ),
    Rule(
        "rollout_always", "rollout", "start_date", "warning",
        "municipalities that start in or before the first study year",
        "always treated: counted, left out of estimation", "start population.years earlier to use them",
        "check_rollout", "always", "municipalities", "municipalities",
    ),
    Rule(
        "comparison_treated", "rollout", "municipality", "error",
        "listed comparison municipalities that are treated in the study", STOPS,
        "take them out of design.comparison_municipalities", "check_comparison", "treated", "total", "municipalities",
    ),
    Rule(
        "comparison_without_residents", "residence", "municipality", "error",
        "listed comparison municipalities in which nobody is registered during the study", STOPS,
        "correct the codes in design.comparison_municipalities (leading zeros?) or ask for their residents",
        "check_comparison", "without_residents", "total", "municipalities",
    ),
    Rule(
        "comparison_status_unknown", "municipalities", "municipality", "warning",
        "comparison municipalities of unknown programme status (neither in rollout nor in municipalities)",
        "taken as never treated", "list every municipality without the programme in the municipalities table",
        "check_comparison", "status_unknown", "total", "municipalities",
    ),
    Rule(
        "comparison_other_programme", "rollout", "programme", "warning",
        "comparison municipalities with another programme in the study years", "kept as comparison",
        "leave them out of the comparison if that programme could change working life",
        "check_comparison", "other_programme", "total", "municipalities", _names_programme,
    ),
)  # fmt: skip
