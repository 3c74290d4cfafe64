"""Cohort-by-year averages of the gaps that the first stage leaves, with what each municipality contributes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.imputed.untreated import UntreatedFit
from ipscausal.estimate.model import Estimate
from ipscausal.panel import BoolArray, FloatArray, Panel


def group_time_terms(panel: Panel, cells: BoolArray) -> tuple[Term, ...]:
    """Terms of the treated municipalities' cells in the (G, T) mask, by cohort and year."""
    rows, columns = np.nonzero(cells & panel.treated[:, None])
    pairs = {(int(panel.adoption[g]), int(panel.years[t])) for g, t in zip(rows, columns, strict=True)}
    return tuple(Term.of_group_time(cohort, year) for cohort, year in sorted(pairs))


def average_gaps(
    estimator: str,
    fit: UntreatedFit,
    cells: BoolArray,
    *,
    centre: Callable[[FloatArray], FloatArray] | None,
    refit: Callable[[Panel], Estimate],
) -> Estimate:
    """Group-time effects: the average gap of the (G, T) cells by cohort and year, weighted by regression weights.

    contributions: sum over the municipality's cells of weight times (gap - centre of the cohort and year), less the
    regressors of the average times bread times the municipality's first-stage score. centre: from the (q, G, T)
    weights of the averages the weights of the centre; None = the effect itself, whose share in an average then counts
    as estimated.
    """
    panel = fit.panel
    design = Design(group_time_terms(panel, cells), fit.base, fit.anticipation)
    weight = np.where(design.focus(panel.event_time, panel.adoption) & cells, panel.weight, 0.0)
    share = weight.sum(axis=(1, 2))
    average = weight / share[:, None, None]
    effect = np.tensordot(average, fit.gap, axes=2)
    mine = average.sum(axis=2)
    load = np.tensordot(average, fit.regressors, axes=2)
    k = len(fit.slopes)
    cell_weights = average - mine[..., None] * fit.level - np.tensordot(load[:, k:], fit.year_weights, axes=(1, 2))
    middle = effect
    if centre is not None:
        inner = centre(average)
        middle = np.tensordot(inner, fit.gap, axes=2) / inner.sum(axis=(1, 2))
    own = np.einsum("qgt,gt->gq", average, fit.gap) - mine.T * middle
    return effects_from_weights(
        estimator,
        panel,
        design,
        cell_weights,
        own - fit.equations.scores @ fit.equations.bread @ load.T,
        refit=refit,
        cells=panel.without(panel.observed & ~fit.untreated & ~fit.predicted),
        slopes=fit.slopes,
        share=share,
        share_scores=None if centre is not None else (weight.sum(axis=2) - share[:, None] / len(panel.municipality)).T,
        n_parameters=len(fit.equations.columns) + 1,
        left_out=fit.left_out,
    )
