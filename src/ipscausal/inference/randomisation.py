"""Randomisation inference on the coefficients (RI-beta; MacKinnon and Webb 2020; inference.md 3.10).

Whole adoption paths are re-assigned to clusters and the regression is solved again, covariates included. The
cross-products of each municipality under each path are computed once; an assignment is then a sum over clusters.
A path is an adoption year and the years without cells of the cluster that has it: who is given the path loses those
years too, so that every assignment is measured by the same statistic.
All assignments are used when there are at most 100,000, otherwise a seeded sample with the observed one in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.estimate.least_squares import COLLINEAR, cross_products
from ipscausal.inference.assignments import all_assignments, count_assignments, floor, sampled_assignments
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.panel import BoolArray, FloatArray, IntArray

ENUMERATE = 100_000
TIES = 1e-9  # |T| counts as at least |T observed| within this relative tolerance
CHUNK_NUMBERS = 20_000_000
ASSUMPTIONS = "Treatment could equally have gone to any other set of the same municipalities, dates included."

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Reassignment:
    """Coefficients under every assignment.

    coef: (n, q), NaN where an assignment does not identify them; joint: (n,) reduction of the sum of squares from
    the terms at `joint_terms`, b' (M_bb)^-1 b; observed: row of the actual assignment.
    enumerated: number of assignments, None when sampled; p_floor, draws, seed.
    """

    coef: FloatArray
    joint: FloatArray
    joint_terms: tuple[int, ...]
    observed: int
    enumerated: int | None
    p_floor: float
    draws: int
    seed: int


def reassign(estimate: Estimate, draws: int = 9999, seed: int = 20261121, joint: tuple[int, ...] = ()) -> Reassignment:
    """Solve the regression under all (or `draws` sampled) assignments of the adoption paths."""
    paths, path = _paths(estimate)
    total = count_assignments(path)
    enumerated = total if total <= ENUMERATE else None
    table = all_assignments(path) if enumerated else sampled_assignments(path, draws, seed)
    gram, moment = _path_products(estimate, paths)
    p = gram.shape[-1]
    flat = np.concatenate([gram.reshape(*gram.shape[:2], -1), moment], axis=2)
    start, change = flat[0].sum(axis=0), flat[1:] - flat[0]
    moves = np.flatnonzero((change != 0).any(axis=(0, 1)))
    change = change[:, :, moves]
    step = max(1, CHUNK_NUMBERS // flat.shape[-1])
    coef, reduction = [], []
    for rows in (table[i : i + step] for i in range(0, len(table), step)):
        sums = np.broadcast_to(start, (len(rows), len(start))).copy()
        for kind in range(1, len(paths)):
            sums[:, moves] += (rows == kind).astype(np.float64) @ change[kind - 1]
        b, joint_statistic = _solve(sums[:, : p * p].reshape(-1, p, p), sums[:, p * p :], len(estimate.terms), joint)
        coef.append(b)
        reduction.append(joint_statistic)
    return Reassignment(
        np.concatenate(coef),
        np.concatenate(reduction),
        joint,
        int(np.flatnonzero((table == path).all(axis=1))[0]),
        enumerated,
        floor(path, enumerated, draws),
        draws,
        seed,
    )


def ri(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """Rank of each |coefficient| among those of all assignments; `cannot_reject` when the floor exceeds 1 - level."""
    outcome = reassign(estimate, options.draws, options.seed)
    return tuple(
        rank_row(term.name, "ri", outcome, np.abs(outcome.coef[:, j]), options.level, float(estimate.coef[j]))
        for j, term in enumerate(estimate.terms)
    )


def rank_row(
    term: str, method: str, outcome: Reassignment, statistic: FloatArray, level: float, estimate: float | None
) -> Inference:
    """The row of a statistic (n,) that is large against the null; unidentified assignments count as larger."""
    seen = statistic[outcome.observed]
    larger = np.isnan(statistic) | (statistic >= seen * (1 - TIES))
    rank, of = int(larger.sum()), len(statistic)
    cannot = outcome.p_floor > 1 - level + 1e-12
    sampled = outcome.enumerated is None
    return Inference(
        term,
        method,
        estimate,
        "cannot_reject" if cannot else "ok",
        ASSUMPTIONS,
        level,
        statistic=float(seen),
        p_value=rank / of,
        p_floor=outcome.p_floor,
        small_sample="none: sampled assignments" if sampled else "none: every assignment counted",
        rank=rank,
        rank_of=of,
        draws=outcome.draws if sampled else None,
        seed=outcome.seed if sampled else None,
        p_monte_carlo=_clopper_pearson(rank - 1, outcome.draws) if sampled else None,
    )


def _paths(estimate: Estimate) -> tuple[list[tuple[float, tuple[bool, ...]]], IntArray]:
    """The adoption paths, path 0 "never treated", and (C,) which one each cluster has."""
    panel, never = estimate.panel, (np.inf, (False,) * len(estimate.panel.years))
    own = []
    for cluster in range(estimate.n_clusters):
        members = estimate.cluster_of == cluster
        date = float(panel.adoption[members][0])
        missing = tuple((~panel.observed[members].any(axis=0)).tolist())
        own.append((date, missing) if np.isfinite(date) else never)
    paths = [never, *sorted(set(own) - {never})]
    return paths, np.array([paths.index(one) for one in own], dtype=np.int64)


def _path_products(estimate: Estimate, paths: list[tuple[float, tuple[bool, ...]]]) -> tuple[FloatArray, FloatArray]:
    """Cross-products by path and cluster, (P, C, p, p) and (P, C, p), if every municipality had that path."""
    panel, design = estimate.panel, estimate.design
    q, names = len(estimate.terms), (*panel.covariates, *(f"year_{year}" for year in panel.years[1:]))
    columns = np.array([*range(q), *(q + i for i, name in enumerate(names) if name in estimate.equations.columns)])
    p = len(columns)
    gram = np.zeros((len(paths), estimate.n_clusters, p, p))
    moment = np.zeros((len(paths), estimate.n_clusters, p))
    for kind, (date, missing) in enumerate(paths):
        time = np.broadcast_to(panel.years - date if np.isfinite(date) else np.nan, panel.weight.shape)
        a, b = cross_products(panel.without(design.left_out(time) | np.array(missing)), design.focus(time))
        np.add.at(gram[kind], estimate.cluster_of, a[:, columns][:, :, columns])
        np.add.at(moment[kind], estimate.cluster_of, b[:, columns])
    return gram, moment


def _solve(gram: FloatArray, moment: FloatArray, q: int, joint: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Coefficients of the first q columns (n, q) and the joint reduction (n,); NaN where not identified."""
    nuisance = gram[:, q:, q:]
    cross = gram[:, q:, :q]
    # one inverse serves all assignments unless the window empties cells
    same = len(gram) == 1 or bool(np.all(nuisance == nuisance[0]))
    inverse = _inverse(nuisance[:1])[0] if same else _inverse(nuisance)[0]
    weighted = np.swapaxes(cross, 1, 2) @ inverse
    own = gram[:, :q, :q] - weighted @ cross
    right = moment[:, :q] - (weighted @ moment[:, q:, None])[..., 0]
    spread = np.einsum("njj->nj", gram[:, :q, :q])
    bread, identified = _inverse(own, spread)
    coef = (bread @ right[..., None])[..., 0]
    coef[~identified] = np.nan
    if not joint:
        return coef, np.full(len(coef), np.nan)
    chosen = np.array(joint)
    block, solved = _inverse(bread[:, chosen][:, :, chosen])
    b = coef[:, chosen]
    return coef, np.where(solved, np.einsum("ni,nij,nj->n", b, block, b), np.nan)


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


def _clopper_pearson(count: int, draws: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval for the p-value behind `count` exceedances in `draws` sampled assignments."""
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, count, draws - count + 1)) if count > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, count + 1, draws - count)) if count < draws else 1.0
    return low, high


METHODS = (Method("ri", ri),)
