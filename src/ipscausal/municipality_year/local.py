"""What is known of the municipalities themselves: covariates, the dose they received, the programme next door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.tables import OF_PLACES, CellTables
from ipscausal.panel import FloatArray
from ipscausal.person_year import Population
from ipscausal.results import Notice
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

_Place = tuple[dict[str, int], dict[int, int]]


def with_local(study: Study, cells: Cells, tables: CellTables) -> Cells:
    """The cells with what the study's tables say of municipalities."""
    at = {code: g for g, code in enumerate(cells.municipality)}, {int(year): t for t, year in enumerate(cells.years)}
    covariates, doses, starts = (tables.rows(name) for name in OF_PLACES)
    z = None if covariates is None else _covariates(covariates, study, cells, at)
    unknown = 0 if z is None else int((np.isnan(z).any(axis=2) & (cells.persons > 0)).sum())
    notice = Notice("municipality_covariates_unknown", "warning", {"count": unknown})
    return replace(
        cells,
        unit_covariates=study.design.municipality_covariates,
        z=z,
        dose=None if doses is None or study.design.dose == "none" else _dose(doses, study, cells, at),
        participants=None if doses is None else _participants(doses, cells, at),
        bordering=None if starts is None else _bordering(starts, cells, at[0]),
        notices=(*cells.notices, notice) if unknown else cells.notices,
    )


def treated_shares(population: Population, cells: Cells) -> FloatArray:
    """(G, T) from adoption on the share of the persons who lived where the programme starts, fixed before it does."""
    share = {unit.municipality: unit.share for unit in population.units.units}
    exposed = cells.years[None, :] >= cells.adoption[:, None]
    return np.asarray(exposed * np.array([share[code] for code in cells.municipality])[:, None])


def _covariates(rows: pa.Table, study: Study, cells: Cells, at: _Place) -> FloatArray:
    """(G, T, M) values, NaN where unknown."""
    z = np.full((*cells.persons.shape, len(study.design.municipality_covariates)), np.nan)
    for row in rows.to_pylist():
        if row["municipality"] in at[0] and row["year"] in at[1]:
            z[at[0][row["municipality"]], at[1][row["year"]], row["position"] - 1] = row["value"]
    return z


def _dose(rows: pa.Table, study: Study, cells: Cells, at: _Place) -> FloatArray:
    """(G, T) mean fidelity over the days of the year, days without the programme as 0; or participants in a year over
    the persons of the cell, 0 where there is nobody to reach."""
    dose: FloatArray = np.zeros(cells.persons.shape)
    measured = "fidelity_days" if study.design.dose == "fidelity" else "participant_days"
    for row in rows.to_pylist():
        if row["municipality"] in at[0] and row["year"] in at[1]:
            cell = at[0][row["municipality"]], at[1][row["year"]]
            dose[cell] = float(row[measured] / row["year_days"])
    if study.design.dose == "fidelity":
        return dose
    return np.divide(dose, cells.persons, out=np.zeros(dose.shape), where=cells.persons > 0)


def _participants(rows: pa.Table, cells: Cells, at: _Place) -> FloatArray:
    """(G, T) participants a year over all days of the year, NaN where they are not known for each day of it."""
    found: FloatArray = np.zeros(cells.persons.shape)
    for row in rows.to_pylist():
        if row["municipality"] in at[0] and row["year"] in at[1]:
            known = row["known_days"] == row["days"]
            cell = at[0][row["municipality"]], at[1][row["year"]]
            found[cell] = float(row["participant_days"] / row["year_days"]) if known else np.nan
    return found


def _bordering(rows: pa.Table, cells: Cells, at: dict[str, int]) -> FloatArray:
    """(G,) year in which the programme first starts next door, inf where it does not."""
    first = np.full(len(cells.municipality), np.inf)
    for row in rows.to_pylist():
        if row["municipality"] in at:
            first[at[row["municipality"]]] = row["first_year"]
    return first
