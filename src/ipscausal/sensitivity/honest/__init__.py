"""Sensitivity to trends that differ (Rambachan and Roth 2023): restrictions, tests, intervals, breakdown."""

from ipscausal.sensitivity.honest.flci import FixedLength, shortest_interval
from ipscausal.sensitivity.honest.intervals import (
    HonestDiD,
    HonestInterval,
    HonestMethod,
    honest_did,
    largest_slope_change,
)
from ipscausal.sensitivity.honest.restrictions import Family, Restriction, family_of

__all__ = [
    "Family",
    "FixedLength",
    "HonestDiD",
    "HonestInterval",
    "HonestMethod",
    "Restriction",
    "family_of",
    "honest_did",
    "largest_slope_change",
    "shortest_interval",
]
