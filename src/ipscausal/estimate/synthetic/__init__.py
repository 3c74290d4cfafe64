"""Synthetic comparisons: weights of donors, and of years, that make the comparison what the treated were before."""

from ipscausal.estimate.synthetic.control import SyntheticControl, synthetic_control
from ipscausal.estimate.synthetic.difference import SyntheticDid, synthetic_did
from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit

SYNTHETIC = ("synthetic_did", "synthetic_control")
"""Names of the estimators that fit weights of donors."""

__all__ = [
    "SYNTHETIC",
    "Counterfactual",
    "SyntheticControl",
    "SyntheticDid",
    "SyntheticFit",
    "synthetic_control",
    "synthetic_did",
]
