"""Averages of the effects by cohort and year, as weights on them and as terms."""

from __future__ import annotations

from math import inf
from typing import Literal, get_args

import numpy as np

from ipscausal.estimate.design import Term
from ipscausal.estimate.random_timing.comparisons import Cohorts, Comparisons
from ipscausal.panel import FloatArray

Estimand = Literal[
    "group_time", "simple", "event", "cohort", "calendar", "event_average", "cohort_average", "calendar_average"
]
ESTIMANDS: tuple[Estimand, ...] = get_args(Estimand)


def averages(estimand: Estimand, cohorts: Cohorts, pairs: Comparisons) -> tuple[tuple[Term, ...], FloatArray]:
    """q terms and the (q, P) weights of the pairs in them; rows sum to one.

    Pairs count by the size of their cohorts; "cohort_average" is the mean over cohorts by their size, "event_average"
    and "calendar_average" the plain mean over event times or years.
    """
    size = cohorts.size[pairs.cohort]
    date = cohorts.adoption[pairs.cohort].astype(np.int64)
    year = cohorts.years[pairs.year]
    if estimand == "group_time":
        return tuple(Term.of_group_time(int(g), int(t)) for g, t in zip(date, year, strict=True)), np.eye(len(size))
    if estimand == "simple":
        return (Term("att", None, 0, inf),), size[None, :] / size.sum()
    by, _, overall = estimand.partition("_")
    own = {"event": year - date, "cohort": date, "calendar": year}[by]
    values = np.unique(own)
    member = own[None, :] == values[:, None]
    weights = member * size / (member * size).sum(axis=1, keepdims=True)
    if not overall:
        return tuple(_term(by, int(value)) for value in values), weights
    count = (member * size).max(axis=1) if by == "cohort" else np.ones(len(values))
    return (Term(estimand, None, 0, inf),), count[None, :] @ weights / count.sum()


def _term(by: str, value: int) -> Term:
    if by == "event":
        return Term(f"event_{value}", value, value, value, str(value))
    if by == "cohort":
        return Term(f"cohort_{value}", None, 0, inf, str(value), cohort=value)
    return Term(f"year_{value}", None, 0, inf, str(value), year=value)
