"""Run the models over pairs of years and read their rows into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipscausal.municipality_year.cells import OUTCOMES, Cells, exact_zeros
from ipscausal.municipality_year.year_pairs import ExactArray, YearPairs, covariance_of_covariates
from ipscausal.panel import FloatArray, IntArray
from ipscausal.warehouse import Warehouse, load_models

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "3_municipality_year"
_PAIRS, _PRODUCTS, _OUTCOMES = "municipality_year_pair", "covariate_year_product", "covariate_year_outcome"


def year_pairs(warehouse: Warehouse, cells: Cells) -> YearPairs:
    """The sums over pairs of years of the engine's `person_year`, in the order of `cells`."""
    names = ("municipality_person", _PAIRS, *((_PRODUCTS, _OUTCOMES) if cells.covariates else ()))
    for model in load_models(FOLDER):
        if model.name in names:
            warehouse.run(model, {})
    distinct = np.zeros(len(cells.municipality), dtype=np.int64)
    people = warehouse.arrow("municipality_person")
    distinct[municipality_of(people, cells)] = people.column("persons").to_numpy()
    rows = warehouse.arrow(_PAIRS)
    g, t, s = _at(rows, cells)
    both = _diagonal(cells.persons.astype(object))
    both[g, t, s] = both[g, s, t] = whole(rows, "persons")
    first, product = {}, {}
    for name in OUTCOMES:
        first[name], product[name] = _diagonal(cells.outcome_sum[name]), _diagonal(cells.outcome_sumsq[name])
        first[name][g, t, s] = whole(rows, f"{name}_sum")
        first[name][g, s, t] = whole(rows, f"{name}_other_sum")
        product[name][g, t, s] = product[name][g, s, t] = whole(rows, f"{name}_product")
    x, covariance = _covariates(warehouse, cells, distinct, both)
    return YearPairs(distinct, both, first, product, x, _with_outcomes(warehouse, cells), covariance)


def _covariates(
    warehouse: Warehouse, cells: Cells, distinct: IntArray, both: ExactArray
) -> tuple[ExactArray, FloatArray]:
    """Sums of regressors over those in both years, and the covariance of their means."""
    x, xx = _diagonal(cells.x), _diagonal(cells.xx)
    if cells.covariates:
        rows = warehouse.arrow(_PRODUCTS)
        (g, t, s), total = _at(rows, cells), whole(rows, "total")
        # position 0 is the constant: its products are the sums of the other regressor
        i, j = (rows.column(name).to_numpy().astype(np.int64) - 1 for name in ("i", "j"))
        left, right, pair = j < 0, i < 0, (i >= 0) & (j >= 0)
        x[g[left], t[left], s[left], i[left]] = total[left]
        x[g[right], s[right], t[right], j[right]] = total[right]
        g, t, s, i, j, total = (values[pair] for values in (g, t, s, i, j, total))
        xx[g, t, s, i, j] = xx[g, s, t, j, i] = total
    return x, covariance_of_covariates(distinct, both, x, xx)


def _with_outcomes(warehouse: Warehouse, cells: Cells) -> dict[str, ExactArray]:
    xy = {name: _diagonal(cells.xy[name]) for name in OUTCOMES}
    if cells.covariates:
        rows = warehouse.arrow(_OUTCOMES)
        g, t, s = _at(rows, cells)
        i = rows.column("i").to_numpy().astype(np.int64) - 1
        for name in OUTCOMES:
            xy[name][g, t, s, i] = whole(rows, f"{name}_product")
    return xy


def municipality_of(rows: pa.Table, cells: Cells) -> IntArray:
    """Position of each row's municipality in `cells`."""
    place = {code: g for g, code in enumerate(cells.municipality)}
    return np.array([place[code] for code in rows.column("municipality").to_pylist()], dtype=np.int64)


def _at(rows: pa.Table, cells: Cells) -> tuple[IntArray, IntArray, IntArray]:
    """Positions of municipality, year and other year of each row."""
    t, s = (np.searchsorted(cells.years, rows.column(name).to_numpy()) for name in ("year", "other_year"))
    return municipality_of(rows, cells), t, s


def whole(rows: pa.Table, name: str) -> ExactArray:
    """A column of whole numbers as Python integers."""
    import pyarrow as pa

    column = rows.column(name)
    try:
        return np.asarray(column.cast(pa.int64()).to_numpy().astype(object))
    except pa.ArrowInvalid:  # beyond 64 bits
        return np.array([int(value) for value in column.to_pylist()], dtype=object)


def _diagonal(cell: ExactArray) -> ExactArray:
    """(G, T, T, ...) zeros with the (G, T, ...) sums of the cells where both years are the same."""
    g, t, *rest = cell.shape
    out = exact_zeros(g, t, t, *rest)
    out[:, np.arange(t), np.arange(t)] = cell
    return out
