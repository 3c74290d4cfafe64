"""The standard error of the estimator's own large-sample formula: the root of the sum of squared contributions.

What the packages of these estimators print, against the normal distribution: no small-sample factor, no degrees of
freedom. With few treated clusters their own noise is hardly in it and the rows are `known_invalid`.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from ipscausal.estimate import Estimate
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, t_row
from ipscausal.inference.t_trial import robust_error

ASSUMPTIONS = "Many clusters of each arm and cohort, independent of each other; any correlation inside a cluster."
FEW = "Fewer than five treated clusters: their own noise is hardly seen, and the number describes that of the controls."
SMALL_SAMPLE = "none: normal, large-sample formula of the estimator"
DEFAULT = Options()


def analytic(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per effect; df is not given, the reference is normal."""
    errors = robust_error(estimate.cluster_scores.T, 1.0)
    return tuple(
        replace(
            t_row(
                term.name, "analytic", float(b), float(se), inf, level=options.level,
                status="known_invalid" if few < FEW_TREATED else "ok",
                assumptions=FEW if few < FEW_TREATED else ASSUMPTIONS, small_sample=SMALL_SAMPLE,
            ),
            df=None,
        )
        for term, b, se, few in zip(estimate.terms, estimate.coef, errors, estimate.n_residual, strict=True)
    )  # fmt: skip


METHODS = (Method("analytic", analytic, needs="contributions"),)
