"""CR0 and CR1: sums of squared cluster contributions (Liang-Zeger; inference.md 3.2).

With one treated cluster its own contribution is zero, so both describe the noise of the controls only: with fewer
than five treated clusters the rows are `known_invalid`.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, t_row
from ipscausal.panel import FloatArray

SMALL_SAMPLE = "G/(G-1) x (N-1)/(N-K), K = slopes and year effects with the constant, municipality effects not counted"
ASSUMPTIONS = "Many clusters of each arm, independent of each other; any correlation inside a cluster."

DEFAULT = Options()


def covariance_cr0(estimate: Estimate) -> FloatArray:
    """(q, q) sum of outer products of cluster contributions, no small-sample factor."""
    return estimate.cluster_scores.T @ estimate.cluster_scores


def covariance_cr1(estimate: Estimate) -> FloatArray:
    """(q, q) CR0 times G/(G-1) x (N-1)/(N-K): the default of reghdfe and of fixest."""
    g, n, k = estimate.n_clusters, estimate.n_observations, estimate.n_parameters
    return covariance_cr0(estimate) * (g / (g - 1)) * ((n - 1) / (n - k))


def cr1(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient against t(G-1)."""
    errors = np.sqrt(np.diag(covariance_cr1(estimate)))
    return tuple(
        t_row(
            term.name,
            "cr1",
            float(b),
            float(se),
            estimate.n_clusters - 1,
            level=options.level,
            status="known_invalid" if treated < FEW_TREATED else "ok",
            assumptions=ASSUMPTIONS,
            small_sample=SMALL_SAMPLE,
        )
        for term, b, se, treated in zip(estimate.terms, estimate.coef, errors, estimate.n_treated, strict=True)
    )


def wald(estimate: Estimate, terms: tuple[int, ...], name: str, level: float = 0.95) -> Inference:
    """Joint test that the coefficients at the positions `terms` are zero: F(q, G-1) with the CR1 covariance."""
    chosen = np.array(terms)
    covariance = covariance_cr1(estimate)[np.ix_(chosen, chosen)]
    b, g, q = estimate.coef[chosen], estimate.n_clusters, len(chosen)
    few = int(estimate.n_treated[chosen].min()) < FEW_TREATED
    method: str = "cr1_wald" if few else "wald"
    scale = np.sqrt(np.diag(covariance))
    if np.any(scale == 0) or np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=1e-10) < q:
        reason = "Fewer clusters than joint restrictions: the covariance is singular."
        return Inference(name, method, None, "not_identified", reason, level, df=q)
    statistic = float(b @ np.linalg.solve(covariance, b)) / q
    return Inference(
        name, method, None, "known_invalid" if few else "ok", ASSUMPTIONS, level, df=q, statistic=statistic,
        p_value=float(stats.f.sf(statistic, q, g - 1)), small_sample=f"F({q}, {g - 1}), CR1: {SMALL_SAMPLE}",
    )  # fmt: skip


METHODS = (Method("cr1", cr1),)
