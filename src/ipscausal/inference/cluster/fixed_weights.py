"""Jackknife with the weights as they are (Arkhangelsky et al. 2021, algorithm 3), as the R package synthdid has it.

Leaving out a municipality, the weights of the others of its arm are scaled up to what they added to; the estimator is
not run again. se^2 = (n - 1)/n sum of squared distances from the mean of the n leave-one-out effects. Conservative in
large panels; with few treated municipalities it estimates their noise from as few.
"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, no_number, t_row
from ipscausal.panel import BoolArray, FloatArray

ASSUMPTIONS = "Many municipalities of each arm, independent of each other; the weights count as given."
FEW = "Fewer than five treated municipalities: their own noise is estimated from as few."
ONE_DATE = "Needs one adoption date and an effect that compares the treated with the others."
TWO_EACH = "Needs two treated municipalities and two others that carry weight."
DEFAULT = Options()


def jackknife_weights(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per effect; t distribution with one degree of freedom less than the smaller arm that carries weight."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def leave_one_out_effects(weights: FloatArray, outcome: FloatArray, treated: BoolArray) -> FloatArray:
    """(G,) effects without each municipality, from cell weights (G, T), outcomes (G, T) and who is treated (G,)."""
    value, moves = np.einsum("gt,gt->g", weights, outcome), weights[treated].sum(axis=0)
    # one common contrast over years, times the weight of the municipality: 1 in total for the treated, -1 for the rest
    own = weights @ moves / (moves @ moves)
    out = np.empty(len(value))
    for arm, other in ((treated, ~treated), (~treated, treated)):
        left = own[arm].sum() - own[arm]
        scaled = (value[arm].sum() - value[arm]) * (own[arm].sum() / left)
        out[arm] = scaled + value[other].sum()
    return out


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    term, b = estimate.terms[j].name, float(estimate.coef[j])
    panel, weights = estimate.panel, estimate.cell_weights[j]
    carries = np.abs(weights).max(axis=1) > 0
    treated = panel.treated
    if len(np.unique(panel.adoption[treated])) != 1 or not carries[treated].any():
        return no_number(term, "jackknife_weights", ONE_DATE, options.level, estimate=b)
    smaller = int(min(carries[treated].sum(), carries[~treated].sum()))
    if smaller < 2:
        return no_number(term, "jackknife_weights", TWO_EACH, options.level, estimate=b)
    effects = leave_one_out_effects(weights, np.nan_to_num(estimate.adjusted_mean), treated)
    n = len(effects)
    error = float(np.sqrt((n - 1) / n * ((effects - effects.mean()) ** 2).sum()))
    few = int(estimate.n_treated[j]) < FEW_TREATED
    return t_row(
        term, "jackknife_weights", b, error, smaller - 1, level=options.level,
        status="known_invalid" if few else "ok", assumptions=FEW if few else ASSUMPTIONS,
        small_sample=f"t({smaller - 1}), weights not fitted again",
    )  # fmt: skip


METHODS = (Method("jackknife_weights", jackknife_weights, needs="refit"),)
