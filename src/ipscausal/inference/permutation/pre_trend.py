"""Joint test that the coefficients before adoption are zero.

With five or more treated clusters behind every such coefficient: F(q, G-1) with the CR1 covariance. With fewer: the
rank of b_pre' (M_pre,pre)^-1 b_pre, the reduction of the sum of squared residuals that the coefficients before
adoption bring (M: bread of the regression), among the same statistic under every assignment of the adoption paths.
"""

from __future__ import annotations

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.cluster_robust import wald
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.randomisation import Reassignment, rank_row
from ipscausal.inference.row import FEW_TREATED, Inference

NAME = "pre_trend"

DEFAULT = Options()


def pre_terms(estimate: Estimate) -> tuple[int, ...]:
    """Positions of the coefficients whose event times all lie before adoption and before its anticipation."""
    return tuple(j for j, term in enumerate(estimate.terms) if term.last < -estimate.design.anticipation)


def pre_trend_rank(outcome: Reassignment, options: Options = DEFAULT) -> Inference:
    """Rank of the joint statistic of `reassign(..., joint=pre_terms(estimate))`, with its floor."""
    return rank_row(NAME, "joint_rank", outcome.drawn, outcome.joint, options, None)


def pre_trend_wald(estimate: Estimate, level: float = 0.95) -> Inference:
    """CR1 Wald test, `known_invalid` with fewer than five treated clusters behind any of its coefficients."""
    return wald(estimate, pre_terms(estimate), NAME, level)


def needs_rank(estimate: Estimate) -> bool:
    """True when some coefficient before adoption rests on fewer than five treated clusters."""
    terms = pre_terms(estimate)
    return bool(terms) and int(estimate.n_smaller_arm[list(terms)].min()) < FEW_TREATED
