"""Randomisation inference: where a statistic lies among those of all assignments of the adoption paths.

RI-beta ranks the coefficients, RI-t their ratios to the cluster-robust standard error of each assignment (MacKinnon and
Webb 2020). Whole adoption paths are re-assigned to clusters and the regression is solved again, covariates included.
All assignments are used when there are at most 150,000, otherwise a seeded sample with the observed one in it. With
strata, paths move within strata only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import TRIAL_DRAWS, Options
from ipscausal.inference.permutation.assignments import FEW_ENOUGH, Assignments, Table, assignments, strata_of
from ipscausal.inference.permutation.reassigned import (
    PathProducts,
    cell_products,
    coefficients,
    joint_reduction,
    moments_of,
    path_products,
    solve_assignments,
    t_statistics,
)
from ipscausal.inference.permutation.refitted import refitted
from ipscausal.inference.row import Inference, Status, unreachable
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray, IntArray

TIES = 1e-9  # |T| counts as at least |T observed| within this relative tolerance
CHUNK_NUMBERS = 10_000_000
ASSUMPTIONS = "Treatment could equally have gone to any other set of the same municipalities, dates included."
WITHIN_STRATA = "Treatment could equally have gone to any other municipalities of the same strata, dates included."
ONE_TREATED = (
    "With one treated cluster its own contribution to the standard error is zero: the ratio measures only how much "
    "the others vary, whoever is treated."
)

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Reassignment:
    """Coefficients under every assignment.

    drawn: the assignments. coef: (n, q), NaN where an assignment does not identify them; joint: (n,) reduction of the
    sum of squares from the terms at `joint_terms`, b' (M_bb)^-1 b.
    """

    drawn: Assignments
    coef: FloatArray
    joint: FloatArray
    joint_terms: tuple[int, ...]

    @property
    def observed(self) -> int:
        """Row of the actual assignment."""
        return self.drawn.observed

    @property
    def enumerated(self) -> int | None:
        """Number of assignments, None when sampled."""
        return self.drawn.enumerated


def reassign(
    estimate: Estimate,
    draws: int = 9999,
    seed: int = 20261121,
    joint: tuple[int, ...] = (),
    strata: tuple[tuple[str, str], ...] | None = None,
) -> Reassignment:
    """The coefficients under all (or `draws` sampled) assignments. Raises UsageError for incomplete strata.

    An estimator other than two-way fixed effects is run again, at most 999 times; its joint statistic is the sum of the
    squared coefficients.
    """
    if not estimate.is_two_way:
        drawn, found = refitted(estimate, strata_of(estimate.cluster, strata), draws, seed)
        squares = (found[:, list(joint)] ** 2).sum(axis=1) if joint else np.full(len(found), np.nan)
        return Reassignment(drawn, found, squares, joint)
    products, q = path_products(estimate), len(estimate.terms)
    drawn = assignments(products.path, strata_of(estimate.cluster, strata), draws, seed)
    coef, reduction = [], []
    for rows in _chunks(drawn.table, products):
        solutions = solve_assignments(products.gram, rows, q)
        b = coefficients(solutions, products.moment)[:, 0]
        coef.append(b)
        reduction.append(joint_reduction(solutions, b, joint) if joint else np.full(len(b), np.nan))
    return Reassignment(drawn, np.concatenate(coef), np.concatenate(reduction), joint)


def reassigned_t(estimate: Estimate, options: Options = DEFAULT) -> tuple[Assignments, FloatArray]:
    """The assignments and (n, q) t statistics without small-sample factor, which would cancel in every rank."""
    products, q = path_products(estimate), len(estimate.terms)
    drawn = assignments(products.path, strata_of(estimate.cluster, options.strata), options.draws, options.seed)
    parts = []
    for rows in _chunks(drawn.table, products):
        solutions = solve_assignments(products.gram, rows, q)
        t = [t_statistics(solutions, products.gram, products.moment, j)[:, 0] for j in range(q)]
        parts.append(np.stack(t, axis=1))
    return drawn, np.concatenate(parts)


def ri(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """Rank of each |coefficient| among those of all assignments; `cannot_reject` when the floor exceeds 1 - level."""
    outcome = reassign(estimate, options.draws, options.seed, strata=options.strata)
    return tuple(
        rank_row(term.name, "ri", outcome.drawn, np.abs(outcome.coef[:, j]), options, float(estimate.coef[j]))
        for j, term in enumerate(estimate.terms)
    )


def ri_t(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """Rank of each |coefficient / standard error|; of no use with one treated cluster, and so marked."""
    drawn, t = reassigned_t(estimate, options)
    rows = []
    for j, term in enumerate(estimate.terms):
        invalid = ONE_TREATED if estimate.n_treated[j] == 1 else None
        rows.append(
            rank_row(term.name, "ri_t", drawn, np.abs(t[:, j]), options, float(estimate.coef[j]), invalid=invalid)
        )
    return tuple(rows)


def rank_row(
    term: str,
    method: str,
    drawn: Assignments,
    statistic: FloatArray,
    options: Options,
    estimate: float | None,
    *,
    invalid: str | None = None,
    n_dropped: int = 0,
) -> Inference:
    """The row of a statistic (n,) that is large against the null; invalid: why its rank means nothing."""
    rank, of = int(count_larger(statistic, drawn.observed)), len(statistic)
    status: Status = "known_invalid" if invalid else "ok"
    if unreachable(drawn.p_floor, options.level):
        status = "cannot_reject"
    sampled = drawn.enumerated is None
    seen = float(statistic[drawn.observed])
    basis = ASSUMPTIONS if options.strata is None else WITHIN_STRATA
    return Inference(
        term,
        method,
        estimate,
        status,
        f"{basis} {invalid}" if invalid else basis,
        options.level,
        statistic=seen if np.isfinite(seen) else None,
        p_value=rank / of,
        p_floor=drawn.p_floor,
        small_sample="none: sampled assignments" if sampled else "none: every assignment counted",
        rank=rank,
        rank_of=of,
        draws=drawn.draws if sampled else None,
        seed=drawn.seed if sampled else None,
        p_monte_carlo=draws_interval(rank - 1, drawn.draws) if sampled else None,
        n_dropped=n_dropped,
    )


def count_larger(statistic: FloatArray, observed: int) -> IntArray:
    """(...,) how many of (..., n) statistics are at least the one observed, itself included.

    Assignments that do not identify the coefficient (NaN) count as larger.
    """
    seen = statistic[..., observed, None]
    return np.asarray((np.isnan(statistic) | (statistic >= seen * (1 - TIES))).sum(axis=-1))


def trial_assignments(path: IntArray, stratum: IntArray, options: Options) -> Assignments:
    """All assignments when they are few, else at most 999 sampled ones."""
    return assignments(path, stratum, min(options.draws, TRIAL_DRAWS), options.seed, FEW_ENOUGH)


def _prepare_ri(estimate: Estimate, j: int, options: Options) -> Trial:
    """Cells of the estimation only: years of a municipality that the window leaves out stay left out."""
    if not estimate.is_two_way:
        return no_trial
    products, weights = cell_products(estimate)
    drawn = trial_assignments(products.path, strata_of(estimate.cluster, options.strata), options)
    solutions = solve_assignments(products.gram, drawn.table, len(estimate.terms))

    def trial(outcomes: FloatArray) -> FloatArray:
        coef = coefficients(solutions, moments_of(estimate, weights, outcomes))[:, :, j]
        return count_larger(np.abs(coef.T), drawn.observed) / len(drawn.table)

    return trial


def _prepare_ri_t(estimate: Estimate, j: int, options: Options) -> Trial:
    products, weights = cell_products(estimate)
    drawn = trial_assignments(products.path, strata_of(estimate.cluster, options.strata), options)
    solutions = solve_assignments(products.gram, drawn.table, len(estimate.terms))

    def trial(outcomes: FloatArray) -> FloatArray:
        moment = moments_of(estimate, weights, outcomes)
        t = t_statistics(solutions, products.gram, moment, j)
        return count_larger(np.abs(t.T), drawn.observed) / len(drawn.table)

    return trial


def _chunks(table: Table, products: PathProducts) -> Iterator[Table]:
    """Rows of the table, so few at a time that their cross-products fit into memory."""
    clusters, p = products.gram.shape[1:3]
    step = max(1, CHUNK_NUMBERS // (p * (p + clusters)))
    return (table[i : i + step] for i in range(0, len(table), step))


METHODS = (Method("ri", ri, _prepare_ri, needs="refit"), Method("ri_t", ri_t, _prepare_ri_t, needs="two-way"))
