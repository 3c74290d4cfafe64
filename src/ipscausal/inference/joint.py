"""One covariance of all coefficients, for whoever needs them jointly: bands, averages, sensitivity analysis."""

from __future__ import annotations

from typing import Literal

from ipscausal.estimate import Estimate
from ipscausal.estimate.synthetic import SYNTHETIC
from ipscausal.inference.choose import few_treated
from ipscausal.inference.cluster.bias_reduced import covariance_cr2
from ipscausal.inference.contrast.collapse import collapse_covariance
from ipscausal.inference.contrast.synthetic_placebo import placebo_covariance
from ipscausal.inference.options import Options
from ipscausal.inference.shock.panel_model import panel_covariance
from ipscausal.panel import FloatArray

CovarianceMethod = Literal["panel", "collapse", "cr2", "analytic", "placebo"]
DEFAULT = Options()


def joint_covariance(estimate: Estimate, options: Options = DEFAULT) -> tuple[CovarianceMethod, FloatArray]:
    """The method and the (q, q) covariance: never a residual-based one where few are treated.

    The panel model where sampling noise is known; else the contrasts' pooled covariance with fewer than five treated
    clusters behind a coefficient (NaN where too few remain), and CR2 with more; for an estimator that is not one
    regression, the sum of squared contributions of clusters ("analytic"); for synthetic comparisons, whose weights no
    formula knows the noise of, that of placebo municipalities.
    """
    if estimate.estimator in SYNTHETIC:
        return "placebo", placebo_covariance(estimate, options)
    known = panel_covariance(estimate, options)
    if known is not None:
        return "panel", known
    if few_treated(estimate):
        return "collapse", collapse_covariance(estimate)
    if estimate.equations is None:
        return "analytic", estimate.cluster_scores.T @ estimate.cluster_scores
    return "cr2", covariance_cr2(estimate)
