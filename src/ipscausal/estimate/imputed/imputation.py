"""Imputation (Borusyak, Jaravel and Spiess 2024, Review of Economic Studies 91)."""

from __future__ import annotations

from functools import partial

import numpy as np

from ipscausal.estimate.imputed.averages import average_gaps
from ipscausal.estimate.imputed.untreated import untreated_fit
from ipscausal.estimate.model import Estimate
from ipscausal.panel import FloatArray, Panel


def imputation(panel: Panel, *, anticipation: int = 0) -> Estimate:
    """Effects by cohort and year: outcomes less what untreated cells predict for them.

    Municipality effects, year effects and slopes of person covariates come from untreated cells only; a year of
    anticipation counts as treated and gets an effect of its own. Every treated cell that untreated cells can predict
    is used, with its regression weight; effects that no cell can inform are not among the terms.

    contributions carry the paper's conservative clustered variance (their equation 8 and appendix A.8): the gap of a
    treated cell is taken from the average of its cohort and year, weighted by squared observation weights v, and
    untreated residuals enter with v = -w z'(Z0'W Z0)^-1 Z1'w1. Averages over cohorts and years weight the cells of one
    cohort and year alike, so that the variance of an aggregate is the sum of squares of the same linear map. With equal
    weights or persons contributions sum to zero; with analytic weights nearly.
    A cohort of one municipality is its own average: the chance in its treated years is then not in the variance.

    R didimputation agrees without weights; with weights it puts w squared into Z0'Z0 and Z1, which is neither the
    estimator's variance nor the paper's, and is not followed.
    Raises UsageError for negative anticipation, IdentificationError if no treated cell has a prediction.
    """
    fit = untreated_fit(panel, anticipation)
    return average_gaps(
        "imputation",
        fit,
        fit.predicted,
        centre=partial(_squared, fit.panel),
        refit=partial(imputation, anticipation=anticipation),
    )


def _squared(panel: Panel, average: FloatArray) -> FloatArray:
    """(q, G, T) sum over a cell's observations of their squared weights: a cell of n persons holds n of weight v/n."""
    return average**2 / np.where(panel.observed, panel.persons, 1.0)
