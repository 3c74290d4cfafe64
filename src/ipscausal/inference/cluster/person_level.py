"""HC1 on persons: what a regression that ignores municipalities prints. A reference, never a verdict.

White's variance with the factor N/(N-K), K = every parameter, exactly from cells: with cell weights L (coefficient =
sum of L x cell mean) and cell residuals e, V = N/(N-K) sum (L/n)(L/n)' [(n-1) s^2 + n e^2] over cells of n persons
with within-cell variance s^2.
"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import CellRegression, cell_regression
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, t_row
from ipscausal.inference.t_trial import no_trial, t_p_value
from ipscausal.panel import FloatArray

SMALL_SAMPLE = "N/(N-K), K = every parameter, municipality effects counted"
ASSUMPTIONS = (
    "Person-level, ignores municipalities: valid only if nothing that a municipality's persons share in a year, and no "
    "person seen in several years, moves the outcome."
)
COVARIATES = "Person covariates vary inside cells: residuals of persons are not in the cells."
NO_PERSONS = "The cells hold no variance of persons, or persons with unequal weights."

DEFAULT = Options()


def hc1(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient against t(N-K), `known_invalid`; `not_identified` without within-cell variances."""
    within = _within(estimate)
    if within is None:
        reason = COVARIATES if estimate.cells.covariates else NO_PERSONS
        return tuple(
            Inference(term.name, "hc1", float(b), "not_identified", reason, options.level, small_sample=SMALL_SAMPLE)
            for term, b in zip(estimate.terms, estimate.coef, strict=True)
        )
    errors = _errors(estimate, within, cell_regression(estimate), np.nan_to_num(estimate.adjusted_mean)[None])[0]
    words = {"assumptions": ASSUMPTIONS, "small_sample": SMALL_SAMPLE}
    return tuple(
        t_row(term.name, "hc1", float(b), float(se), estimate.residual_df, level=options.level,
              status="known_invalid", **words)
        for term, b, se in zip(estimate.terms, estimate.coef, errors, strict=True)
    )  # fmt: skip


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """Trial of coefficient j: within-cell variances as observed, cell means simulated."""
    within = _within(estimate)
    if within is None:
        return no_trial
    regression = cell_regression(estimate)

    def trial(outcomes: FloatArray) -> FloatArray:
        estimates = np.einsum("bgt,gt->b", outcomes, estimate.cell_weights[j])
        return t_p_value(estimates, _errors(estimate, within, regression, outcomes)[:, j], estimate.residual_df)

    return trial


def _within(estimate: Estimate) -> FloatArray | None:
    """(G, T) sums of squares of persons about their cell mean; None where the cells do not tell the residuals'."""
    cells = estimate.cells
    if cells.weighting != "persons" or cells.within_variance is None or cells.covariates:
        return None
    return np.where(cells.observed, (cells.weight - 1) * np.nan_to_num(cells.within_variance), 0.0)


def _errors(estimate: Estimate, within: FloatArray, regression: CellRegression, outcomes: FloatArray) -> FloatArray:
    """(B, q) standard errors from (B, G, T) cell means."""
    n = np.where(estimate.cells.observed, estimate.cells.weight, 1.0)
    squared = (estimate.cell_weights / n) ** 2
    residual = cell_residuals(estimate, regression, outcomes)
    by_cell = within + n * residual**2
    factor = estimate.n_observations / estimate.residual_df
    return np.sqrt(factor * by_cell.reshape(len(outcomes), -1) @ squared.reshape(len(squared), -1).T)


def cell_residuals(estimate: Estimate, regression: CellRegression, outcomes: FloatArray) -> FloatArray:
    """(B, G, T) residuals of (B, G, T) cell means, 0 in empty cells."""
    cells = estimate.cells
    share = cells.weight / cells.weight.sum(axis=1, keepdims=True)
    centred = outcomes - np.einsum("bgt,gt->bg", outcomes, share)[:, :, None]
    flat = regression.regressors.reshape(-1, len(regression.bread))
    solution = outcomes.reshape(len(outcomes), -1) @ flat @ regression.bread
    columns = np.divide(regression.regressors, cells.weight[..., None], out=np.zeros(regression.regressors.shape),
                        where=cells.observed[..., None])  # fmt: skip
    fitted = (solution @ columns.reshape(flat.shape).T).reshape(outcomes.shape)
    return np.where(cells.observed, centred - fitted, 0.0)


METHODS = (Method("hc1", hc1, prepare),)
