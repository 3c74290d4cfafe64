"""Which cells a saturated regression may use: every effect needs cells that are not treated in the same year."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import in_estimation, keep_where
from ipscausal.estimate.design import Term
from ipscausal.panel import Panel

Comparison = Literal["never", "not_yet", "last cohort"]
LeftOut = dict[str, tuple[str, ...]]

REMEDY = "look at the rollout dates, the years of the study and the comparison municipalities"


def compared(panel: Panel, comparison: Comparison, anticipation: int) -> tuple[Panel, Panel, LeftOut]:
    """Municipalities in the estimation, their cells as used, and who is left out.

    Years in which no comparison municipality is observed untreated are emptied, since only year effects could speak
    for them. Where the last cohort is the comparison ("last cohort"; "not_yet" without never treated) its members
    are untreated in the cells as used, and its years of treatment and anticipation are emptied.
    Raises IdentificationError without treated or comparison municipalities.
    """
    if anticipation < 0:
        raise UsageError(f"anticipation {anticipation} is negative", remedy="give a number of years, 0 for none")
    panel, left_out = in_estimation(panel)
    if not panel.treated.any():
        raise IdentificationError("no treated municipality inside the window", remedy=REMEDY)
    never = ~panel.treated
    if comparison == "never" and not never.any():
        raise IdentificationError(
            "no municipality is never treated", remedy='use comparison="last cohort", or etwfe with "not_yet"'
        )
    if comparison == "last cohort":
        panel, _, left_out = keep_where(panel, panel, ~never, "never_treated", left_out)
    cells = panel
    if comparison == "last cohort" or (comparison == "not_yet" and not never.any()):
        last = panel.adoption == panel.adoption.max()
        if last.all():
            raise IdentificationError("no comparison: every municipality adopts in the same year", remedy=REMEDY)
        cells = panel.without(last[:, None] & (panel.event_time >= -anticipation))
        cells = replace(cells, adoption=np.where(last, np.inf, panel.adoption))
    untreated = ~(cells.event_time >= -anticipation) if comparison == "not_yet" else ~cells.treated[:, None]
    spoken_for = (cells.observed & untreated).any(axis=0)
    cells = cells.without(np.broadcast_to(~spoken_for, cells.weight.shape))
    return keep_where(panel, cells, np.asarray(cells.observed.any(axis=1)), "empty", left_out)


def with_reference(
    panel: Panel, cells: Panel, reference: tuple[float, float], left_out: LeftOut
) -> tuple[Panel, Panel, LeftOut]:
    """Without cohorts that have no cell at the event times of reference (first, last): nothing to compare them with.

    Raises IdentificationError if no cohort has one.
    """
    inside = cells.observed & (cells.event_time >= reference[0]) & (cells.event_time <= reference[1])
    seen = np.unique(cells.adoption[inside.any(axis=1)])
    if not len(seen):
        raise IdentificationError("no treated municipality is observed in its years of reference", remedy=REMEDY)
    keep = ~cells.treated | np.isin(cells.adoption, seen)
    return keep_where(panel, cells, keep, "without_reference", left_out)


def group_times(cells: Panel, first: float, reference: int | None) -> tuple[Term, ...]:
    """One term per cohort and year with cells at event time `first` or later, the event time of reference left out.

    Raises IdentificationError where no cohort has cells after adoption.
    """
    terms = []
    for cohort in np.unique(cells.adoption[cells.treated]):
        seen = cells.observed[cells.adoption == cohort].any(axis=0)
        times = cells.years - cohort
        chosen = seen & (times >= first) & (times != (np.inf if reference is None else reference))
        terms += [Term.of_group_time(int(cohort), int(year)) for year in cells.years[chosen]]
    if not any(term.first >= 0 for term in terms):
        raise IdentificationError("no treated municipality is observed after adoption", remedy=REMEDY)
    return tuple(terms)
