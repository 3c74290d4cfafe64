"""Doubt: what would have to be otherwise for the answer to change, one question a file. Pure functions of a panel."""

from ipscausal.sensitivity.anticipation import anticipation
from ipscausal.sensitivity.break_year import break_year
from ipscausal.sensitivity.check import QUESTIONS, Check, Question, Verdict, sentence
from ipscausal.sensitivity.event_coefficients import EventCoefficients, event_coefficients
from ipscausal.sensitivity.heterogeneity import (
    Heterogeneity,
    Interaction,
    LevelEffect,
    declared_dimensions,
    heterogeneity,
)
from ipscausal.sensitivity.honest import (
    HonestDiD,
    HonestInterval,
    HonestMethod,
    Restriction,
    family_of,
    honest_did,
    largest_slope_change,
)
from ipscausal.sensitivity.left_out import without_municipality, without_year
from ipscausal.sensitivity.municipality_effects import MunicipalityEffects, municipality_effects
from ipscausal.sensitivity.other_panels import (
    Otherwise,
    Untouched,
    otherwise,
    spillover,
    untouched,
    window,
    years_excluded,
)
from ipscausal.sensitivity.placebo_dates import placebo_dates
from ipscausal.sensitivity.placebo_municipalities import placebo_municipalities
from ipscausal.sensitivity.pretrend_power import PreTest, TrendPower, pretrend_power
from ipscausal.sensitivity.shrinkage import Shrunken, shrink
from ipscausal.sensitivity.specification_curve import (
    Specification,
    SpecificationCurve,
    SpecificationRow,
    specification_curve,
)
from ipscausal.sensitivity.subject import Estimator, Judge, Subject, primary_judge, subject
from ipscausal.sensitivity.trends import honest_check, pretrend_check

__all__ = [
    "QUESTIONS",
    "Check",
    "Estimator",
    "EventCoefficients",
    "Heterogeneity",
    "HonestDiD",
    "HonestInterval",
    "HonestMethod",
    "Interaction",
    "Judge",
    "LevelEffect",
    "MunicipalityEffects",
    "Otherwise",
    "PreTest",
    "Question",
    "Restriction",
    "Shrunken",
    "Specification",
    "SpecificationCurve",
    "SpecificationRow",
    "Subject",
    "TrendPower",
    "Untouched",
    "Verdict",
    "anticipation",
    "break_year",
    "declared_dimensions",
    "event_coefficients",
    "family_of",
    "heterogeneity",
    "honest_check",
    "honest_did",
    "largest_slope_change",
    "municipality_effects",
    "otherwise",
    "placebo_dates",
    "placebo_municipalities",
    "pretrend_check",
    "pretrend_power",
    "primary_judge",
    "sentence",
    "shrink",
    "specification_curve",
    "spillover",
    "subject",
    "untouched",
    "window",
    "without_municipality",
    "without_year",
    "years_excluded",
]
