"""Graded treatment: effects by dose and along the dose (Callaway, Goodman-Bacon & Sant'Anna)."""

from ipscausal.estimate.dose.response import dose_response

__all__ = ["dose_response"]
