"""Which methods stand beside an estimate, and in which order: the decision guide of few treated clusters.

Decided from counts alone, never from the outcome (inference.md 2). A choice
made by calibration on the user's own panel (`advisor`) replaces the guide's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.options import Options
from ipscausal.inference.pre_trend import needs_rank, pre_terms, pre_trend_rank, pre_trend_wald
from ipscausal.inference.randomisation import reassign
from ipscausal.inference.registry import apply
from ipscausal.inference.row import FEW_TREATED, Inference, Role

CONVENTIONAL = "cr1"


@dataclass(frozen=True, slots=True)
class Choice:
    """The method to quote, the one that stands beside it under other assumptions, and further ones in order."""

    primary: str
    companion: str
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All methods of the choice, the primary first."""
        return (self.primary, self.companion, *self.others)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """rows: by coefficient, the primary method first; pre_trend: the joint test, primary first (may be empty)."""

    rows: tuple[Inference, ...]
    pre_trend: tuple[Inference, ...]


def few_treated(estimate: Estimate) -> bool:
    """True when some coefficient rests on fewer than five treated clusters."""
    return bool(np.any(estimate.n_treated < FEW_TREATED))


def guide(estimate: Estimate) -> tuple[Choice, ...]:
    """The choice for each coefficient, from how many are treated."""
    # every assignment of a national rollout, event time by event time, would take minutes and settle nothing
    many = Choice(CONVENTIONAL, "cr3", ("ri",) if len(estimate.terms) == 1 else ())
    few = Choice("sup_t", "ri", ("cr3", CONVENTIONAL))
    return tuple(few if treated < FEW_TREATED else many for treated in estimate.n_treated)


def judge(estimate: Estimate, options: Options, choice: Choice | None = None) -> Verdicts:
    """Every method of the choice (for each coefficient the guide's unless given), each row with its role."""
    chosen = guide(estimate) if choice is None else (choice,) * len(estimate.terms)
    names = dict.fromkeys(name for one in chosen for name in one.names)
    rows = {name: apply(name, estimate, options) for name in names}
    ordered = [replace(rows[name][j], role=_role(name, one)) for j, one in enumerate(chosen) for name in one.names]
    joint = pre_terms(estimate)
    tests: tuple[Inference, ...] = ()
    if joint:
        tests = (pre_trend_wald(estimate, options.level),)
        if needs_rank(estimate):
            outcome = reassign(estimate, options.draws, options.seed, joint, options.strata)
            tests = (pre_trend_rank(outcome, options), *tests)
    return Verdicts(tuple(ordered), tests)


def _role(name: str, choice: Choice) -> Role:
    if name == choice.primary:
        return "primary"
    if name == choice.companion:
        return "companion"
    return "conventional" if name == CONVENTIONAL else "other"
