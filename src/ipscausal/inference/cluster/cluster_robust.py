"""CR0, CR1 and CR1S: sums of squared cluster contributions (Liang and Zeger 1986), three small-sample factors.

With one treated cluster its own contribution is zero, so all of them describe the noise of the controls only: with
fewer than five treated clusters the rows are `known_invalid`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import cell_regression
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, t_row
from ipscausal.inference.t_trial import contribution_trial, no_trial, robust_error
from ipscausal.panel import FloatArray

ASSUMPTIONS = "Many clusters of each arm, independent of each other; any correlation inside a cluster."
FEW = "Fewer than five treated clusters: their own noise is hardly seen, and the number describes that of the controls."

DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Convention:
    """A small-sample factor: its value for an estimate, and its name."""

    factor: Callable[[Estimate], float]
    small_sample: str


def _clusters_and_parameters(estimate: Estimate) -> float:
    g, n, k = estimate.n_clusters, estimate.n_observations, estimate.n_parameters
    return g / (g - 1) * (n - 1) / (n - k)


def _clusters_and_all_parameters(estimate: Estimate) -> float:
    g, n = estimate.n_clusters, estimate.n_observations
    return g / (g - 1) * (n - 1) / estimate.residual_df


CONVENTIONS = {
    "cr0": Convention(lambda estimate: 1.0, "none"),
    "cr1": Convention(
        _clusters_and_parameters,
        "G/(G-1) x (N-1)/(N-K), K = slopes and period effects with the constant, municipality effects not counted",
    ),
    "cr1s": Convention(
        _clusters_and_all_parameters, "G/(G-1) x (N-1)/(N-K), K = every parameter, municipality effects counted"
    ),
}


def covariance_cr0(estimate: Estimate) -> FloatArray:
    """(q, q) sum of outer products of cluster contributions, no small-sample factor."""
    return estimate.cluster_scores.T @ estimate.cluster_scores


def covariance_cr1(estimate: Estimate) -> FloatArray:
    """(q, q) CR0 times G/(G-1) x (N-1)/(N-K): the default of reghdfe and of fixest."""
    return covariance_cr0(estimate) * _clusters_and_parameters(estimate)


def cr0(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """No small-sample factor, t(G-1)."""
    return _rows("cr0", estimate, options)


def cr1(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """What reghdfe and fixest print, t(G-1): municipality effects are nested in clusters and not counted."""
    return _rows("cr1", estimate, options)


def cr1s(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """What Stata prints for a regression with dummies, t(G-1): every parameter is counted."""
    return _rows("cr1s", estimate, options)


def _rows(method: str, estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    convention = CONVENTIONS[method]
    errors = robust_error(estimate.cluster_scores.T, convention.factor(estimate))
    return tuple(
        t_row(
            term.name,
            method,
            float(b),
            float(se),
            estimate.n_clusters - 1,
            level=options.level,
            status="known_invalid" if treated < FEW_TREATED else "ok",
            assumptions=FEW if treated < FEW_TREATED else ASSUMPTIONS,
            small_sample=convention.small_sample,
        )
        for term, b, se, treated in zip(estimate.terms, estimate.coef, errors, estimate.n_residual, strict=True)
    )


def _prepare(method: str, estimate: Estimate, j: int, options: Options) -> Trial:
    if estimate.equations is None:
        return no_trial
    regression = cell_regression(estimate)
    multipliers, factor = regression.blocks.multipliers(0)[:, j], CONVENTIONS[method].factor(estimate)
    return contribution_trial(estimate, j, regression, multipliers, factor, estimate.n_clusters - 1)


def wald(estimate: Estimate, terms: tuple[int, ...], name: str, level: float = 0.95) -> Inference:
    """Joint test that the coefficients at the positions `terms` are zero: F(q, G-1) with the CR1 covariance.

    With that of the contributions, without small-sample factor, for an estimator that is no regression.
    """
    chosen = np.array(terms)
    of_regression = estimate.equations is not None
    covariance = (covariance_cr1 if of_regression else covariance_cr0)(estimate)[np.ix_(chosen, chosen)]
    b, g, q = estimate.coef[chosen], estimate.n_clusters, len(chosen)
    few = int(estimate.n_residual[chosen].min()) < FEW_TREATED
    method: str = "cr1_wald" if few else "wald"
    scale = np.sqrt(np.diag(covariance))
    if np.any(scale == 0) or np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=1e-10) < q:
        reason = "Fewer clusters than joint restrictions: the covariance is singular."
        return Inference(name, method, None, "not_identified", reason, level, df=q)
    statistic = float(b @ np.linalg.solve(covariance, b)) / q
    return Inference(
        name, method, None, "known_invalid" if few else "ok", ASSUMPTIONS, level, df=q, statistic=statistic,
        p_value=float(stats.f.sf(statistic, q, g - 1)),
        small_sample=f"F({q}, {g - 1}), {CONVENTIONS['cr1'].small_sample if of_regression else 'no factor'}",
    )  # fmt: skip


METHODS = (
    Method("cr0", cr0, partial(_prepare, "cr0"), needs="contributions"),
    Method("cr1", cr1, partial(_prepare, "cr1")),
    Method("cr1s", cr1s, partial(_prepare, "cr1s")),
)
