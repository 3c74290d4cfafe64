"""Stacked regression (Cengiz et al. 2019) and the corrective weights of Wing, Freedman and Hollingsworth (2024)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.assemble import in_estimation, keep_where
from ipscausal.estimate.controls import Controls, cell_controls, no_controls
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import solve_columns
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.estimate.saturated.stack import Comparison, Stack, corrective, stack
from ipscausal.panel import BoolArray, Panel

Weights = Literal["treated", "corrective", "variance", "none"]


def stacked(
    panel: Panel,
    *,
    window: tuple[int, int] = (-3, 2),
    weights: Weights = "treated",
    comparison: Comparison = "not_yet",
    anticipation: int = 0,
) -> Estimate:
    """Effects of the cohorts that have the whole window, each against municipalities that are clean in it.

    Every cohort and its comparisons are a sub-experiment (`stack`), and all are one regression of which a municipality
    may hold several rows; contributions and clusters are those of municipalities. Effects of municipality by
    sub-experiment are absorbed. comparison: "not_yet" takes those that adopt after the window with the never treated,
    "never" only the latter. anticipation: years before adoption in which effects may already show; the reference is
    the last year before them.

    weights: how sub-experiments are averaged.
    "treated": each has its own effects and event-time effects; the terms are cohorts and years, and averages weigh them
    by their treated. "corrective": common effects by event time and comparisons weighted so that each sub-experiment
    has the same share of them as of the treated: by event time the coefficients of "treated", but a calendar year that
    was odd for everybody stays in the residuals and widens the error. "variance": common effects, event-time effects by
    sub-experiment, which average them by precision. "none": common effects and event-time effects, unweighted: no
    average of effects in general, and constants of calendar years do not cancel; kept to see what weights do.

    Cohorts without the whole window are left out ("outside_window"), so that every event time is about the same
    municipalities. n_observations counts stacked rows. Coefficients and contributions are those with constants of
    treated and comparisons in place of municipalities, as in the authors' code.
    Raises UsageError for a window that does not hold the reference and 0, IdentificationError if no cohort has it.
    """
    reference = -1 - anticipation
    if anticipation < 0 or not window[0] <= reference < 0 <= window[1]:
        raise UsageError(f"window {window} must hold the reference {reference} (before 0) and event time 0")
    for value, kind in ((weights, Weights), (comparison, Comparison)):
        if value not in get_args(kind):
            raise UsageError(f"{value!r} is not known", remedy=f"one of {', '.join(get_args(kind))}")
    again = partial(stacked, window=window, weights=weights, comparison=comparison, anticipation=anticipation)
    panel, left_out = in_estimation(panel)
    used = np.zeros(panel.weight.shape, dtype=np.bool_)
    laid = stack(panel, window, comparison, anticipation)
    used[laid.municipality[:, None], laid.year] = True
    stays = np.asarray(used.any(axis=1))
    panel, cells, left_out = keep_where(panel, panel.without(~used), stays, "outside_window", left_out)
    laid = stack(panel, window, comparison, anticipation)
    cells = replace(cells, adoption=np.where(np.isin(panel.adoption, laid.cohort), panel.adoption, np.inf))
    base = Term(f"event_{reference}", reference, reference, reference, str(reference))
    terms = _terms(laid, weights, reference)
    design = Design(terms, base, anticipation)
    found = effects_from_regression(
        "stacked", panel, cells, design, _regression(laid, panel, terms, weights), refit=again, left_out=left_out,
        share=_treated_weight(laid, terms) if weights == "treated" else None,
    )  # fmt: skip
    n, columns = laid.cells.n_observations, len(found.regression.columns)
    return replace(found, n_observations=n, residual_df=n - columns - len(laid.municipality))


def _terms(laid: Stack, weights: Weights, reference: int) -> tuple[Term, ...]:
    events = [int(e) for e in laid.cells.years if e != reference]
    if weights == "treated":
        return tuple(Term.of_group_time(int(c), int(c) + e) for c in np.unique(laid.cohort) for e in events)
    return tuple(Term(f"event_{e}", e, e, e, str(e)) for e in events)


def _focus(laid: Stack, terms: tuple[Term, ...]) -> BoolArray:
    """(q, R, E) the treated rows at the event time of a term, in the sub-experiment of its cohort where it has one."""
    own = [np.ones(len(laid.cohort), dtype=bool) if t.cohort is None else laid.cohort == t.cohort for t in terms]
    treated = np.array(own) & laid.cells.treated
    return np.asarray(treated[:, :, None] & np.array([laid.cells.years == t.event_time for t in terms])[:, None, :])


def _treated_weight(laid: Stack, terms: tuple[Term, ...]) -> np.ndarray:
    """(q,) average weight in the window of the treated behind each term."""
    return np.asarray((_focus(laid, terms) * laid.cells.weight).sum(axis=(1, 2)))


def _regression(laid: Stack, panel: Panel, terms: tuple[Term, ...], weights: Weights) -> NormalEquations:
    """The stacked regression, summed by municipality and calendar year."""
    rows = corrective(laid) if weights == "corrective" else laid
    by_stack = weights in ("treated", "variance")
    controls = _time_by_stack(rows) if by_stack else no_controls(rows.cells)
    names, g = tuple(term.name for term in terms), len(panel.municipality)
    by_row = solve_columns(rows.cells, names, _focus(rows, terms), controls)
    return replace(
        by_row,
        gram=laid.to_panel(by_row.gram, g),
        moment=laid.to_panel(by_row.moment, g),
        scores=laid.to_panel(by_row.scores, g),
        cells=laid.to_cells(by_row.cells, panel.weight.shape),
        controls=no_controls(panel),
    )


def _time_by_stack(laid: Stack) -> Controls:
    """An indicator of every event time but the first in every sub-experiment but the first."""
    cohorts, times = np.unique(laid.cohort)[1:], laid.cells.years[1:]
    of = (laid.cohort[:, None] == cohorts)[:, None, :, None] & (laid.cells.years[:, None] == times)[None, :, None, :]
    names = tuple(f"stack_{int(cohort)}:{time}" for cohort in cohorts for time in times)
    return cell_controls(names, of.reshape(*laid.cells.weight.shape, -1).astype(np.float64))
