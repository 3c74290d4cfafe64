"""The advisor: which method to quote on this panel, decided before outcomes after adoption are seen.

Simulated copies of the user's own panel (its sizes, its missing cells, its adoption dates) tell how often each method
rejects without an effect and how often it finds one.
"""

from ipscausal.advisor.advice import Advice, Candidate
from ipscausal.advisor.advise import advise
from ipscausal.advisor.calibrate import DRAWS, Basis, basis, calibrate
from ipscausal.advisor.calibration import Calibration, MethodCalibration, PlaceboCount, Shocks
from ipscausal.advisor.diagnostics import THRESHOLDS, Diagnostic, of_design, of_outcomes
from ipscausal.advisor.estimators import EstimatorChoice, choose_estimators
from ipscausal.advisor.posterior import Posterior
from ipscausal.advisor.power import DesignPower, Power, ShockBelief, belief_of, power

__all__ = [
    "DRAWS",
    "THRESHOLDS",
    "Advice",
    "Basis",
    "Calibration",
    "Candidate",
    "DesignPower",
    "Diagnostic",
    "EstimatorChoice",
    "MethodCalibration",
    "PlaceboCount",
    "Posterior",
    "Power",
    "ShockBelief",
    "Shocks",
    "advise",
    "basis",
    "belief_of",
    "calibrate",
    "choose_estimators",
    "of_design",
    "of_outcomes",
    "power",
]
