"""The population as a document, so that its cells can be used again without its persons."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ipscausal.person_year.building import AttritionRow, Population
from ipscausal.person_year.units import StudyUnits, Unit
from ipscausal.results import Notice


def to_json(population: Population) -> str:
    """ASCII JSON: attrition, municipalities, notices, years and kinds of covariates. Holds no person."""
    return json.dumps(asdict(population), indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> Population:
    """The inverse of `to_json`."""
    document: dict[str, Any] = json.loads(text)
    units = document["units"]
    names = {name: tuple(units[name]) for name in ("later", "ended", "partial_start")}
    return Population(
        attrition=tuple(AttritionRow(**row) for row in document["attrition"]),
        units=StudyUnits(tuple(Unit(**unit) for unit in units["units"]), units["first_start"], **names),
        notices=tuple(Notice(**notice) for notice in document["notices"]),
        years=(document["years"][0], document["years"][1]),
        covariate_kinds={int(place): kind for place, kind in document["covariate_kinds"].items()},
    )
