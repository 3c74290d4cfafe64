"""The study's covariates that are columns of `persons`, made long."""

from __future__ import annotations

from ipscausal.extracts.columns import study_covariates
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse

AGE, SEX = "age", "sex"


def person_columns(study: Study) -> dict[int, tuple[str, str]]:
    """Place in the study's list (from 1) -> table and column; age is of the person-year and not here."""
    numbers = {name: number for number, name in enumerate(study_covariates(study), start=1)}
    return {
        place: ("stg_person", SEX) if name == SEX else ("extract_persons", f"covariate_{numbers[name]}")
        for place, name in enumerate(study.design.covariates, start=1)
        if name != AGE
    }


def stack_covariates(warehouse: Warehouse, study: Study) -> dict[int, str]:
    """Register `delivered_covariate`(person_id, position, value); returns each position's kind, number or text."""
    return warehouse.stack("stg_person", person_columns(study), "delivered_covariate")
