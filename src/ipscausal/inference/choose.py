"""Which methods stand beside an estimate, and in which order: the decision guide of few treated clusters.

Decided from counts and from what is known of sampling noise, never from the outcome. A choice made by calibration on
the user's own panel (`advise`) replaces the guide's. With few treated clusters no method that judges by residuals is
quoted: a single treated cluster has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.synthetic import SYNTHETIC
from ipscausal.inference.cluster.leverage import leverage
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.pre_trend import needs_rank, pre_terms, pre_trend_rank, pre_trend_wald
from ipscausal.inference.permutation.randomisation import reassign
from ipscausal.inference.registry import METHODS, apply
from ipscausal.inference.row import FEW_TREATED, Inference, Role
from ipscausal.inference.sampling import sampling_covariance

CONVENTIONAL = "cr1"  # of a regression
LARGE_SAMPLE = "analytic"  # of the other estimators
RANKS = frozenset({"ri", "ri_t", "ri_size"})
FEW_CONTROLS = 5  # with fewer, a model of shocks has too little to learn from
MANY_CONTROLS = 20
MANY_TREATED = 15
ENOUGH_EFFECTIVE = 20  # effective clusters, G*
# primary first, then the companion under other assumptions
FEW_OF_BOTH = ("sup_t", "ri", "collapse", "sampling")
FEW_MEANS = ("sup_t", "ri", "collapse", "collapse_n")
SEVERAL = ("panel", "wcr_s", "ri", "ri_t", "cr2", "im")
SEVERAL_MEANS = ("wcr_s", "cr2", "ri", "im", "cr3")
MANY = ("cr2", "wcr_s", "panel", "cr3")
# for estimators that are not two-way fixed effects
SEVERAL_ANY = ("panel", "cr3", "re_did", "multiplier", "ri")
SEVERAL_ANY_MEANS = ("sup_t", "cr3", "multiplier", "ri")
MANY_ANY = ("panel", "multiplier", "cr3")
MANY_ANY_MEANS = ("multiplier", "im", "cr3")
# weights fitted to outcomes: of donors, whom placebo municipalities judge; or of cohorts and years
OF_DONORS = ("placebo_t", "placebo_rank")
OF_MOMENTS = ("multiplier", "ri")
SMALL_COHORTS = ("sup_t", "cr3")
NO_TEST_BEFORE = ("two_stage", *SYNTHETIC)  # what they show before adoption was fitted to be small
OF_RESIDUALS = frozenset({"multiplier", "cr2", "wcr_s"})
MANY_REFITS = 60  # clusters above which running an estimator again for each says nothing that contributions do not


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
    return bool(np.any(estimate.n_residual < FEW_TREATED))


def guide(estimate: Estimate) -> tuple[Choice, ...]:
    """The choice for each coefficient: how many are treated, how many are not, and is sampling noise known?"""
    known = sampling_covariance(estimate)
    persons = known is not None and bool(known.covariance.any())
    controls = estimate.n_clusters - estimate.n_treated_clusters
    enough = leverage(estimate).effective >= ENOUGH_EFFECTIVE
    left_out = dear(estimate)
    choices = []
    for smaller, residual, many in zip(estimate.n_smaller_arm, estimate.n_residual, enough, strict=True):
        listed = _listed(estimate, int(smaller), controls, persons, bool(many))
        if residual < FEW_TREATED <= smaller and not estimate.is_two_way:
            # cohorts of a few: their residuals are those about their own small mean
            intervals = tuple(name for name in listed if name not in OF_RESIDUALS | RANKS)
            listed = (*intervals, *SMALL_COHORTS, *(name for name in listed if name in RANKS))
        names = [name for name in dict.fromkeys((*listed, conventional(estimate))) if name not in left_out]
        names = [name for name in names if name in METHODS and METHODS[name].lacks(estimate) is None]
        choices.append(Choice(names[0], names[1], tuple(names[2:])))
    return tuple(choices)


def conventional(estimate: Estimate) -> str:
    """The method that ordinary software prints beside this estimate."""
    return LARGE_SAMPLE if estimate.equations is None else CONVENTIONAL


def dear(estimate: Estimate) -> frozenset[str]:
    """What would take minutes on this estimate and settle nothing."""
    costly = RANKS if _costly(estimate) else frozenset()
    if estimate.n_clusters <= MANY_REFITS or estimate.is_two_way:
        return costly
    few = estimate.n_treated_clusters < FEW_TREATED
    # with small cohorts the jackknife is what is left without knowledge of the persons
    jackknife = estimate.equations is None and not few_treated(estimate)
    return costly | ({"cr3"} if jackknife else set()) | (set() if few else RANKS)


def _costly(estimate: Estimate) -> bool:
    """Many coefficients with many ways to assign treatment: re-assignment would take minutes and settle nothing."""
    return len(estimate.terms) > 1 and estimate.n_treated_clusters >= FEW_TREATED


def _listed(estimate: Estimate, smaller: int, controls: int, persons: bool, effective: bool) -> tuple[str, ...]:
    """smaller: clusters of the smaller arm; persons: sampling noise is known.

    effective: enough effective clusters for methods that judge by residuals alone.
    """
    if estimate.weights_from == "outcomes":
        return OF_DONORS if estimate.estimator in SYNTHETIC else OF_MOMENTS
    if smaller < FEW_TREATED:
        return _few(smaller, controls) if persons else FEW_MEANS
    many = smaller >= MANY_TREATED and effective
    if not estimate.is_two_way:
        return (MANY_ANY if many else SEVERAL_ANY) if persons else (MANY_ANY_MEANS if many else SEVERAL_ANY_MEANS)
    return MANY if many else SEVERAL if persons else SEVERAL_MEANS


def _few(treated: int, controls: int) -> tuple[str, ...]:
    if controls < FEW_CONTROLS:
        return FEW_OF_BOTH
    exact = ("wcr_s", "cr2") if treated >= 3 else ()
    donors = ("ferman_pinto_known",) if controls >= MANY_CONTROLS else ()
    return ("panel", "re_did", "sup_t", "collapse", "ri", "ri_size", *exact, *donors)


def _without_ranks(estimate: Estimate, choice: Choice) -> Choice:
    """The choice for one coefficient, without what re-assigns treatment where many coefficients would have to wait."""
    if not _costly(estimate):
        return choice
    kept = [name for name in choice.names[1:] if name not in RANKS]
    companion = kept[0] if kept else choice.companion
    return Choice(choice.primary, companion, tuple(name for name in kept if name != companion))


def judge(estimate: Estimate, options: Options, choice: Choice | None = None) -> Verdicts:
    """Every method of the choice (for each coefficient the guide's unless given), each row with its role."""
    chosen = guide(estimate) if choice is None else (_without_ranks(estimate, choice),) * len(estimate.terms)
    names = dict.fromkeys(name for one in chosen for name in one.names)
    rows = {name: apply(name, estimate, options) for name in names}
    usual = conventional(estimate)
    ordered = [
        replace(rows[name][j], role=_role(name, one, usual)) for j, one in enumerate(chosen) for name in one.names
    ]
    joint = () if estimate.estimator in NO_TEST_BEFORE else pre_terms(estimate)
    tests: tuple[Inference, ...] = ()
    if joint:
        tests = (pre_trend_wald(estimate, options.level),)
        if needs_rank(estimate):
            outcome = reassign(estimate, options.draws, options.seed, joint, options.strata)
            tests = (pre_trend_rank(outcome, options), *tests)
    return Verdicts(tuple(ordered), tests)


def _role(name: str, choice: Choice, usual: str) -> Role:
    if name == choice.primary:
        return "primary"
    if name == choice.companion:
        return "companion"
    return "conventional" if name == usual else "other"
