"""Which methods stand beside an estimate, and in which order: the rule of few treated clusters.

Decided from counts alone, never from the outcome. Fewer than five treated clusters behind a coefficient: sup-t first,
the rank as companion, CR3 where it exists, CR1 last as `known_invalid`. Otherwise CR1, CR3 and the rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster_robust import cr1
from ipscausal.inference.jackknife import cr3
from ipscausal.inference.pre_trend import needs_rank, pre_terms, pre_trend_rank, pre_trend_wald
from ipscausal.inference.randomisation import reassign, ri
from ipscausal.inference.row import FEW_TREATED, Inference
from ipscausal.inference.size_family import sup_t

METHODS = ("sup_t", "cr1", "cr3", "ri")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """rows: by coefficient, the primary method first; pre_trend: the joint test, primary first (may be empty)."""

    rows: tuple[Inference, ...]
    pre_trend: tuple[Inference, ...]


def few_treated(estimate: Estimate) -> bool:
    """True when some coefficient rests on fewer than five treated clusters."""
    return bool(np.any(estimate.n_treated < FEW_TREATED))


def judge(estimate: Estimate, level: float, draws: int, seed: int) -> Verdicts:
    """Every method that applies. Ranks are computed for a single coefficient and where few are treated."""
    few, joint = estimate.n_treated < FEW_TREATED, pre_terms(estimate)
    methods = {"cr1": cr1(estimate, level), "cr3": cr3(estimate, level)}
    if few.any():
        methods["sup_t"] = sup_t(estimate, level)
    outcome = None
    if few.any() or len(estimate.terms) == 1:
        outcome = reassign(estimate, draws, seed, joint)
        methods["ri"] = ri(estimate, outcome, level)
    rows = []
    for j in range(len(estimate.terms)):
        order = ("sup_t", "ri", "cr3", "cr1") if few[j] else ("cr1", "cr3", "ri")
        rows += [methods[name][j] for name in order if name in methods]
    tests: tuple[Inference, ...] = ()
    if joint:
        tests = (pre_trend_wald(estimate, level),)
        if needs_rank(estimate) and outcome is not None:
            tests = (pre_trend_rank(outcome, level), *tests)
    return Verdicts(tuple(rows), tests)


def one_method(estimate: Estimate, method: str, level: float, draws: int, seed: int) -> tuple[Inference, ...]:
    """Rows of the method named, one per coefficient. Raises KeyError for a name not in METHODS."""
    if method == "ri":
        return ri(estimate, reassign(estimate, draws, seed), level)
    return {"sup_t": sup_t, "cr1": cr1, "cr3": cr3}[method](estimate, level)
