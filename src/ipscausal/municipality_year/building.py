"""Run the cell models and read their few rows into arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ipscausal import person_year
from ipscausal.errors import IdentificationError
from ipscausal.municipality_year.cells import OUTCOMES, Cells, ExactArray, exact_zeros, place
from ipscausal.municipality_year.design_columns import DesignColumn, design_columns, to_arrow
from ipscausal.municipality_year.local import with_local
from ipscausal.municipality_year.pair_building import FOLDER, year_pairs
from ipscausal.municipality_year.subgroup_building import subgroups
from ipscausal.panel import IntArray
from ipscausal.person_year import Population, Unit
from ipscausal.results import Notice
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models
from ipscausal.warehouse.reshape import spread

_KEY = ("person_id", "year")
_Row = dict[str, Any]
_Place = Mapping[tuple[str, int], tuple[int, int]]


def build(warehouse: Warehouse, study: Study, population: Population) -> Cells:
    """Cells of the study from the engine's `person_year`, by its dimensions too, and what its tables say of places.

    Raises IdentificationError where no treated or no comparison municipality has persons, or where no
    treated municipality has persons both before and from its first treated year on, or the outcome is a constant.
    """
    cells = _cells(warehouse, study, population)
    _check_identified(cells)
    _check_varies(cells, study.outcome.name)
    given = person_year.parameters(study, first_start=population.units.first_start)
    cells = with_local(warehouse, study, replace(cells, pairs=year_pairs(warehouse, cells)), given)
    return replace(cells, dimensions=subgroups(warehouse, study, cells, given))


def candidate_cells(warehouse: Warehouse, study: Study) -> Cells:
    """Cells of every municipality, arm `candidate`, in the years before the first start in the study.

    No outcome after those years is read, so that comparison municipalities can be chosen in the open.
    """
    return _cells(warehouse, study, person_year.build_candidates(warehouse, study))


def write_municipality_year(warehouse: Warehouse, path: Path) -> None:
    """Write the exact sums (`restricted/municipality_year.parquet`), one row per municipality and year."""
    warehouse.write_parquet("municipality_year", path, ("municipality", "year"))


def write_municipality_year_pair(warehouse: Warehouse, path: Path) -> None:
    """Write the exact sums over two years (`restricted/municipality_year_pair.parquet`), one row per pair."""
    warehouse.write_parquet("municipality_year_pair", path, ("municipality", "year", "other_year"))


def write_person_year(warehouse: Warehouse, path: Path, cells: Cells) -> None:
    """Write the person-years (`restricted/person_year.parquet`), sorted by person_id and year.

    Regressors are the columns covariate_1, covariate_2, ... in the order of `cells.covariate_names`.
    """
    _run(warehouse, ("person_year_export",))
    columns = {column.position: f"covariate_{column.position}" for column in cells.covariates}
    spread(warehouse, "person_year_export", "covariate", columns, _KEY, "person_year_file")
    warehouse.write_parquet("person_year_file", path, _KEY)


def _run(warehouse: Warehouse, names: Sequence[str]) -> None:
    for model in load_models(FOLDER):
        if model.name in names:
            warehouse.run(model, {})


def _cells(warehouse: Warehouse, study: Study, population: Population) -> Cells:
    _run(warehouse, ("municipality_year", "person_total"))
    columns = _design(warehouse, study, population)
    rows = warehouse.arrow("municipality_year", ("municipality", "year")).to_pylist()
    totals = warehouse.arrow("person_total").to_pylist()[0]
    present = {row["municipality"] for row in rows}
    units = [unit for unit in population.units.units if unit.municipality in present]
    years = range(population.years[0], population.years[1] + 1)
    shape = (len(units), len(years))
    at = {
        (unit.municipality, year): (g, t) for g, unit in enumerate(units) for t, year in enumerate(years)
    }  # fmt: skip
    x, xx, xy = _moments(warehouse, columns, at, shape)
    persons = place(rows, "persons", at, shape).astype(np.int64)
    return Cells(
        municipality=tuple(unit.municipality for unit in units),
        arm=tuple(unit.arm for unit in units),
        adoption=np.array([unit.adoption_year or np.inf for unit in units], dtype=np.float64),
        years=np.array(years, dtype=np.int64),
        persons=persons,
        women=place(rows, "women", at, shape).astype(np.int64),
        age_sum=place(rows, "age_sum", at, shape).astype(np.int64),
        age_sumsq=place(rows, "age_sumsq", at, shape).astype(np.int64),
        outcome_sum={name: place(rows, f"{name}_sum", at, shape) for name in OUTCOMES},
        outcome_sumsq={name: place(rows, f"{name}_sumsq", at, shape) for name in OUTCOMES},
        covariates=columns,
        x=x,
        xx=xx,
        xy=xy,
        person_count=totals["persons"],
        movers=totals["movers"],
        notices=_notices(population.units.units, persons, years),
    )


def _design(warehouse: Warehouse, study: Study, population: Population) -> tuple[DesignColumn, ...]:
    import pyarrow as pa

    kinds = population.covariate_kinds
    texts = [position for position, kind in kinds.items() if kind == "text"]
    warehouse.register_table("text_covariate", pa.table({"position": pa.array(texts, pa.int32())}))
    _run(warehouse, ("covariate_category",))
    counts: dict[int, dict[str, int]] = {}
    for row in warehouse.arrow("covariate_category", ("position", "value")).to_pylist():
        counts.setdefault(row["position"], {})[row["value"]] = row["person_years"]
    columns = design_columns(study.design.covariates, kinds, counts)
    warehouse.register_table("design_column", to_arrow(columns))
    _run(warehouse, ("covariate",))
    if columns:
        _run(warehouse, ("covariate_product", "covariate_outcome"))
    return columns


def _moments(
    warehouse: Warehouse, columns: Sequence[DesignColumn], at: _Place, shape: tuple[int, int]
) -> tuple[ExactArray, ExactArray, dict[str, ExactArray]]:
    k = len(columns)
    x, xx = exact_zeros(*shape, k), exact_zeros(*shape, k, k)
    xy = {name: exact_zeros(*shape, k) for name in OUTCOMES}
    if not columns:
        return x, xx, xy
    for row in warehouse.arrow("covariate_product").to_pylist():
        g, t = at[row["municipality"], row["year"]]
        i, j, total = row["i"] - 1, row["j"] - 1, int(row["total"])
        if i < 0:
            x[g, t, j] = total
        else:
            xx[g, t, i, j] = xx[g, t, j, i] = total
    for row in warehouse.arrow("covariate_outcome").to_pylist():
        g, t = at[row["municipality"], row["year"]]
        xy[row["outcome"]][g, t, row["i"] - 1] = int(row["total"])
    return x, xx, xy


def _notices(units: Sequence[Unit], persons: IntArray, years: Sequence[int]) -> tuple[Notice, ...]:
    """Empty cells of the design, those of municipalities without any person-year included."""
    empty = sum(unit.included(year) for unit in units for year in years) - int((persons > 0).sum())
    return (Notice("empty_cells", "note", {"count": empty}),) if empty > 0 else ()


def _check_varies(cells: Cells, outcome: str) -> None:
    """An outcome that is the same for everybody is a mistake in the extracts or in the study, not a certain zero."""
    total, squares = cells.outcome_sum[outcome].sum(), cells.outcome_sumsq[outcome].sum()
    if int(cells.persons.sum()) * int(squares) == int(total) ** 2:
        raise IdentificationError(
            f"the outcome {outcome} does not vary: it is the same for every person and year",
            remedy="check position_pct, dates and columns of the employment extract, and [outcome] of the study",
        )


def _check_identified(cells: Cells) -> None:
    treated = np.isfinite(cells.adoption)
    if not treated.any() or treated.all():
        arm = "treated" if not treated.any() else "comparison"
        raise IdentificationError(
            f"no {arm} municipality has persons of the study",
            remedy="check the municipality codes of the rollout and of the residence extract, and the population rules",
        )
    seen = cells.persons > 0
    after = cells.years[None, :] >= cells.adoption[:, None]
    both = (seen & after).any(axis=1) & (seen & ~after).any(axis=1)
    if not (both & treated).any():
        raise IdentificationError(
            "no treated municipality has persons both before and after its start",
            remedy="widen population.years or the population rules",
        )
