"""The regression under every assignment of the adoption paths, for many outcomes at once.

The cross-products of each cluster under each path are computed once; those of an assignment are then a sum over
clusters. With v the row of the inverse that belongs to a coefficient, theta the whole solution and A_c, b_c the
cross-products of cluster c under its path, the coefficient is v'sum b_c and the contribution of cluster c to it is
v'(b_c - A_c theta).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.cross_products import cell_columns, cross_products
from ipscausal.estimate.least_squares import COLLINEAR
from ipscausal.inference.permutation.assignments import Table
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

CACHE_NUMBERS = 400_000  # arrays of assignments x clusters x data sets should stay in the processor's cache
NOTHING = 1e-12  # contributions below this share of what they are differences of are rounding


@dataclass(frozen=True, slots=True, eq=False)
class PathProducts:
    """Cross-products by path and cluster if every cluster had that path; path 0 is "never treated".

    path: (C,) which path each cluster has. gram: (P, C, p, p); moment: (P, C, 1, p), of the data themselves.
    A path is an adoption year and the years without cells of the cluster that has it: who is given the path loses
    those years too, so that every assignment is measured by the same statistic.
    """

    path: IntArray
    gram: FloatArray
    moment: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Solutions:
    """n regressions of p columns, the q coefficients first.

    rows: (n, q, p) their rows of the inverse; weighted: (n, q, p - q) and nuisance: (n or 1, p - q, p - q) give the
    other columns: nuisance m - weighted'b. identified: (n,).
    """

    table: Table
    rows: FloatArray
    weighted: FloatArray
    nuisance: FloatArray
    identified: BoolArray


def path_products(estimate: Estimate) -> PathProducts:
    """Of the data, covariates included."""
    return _products(estimate, estimate.panel, estimate.panel.covariates)[0]


def cell_products(estimate: Estimate) -> tuple[PathProducts, FloatArray]:
    """Of the covariate-free cells of the estimation, and (P, G, T, p) weights that turn outcomes into moments."""
    products, panels = _products(estimate, estimate.cells, ())
    design, years = (
        estimate.design,
        [f"year_{year}" in estimate.regression.columns for year in estimate.cells.years[1:]],
    )
    kept = np.r_[np.ones(len(estimate.terms), dtype=bool), years]
    weights = [
        cell_columns(one, design.focus(one.event_time, one.adoption))[..., kept] * one.weight[:, :, None]
        for one in panels
    ]
    return products, np.stack(weights)


def moments_of(estimate: Estimate, weights: FloatArray, outcomes: FloatArray) -> FloatArray:
    """(P, C, B, p) moments of outcomes (B, G, T) with `weights` of `cell_products`."""
    paths, g, t, p = weights.shape
    by_path = weights.transpose(1, 2, 0, 3).reshape(g, t, paths * p)
    own = (outcomes.transpose(1, 0, 2) @ by_path).reshape(g, len(outcomes), paths, p)
    total = np.zeros((estimate.n_clusters, *own.shape[1:]))
    np.add.at(total, estimate.cluster_of, own)
    return total.transpose(2, 0, 1, 3)


def solve_assignments(gram: FloatArray, table: Table, q: int) -> Solutions:
    """Invert the cross-products (P, C, p, p) of each assignment of the table (n, C)."""
    p = gram.shape[-1]
    total = sum_over_clusters(gram.reshape(*gram.shape[:2], -1), table).reshape(-1, p, p)
    own, cross, nuisance = total[:, :q, :q], total[:, q:, :q], total[:, q:, q:]
    # one inverse serves all assignments unless paths empty cells
    same = bool(np.all(nuisance == nuisance[0]))
    inner, solved = _inverse(nuisance[:1] if same else nuisance)
    weighted = np.swapaxes(cross, 1, 2) @ inner
    bread, identified = _inverse(own - weighted @ cross, np.einsum("njj->nj", own))
    rows = np.concatenate([bread, -bread @ weighted], axis=2)
    return Solutions(table, rows, weighted, inner, identified & solved)


def coefficients(solutions: Solutions, moment: FloatArray) -> FloatArray:
    """(n, B, q) from moments (P, C, B, p); NaN where an assignment does not identify them."""
    return _coefficients(solutions, _total(solutions, moment))


def t_statistics(solutions: Solutions, gram: FloatArray, moment: FloatArray, term: int) -> FloatArray:
    """(n, B) coefficient `term` over the root of the sum of squared cluster contributions (CR0)."""
    total = _total(solutions, moment)
    b, table, row = _coefficients(solutions, total), solutions.table, solutions.rows[:, term]
    q, (clusters, draws) = b.shape[2], moment.shape[1:3]
    theta = np.concatenate([b, total[:, :, q:] @ solutions.nuisance - b @ solutions.weighted], axis=2)
    t = np.empty(theta.shape[:2])
    step = max(1, CACHE_NUMBERS // (clusters * draws))
    for rows in (slice(i, i + step) for i in range(0, len(table), step)):
        part = _rows_times(row[rows], np.swapaxes(moment, 2, 3), table[rows])
        hat = _rows_times(row[rows], gram, table[rows])
        left = part - hat @ np.swapaxes(theta[rows], 1, 2)
        error = np.sqrt(np.einsum("ncb,ncb->nb", left, left))
        known = error > NOTHING * np.abs(part).max(axis=1)
        t[rows] = np.divide(b[rows, :, term], error, out=np.full(error.shape, np.inf), where=known)
    return np.where(np.isnan(b[:, :, term]), np.nan, t)


def _rows_times(row: FloatArray, values: FloatArray, table: Table) -> FloatArray:
    """(n, C, m) rows (n, p) times values (P, C, p, m), each cluster by its path in the table (n, C)."""
    clusters, p, m = values.shape[1:]
    out = (row @ values[0].transpose(1, 0, 2).reshape(p, -1)).reshape(-1, clusters, m)
    each = np.arange(len(table))[:, None]
    for kind in range(1, len(values)):
        # every assignment gives a path to equally many clusters, most often few of them
        where = np.nonzero(table == kind)[1].reshape(len(table), -1)
        out[each, where] += (row[:, None, None, :] @ (values[kind] - values[0])[where])[:, :, 0]
    return out


def joint_reduction(solutions: Solutions, coef: FloatArray, terms: tuple[int, ...]) -> FloatArray:
    """(n,) b'(M_bb)^-1 b of the coefficients (n, q) at `terms`: their reduction of the sum of squared residuals."""
    chosen = np.array(terms)
    block, solved = _inverse(solutions.rows[:, chosen][:, :, chosen])
    b = coef[:, chosen]
    return np.where(solved, np.einsum("ni,nij,nj->n", b, block, b), np.nan)


