"""Estimators: pure functions from a `Panel` to an `Estimate`."""

from ipscausal.estimate.assemble import effects_from_weights, in_estimation
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.group_time import att_gt
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.estimate.switching import switching
from ipscausal.estimate.synthetic import synthetic_control, synthetic_did
from ipscausal.estimate.triple import triple
from ipscausal.estimate.twfe import did, event_study

__all__ = [
    "Design",
    "Estimate",
    "NormalEquations",
    "Term",
    "att_gt",
    "did",
    "effects_from_weights",
    "event_study",
    "in_estimation",
    "switching",
    "synthetic_control",
    "synthetic_did",
    "triple",
]
