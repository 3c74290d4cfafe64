"""Run the models over pairs of years and read their rows into arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ipscausal.municipality_year.cells import OUTCOMES, Cells, exact_zeros
from ipscausal.municipality_year.year_pairs import ExactArray, YearPairs
from ipscausal.warehouse import Warehouse, load_models

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "3_municipality_year"
_MODELS = ("municipality_person", "municipality_year_pair")


def year_pairs(warehouse: Warehouse, cells: Cells) -> YearPairs:
    """The sums over pairs of years of the engine's `person_year`, in the order of `cells`."""
    for model in load_models(FOLDER):
        if model.name in _MODELS:
            warehouse.run(model, {})
    place = {code: g for g, code in enumerate(cells.municipality)}
    distinct = np.zeros(len(place), dtype=np.int64)
    for row in warehouse.arrow("municipality_person").to_pylist():
        distinct[place[row["municipality"]]] = row["persons"]
    rows = warehouse.arrow("municipality_year_pair")
    g, t, s = _at(rows, place, cells)
    both = _diagonal(cells.persons.astype(object))
    both[g, t, s] = both[g, s, t] = _whole(rows, "persons")
    first, product = {}, {}
    for name in OUTCOMES:
        first[name], product[name] = _diagonal(cells.outcome_sum[name]), _diagonal(cells.outcome_sumsq[name])
        first[name][g, t, s] = _whole(rows, f"{name}_sum")
        first[name][g, s, t] = _whole(rows, f"{name}_other_sum")
        product[name][g, t, s] = product[name][g, s, t] = _whole(rows, f"{name}_product")
    return YearPairs(distinct, both, first, product)


def _at(rows: pa.Table, place: Mapping[str, int], cells: Cells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of municipality, year and other year of each row."""
    start = int(cells.years[0])
    g = np.array([place[code] for code in rows.column("municipality").to_pylist()], dtype=np.int64)
    t, s = (rows.column(name).to_numpy().astype(np.int64) - start for name in ("year", "other_year"))
    return g, t, s


def _whole(rows: pa.Table, name: str) -> ExactArray:
    """A column of whole numbers as Python integers."""
    return np.array([int(value) for value in rows.column(name).to_pylist()], dtype=object)


def _diagonal(cell: ExactArray) -> ExactArray:
    """(G, T, T) zeros with the (G, T) sums of the cells where both years are the same."""
    g, t = cell.shape
    out = exact_zeros(g, t, t)
    out[:, np.arange(t), np.arange(t)] = cell
    return out
