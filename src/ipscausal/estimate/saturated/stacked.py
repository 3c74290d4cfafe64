"""Stacked regression (Cengiz et al. 2019) with the corrective weights of Wing, Freedman and Hollingsworth (2024)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.assemble import in_estimation, keep_where
from ipscausal.estimate.controls import Controls, cell_controls, no_controls
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import solve_columns
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.estimate.saturated.reexpress import reexpress
from ipscausal.estimate.saturated.stack import Comparison, Stack, corrective, stack
from ipscausal.panel import Panel

Weights = Literal["corrective", "variance", "none"]


def stacked(
    panel: Panel,
    *,
    window: tuple[int, int] = (-3, 2),
    weights: Weights = "corrective",
    comparison: Comparison = "not_yet",
    anticipation: int = 0,
    average: Literal["event", "post"] = "event",
) -> Estimate:
    """Effects by event time of the cohorts that have the whole window, each against municipalities clean in it.

    Every cohort and its comparisons are a sub-experiment, and all are one regression of which a municipality may hold
    several rows; contributions and clusters are those of municipalities. Effects of municipality by sub-experiment are
    absorbed. weights: "corrective" has common event-time effects and comparisons weighted so that the coefficient is
    the average over the treated in the window. "variance" has event-time effects by sub-experiment, which average them
    by the precision of each. "none" has common event-time effects without weights: no average of effects in general,
    kept to see what the weights do (constants of calendar years do not cancel in it).
    comparison: "not_yet" takes those that adopt after the window with the never treated; "never" only the latter.
    anticipation: years before adoption in which effects may already show; the reference is the last year before them.
    average: one term per event time, or "att", the mean of those from 0 on.

    The terms are event times and no cohorts, since the regression has no others; cohorts without the whole window are
    left out ("outside_window"), so that every event time is about the same municipalities. n_observations counts
    stacked rows. With the same weight in every year of the window, coefficients and contributions are those with
    constants of treated and comparisons in place of municipalities, as in the authors' code.
    Raises UsageError for a window that does not hold the reference and 0, IdentificationError if no cohort has it.
    """
    reference = -1 - anticipation
    if not window[0] <= reference < 0 <= window[1]:
        raise UsageError(f"window {window} must hold the reference {reference} and event time 0")
    for value, choices in ((weights, ("corrective", "variance", "none")), (comparison, ("not_yet", "never")),
                           (average, ("event", "post"))):  # fmt: skip
        if value not in choices:
            raise UsageError(f"{value!r} is not known", remedy=f"one of {', '.join(choices)}")
    again = partial(
        stacked, window=window, weights=weights, comparison=comparison, anticipation=anticipation, average=average
    )
    panel, left_out = in_estimation(panel)
    used = np.zeros(panel.weight.shape, dtype=np.bool_)
    first = stack(panel, window, comparison, anticipation)
    used[first.municipality[:, None], first.year] = True
    cells, stays = panel.without(~used), np.asarray(used.any(axis=1))
    panel, cells, left_out = keep_where(panel, cells, stays, "outside_window", left_out)
    laid = stack(panel, window, comparison, anticipation)
    cells = replace(cells, adoption=np.where(np.isin(panel.adoption, laid.cohort), panel.adoption, np.inf))
    laid = corrective(laid) if weights == "corrective" else laid
    events = [e for e in range(window[0], window[1] + 1) if e != reference]
    equations = _regression(laid, panel, events, weights)
    terms = tuple(Term(f"event_{e}", e, e, e, str(e)) for e in events)
    if average == "post":
        after = np.array([[float(e >= 0) for e in events]])
        terms = (Term("att", None, 0, window[1]),)
        equations = reexpress(equations, after / after.sum(), ("att",))
    design = Design(terms, Term(f"event_{reference}", reference, reference, reference, str(reference)), anticipation)
    found = effects_from_regression("stacked", panel, cells, design, equations, refit=again, left_out=left_out)
    n = laid.cells.n_observations
    return replace(found, n_observations=n, residual_df=n - len(equations.columns) - len(laid.municipality))


def _regression(laid: Stack, panel: Panel, events: list[int], weights: Weights) -> NormalEquations:
    """The stacked regression, summed by municipality and calendar year."""
    treated = laid.cells.treated[:, None]
    focus = np.array([treated & (laid.cells.years == e) for e in events])
    controls = _time_by_stack(laid) if weights == "variance" else no_controls(laid.cells)
    by_row = solve_columns(laid.cells, tuple(f"event_{e}" for e in events), focus, controls)
    g = len(panel.municipality)
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
