"""Averages of the effects by cohort and year, as weights on them and as terms."""

from __future__ import annotations

from math import inf
from typing import Literal

import numpy as np

from ipscausal.estimate.design import Term
from ipscausal.estimate.random_timing.comparisons import Cohorts, Comparisons
from ipscausal.panel import FloatArray

Estimand = Literal["group_time", "simple", "event", "cohort", "calendar", "mean_of_cohorts", "mean_of_years"]
ESTIMANDS: tuple[Estimand, ...] = (
    "group_time",
    "simple",
    "event",
    "cohort",
    "calendar",
    "mean_of_cohorts",
    "mean_of_years",
)


def averages(estimand: Estimand, cohorts: Cohorts, pairs: Comparisons) -> tuple[tuple[Term, ...], FloatArray]:
    """q terms and the (q, P) weights of the pairs in them; rows sum to one.

    simple, event, calendar: by size of the cohorts; cohort: years alike. mean_of_cohorts: the cohorts' averages by
    their size; mean_of_years: the years' averages alike.
    """
    size = cohorts.size[pairs.cohort]
    date = cohorts.adoption[pairs.cohort].astype(np.int64)
    year = cohorts.years[pairs.year]
    if estimand == "group_time":
        return tuple(Term.of_group_time(int(g), int(t)) for g, t in zip(date, year, strict=True)), np.eye(len(size))
    if estimand == "simple":
        return (Term("att", None, 0, inf),), size[None, :] / size.sum()
    if estimand == "event":
        times = np.unique(year - date)
        terms = tuple(Term(f"event_{e}", int(e), e, e, str(e)) for e in times.tolist())
        return terms, _normal((year - date)[None, :] == times[:, None], size)
    if estimand in ("cohort", "mean_of_cohorts"):
        dates = np.unique(date)
        weights = _normal(date[None, :] == dates[:, None], np.ones(len(size)))
        if estimand == "cohort":
            return tuple(Term(f"cohort_{g}", None, 0, inf, "", g) for g in dates.tolist()), weights
        count = np.array([size[date == g][0] for g in dates])
        return (Term("att_mean_of_cohorts", None, 0, inf),), count[None, :] @ weights / count.sum()
    years = np.unique(year)
    weights = _normal(year[None, :] == years[:, None], size)
    if estimand == "calendar":
        return tuple(Term(f"year_{t}", None, 0, inf, "", None, t) for t in years.tolist()), weights
    return (Term("att_mean_of_years", None, 0, inf),), weights.mean(axis=0, keepdims=True)


def _normal(member: np.ndarray, size: FloatArray) -> FloatArray:
    weight = member * size
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
