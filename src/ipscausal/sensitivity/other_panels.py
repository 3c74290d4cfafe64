"""The same question of other data: outcomes and persons that cannot be affected, and other ways to put the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.inference import Inference
from ipscausal.panel import BoolArray, Panel
from ipscausal.sensitivity.check import Check, Question, Verdict, of_alternative, of_placebos
from ipscausal.sensitivity.subject import Subject

Untouched = Literal["placebo_outcome", "placebo_population"]
Otherwise = Literal["comparison_group", "movers", "baseline_cohort", "outcome_definition"]


def untouched(subject: Subject, panel: Panel, question: Untouched, name: str, size: float | None = None) -> Check:
    """The effect on an outcome, or among persons, that the programme cannot have changed. value: that effect.

    size: an effect that would matter, in the unit of the other panel; None = as large as the estimate
    (`Subject.size_in`).
    """
    if size is not None and not size > 0:
        raise UsageError(f"size={size}: an effect that would matter is above 0", remedy="leave it out")
    row = subject.again(panel)
    return _about(subject, row, of_placebos([row], subject.size_in(panel) if size is None else size), question, name)


def otherwise(subject: Subject, panel: Panel, question: Otherwise, name: str) -> Check:
    """The effect with another comparison group, without movers, in a baseline cohort, by another outcome definition.

    panel: the same study with that one choice made otherwise. value: the effect there.
    """
    return _again(subject, panel, question, name)


def window(subject: Subject, first: int, last: int, name: str = "window") -> Check:
    """The effect in the calendar years `first` to `last` only."""
    years = subject.panel.years
    return _again(subject, subject.panel.of_years((years >= first) & (years <= last)), "window", name)


def years_excluded(subject: Subject, years: Sequence[int], name: str = "years_excluded") -> Check:
    """The effect without some calendar years, as those of a pandemic."""
    return _again(subject, subject.panel.of_years(~np.isin(subject.panel.years, years)), "years_excluded", name)


def spillover(subject: Subject, neighbours: BoolArray, name: str = "spillover") -> Check:
    """The effect without the untreated neighbours (G,) of treated municipalities, which may have felt it too.

    Raises UsageError for a mask that does not fit or leaves out a treated municipality.
    """
    if neighbours.shape != subject.panel.adoption.shape or (neighbours & subject.panel.treated).any():
        raise UsageError(
            "neighbours must be a mask of untreated municipalities", remedy="leave treated municipalities out of it"
        )
    check = _again(subject, subject.panel.select(~neighbours), "spillover", name)
    if not neighbours.any():
        return Check(name, "spillover", "cannot tell", check.value, check.low, check.high, check.values)
    return check


def _again(subject: Subject, panel: Panel, question: Question, name: str) -> Check:
    row = subject.again(panel)
    return _about(subject, row, of_alternative(subject.row, row, subject.size_in(panel)), question, name)


def _about(subject: Subject, row: Inference | None, verdict: Verdict, question: Question, name: str) -> Check:
    shown = None if row is None else row.hidden
    return Check(
        name,
        question,
        verdict,
        None if shown is None else shown.estimate,
        None if shown is None else shown.conf_low,
        None if shown is None else shown.conf_high,
        {"effect": subject.effect},
    )
