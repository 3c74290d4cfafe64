"""The two-stage estimator (Gardner 2021, "Two-stage differences in differences")."""

from __future__ import annotations

from functools import partial

from ipscausal.estimate.imputed.averages import average_gaps
from ipscausal.estimate.imputed.untreated import untreated_fit
from ipscausal.estimate.model import Estimate
from ipscausal.panel import Panel


def two_stage(panel: Panel, *, anticipation: int = 0) -> Estimate:
    """Effects by cohort and year: the second stage regresses outcomes less untreated predictions on the cells' terms.

    Coefficients after adoption equal those of imputation. Terms before adoption are averages of first-stage residuals:
    they are pulled to zero, because the same cells made the prediction, and are no test of parallel trends to compare
    with effects after adoption (`imputation_pretrends` is).

    contributions carry the variance of the two moments taken together (Newey and McFadden 1994, as in the paper and
    R did2s, no small-sample factor): second-stage score less X2'X1 (X10'X10)^-1 times first-stage score. The share of a
    term in an average is part of the second stage's regressors, so that the static coefficient and every event time
    get the variance of their own second stage.
    Raises UsageError for negative anticipation, IdentificationError if no treated cell has a prediction.
    """
    fit = untreated_fit(panel, anticipation)
    return average_gaps(
        "two_stage",
        fit,
        fit.predicted | fit.untreated,
        centre=None,
        refit=partial(two_stage, anticipation=anticipation),
    )
