"""Efficient estimation under random timing (Roth and Sant'Anna 2023, Journal of Political Economy Microeconomics 1)."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import effects_from_weights, in_estimation
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.random_timing.comparisons import Cohorts, Controls, cohorts_of, comparisons_of
from ipscausal.estimate.random_timing.estimands import ESTIMANDS, Estimand, averages
from ipscausal.estimate.random_timing.variance import contributions, variances
from ipscausal.panel import BoolArray, FloatArray, Panel

Variance = Literal["refined", "neyman"]


def efficient(
    panel: Panel,
    *,
    estimand: Estimand = "group_time",
    adjustment: Literal["efficient"] | float = "efficient",
    controls: Controls = "not_yet",
    variance: Variance = "refined",
) -> Estimate:
    """Effects if the order of adoption is as good as random among the municipalities, each counting once.

    An effect is a difference of cohort means after adoption less `adjustment` times the same difference in the last
    year before: 1 is difference-in-differences (Callaway and Sant'Anna with controls="not_yet", Sun and Abraham with
    "last"), 0 a comparison of means, "efficient" the coefficient with the smallest variance (equation 8). The
    coefficient is chosen for each effect, so that the efficient average is not the average of efficient effects: ask
    for it by `estimand` (see `estimands.averages`). Random timing is more than parallel trends, and constants of
    municipalities do not cancel.

    variance: "neyman" sums cohort variances; "refined" takes off what pre-adoption outcomes show of heterogeneity
    (section 3.3), where every cohort has more municipalities than pre-adoption years plus one and something is left;
    the contributions of an effect are scaled to it.
    Rules: municipalities with an empty year and cohorts of one municipality are left out; weights are not used.
    Raises UsageError for an unknown option or person covariates, IdentificationError if nothing can be compared.
    """
    if estimand not in ESTIMANDS:
        raise UsageError(f"estimand={estimand!r} is not known", remedy="use one of " + ", ".join(ESTIMANDS))
    if controls not in ("not_yet", "last"):
        raise UsageError(f"controls={controls!r} is not known", remedy='use "not_yet" or "last"')
    if variance not in ("refined", "neyman"):
        raise UsageError(f"variance={variance!r} is not known", remedy='use "refined" or "neyman"')
    if isinstance(adjustment, str) and adjustment != "efficient":
        raise UsageError(f"adjustment={adjustment!r} is not known", remedy='use "efficient" or a number')
    if panel.covariates:
        raise UsageError("the estimator under random timing takes no person covariates", remedy="leave them out")
    panel, left_out = _comparable(panel)
    cohorts = cohorts_of(panel.mean, panel.adoption, panel.years)
    pairs = comparisons_of(cohorts, controls)
    terms, weights = averages(estimand, cohorts, pairs)
    effect = np.tensordot(weights, pairs.effect, axes=1)
    before = np.tensordot(weights, pairs.before, axes=1)
    if isinstance(adjustment, str):
        coefficient = _efficient_coefficient(cohorts, effect, before)
    else:
        coefficient = np.full(len(terms), float(adjustment))
    contrast = effect - coefficient[:, None, None] * before
    cell_weights = contrast[:, cohorts.of] / cohorts.size[cohorts.of][:, None]
    scores = contributions(cohorts, contrast)
    if variance == "refined":
        neyman, refined = variances(cohorts, contrast, effect)
        scores = scores * np.sqrt(np.divide(refined, neyman, out=np.ones_like(neyman), where=neyman > 0))
    last = np.isfinite(cohorts.adoption[-1]) & (panel.years >= cohorts.adoption[-1])
    return effects_from_weights(
        "efficient",
        panel,
        Design(terms, Term("before", None, -np.inf, -1)),
        cell_weights,
        scores,
        refit=partial(efficient, estimand=estimand, adjustment=adjustment, controls=controls, variance=variance),
        cells=panel.without(np.broadcast_to(last, panel.weight.shape)),
        share=cohorts.size[pairs.cohort] if estimand == "group_time" else None,
        left_out=left_out,
        # only a full adjustment cancels municipality constants, which formulas that take weights as given rest on
        weights_from="design" if adjustment == 1 else "outcomes",
    )


def _comparable(panel: Panel) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    """Municipalities observed in every year that some have, in cohorts of two or more."""
    panel, left_out = in_estimation(panel)
    panel = panel.of_years(np.any(panel.observed, axis=0))
    gaps: BoolArray = ~np.all(panel.observed, axis=1)
    panel, left_out = _drop(panel, gaps, "unbalanced", left_out)
    size = {date: int((panel.adoption == date).sum()) for date in np.unique(panel.adoption)}
    alone = np.array([size[date] == 1 for date in panel.adoption], dtype=bool)
    panel, left_out = _drop(panel, alone, "alone_in_cohort", left_out)
    if len(np.unique(panel.adoption)) < 2:
        raise IdentificationError(
            "no two cohorts of at least two municipalities observed in every year",
            problems=tuple(f"{len(codes)} municipalities left out: {why}" for why, codes in left_out.items()),
            remedy="widen the rollout or use an estimator that rests on parallel trends",
        )
    return panel, left_out


def _drop(
    panel: Panel, gone: BoolArray, reason: str, left_out: dict[str, tuple[str, ...]]
) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    if not gone.any():
        return panel, left_out
    codes = tuple(panel.municipality[g] for g in np.flatnonzero(gone))
    return panel.select(~gone), {**left_out, reason: codes}


def _efficient_coefficient(cohorts: Cohorts, effect: FloatArray, before: FloatArray) -> FloatArray:
    """(q,) covariance of the difference after adoption with that before, over the variance of the latter."""
    covariance = cohorts.covariance / cohorts.size[:, None, None]
    both = np.einsum("qct,cts,qcs->q", before, covariance, effect, optimize=True)
    own = np.einsum("qct,cts,qcs->q", before, covariance, before, optimize=True)
    return np.divide(both, own, out=np.zeros_like(own), where=own > 0)
