"""The study with one choice made otherwise, for checks that need persons counted anew."""

from __future__ import annotations

from typing import Any

from ipscausal.study import Study
from ipscausal.study_sensitivity import SensitivityCheck

BY_SQL = ("placebo_population", "comparison_group", "movers", "baseline_cohort", "outcome_definition")


def needed(study: Study) -> tuple[SensitivityCheck, ...]:
    """The declared checks for which the extracts are counted again."""
    return tuple(one for one in study.sensitivity if one.check in BY_SQL)


def alternative(study: Study, check: SensitivityCheck) -> Study:
    """The study with the choice of a check in `needed`; everything else stays, and nothing is checked in turn."""
    population: dict[str, Any] = {}
    outcome: dict[str, Any] = {}
    design: dict[str, Any] = {}
    if check.check == "placebo_population":
        population = _given(check, "benefit", "ages")
    elif check.check == "movers":
        population = {"movers": "exclude"}
    elif check.check == "baseline_cohort":
        population = {"receipt": "baseline cohort"}
    elif check.check == "comparison_group":
        listed = check.municipalities or ()
        design = {"comparison": check.comparison or "listed", "comparison_municipalities": listed}
    else:
        outcome = _given(check, "days", "measure", "cap") | ({"name": check.outcome} if check.outcome else {})
    document = study.model_dump(mode="python")
    for section, changes in (("population", population), ("outcome", outcome), ("design", design)):
        document[section] |= changes
    return Study.model_validate(document | {"sensitivity": (), "heterogeneity": {}})


def _given(check: SensitivityCheck, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(check, name)) is not None}
