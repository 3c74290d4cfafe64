"""Doubt: what would have to be otherwise for the answer to change, one question a file. Pure functions of a panel."""

from ipscausal.sensitivity.event_coefficients import EventCoefficients, event_coefficients
from ipscausal.sensitivity.honest import HonestDiD, HonestInterval, HonestMethod, Restriction, family_of, honest_did
from ipscausal.sensitivity.pretrend_power import PreTest, TrendPower, pretrend_power

__all__ = [
    "EventCoefficients",
    "HonestDiD",
    "HonestInterval",
    "HonestMethod",
    "PreTest",
    "Restriction",
    "TrendPower",
    "event_coefficients",
    "family_of",
    "honest_did",
    "pretrend_power",
]
