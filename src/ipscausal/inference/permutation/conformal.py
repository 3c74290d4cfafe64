"""Permutations of years: is the treated municipalities' difference from the others unusual in the years after?

Chernozhukov, Wuethrich and Zhu (2021). Under the null that treatment changed nothing in any year, the difference
between the means of the treated and of the never treated, u_t, is as it would have been; |c'u| with the coefficient's
contrast over years c is compared with its values when the years change places: all orders of the years (iid), or
circular shifts only (moving block). The order of the years
carries the serial correlation of yearly shocks, which shifts keep and other orders destroy: where there is any, the iid
version rejects true nulls in 5 to 17 per cent of simulated municipal panels at a nominal 5, and its rows say so. Shifts
number no more than the years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import cluster_means, own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import TRIAL_DRAWS, Options
from ipscausal.inference.permutation.assignments import ENUMERATE, FEW_ENOUGH, assignments
from ipscausal.inference.permutation.randomisation import count_larger
from ipscausal.inference.permutation.year_shifts import CommonContrast, common_contrast, shifts, tied
from ipscausal.inference.row import Inference, Status, no_number, unreachable
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray, IntArray

IID = (
    "No effect in any year, and the yearly differences between treated and others could have come in any order: with "
    "shocks that last longer than a year true nulls are rejected too often."
)
BLOCK = (
    "No effect in any year, and the yearly differences between treated and others are stationary: their course could "
    "have begun in any year."
)

DECIMALS = 12  # in which the values of a contrast must agree to be interchangeable

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """vectors: (n, S) the contrast over years in every order counted, the actual one at `observed`.

    p_floor: smallest attainable p; draws: None when every order is there.
    """

    vectors: FloatArray
    observed: int
    p_floor: float
    draws: int | None


def differences(contrast: CommonContrast, outcomes: FloatArray) -> FloatArray:
    """(B, S) yearly mean of the treated less that of the never treated."""
    means = cluster_means(contrast.forms, outcomes)[:, :, contrast.years]
    return np.asarray(means[:, contrast.treated].mean(axis=1) - means[:, contrast.control].mean(axis=1))


def orders(vector: FloatArray, draws: int, seed: int, limit: int) -> Moves:
    """Every distinct order of the contrast's values when there are at most `limit`, else `draws` of them."""
    values, path = np.unique(vector.round(DECIMALS), return_inverse=True)
    path = path.reshape(-1).astype(np.int64)
    drawn = assignments(path, np.zeros(len(path), dtype=np.int64), draws, seed, limit)
    vectors = values[drawn.table]
    if drawn.enumerated is None:
        return Moves(vectors, drawn.observed, drawn.p_floor, draws)
    return Moves(vectors, drawn.observed, tied(vectors, drawn.observed) / len(vectors), None)


def blocks(vector: FloatArray, draws: int, seed: int, limit: int) -> Moves:
    """The circular shifts, which are as many as the years and never drawn."""
    vectors = shifts(vector)
    return Moves(vectors, 0, tied(vectors, 0) / len(vectors), None)


def counts(contrast: CommonContrast, moves: Moves, outcomes: FloatArray) -> tuple[FloatArray, IntArray]:
    """(B,) contrasts and how many of the moved ones are at least as large in absolute value."""
    moved = differences(contrast, outcomes) @ moves.vectors.T
    return moved[:, moves.observed], count_larger(np.abs(moved), moves.observed)


def conformal_iid(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient, always `known_invalid`: the years would have to be independent."""
    return tuple(_row(estimate, j, options, "conformal_iid", orders, IID) for j in range(len(estimate.terms)))


def conformal_block(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient, `cannot_reject` with fewer years than 1 / (1 - level)."""
    return tuple(_row(estimate, j, options, "conformal_block", blocks, BLOCK) for j in range(len(estimate.terms)))


Mover = Callable[[FloatArray, int, int, int], Moves]


def _row(estimate: Estimate, j: int, options: Options, method: str, mover: Mover, assumptions: str) -> Inference:
    name, contrast = estimate.terms[j].name, common_contrast(estimate, j)
    if isinstance(contrast, str):
        return no_number(name, method, contrast, options.level)
    moves = mover(contrast.vector, options.draws, options.seed, ENUMERATE)
    difference, larger = counts(contrast, moves, own_outcomes(estimate))
    status: Status = "known_invalid" if mover is orders else "ok"
    if unreachable(moves.p_floor, options.level):
        status = "cannot_reject"
    sampled = moves.draws is not None
    return Inference(
        name,
        method,
        float(difference[0]),
        status,
        assumptions,
        options.level,
        statistic=abs(float(difference[0])),
        p_value=int(larger[0]) / len(moves.vectors),
        p_floor=moves.p_floor,
        small_sample="none: sampled orders of the years" if sampled else "none: every move counted",
        rank=int(larger[0]),
        rank_of=len(moves.vectors),
        draws=moves.draws,
        seed=options.seed if sampled else None,
        p_monte_carlo=draws_interval(int(larger[0]) - 1, moves.draws) if moves.draws is not None else None,
        n_dropped=contrast.n_dropped,
    )


def _prepare(mover: Mover) -> Callable[[Estimate, int, Options], Trial]:
    def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
        contrast = common_contrast(estimate, j)
        if isinstance(contrast, str):
            return no_trial
        moves = mover(contrast.vector, min(options.draws, TRIAL_DRAWS), options.seed, FEW_ENOUGH)

        def trial(outcomes: FloatArray) -> FloatArray:
            return counts(contrast, moves, outcomes)[1] / len(moves.vectors)

        return trial

    return prepare


METHODS = (
    Method("conformal_iid", conformal_iid, _prepare(orders), "contrast", "contrasts"),
    Method("conformal_block", conformal_block, _prepare(blocks), "contrast", "contrasts"),
)
