"""The sums over pairs of years as arrays."""

from __future__ import annotations

import numpy as np

from ipscausal.municipality_year.arrays import At, exact_zeros
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.tables import CellTables
from ipscausal.municipality_year.year_pairs import ExactArray, YearPairs, covariance_of_covariates
from ipscausal.panel import FloatArray, IntArray


def year_pairs(tables: CellTables, cells: Cells) -> YearPairs:
    """The sums over pairs of years, in the order of `cells`."""
    at = At(cells.municipality, cells.years)
    distinct = np.zeros(len(cells.municipality), dtype=np.int64)
    people = tables.tables["municipality_person"]
    distinct[at.of(people)] = people.column("persons").to_numpy()
    rows = tables.tables["municipality_year_pair"]
    g, t, s = at.pair(rows)
    both = _diagonal(cells.persons.astype(object))
    both[g, t, s] = both[g, s, t] = at.whole(rows.column("persons"))
    first, product = {}, {}
    for number, name in enumerate(tables.outcomes, start=1):
        first[name], product[name] = _diagonal(cells.outcome_sum[name]), _diagonal(cells.outcome_sumsq[name])
        rows = at.only(tables.tables["municipality_year_pair_outcome"], "outcome", number)
        first[name][at.pair(rows)] = at.whole(rows.column("total"))
        product[name][at.pair(rows)] = at.whole(rows.column("product"))
    x, covariance = _covariates(tables, cells, at, (distinct, both))
    return YearPairs(distinct, both, first, product, x, _with_outcomes(tables, cells, at), covariance)


def _covariates(
    tables: CellTables, cells: Cells, at: At, persons: tuple[IntArray, ExactArray]
) -> tuple[ExactArray, FloatArray]:
    """Sums of regressors over those in both years, and the covariance of their means."""
    x, xx = _diagonal(cells.x), _diagonal(cells.xx)
    if cells.covariates:
        # position 0 is the constant: its products are the sums of the other regressor
        index = {0: -1, **_index(cells)}
        rows = at.among(at.among(tables.tables["covariate_year_product"], "i", index), "j", index)
        (g, t, s), total = at.pair(rows), at.whole(rows.column("total"))
        i, j = (at.numbered(rows.column(name), index) for name in ("i", "j"))
        left, right, pair = j < 0, i < 0, (i >= 0) & (j >= 0)
        x[g[left], t[left], s[left], i[left]] = total[left]
        x[g[right], s[right], t[right], j[right]] = total[right]
        g, t, s, i, j = (values[pair] for values in (g, t, s, i, j))
        xx[g, t, s, i, j] = xx[g, s, t, j, i] = total[pair]
    return x, covariance_of_covariates(*persons, x, xx)


def _with_outcomes(tables: CellTables, cells: Cells, at: At) -> dict[str, ExactArray]:
    xy = {name: _diagonal(cells.xy[name]) for name in tables.outcomes}
    if cells.covariates:
        index = _index(cells)
        kept = at.among(tables.tables["covariate_year_outcome"], "i", index)
        for number, name in enumerate(tables.outcomes, start=1):
            rows = at.only(kept, "outcome", number)
            xy[name][(*at.pair(rows), at.numbered(rows.column("i"), index))] = at.whole(rows.column("total"))
    return xy


def _index(cells: Cells) -> dict[int, int]:
    return {column.number: column.position - 1 for column in cells.covariates}


def _diagonal(cell: ExactArray) -> ExactArray:
    """(G, T, T, ...) zeros with the (G, T, ...) sums of the cells where both years are the same."""
    g, t, *rest = cell.shape
    out = exact_zeros(g, t, t, *rest)
    out[:, np.arange(t), np.arange(t)] = cell
    return out
