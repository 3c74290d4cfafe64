"""Calibration of methods that compare a coefficient with its cluster-robust standard error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import CellRegression
from ipscausal.panel import FloatArray

Trial = Callable[[FloatArray], FloatArray]
"""(B, G, T) covariate-free cell means of B data sets, 0 in empty cells, to (B,) p-values; NaN where there is none."""


def robust_error(contributions: FloatArray, factor: float) -> FloatArray:
    """(...,) standard errors from (..., C) contributions of clusters: the root of factor x their sum of squares."""
    return np.asarray(np.sqrt(factor * np.einsum("...c,...c->...", contributions, contributions)))


def t_p_value(estimate: FloatArray, error: FloatArray, df: FloatArray | float) -> FloatArray:
    """(...,) two-sided p-values; without any error 1 for an estimate of zero and else 0."""
    t = np.divide(np.abs(estimate), error, out=np.where(estimate == 0, 0.0, np.inf), where=error > 0)
    return np.asarray(2 * stats.t.sf(t, df))


def contribution_trial(
    estimate: Estimate, j: int, regression: CellRegression, multipliers: FloatArray, factor: float, df: float
) -> Trial:
    """Trial of coefficient j with contributions by (C, m) multipliers, t distribution with df degrees of freedom."""
    clusters = estimate.n_clusters
    weights = regression.contribution_weights(estimate, multipliers).reshape(clusters, -1)
    both = np.concatenate([weights, estimate.cell_weights[j].reshape(1, -1)]).T

    def trial(outcomes: FloatArray) -> FloatArray:
        values = outcomes.reshape(len(outcomes), -1) @ both
        return t_p_value(values[:, clusters], robust_error(values[:, :clusters], factor), df)

    return trial


def no_trial(outcomes: FloatArray) -> FloatArray:
    """The trial of a method that gives no number for this design."""
    return np.full(len(outcomes), np.nan)
