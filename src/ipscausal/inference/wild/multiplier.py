"""Multiplier bootstrap: the contributions of the clusters, each times a random number of mean 0 and variance 1.

Callaway and Sant'Anna (2021), algorithm 1 and remark 10. The numbers are signs (Rademacher), as in R's did, unless
others are asked for. All effects of an estimate share the draws, so that a band
over all of them holds at once. Nothing is estimated again, and what contributions do not hold is not drawn either:
with few treated clusters their own noise is hardly in them and the rows are `known_invalid`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.analytic import ASSUMPTIONS, FEW
from ipscausal.inference.method import Method
from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, no_number
from ipscausal.inference.shock.simultaneous import Band
from ipscausal.inference.wild.signs import WEBB
from ipscausal.panel import FloatArray

GOLDEN = (1 + np.sqrt(5)) / 2
MAMMEN = (1 - GOLDEN, GOLDEN)  # with probabilities GOLDEN / sqrt(5) and the rest: mean 0, variance 1, third moment 1
AT_ONCE = 2**22  # random numbers in memory
NORMAL_QUARTILES = float(stats.norm.ppf(0.75) - stats.norm.ppf(0.25))
NOTHING = "No cluster contributes to the effect: there is nothing to draw."
Points = Literal["rademacher", "mammen", "webb"]
DEFAULT = Options()


def multiplier_draws(estimate: Estimate, options: Options = DEFAULT, points: Points | None = None) -> FloatArray:
    """(draws, q) deviations of all effects. points: None = those of `options.signs`, or Rademacher's."""
    chosen = points or options.signs or "rademacher"
    scores = estimate.cluster_scores
    rng = np.random.default_rng(options.seed)
    step = max(1, AT_ONCE // max(1, len(scores)))
    sizes = [min(step, options.draws - start) for start in range(0, options.draws, step)]
    return np.concatenate([_drawn(rng, (n, len(scores)), chosen) @ scores for n in sizes])


def multiplier(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per effect. p: share of draws at least as large as the effect, the effect itself counted.

    The interval is the effect plus and minus the quantile of the draws' absolute values, so that it excludes zero
    where p is below 1 - level; the standard error is that of `uniform_band`.
    """
    draws = multiplier_draws(estimate, options)
    errors = _quartile_error(draws)
    size = np.abs(draws)
    counts = (size >= np.abs(estimate.coef)).sum(axis=0)
    place = int(np.ceil(options.level * (options.draws + 1) - 1e-9)) - 1
    reach = np.full(len(errors), np.inf)
    if place < options.draws:
        reach = np.partition(size, place, axis=0)[place]
    words = f"none: {options.draws} draws, {(options.signs or 'rademacher').capitalize()} weights"
    rows = []
    for j, (term, b, few) in enumerate(zip(estimate.terms, estimate.coef, estimate.n_residual, strict=True)):
        if errors[j] == 0:
            rows.append(no_number(term.name, "multiplier", NOTHING, options.level, estimate=float(b)))
            continue
        count, half = int(counts[j]), float(reach[j])
        p_value = (1 + count) / (1 + options.draws)
        rows.append(
            Inference(
                term.name, "multiplier", float(b), "known_invalid" if few < FEW_TREATED else "ok",
                FEW if few < FEW_TREATED else ASSUMPTIONS, options.level, float(errors[j]), None, float(b / errors[j]),
                p_value, float(b - half), float(b + half), 1 / (1 + options.draws), words, draws=options.draws,
                seed=options.seed, p_monte_carlo=draws_interval(count, options.draws),
            )
        )  # fmt: skip
    return tuple(rows)


def uniform_band(estimate: Estimate, options: Options = DEFAULT, points: Points | None = None) -> Band:
    """A band that holds for all effects at once with the probability `options.level` (sup-t).

    Standard errors: range of the middle half of the draws over that of the standard normal, as in R's did. Effects
    that no cluster contributes to get NaN and are not in the critical value.
    """
    draws = multiplier_draws(estimate, options, points)
    error = _quartile_error(draws)
    drawn = error > 0
    critical = np.nan
    if drawn.any():
        largest = np.abs(draws[:, drawn] / error[drawn]).max(axis=1)
        critical = float(np.quantile(largest, options.level, method="inverted_cdf"))
    error = np.where(drawn, error, np.nan)
    coef, half = estimate.coef, critical * error
    return Band(coef, error, coef - half, coef + half, critical, options.draws, options.seed)


def _drawn(rng: np.random.Generator, shape: tuple[int, int], points: Points) -> FloatArray:
    if points == "webb":
        return np.asarray(WEBB[rng.integers(0, len(WEBB), shape)], dtype=np.float64)
    if points == "rademacher":
        return np.asarray(rng.integers(0, 2, shape) * 2.0 - 1.0, dtype=np.float64)
    return np.asarray(np.where(rng.random(shape) < GOLDEN / np.sqrt(5), *MAMMEN), dtype=np.float64)


def _quartile_error(draws: FloatArray) -> FloatArray:
    low, high = np.quantile(draws, (0.25, 0.75), axis=0, method="inverted_cdf")
    return np.asarray((high - low) / NORMAL_QUARTILES)


METHODS = (Method("multiplier", multiplier, needs="contributions"),)
