"""Estimators: pure functions from a `Panel` to an `Estimate`."""

from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.estimate.twfe import did, event_study

__all__ = ["Design", "Estimate", "NormalEquations", "Term", "did", "event_study"]
