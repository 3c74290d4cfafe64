"""Known sampling variance only: what the interval would be if municipalities had no years of their own.

Var = sum_c L_c'S_c L_c with the cell weights L of the coefficient, against the normal distribution. A lower limit of
the uncertainty, never a verdict: `known_invalid` whatever the number of municipalities.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.inference.shock.mixture import standardised
from ipscausal.inference.shock.posterior import shock_design
from ipscausal.inference.shock.shocks import variance_parts
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray

ASSUMPTIONS = "No allowance for municipality shocks: the persons are the only source of chance."
SMALL_SAMPLE = "none: normal with the variance known from the persons"
NO_SAMPLING = "Not computed: the panel holds no variances of persons inside the cells, or they are zero."
DEFAULT = Options()


def sampling(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient, `known_invalid`: p and interval are for comparison with honest ones only."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """p-values of coefficient j; NaN where `sampling` gives none."""
    error = _error(estimate, j, options)
    if error is None:
        return no_trial
    return lambda outcomes: _p_value(np.einsum("bgt,gt->b", outcomes, estimate.cell_weights[j]), error)


def _error(estimate: Estimate, j: int, options: Options) -> float | None:
    design = shock_design(estimate, options)
    return None if design is None else float(np.sqrt(variance_parts(estimate, j, design, np.zeros(1))[1]))


def _p_value(value: FloatArray, error: float) -> FloatArray:
    return np.asarray(2 * ndtr(-np.abs(standardised(value, np.array(error)))))


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    term, value, error = estimate.terms[j].name, float(estimate.coef[j]), _error(estimate, j, options)
    if error is None:
        return Inference(
            term, "sampling", value, "not_identified", NO_SAMPLING, options.level, small_sample=SMALL_SAMPLE
        )
    half = float(ndtri((1 + options.level) / 2)) * error
    own = np.einsum("bgt,gt->b", own_outcomes(estimate), estimate.cell_weights[j])
    return Inference(
        term=term,
        method="sampling",
        estimate=value,
        status="known_invalid",
        assumptions=ASSUMPTIONS,
        level=options.level,
        std_error=error,
        statistic=value / error if error > 0 else None,
        p_value=float(_p_value(own, error)[0]),
        conf_low=value - half,
        conf_high=value + half,
        small_sample=SMALL_SAMPLE,
    )


METHODS = (Method("sampling", sampling, prepare, needs="weights"),)
