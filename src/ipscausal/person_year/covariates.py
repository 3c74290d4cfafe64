"""The study's covariates that are columns of `persons`, made long."""

from __future__ import annotations

from ipscausal.study import Study
from ipscausal.warehouse import Warehouse
from ipscausal.warehouse.reshape import stack

AGE, SEX = "age", "sex"


def person_columns(study: Study) -> dict[int, str]:
    """Place in the study's list (from 1) -> column of `extract_persons`; age is of the person-year and not here."""
    places: dict[int, str] = {}
    numbered = 0
    for place, name in enumerate(study.design.covariates, start=1):
        if name not in (AGE, SEX):
            numbered += 1
            places[place] = f"covariate_{numbered}"
        elif name == SEX:
            places[place] = SEX
    return places


def stack_covariates(warehouse: Warehouse, study: Study) -> dict[int, str]:
    """Register `delivered_covariate`(person_id, position, value); returns each position's kind, number or text."""
    return stack(warehouse, "extract_persons", person_columns(study), "delivered_covariate")
