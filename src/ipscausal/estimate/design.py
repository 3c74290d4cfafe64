"""Designs: which event times a coefficient is about, and which it is compared with.

A coefficient is a set of event times of the treated municipalities (`Term`), a design adds the
event times of comparison (`base`). The same description builds the regressors, the contrast of
each municipality and the regressors under any other assignment of adoption paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.panel import BoolArray, FloatArray, Panel


@dataclass(frozen=True, slots=True)
class Term:
    """One effect: event times `first` to `last`, both included, of one cohort and calendar year where these are set.

    cohort: adoption year. form: a "mean" of effects, or another "combination" of them (per unit of dose, with the sign
    turned for those whose dose falls): the weights of its treated cells then do not add up to one.
    """

    name: str
    event_time: int | None
    first: float
    last: float
    label: str = ""
    cohort: int | None = None
    year: int | None = None
    form: Literal["mean", "combination"] = "mean"

    @classmethod
    def of_group_time(cls, cohort: int, year: int) -> Term:
        """The effect on the municipalities that adopt in `cohort`, in the calendar year `year`."""
        time = year - cohort
        return cls(f"att_{cohort}_{year}", time, time, time, "", cohort, year)


@dataclass(frozen=True, slots=True)
class Design:
    """Coefficients and the event times they are compared with; event times in neither are not used.

    anticipation: years before adoption in which behaviour may already have changed; no test of "before" holds them.
    """

    terms: tuple[Term, ...]
    base: Term
    anticipation: int = 0

    def focus(self, event_time: FloatArray, adoption: FloatArray) -> BoolArray:
        """(q, G, T) True where a cell belongs to the term; the never treated (NaN) belong to none.

        event_time: (G, T); adoption: (G,).
        """
        first = np.array([term.first for term in self.terms])[:, None, None]
        last = np.array([term.last for term in self.terms])[:, None, None]
        inside = (event_time >= first) & (event_time <= last)
        if all(term.cohort is None and term.year is None for term in self.terms):
            return inside
        cohort = np.array([np.nan if term.cohort is None else term.cohort for term in self.terms])[:, None, None]
        year = np.array([np.nan if term.year is None else term.year for term in self.terms])[:, None, None]
        of_cohort = np.isnan(cohort) | (adoption[:, None] == cohort)
        of_year = np.isnan(year) | (event_time + adoption[:, None] == year)
        return np.asarray(inside & of_cohort & of_year)

    def comparison(self, event_time: FloatArray) -> BoolArray:
        """(G, T) True where a treated municipality's cell is what its terms are compared with."""
        return (event_time >= self.base.first) & (event_time <= self.base.last)

    def left_out(self, event_time: FloatArray, adoption: FloatArray) -> BoolArray:
        """(G, T) True where a treated municipality's cell is neither in a term nor what terms are compared with."""
        in_a_term = self.focus(event_time, adoption).any(axis=0)
        return np.isfinite(event_time) & ~in_a_term & ~self.comparison(event_time)


def did_design(anticipation: int = 0) -> Design:
    """Exposed years against the years before: D = 1 from the first treated year on, years of anticipation not used."""
    return Design((Term("att", None, 0, inf),), Term("before", None, -inf, -1 - anticipation), anticipation)


def event_study_design(
    panel: Panel, window: tuple[int, int], reference: int, outside: str, anticipation: int = 0
) -> Design:
    """One term per event time of the window that the panel holds, the reference left out.

    With `outside="bin"` the end points also hold the event times beyond (labelled only where there are any);
    with "drop" those cells of the treated are not used. Years of anticipation keep their terms.
    Raises UsageError for a window without its reference, and for a reference inside the anticipation.
    """
    low, high = window
    if not low <= reference < 0 <= high:
        raise UsageError(f"window {window} must hold the reference {reference} (before 0) and event time 0")
    if reference >= -anticipation:
        raise UsageError(
            f"reference {reference} lies within the {anticipation} years of anticipation",
            remedy=f"use a reference of {-anticipation - 1} or earlier",
        )
    if outside not in ("bin", "drop"):
        raise UsageError(f"outside={outside!r} is not known", remedy='use "bin" or "drop"')
    binned = outside == "bin"
    seen = panel.event_time[panel.observed & np.isfinite(panel.event_time)]
    terms, base = [], _term(reference, window, seen, binned)
    for event_time in range(low, high + 1):
        term = _term(event_time, window, seen, binned)
        if event_time != reference and np.any((seen >= term.first) & (seen <= term.last)):
            terms.append(term)
    return Design(tuple(terms), base, anticipation)


def _term(event_time: int, window: tuple[int, int], seen: FloatArray, binned: bool) -> Term:
    low, high = window
    first: float = -inf if binned and event_time == low else event_time
    last: float = inf if binned and event_time == high else event_time
    label = str(event_time)
    if np.any((seen < event_time) & (seen >= first)):
        label = f"≤ {event_time}"
    elif np.any((seen > event_time) & (seen <= last)):
        label = f"≥ {event_time}"
    return Term(f"event_{event_time}", event_time, first, last, label)
