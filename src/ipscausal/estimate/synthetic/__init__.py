"""Synthetic comparisons: weights of donors, and of years, that make the comparison what the treated were before."""

from ipscausal.estimate.synthetic.control import SyntheticControl, synthetic_control
from ipscausal.estimate.synthetic.difference import SyntheticDid, synthetic_did
from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit
from ipscausal.estimate.synthetic.placebo_fits import PlaceboFit, placebo_fits

SYNTHETIC = ("synthetic_did", "synthetic_control")
"""Names of the estimators that fit weights of donors."""

__all__ = [
    "SYNTHETIC",
    "Counterfactual",
    "PlaceboFit",
    "SyntheticControl",
    "SyntheticDid",
    "SyntheticFit",
    "placebo_fits",
    "synthetic_control",
    "synthetic_did",
]
