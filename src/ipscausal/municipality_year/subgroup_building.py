"""The sums by dimension and level as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipscausal.errors import StudyError
from ipscausal.municipality_year.arrays import At, exact_zeros
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.dimensions import age_bands
from ipscausal.municipality_year.subgroup_cells import PairRows, SubgroupCells
from ipscausal.municipality_year.tables import CellTables
from ipscausal.municipality_year.year_pairs import ExactArray
from ipscausal.panel import IntArray
from ipscausal.study import AGE_BAND, Study

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LEVELS = 20


def subgroups(study: Study, cells: Cells, tables: CellTables) -> tuple[SubgroupCells, ...]:
    """The sums of each dimension of the study, in the order of its list.

    Raises StudyError for a dimension with more than 20 levels.
    """
    order = [level for _, _, level in age_bands(study)]
    return tuple(
        _one(name, place, order if name == AGE_BAND else [], cells, tables)
        for place, name in enumerate(study.heterogeneity.by, start=1)
    )


def _one(dimension: str, number: int, order: list[str], cells: Cells, tables: CellTables) -> SubgroupCells:
    at = At(cells.municipality, cells.years)

    def of(name: str) -> pa.Table:
        return at.only(tables.tables[name], "dimension", number)

    rows, people, pairs = of("subgroup_year"), of("subgroup_person"), of("subgroup_year_pair")
    found = set(rows.column("level").to_pylist())
    if len(found) > MOST_LEVELS:
        raise StudyError(
            f"heterogeneity.by: {dimension!r} has {len(found)} levels; at most {MOST_LEVELS} can be used",
            remedy="group the values in the export",
        )
    levels = [*(level for level in order if level in found), *sorted(found - set(order))]
    place = {level: k for k, level in enumerate(levels)}
    shape = (len(levels), *cells.persons.shape)

    def level_of(table: pa.Table, column: str = "level") -> IntArray:
        return at.numbered(table.column(column), place)

    def cell(table: pa.Table, name: str) -> ExactArray:
        out = exact_zeros(*shape)
        out[(level_of(table), *at.cell(table))] = at.whole(table.column(name))
        return out

    distinct = np.zeros(shape[:2], dtype=np.int64)
    distinct[level_of(people), at.of(people)] = people.column("persons").to_numpy()
    by_outcome = {
        name: at.only(of("subgroup_year_outcome"), "outcome", k) for k, name in enumerate(tables.outcomes, start=1)
    }
    both = {
        name: at.only(of("subgroup_year_pair_outcome"), "outcome", k) for k, name in enumerate(tables.outcomes, start=1)
    }
    g, t, s = at.pair(pairs)
    a, b = level_of(pairs), level_of(pairs, "other_level")

    def ordered(table: pa.Table, name: str) -> ExactArray:
        """(G, T, T, K, K) of sums by year and other year, level and other level."""
        out = exact_zeros(*cells.persons.shape, shape[2], len(levels), len(levels))
        out[(*at.pair(table), level_of(table), level_of(table, "other_level"))] = at.whole(table.column(name))
        return out

    totals = {name: ordered(table, "total") for name, table in both.items()}
    return SubgroupCells(
        dimension=dimension,
        levels=tuple(levels),
        distinct=distinct,
        persons=cell(rows, "persons").astype(np.int64),
        outcome_sum={name: cell(table, "total") for name, table in by_outcome.items()},
        outcome_sumsq={name: cell(table, "squares") for name, table in by_outcome.items()},
        pairs=PairRows(
            g=g,
            t=t,
            s=s,
            a=a,
            b=b,
            both=at.whole(pairs.column("persons")),
            first={name: total[g, t, s, a, b] for name, total in totals.items()},
            later={name: total[g, s, t, b, a] for name, total in totals.items()},
            product={name: ordered(table, "product")[g, t, s, a, b] for name, table in both.items()},
        ),
    )
