"""Conley and Taber (2011): what the regression residuals of the controls would have given in the treated's place.

With e the residuals of the regression and D the exposure, a control j in the place of treated g contributes
sum_t w_gt (D_gt - D_g.) e_jt / sum_g sum_t w_gt (D_gt - D_g.)^2, D_g. the weighted mean; a draw is the sum over the
treated of contributions of controls drawn with replacement. p = share of draws with |draw| >= |b|; interval
[b - q(1 - a/2), b - q(a/2)] from the quantiles of the draws, the paper's rule. Draws are enumerated where they are no
more than asked for. For an event study D is the term's event times and only they and the event times of comparison
count.

Justified as the number of controls grows, with shocks and sampling noise of one distribution for all. The treated's own
place is not counted: p may be 0, and with ten controls a true null is rejected at 5 % more than twice as often.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.collapse import noise_ratio, status_of
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import TRIAL_DRAWS, Options
from ipscausal.inference.row import Inference, Status, no_number
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import BoolArray, FloatArray, IntArray

TIES = 1e-9  # relative
MANY_CONTROLS = 50
CHUNK_NUMBERS = 2_000_000  # numbers in one array of a trial (data sets x draws)

ASSUMPTIONS = (
    "Municipalities independent with shocks and sampling noise of one distribution for treated and controls, and many "
    "controls."
)
TOO_FEW = "Needs a treated and at least two never-treated municipalities with all years needed."


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """What places a control in a treated's stead. place: (n1, T) weights of residuals; controls: (n0,) clusters.

    forms: those of the coefficient; weights: (q, G, T) of all coefficients; focus: (q, G, T) their cells;
    size: (G, T) regression weights; year_bread: (T, T) inverse of the year equations with municipality effects out.
    """

    place: FloatArray
    forms: Forms
    weights: FloatArray
    focus: BoolArray
    size: FloatArray
    year_bread: FloatArray


def placement(estimate: Estimate, j: int) -> Placement:
    """Placement for the coefficient at position j."""
    forms, cells = linear_forms(estimate, j), estimate.cells
    vectors, size = forms.vectors, forms.treated_size
    after, before = np.where(vectors > 0, size, 0.0), np.where(vectors < 0, size, 0.0)
    n_after, n_before = after.sum(axis=1, keepdims=True), before.sum(axis=1, keepdims=True)
    # w (D - mean of D): the weighted mean after less that before, times w_after w_before / (w_after + w_before)
    squares = n_after * n_before / (n_after + n_before)
    place = squares * (after / n_after - before / n_before) / squares.sum()
    weight, total = cells.weight, cells.weight.sum(axis=1)
    years = np.diag(weight.sum(axis=0)) - weight.T @ (weight / total[:, None])
    return Placement(
        place, forms, estimate.cell_weights, estimate.design.focus(cells.event_time, cells.adoption),
        weight, np.linalg.pinv(years, hermitian=True),
    )  # fmt: skip


def contributions(placed: Placement, outcomes: FloatArray) -> FloatArray:
    """(B, n1, n0) what each control gives in the place of each treated, from outcomes (B, G, T)."""
    weight = placed.size
    coef = np.einsum("qgt,bgt->bq", placed.weights, outcomes)
    left = outcomes - np.einsum("bq,qgt->bgt", coef, placed.focus.astype(np.float64))
    left = np.where(weight > 0, left, 0.0)
    left = left - _municipality_mean(left, weight)
    year = np.einsum("gt,bgt->bt", weight, left) @ placed.year_bread
    residual = left - year[:, None, :]
    residual = residual - _municipality_mean(residual, weight)
    mean = cluster_means(placed.forms, residual)[:, placed.forms.control_position]
    return placed.place @ np.swapaxes(mean, 1, 2)


def _municipality_mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    return np.asarray((weight * values).sum(axis=2, keepdims=True) / weight.sum(axis=1)[None, :, None])


def control_draws(n1: int, n0: int, draws: int, seed: int) -> tuple[IntArray, bool]:
    """(D, n1) controls in the places of the treated, and whether these are all n0^n1 ordered choices."""
    if n0**n1 <= draws:
        return np.array(list(product(range(n0), repeat=n1)), dtype=np.int64), True
    return np.random.default_rng(seed).integers(n0, size=(draws, n1)), False


def reference_draws(contribution: FloatArray, table: IntArray) -> FloatArray:
    """(B, D) sums over the treated of the contributions (B, n1, n0) drawn in `table` (D, n1)."""
    total = contribution[:, 0, table[:, 0]]
    for g in range(1, table.shape[1]):
        total = total + contribution[:, g, table[:, g]]
    return np.asarray(total)


def exceedances(drawn: FloatArray, b: FloatArray) -> IntArray:
    """(B,) how many of the draws (B, D) are at least as large as |b|."""
    return np.asarray((np.abs(drawn) >= np.abs(b)[:, None] * (1 - TIES)).sum(axis=1))


def _identified(forms: Forms) -> bool:
    return len(forms.treated_position) > 0 and len(forms.control_position) > 1


def _status(forms: Forms) -> Status:
    return status_of(noise_ratio(forms, np.inf)) if len(forms.control_position) >= MANY_CONTROLS else "known_invalid"


def conley_taber(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """One row per coefficient; std_error is left out, the distribution need not be normal."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    forms, term, b = linear_forms(estimate, j), estimate.terms[j].name, estimate.coef[j : j + 1]
    if not _identified(forms):
        return no_number(
            term, "conley_taber", TOO_FEW, options.level, estimate=float(b[0]), n_dropped=forms.n_dropped
        )  # fmt: skip
    table, every = control_draws(*_groups(forms), options.draws, options.seed)
    drawn = reference_draws(contributions(placement(estimate, j), own_outcomes(estimate)), table)
    tail = (1 - options.level) / 2
    low, high = b[0] - np.quantile(drawn[0], [1 - tail, tail])
    count = int(exceedances(drawn, b)[0])
    return Inference(
        term=term,
        method="conley_taber",
        estimate=float(b[0]),
        status=_status(forms),
        assumptions=ASSUMPTIONS,
        level=options.level,
        statistic=float(b[0]),
        p_value=count / len(table),
        conf_low=float(low),
        conf_high=float(high),
        small_sample="none: the treated's own place is not counted, p may be 0",
        draws=None if every else options.draws,
        seed=None if every else options.seed,
        p_monte_carlo=None if every else draws_interval(count, options.draws),
        n_dropped=forms.n_dropped,
    )


def _groups(forms: Forms) -> tuple[int, int]:
    return len(forms.treated_position), len(forms.control_position)


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """p-values of simulated data sets; where draws are sampled, of no more than 999."""
    forms = linear_forms(estimate, j)
    if not _identified(forms):
        return no_trial
    placed = placement(estimate, j)
    table, every = control_draws(*_groups(forms), options.draws, options.seed)
    table = table if every else table[:TRIAL_DRAWS]
    step = max(1, CHUNK_NUMBERS // len(table))

    def trial(outcomes: FloatArray) -> FloatArray:
        b = np.einsum("gt,bgt->b", placed.weights[j], outcomes)
        part = contributions(placed, outcomes)
        counts = [
            exceedances(reference_draws(part[i : i + step], table), b[i : i + step]) for i in range(0, len(b), step)
        ]
        return np.asarray(np.concatenate(counts) / len(table))

    return trial


METHODS = (Method("conley_taber", conley_taber, prepare, needs="two-way"),)
