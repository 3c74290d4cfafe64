"""Estimators: pure functions from a `Panel` to an `Estimate`."""

from ipscausal.estimate.adjustment import VarianceCost, variance_cost
from ipscausal.estimate.aggregate import aggregate
from ipscausal.estimate.assemble import effects_from_weights, in_estimation
from ipscausal.estimate.decomposed import Bacon, TwfeWeights, bacon, twfe_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.dose import dose_response
from ipscausal.estimate.group_time import att_gt
from ipscausal.estimate.imputed import imputation, imputation_pretrends, two_stage
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.estimate.person_effects import did_of_persons, event_study_of_persons
from ipscausal.estimate.random_timing import efficient
from ipscausal.estimate.saturated import etwfe, etwfe_poisson, stacked, sun_abraham
from ipscausal.estimate.switching import switching
from ipscausal.estimate.synthetic import synthetic_control, synthetic_did
from ipscausal.estimate.triple import triple
from ipscausal.estimate.twfe import did, event_study

__all__ = [
    "Bacon",
    "Design",
    "Estimate",
    "NormalEquations",
    "Term",
    "TwfeWeights",
    "VarianceCost",
    "aggregate",
    "att_gt",
    "bacon",
    "did",
    "did_of_persons",
    "dose_response",
    "effects_from_weights",
    "efficient",
    "etwfe",
    "etwfe_poisson",
    "event_study",
    "event_study_of_persons",
    "imputation",
    "imputation_pretrends",
    "in_estimation",
    "stacked",
    "sun_abraham",
    "switching",
    "synthetic_control",
    "synthetic_did",
    "triple",
    "twfe_weights",
    "two_stage",
    "variance_cost",
]
