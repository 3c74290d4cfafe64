"""Rules of municipality codes through reforms, and of units of several municipalities."""

from __future__ import annotations

from collections.abc import Callable

from ipscausal.contract.rules import STOPS, Rule
from ipscausal.contract.unit_counts import MANY
from ipscausal.study import Study


def _harmonised(study: Study) -> bool:
    return study.population.municipalities == "harmonised"


def _as_registered(study: Study) -> bool:
    return not _harmonised(study)


def _listed(study: Study) -> bool:
    return study.extracts.municipality_changes is not None


def _unused(study: Study) -> bool:
    return _listed(study) and _as_registered(study)


def _named(study: Study) -> bool:
    return study.named_units


def _joining(study: Study) -> bool:
    return _named(study) or _harmonised(study)


def _averaged(study: Study) -> bool:
    return _joining(study) and bool(study.design.municipality_covariates)


def _mixed(policy: str) -> Callable[[Study], bool]:
    return lambda study: _joining(study) and study.design.mixed_units == policy


CHANGES = "check_municipality_changes"
_TABLE, _CHECK, _UNITS = "municipality_changes", CHANGES, "units"
_MIXED = "units of several municipalities in which only a part starts the programme"
_MIXED_CHOSEN = "none needed; the study file says so. `ipscausal municipalities` shows them with their shares"
_COME_OR_GONE = f"codes that {MANY} persons or more live in on the first or the last study day and nobody on the other"


def _mixed_rule(policy: str, treatment: str) -> Rule:
    return Rule(
        "mixed_units", "rollout", "municipality", "warning", _MIXED, treatment, _MIXED_CHOSEN, _UNITS, "units_mixed",
        "units_treated", "treated units of several municipalities", _mixed(policy),
    )  # fmt: skip


UNIT_RULES = (
    Rule(
        "changes_malformed", _TABLE, "old_code", "error",
        "changes without any code or (in Norway) with a code that is not four digits", STOPS,
        "write both codes as text with their leading zeros (0301, not 301)", _CHECK, "malformed_code", applies=_listed,
    ),
    Rule(
        "changes_date_malformed", _TABLE, "date", "error", "changes without a date, or with what is no date", STOPS,
        "dates are YYYY-MM-DD; a table of one day says it in the study file: date = 2020-01-01 under "
        "[extracts.municipality_changes]", _CHECK, "malformed_date", applies=_listed,
    ),
    Rule(
        "changes_circular", _TABLE, "new_code", "error",
        "changes that lead back on one day to the code they start from (circular)", STOPS,
        "correct the table; old and new may be swapped in one row", _UNITS, "changes_on_circles", "changes", "changes",
        _listed,
    ),
    Rule(
        "changes_repeated", _TABLE, "", "warning", "changes that are listed twice", "count once", "none needed", _CHECK,
        "repeated", applies=_listed,
    ),
    Rule(
        "changes_one_sided", _TABLE, "new_code", "warning", "changes with only one of the two codes",
        "join nothing: a code begins or ends there", "none needed if no municipality came of it or became it", _CHECK,
        "one_sided", applies=_listed,
    ),
    Rule(
        "changes_of_unknown", _TABLE, "old_code", "warning",
        "changes inside the study years of a code that nobody is registered in", "concern no person here",
        "none needed for a part of a country; if it is all of them, the delivery may hold today's codes throughout",
        _UNITS, "changes_of_unknown", "changes_inside", "changes", _harmonised,
    ),
    Rule(
        "changes_unused", _TABLE, "", "warning", "changes of codes inside the study years",
        "not used: each code is a municipality of its own", 'set population.municipalities = "harmonised"', _UNITS,
        "changes_inside", "changes", "changes", _unused,
    ),
    Rule(
        "rollout_code_changes", "rollout", "municipality", "warning",
        "municipalities in the rollout whose code changes inside the study years",
        "treated under the code in the rollout only, and compared with themselves under another code",
        'set population.municipalities = "harmonised"', _UNITS, "starting_reformed", "starting", "municipalities",
        _unused,
    ),
    Rule(
        "residence_code_reformed", "residence", "municipality", "warning", _COME_OR_GONE,
        "each code is a municipality of its own, and lacks the years before it comes or after it goes",
        'a reform lies inside the study: deliver municipality_changes and set population.municipalities = "harmonised"',
        _UNITS, "codes_come_or_gone", "codes", "codes", _as_registered,
    ),
    Rule(
        "residence_code_lost", "residence", "municipality", "error", f"{_COME_OR_GONE}, and no change explains", STOPS,
        "complete the table of changes: a row is missing or has another code or date", _UNITS, "codes_lost", "codes",
        "codes", _harmonised,
    ),
    Rule(
        "residence_code_ended", "residence", "municipality", "warning",
        "codes somebody lives in during the study that ended before its second day",
        "kept as municipalities of their own", "ask for residence in the codes of each time", _UNITS, "codes_ended",
        "codes", "codes", _harmonised,
    ),
    Rule(
        "mixed_units", "rollout", "municipality", "error", _MIXED, STOPS,
        'say what they are: design.mixed_units = "drop", "treated" or "partial"; `ipscausal municipalities` shows them',
        _UNITS, "units_mixed", "units_treated", "treated units of several municipalities", _mixed("error"),
    ),
    _mixed_rule("drop", "left out of both arms"),
    _mixed_rule("treated", "treated as a whole, so that the effect is diluted by those it does not reach"),
    _mixed_rule("partial", "treated, with the share of persons who lived in that part before the start as dose"),
    Rule(
        "mixed_units_persons", "residence", "municipality", "warning",
        "persons who lived in the other part of such units on the day before the start", "see the rule before",
        "none needed; this is how much is at stake", _UNITS, "persons_without_programme", "persons_of_mixed", "persons",
        _joining,
    ),
    Rule(
        "unit_of_several_starts", "rollout", "start_date", "warning",
        "units of several municipalities whose parts start on different days", "the earliest start counts",
        "none needed", _UNITS, "units_of_several_starts", "units_treated", "treated units of several municipalities",
        _joining,
    ),
    Rule(
        "units_of_several_groups", "municipalities", "unit", "warning",
        "units that a reform or a second row joins with another", "one unit together",
        "none needed if a municipality did change between them; else correct the column", _UNITS,
        "units_of_several_groups", "units", "units", _named,
    ),
    Rule(
        "units_named_like_others", "municipalities", "unit", "error",
        "units with the name of a municipality that belongs to another", STOPS, "give units names of their own", _UNITS,
        "units_named_like_others", "units", "units", _named,
    ),
    Rule(
        "municipalities_without_unit", "municipalities", "unit", "warning",
        "municipalities somebody lives in without a unit", "each is a unit of its own",
        "right for those outside the study; else complete the column", "check_municipalities", "without_unit",
        "residents", "municipalities", _named,
    ),
    Rule(
        "municipalities_averaged", "municipalities", "", "warning",
        "units of several municipalities whose covariates are the plain mean of those in it", "used as they are",
        "deliver values of the unit for all its municipalities if another mean is meant", _UNITS,
        "units_of_several_codes", "units_of_several_codes", "units", _averaged,
    ),
)  # fmt: skip
