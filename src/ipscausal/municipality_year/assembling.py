"""Cells from the tables they are made of, and whether a study can be estimated from them at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.municipality_year.arrays import At, exact_zeros, place
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.composition import composition_of
from ipscausal.municipality_year.design_columns import DesignColumn, design_columns
from ipscausal.municipality_year.local import treated_shares, with_local
from ipscausal.municipality_year.pair_building import year_pairs
from ipscausal.municipality_year.person_group_sums import person_group_sums
from ipscausal.municipality_year.subgroup_building import subgroups
from ipscausal.municipality_year.tables import CellTables
from ipscausal.municipality_year.year_pairs import ExactArray
from ipscausal.panel import IntArray
from ipscausal.person_year import Population, Unit
from ipscausal.results import Notice
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa


def cells_of(study: Study, population: Population, tables: CellTables) -> Cells:
    """Cells of the study, by its dimensions too, and what its tables say of places.

    Raises IdentificationError where no treated or no comparison municipality has persons, or where no
    treated municipality has persons both before and from its first treated year on, or the outcome is a constant.
    """
    cells = replace(sums_of(population, tables), period=study.population.period)
    _check_identified(cells)
    _check_varies(cells, study.outcome.name)
    groups = person_group_sums(tables, At(cells.municipality, cells.years))
    came_and_went = composition_of(tables, At(cells.municipality, cells.years), cells.persons.shape)
    cells = replace(cells, pairs=year_pairs(tables, cells), person_groups=groups, composition=came_and_went)
    cells = with_local(study, cells, tables)
    if study.design.mixed_units == "partial":
        cells = replace(cells, dose=treated_shares(population, cells))
    return replace(cells, dimensions=subgroups(study, cells, tables))


def sums_of(population: Population, tables: CellTables) -> Cells:
    """Cells without pairs of years, dimensions and places."""
    rows = tables.tables["municipality_year"]
    totals = tables.tables["person_total"].to_pylist()[0]
    present = set(rows.column("municipality").to_pylist())
    units = [unit for unit in population.units.units if unit.municipality in present]
    years = range(population.years[0], population.years[1] + 1)
    shape = (len(units), len(years))
    at = At(tuple(unit.municipality for unit in units), np.array(years, dtype=np.int64))

    def cell(name: str) -> IntArray:
        return place(rows.column(name), at.cell(rows), shape).astype(np.int64)

    persons = cell("persons")
    columns = design_columns(tables.counted, _person_years(tables))
    x, xx, xy = _moments(tables, columns, at, shape)
    by_outcome = tables.tables["municipality_year_outcome"]
    return Cells(
        municipality=at.municipality,
        arm=tuple(unit.arm for unit in units),
        cluster=tuple(unit.cluster or unit.municipality for unit in units),
        adoption=np.array([unit.adoption_year or np.inf for unit in units], dtype=np.float64),
        years=at.years,
        persons=persons,
        women=cell("women"),
        age_sum=cell("age_sum"),
        age_sumsq=cell("age_sumsq"),
        outcome_sum=_by_outcome(tables, by_outcome, "total", at, shape),
        outcome_sumsq=_by_outcome(tables, by_outcome, "squares", at, shape),
        covariates=columns,
        x=x,
        xx=xx,
        xy=xy,
        person_count=totals["persons"],
        movers=totals["movers"],
        notices=_notices(population.units.units, persons, years),
    )


def _by_outcome(tables: CellTables, rows: pa.Table, name: str, at: At, shape: tuple[int, int]) -> dict[str, ExactArray]:
    out = {}
    for number, outcome in enumerate(tables.outcomes, start=1):
        of = at.only(rows, "outcome", number)
        out[outcome] = place(of.column(name), at.cell(of), shape)
    return out


def _person_years(tables: CellTables) -> dict[int, int]:
    """Sum of each counted column over all person-years: those of a category where it is an indicator."""
    import pyarrow.compute as pc

    rows = tables.rows("covariate_product")
    if rows is None:
        return {}
    sums = rows.filter(pc.equal(rows.column("i"), 0)).group_by("j").aggregate([("total", "sum")])
    return {row["j"]: int(row["total_sum"]) for row in sums.to_pylist()}


def _moments(
    tables: CellTables, columns: Sequence[DesignColumn], at: At, shape: tuple[int, int]
) -> tuple[ExactArray, ExactArray, dict[str, ExactArray]]:
    k = len(columns)
    x, xx = exact_zeros(*shape, k), exact_zeros(*shape, k, k)
    xy = {name: exact_zeros(*shape, k) for name in tables.outcomes}
    if not columns:
        return x, xx, xy
    index = {column.number: column.position - 1 for column in columns}
    rows = at.among(at.among(tables.tables["covariate_product"], "i", {0, *index}), "j", index)
    (g, t), total = at.cell(rows), at.whole(rows.column("total"))
    i, j = (at.numbered(rows.column(name), {0: -1, **index}) for name in ("i", "j"))
    single, double = i < 0, i >= 0
    x[g[single], t[single], j[single]] = total[single]
    g, t, i, j = (values[double] for values in (g, t, i, j))
    xx[g, t, i, j] = xx[g, t, j, i] = total[double]
    rows = at.among(tables.tables["covariate_outcome"], "i", index)
    for number, name in enumerate(tables.outcomes, start=1):
        of = at.only(rows, "outcome", number)
        xy[name][(*at.cell(of), at.numbered(of.column("i"), index))] = at.whole(of.column("total"))
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
