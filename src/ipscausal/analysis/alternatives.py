"""The study with one choice made otherwise, for checks that need persons counted anew."""

from __future__ import annotations

from typing import Any

from ipscausal.errors import UsageError
from ipscausal.study import Study
from ipscausal.study.second_population import with_receipt
from ipscausal.study_sensitivity import SensitivityCheck

_NOTHING_ELSE: dict[str, Any] = {"sensitivity": (), "heterogeneity": {}, "second_population": None}
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
    document["population"] = with_receipt(document["population"], population)
    for section, changes in (("outcome", outcome), ("design", design)):
        document[section] |= changes
    return Study.model_validate(document | _NOTHING_ELSE)


def of_second_population(study: Study) -> Study:
    """The study of the second population, without person covariates and with nothing checked in turn."""
    if study.second_population is None:
        raise UsageError("the study has no second population", remedy="declare [second_population] in the study file")
    document = study.model_dump(mode="python")
    document["population"] = with_receipt(document["population"], study.second_population.differing)
    document["design"] |= {"covariates": (), "person_effects": "none"}
    return Study.model_validate(document | _NOTHING_ELSE)


def _given(check: SensitivityCheck, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(check, name)) is not None}
