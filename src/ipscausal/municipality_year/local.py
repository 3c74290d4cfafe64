"""What is known of the municipalities themselves: covariates, the dose they received, the programme next door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.pair_building import FOLDER
from ipscausal.panel import FloatArray
from ipscausal.results import Notice
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

_Place = tuple[dict[str, int], dict[int, int]]


def with_local(warehouse: Warehouse, study: Study, cells: Cells, given: Mapping[str, Any]) -> Cells:
    """The cells with what the study's tables say of municipalities. given: parameters of the models."""
    wanted = {
        "municipality_covariate": bool(study.design.municipality_covariates),
        "municipality_dose": study.design.dose != "none",
        "neighbour_start": study.extracts.neighbours is not None,
    }
    for model in load_models(FOLDER):
        if wanted.get(model.name):
            warehouse.run(model, given)
    at = {code: g for g, code in enumerate(cells.municipality)}, {int(year): t for t, year in enumerate(cells.years)}
    z = _covariates(warehouse, study, cells, at) if wanted["municipality_covariate"] else None
    unknown = 0 if z is None else int((np.isnan(z).any(axis=2) & (cells.persons > 0)).sum())
    notice = Notice("municipality_covariates_unknown", "warning", {"count": unknown})
    return replace(
        cells,
        unit_covariates=study.design.municipality_covariates,
        z=z,
        dose=_dose(warehouse, study, cells, at) if wanted["municipality_dose"] else None,
        bordering=_bordering(warehouse, cells, at[0]) if wanted["neighbour_start"] else None,
        notices=(*cells.notices, notice) if unknown else cells.notices,
    )


def _covariates(warehouse: Warehouse, study: Study, cells: Cells, at: _Place) -> FloatArray:
    """(G, T, M) values, NaN where unknown."""
    z = np.full((*cells.persons.shape, len(study.design.municipality_covariates)), np.nan)
    for row in warehouse.arrow("municipality_covariate").to_pylist():
        if row["municipality"] in at[0] and row["year"] in at[1]:
            z[at[0][row["municipality"]], at[1][row["year"]], row["position"] - 1] = row["value"]
    return z


def _dose(warehouse: Warehouse, study: Study, cells: Cells, at: _Place) -> FloatArray:
    """(G, T) mean fidelity over the days of the year, days without the programme as 0; or participants in a year over
    the persons of the cell, 0 where there is nobody to reach."""
    dose: FloatArray = np.zeros(cells.persons.shape)
    measured = "fidelity_days" if study.design.dose == "fidelity" else "participant_days"
    for row in warehouse.arrow("municipality_dose").to_pylist():
        if row["municipality"] in at[0] and row["year"] in at[1]:
            cell = at[0][row["municipality"]], at[1][row["year"]]
            dose[cell] = float(row[measured] / row["year_days"])
    if study.design.dose == "fidelity":
        return dose
    return np.divide(dose, cells.persons, out=np.zeros(dose.shape), where=cells.persons > 0)


def _bordering(warehouse: Warehouse, cells: Cells, at: dict[str, int]) -> FloatArray:
    """(G,) year in which the programme first starts next door, inf where it does not."""
    first = np.full(len(cells.municipality), np.inf)
    for row in warehouse.arrow("neighbour_start").to_pylist():
        if row["municipality"] in at:
            first[at[row["municipality"]]] = row["first_year"]
    return first
