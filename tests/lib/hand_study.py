"""Four small municipalities by hand: a study, its cells and its population."""

from __future__ import annotations

import numpy as np

from ipscausal.municipality_year import Cells
from ipscausal.person_year import AttritionRow, Population, StudyUnits, Unit
from ipscausal.study import Study

OUTCOMES = ("workdays", "employed", "employment_days", "benefit_days")
YEARS = np.arange(2014, 2018)
CODES = ("0001", "0002", "0003", "0004")
# workdays per person by municipality and year: 0001 gains 3 days from 2016 on beside the common path
MEANS = np.array([[10, 12, 17, 19], [20, 22, 24, 26], [30, 32, 34, 36], [5, 7, 9, 11]])
PERSONS = np.array([[20, 20, 22, 21], [30, 30, 30, 30], [40, 40, 40, 40], [12, 12, 12, 12]])


def study(**changes: dict) -> Study:
    document = {
        "schema_version": 1,
        "study": {"id": "hand", "title": {"en": "By hand"}},
        "extracts": {name: {"path": f"{name}.parquet"} for name in ("persons", "residence", "employment", "benefits")}
        | {"rollout": {"path": "rollout.csv"}},
        "population": {"years": [2014, 2017], "benefit": "WAA"},
        "design": {"comparison": "listed", "comparison_municipalities": list(CODES[1:]), "event_window": [-2, 1]},
        "inference": {"calibration_draws": 100},
    }
    for section, values in changes.items():
        document[section] = document.get(section, {}) | values
    return Study.model_validate(document)


def cells(persons: np.ndarray = PERSONS) -> Cells:
    shape = persons.shape
    whole = {name: (persons * MEANS).astype(object) for name in OUTCOMES}
    squares = {name: (persons * MEANS**2).astype(object) for name in OUTCOMES}
    whole["workdays"], squares["workdays"] = whole["workdays"] * 10**4, squares["workdays"] * 10**8
    whole["employed"] = squares["employed"] = (persons // 2).astype(object)
    return Cells(
        municipality=CODES,
        arm=("treated", "control", "control", "control"),
        adoption=np.array([2016, np.inf, np.inf, np.inf]),
        years=YEARS.copy(),
        persons=persons.copy(),
        women=persons // 2,
        age_sum=persons * 20,
        age_sumsq=persons * 400,
        outcome_sum=whole,
        outcome_sumsq=squares,
        covariates=(),
        x=np.zeros((*shape, 0), dtype=object),
        xx=np.zeros((*shape, 0, 0), dtype=object),
        xy={name: np.zeros((*shape, 0), dtype=object) for name in OUTCOMES},
        person_count=100,
        movers=2,
    )


def population() -> Population:
    rows = (AttritionRow(1, "persons_with_benefit", "all", 120, 430), AttritionRow(3, "registered", "all", 100, 411))
    units = StudyUnits((Unit("0001", "treated", 2016), *(Unit(code, "control") for code in CODES[1:])), 2016)
    return Population(rows, units, (), (2014, 2017), {})