def sum_over_clusters(values: FloatArray, table: Table) -> FloatArray:
    """(n, m) sums over clusters of values (P, C, m), each cluster by its path in the table (n, C)."""
    change = values[1:] - values[0]
    moves = np.flatnonzero((change != 0).any(axis=(0, 1)))
    out = np.tile(values[0].sum(axis=0), (len(table), 1))
    for kind in range(1, len(values)):
        out[:, moves] += (table == kind).astype(np.float64) @ change[kind - 1][:, moves]
    return out


def _total(solutions: Solutions, moment: FloatArray) -> FloatArray:
    """(n, B, p) moments of each assignment."""
    total = sum_over_clusters(moment.reshape(*moment.shape[:2], -1), solutions.table)
    return total.reshape(len(total), *moment.shape[2:])


def _coefficients(solutions: Solutions, total: FloatArray) -> FloatArray:
    coef = total @ np.swapaxes(solutions.rows, 1, 2)
    coef[~solutions.identified] = np.nan
    return coef


def _products(estimate: Estimate, panel: Panel, covariates: tuple[str, ...]) -> tuple[PathProducts, list[Panel]]:
    """Products on `panel` with these of its covariates, and the panel under each path."""
    q, design = len(estimate.terms), estimate.design
    names = (*panel.covariates, *(f"year_{year}" for year in panel.years[1:]))
    unused = set(panel.covariates) - set(covariates)
    kept = [name in estimate.regression.columns and name not in unused for name in names]
    columns = np.concatenate([np.arange(q), q + np.flatnonzero(kept)])
    paths, path = _paths(panel, estimate)
    gram = np.zeros((len(paths), estimate.n_clusters, len(columns), len(columns)))
    moment = np.zeros((len(paths), estimate.n_clusters, 1, len(columns)))
    panels = []
    for kind, (date, missing) in enumerate(paths):
        one = replace(panel, adoption=np.full(len(panel.adoption), date))
        one = one.without(design.left_out(one.event_time, one.adoption) | np.array(missing))
        a, b = cross_products(one, design.focus(one.event_time, one.adoption))
        np.add.at(gram[kind], estimate.cluster_of, a[:, columns][:, :, columns])
        np.add.at(moment[kind], estimate.cluster_of, b[:, None, columns])
        panels.append(one)
    return PathProducts(path, gram, moment), panels


def _paths(panel: Panel, estimate: Estimate) -> tuple[list[tuple[float, tuple[bool, ...]]], IntArray]:
    """The adoption paths and (C,) which one each cluster has."""
    never = (np.inf, (False,) * len(panel.years))
    own = []
    for cluster in range(estimate.n_clusters):
        members = estimate.cluster_of == cluster
        date = float(panel.adoption[members][0])
        missing = tuple((~panel.observed[members].any(axis=0)).tolist())
        own.append((date, missing) if np.isfinite(date) else never)
    paths = [never, *sorted(set(own) - {never})]
    return paths, np.array([paths.index(one) for one in own], dtype=np.int64)


def _inverse(matrix: FloatArray, spread: FloatArray | None = None) -> tuple[FloatArray, BoolArray]:
    """Inverses of a stack after scaling to a unit diagonal, and which exist; the others are zero."""
    diagonal = np.einsum("njj->nj", matrix)
    enough = diagonal > (COLLINEAR * spread if spread is not None else 0)
    scale = np.where(enough, 1 / np.sqrt(np.where(enough, diagonal, 1.0)), 0.0)
    scaled = matrix * scale[:, :, None] * scale[:, None, :]
    exists = enough.all(axis=1)
    if matrix.shape[-1] > 1:
        exists &= np.linalg.eigvalsh(scaled)[:, 0] > COLLINEAR
    scaled[~exists] = np.eye(matrix.shape[-1])
    inner = np.linalg.inv(scaled) * exists[:, None, None]
    return inner * scale[:, :, None] * scale[:, None, :], exists
