"""What is put in doubt: a panel, how the effect is estimated from any panel, and how a number is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import Choice, Inference, Options, apply, guide
from ipscausal.panel import BoolArray, FloatArray, Panel
from ipscausal.sensitivity.check import interval

Estimator = Callable[[Panel], Estimate]
Judge = Callable[[Estimate], Inference]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The answer in doubt. estimate and row are `estimate_of(panel)` and what `judge` says of its first coefficient."""

    panel: Panel
    estimate_of: Estimator
    judge: Judge
    estimate: Estimate
    row: Inference

    @property
    def effect(self) -> float:
        """The estimate."""
        return float(self.estimate.coef[0])

    @property
    def size(self) -> float:
        """Its absolute size: what a check must be able to see."""
        return abs(self.effect)

    def again(self, panel: Panel) -> Inference | None:
        """The same estimate and judgement on another panel; None where that does not identify it."""
        try:
            return self.judge(self.estimate_of(panel))
        except IdentificationError:
            return None

    def size_in(self, other: Panel) -> float:
        """The effect's size in the unit of another panel: equal in the same unit, else as large a share of the mean.

        Means are those of the treated municipalities before adoption. 0 where one of them is 0 or unknown.
        """
        if other.unit == self.panel.unit and other.outcome == self.panel.outcome:
            return self.size
        mine, theirs = mean_before(self.panel), mean_before(other)
        return self.size * abs(theirs / mine) if mine and np.isfinite([mine, theirs]).all() else 0.0


def subject(panel: Panel, estimate_of: Estimator, judge: Judge) -> Subject:
    """The answer in doubt. Raises IdentificationError where the panel gives none, UsageError for several effects."""
    estimate = estimate_of(panel)
    if len(estimate.terms) != 1:
        raise UsageError(
            f"{estimate.estimator} gives {len(estimate.terms)} effects, a check is about one",
            remedy='use did, or average group-time effects with aggregate(..., "simple")',
        )
    return Subject(panel, estimate_of, judge, estimate, judge(estimate))


def primary_judge(options: Options, choice: Choice | None = None) -> Judge:
    """Judge by the primary method of the choice (the guide's unless given), or the next that gives an interval."""

    def judge(estimate: Estimate) -> Inference:
        names = (guide(estimate)[0] if choice is None else choice).names
        first = apply(names[0], estimate, options)[0]
        if interval(first) is not None:
            return first
        others = (apply(name, estimate, options)[0] for name in names[1:-1])
        return next((row for row in others if interval(row) is not None), first)

    return judge


def mean_before(panel: Panel) -> float:
    """Mean outcome of the treated municipalities before adoption, NaN where they have no cells then."""
    before = panel.treated[:, None] & (panel.exposed == 0) & panel.observed
    weight = panel.weight[before].sum()
    return float(panel.y[before].sum() / weight) if weight > 0 else float("nan")


def before_adoption(panel: Panel, adoption: FloatArray) -> Panel:
    """The panel without what happened from the true adoption on, with placebo adoption years (G,) before it.

    Years in which no treated municipality is left are dropped: they say nothing about a placebo.
    """
    emptied = panel.without(panel.exposed == 1)
    years: BoolArray = np.asarray((emptied.observed & panel.treated[:, None]).any(axis=0))
    return replace(emptied, adoption=adoption, dose=None).of_years(years)
