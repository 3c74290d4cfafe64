"""Cells of a study from the engine's person-years."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipscausal import person_year
from ipscausal.municipality_year.assembling import cells_of, sums_of
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.counting import count, count_before
from ipscausal.outcomes import column_of
from ipscausal.person_year import Population
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def build(warehouse: Warehouse, study: Study, population: Population) -> Cells:
    """`cells_of` what is counted now. Raises what it raises."""
    return cells_of(study, population, count(warehouse, study, population))


def candidate_cells(warehouse: Warehouse, study: Study) -> Cells:
    """Cells of every municipality, arm `candidate`, in the years before the first start in the study.

    No outcome after those years is read, so that comparison municipalities can be chosen in the open.
    """
    population = person_year.build_candidates(warehouse, study)
    return sums_of(population, count_before(warehouse, study, population))


def write_municipality_year(cells: Cells, path: Path) -> None:
    """Write the exact sums (`restricted/municipality_year.parquet`), one row per municipality and year with persons."""
    import pyarrow.parquet as pq

    pq.write_table(_exact_sums(cells), path, compression="zstd")


def _exact_sums(cells: Cells) -> pa.Table:
    """Columns of whole numbers: counts and, by outcome, sum and sum of squares under the column name of its kind."""
    import pyarrow as pa

    g, t = cells.persons.nonzero()
    whole = pa.decimal128(38, 0)
    counts = {"persons": cells.persons, "women": cells.women, "age_sum": cells.age_sum, "age_sumsq": cells.age_sumsq}
    columns = {
        "municipality": pa.array([cells.municipality[k] for k in g], pa.string()),
        "year": pa.array(cells.years[t], pa.int32()),
        **{name: pa.array(values[g, t], pa.int64()) for name, values in counts.items()},
    }
    for name, total in cells.outcome_sum.items():
        column = column_of(name)
        columns[f"{column}_sum"] = pa.array([int(value) for value in total[g, t]], whole)
        columns[f"{column}_sumsq"] = pa.array([int(value) for value in cells.outcome_sumsq[name][g, t]], whole)
    return pa.table(columns)
