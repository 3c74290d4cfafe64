"""Averages of group-time effects: over everything, by time since adoption, by cohort, by calendar year.

Callaway and Sant'Anna (2021), section 3. Every average weighs group-time effects by the share that their estimator
gives them; where it counts shares as estimated, so do the influence values here (their corollary 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, get_args

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.saturated.reexpress import reexpress
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

Kind = Literal["simple", "event", "cohort", "calendar", "event_average", "cohort_average", "calendar_average"]


@dataclass(frozen=True, slots=True, eq=False)
class _Average:
    """r averages of q effects. weights: (r, q); of_shares: (G, r) influence values of the estimated shares in them.

    share: (r,) and share_scores: (G, r) of the averages themselves.
    """

    coef: FloatArray
    weights: FloatArray
    of_shares: FloatArray
    share: FloatArray
    share_scores: FloatArray


def aggregate(
    estimate: Estimate, kind: Kind, *, window: tuple[float, float] | None = None, balance: int | None = None
) -> Estimate:
    """Averages of the group-time effects of any estimator; they stay linear in the cell means.

    kind: "simple" one average over all cohorts and years from adoption on; "event" one per event time, those before
    adoption included; "cohort" and "calendar" one per cohort and per year, from adoption on. "event_average" and
    "calendar_average": the plain mean of those from adoption on; "cohort_average": their mean by size of cohort.
    Years of anticipation are before adoption.
    window: first and last event time that enter. balance (by event time only): cohorts that have an effect `balance`
    years after adoption, and event times up to it: the same cohorts behind each event time from adoption on.

    Raises UsageError for an estimate that holds no group-time effects, IdentificationError where no effect is left.
    """
    if kind not in get_args(Kind):
        raise UsageError(f"kind={kind!r} is not known", remedy=f"one of {', '.join(get_args(Kind))}")
    by, _, overall = kind.partition("_")
    if balance is not None and by != "event":
        raise UsageError("cohorts are balanced by event time only", remedy='kind="event" or kind="event_average"')
    low, high = (-inf, inf) if window is None else window
    share, cohort, year = _group_times(estimate)
    terms, members = _members(cohort, year, by, (low, high), balance)
    after = np.array([term.first >= 0 for term in terms], dtype=bool)
    if not terms or (overall and not after.any()):
        raise IdentificationError("no group-time effect is left to average", remedy="widen the window")
    average = _by_share(estimate, share, members)
    if overall:
        average = _mean(average, after, "share" if by == "cohort" else "alike")
        terms = (Term(kind, None, max(0.0, low), high),)
    base = estimate.design.base
    averaged = effects_from_weights(
        estimate.estimator,
        estimate.panel,
        Design(terms, base, estimate.design.anticipation),
        np.einsum("rq,qgt->rgt", average.weights, estimate.cell_weights),
        estimate.contributions @ average.weights.T + average.of_shares,
        refit=_again(estimate.refit, kind, window, balance),
        cells=estimate.cells,
        coef=average.coef,
        slopes=estimate.slopes,
        n_parameters=estimate.n_parameters,
        left_out=estimate.left_out,
        weights_from=estimate.weights_from,
    )
    if estimate.equations is None:
        return averaged
    equations = reexpress(estimate.equations, average.weights, tuple(term.name for term in terms))
    mean, df = estimate.adjusted_mean, estimate.residual_df
    return replace(averaged, equations=equations, adjusted_mean=mean, residual_df=df)


def _again(
    refit: Callable[[Panel], Estimate], kind: Kind, window: tuple[float, float] | None, balance: int | None
) -> Callable[[Panel], Estimate]:
    return lambda panel: aggregate(refit(panel), kind, window=window, balance=balance)


def _group_times(estimate: Estimate) -> tuple[FloatArray, IntArray, IntArray]:
    """(q,) shares, cohorts and calendar years of the effects."""
    pairs = [(term.cohort, term.year) for term in estimate.terms if term.cohort is not None and term.year is not None]
    if len(pairs) < len(estimate.terms) or estimate.share is None:
        raise UsageError(
            f"{estimate.estimator} holds no effects by cohort and year", remedy="average group-time effects"
        )
    cohort, year = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return estimate.share, cohort, year


def _members(
    cohort: IntArray, year: IntArray, by: str, window: tuple[float, float], balance: int | None
) -> tuple[tuple[Term, ...], BoolArray]:
    """One term per average that has effects, and (r, q) True where an effect is in it."""
    event = year - cohort
    low, high = window
    inside = (event >= low) & (event <= high)
    if by == "event":
        if balance is not None:
            last, span = year.max(initial=0), int(np.ptp(year)) if len(year) else 0
            inside &= (last - cohort >= balance) & (event <= balance) & (event >= balance - span)
        times = [int(e) for e in np.unique(event[inside])]
        terms = [Term(f"event_{e}", e, e, e, str(e)) for e in times]
        return tuple(terms), np.array([inside & (event == e) for e in times]).reshape(len(terms), len(event))
    inside &= event >= 0
    first = max(0.0, low)
    if by == "simple":
        return (Term("att", None, first, high),) if inside.any() else (), inside[None, :]
    own = cohort if by == "cohort" else year
    values = [int(v) for v in np.unique(own[inside])]
    terms = [
        Term(f"cohort_{v}", None, first, high, str(v), cohort=v)
        if by == "cohort"
        else Term(f"year_{v}", None, first, high, str(v), year=v)
        for v in values
    ]
    return tuple(terms), np.array([inside & (own == v) for v in values]).reshape(len(terms), len(event))


def _by_share(estimate: Estimate, share: FloatArray, members: BoolArray) -> _Average:
    """Averages by share. An average's own share is the mean share of its effects."""
    known = np.zeros((len(estimate.contributions), len(estimate.coef)))
    scores = known if estimate.share_scores is None else estimate.share_scores
    return _weighted(estimate.coef, np.where(members, share, 0.0), members, scores)


def _weighted(coef: FloatArray, share: FloatArray, members: BoolArray, scores: FloatArray) -> _Average:
    total = share.sum(axis=1)
    weights = share / total[:, None]
    value = weights @ coef
    deviation = members * (coef - value[:, None]) / total[:, None]
    size = members.sum(axis=1)
    return _Average(value, weights, scores @ deviation.T, total / size, scores @ (members / size[:, None]).T)


def _mean(inner: _Average, chosen: BoolArray, count: Literal["alike", "share"]) -> _Average:
    """One average of the averages chosen, which count alike or by their shares."""
    members = chosen[None, :]
    share, scores = inner.share, inner.share_scores
    if count == "alike":
        share, scores = np.ones_like(share), np.zeros_like(scores)
    outer = _weighted(inner.coef, np.where(members, share, 0.0), members, scores)
    return _Average(
        outer.coef,
        outer.weights @ inner.weights,
        inner.of_shares @ outer.weights.T + outer.of_shares,
        outer.share,
        outer.share_scores,
    )
