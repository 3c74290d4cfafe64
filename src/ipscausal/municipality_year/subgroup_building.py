"""Run the models by dimension and level and read their rows into arrays: all dimensions from one scan of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipscausal.errors import StudyError
from ipscausal.municipality_year.cells import OUTCOMES, Cells, exact_zeros
from ipscausal.municipality_year.dimensions import age_bands, register_dimensions
from ipscausal.municipality_year.pair_building import FOLDER, municipality_of, whole
from ipscausal.municipality_year.subgroup_cells import PairRows, SubgroupCells
from ipscausal.study import AGE_BAND, Study
from ipscausal.warehouse import Warehouse, load_models

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LEVELS = 20
_CELLS, _PAIRS, _PERSONS = "subgroup_year", "subgroup_year_pair", "subgroup_person"
_MODELS = ("municipality_type", "prior_work", "person_year_level", _CELLS, _PAIRS, _PERSONS)


def subgroups(warehouse: Warehouse, study: Study, cells: Cells, given: Mapping[str, Any]) -> tuple[SubgroupCells, ...]:
    """The sums of each dimension of the study over the engine's `person_year`, in the order of the study's list.

    given: parameters of the models. Raises StudyError for a dimension with more than 20 levels.
    """
    if not study.heterogeneity.by:
        return ()
    register_dimensions(warehouse, study)
    for model in load_models(FOLDER):
        if model.name in _MODELS:
            warehouse.run(model, given)
    tables = [warehouse.arrow(name) for name in (_CELLS, _PAIRS, _PERSONS)]
    order = [level for _, _, level in age_bands(study)]
    return tuple(
        _one(name, order if name == AGE_BAND else [], cells, *(_of(table, place) for table in tables))
        for place, name in enumerate(study.heterogeneity.by, start=1)
    )


def _of(table: pa.Table, dimension: int) -> pa.Table:
    import pyarrow.compute as pc

    return table.filter(pc.equal(table.column("dimension"), dimension))


def _one(
    dimension: str, order: list[str], cells: Cells, rows: pa.Table, pairs: pa.Table, people: pa.Table
) -> SubgroupCells:
    found = set(rows.column("level").to_pylist())
    if len(found) > MOST_LEVELS:
        raise StudyError(
            f"heterogeneity.by: {dimension!r} has {len(found)} levels; at most {MOST_LEVELS} can be used",
            remedy="group the values in the export",
        )
    levels = [*(level for level in order if level in found), *sorted(found - set(order))]
    place = {level: k for k, level in enumerate(levels)}
    shape = (len(levels), *cells.persons.shape)

    def level_of(table: pa.Table, column: str = "level") -> np.ndarray:
        return np.array([place[level] for level in table.column(column).to_pylist()], dtype=np.int64)

    def year_of(table: pa.Table, column: str = "year") -> np.ndarray:
        return np.searchsorted(cells.years, table.column(column).to_numpy())

    at = level_of(rows), municipality_of(rows, cells), year_of(rows)

    def cell(name: str) -> np.ndarray:
        out = exact_zeros(*shape)
        out[at] = whole(rows, name)
        return out

    distinct = np.zeros(shape[:2], dtype=np.int64)
    distinct[level_of(people), municipality_of(people, cells)] = people.column("persons").to_numpy()
    return SubgroupCells(
        dimension=dimension,
        levels=tuple(levels),
        distinct=distinct,
        persons=cell("persons").astype(np.int64),
        outcome_sum={name: cell(f"{name}_sum") for name in OUTCOMES},
        outcome_sumsq={name: cell(f"{name}_sumsq") for name in OUTCOMES},
        pairs=PairRows(
            g=municipality_of(pairs, cells),
            t=year_of(pairs),
            s=year_of(pairs, "other_year"),
            a=level_of(pairs),
            b=level_of(pairs, "other_level"),
            both=whole(pairs, "persons"),
            first={name: whole(pairs, f"{name}_sum") for name in OUTCOMES},
            later={name: whole(pairs, f"{name}_other_sum") for name in OUTCOMES},
            product={name: whole(pairs, f"{name}_product") for name in OUTCOMES},
        ),
    )
