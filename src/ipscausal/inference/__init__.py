"""Inference: pure functions from an `Estimate` to rows, one file per family of methods."""

from ipscausal.inference.bias_reduced import covariance_cr2, cr2
from ipscausal.inference.choose import CONVENTIONAL, Choice, Verdicts, few_treated, guide, judge
from ipscausal.inference.cluster_robust import covariance_cr0, covariance_cr1, cr0, cr1, cr1s
from ipscausal.inference.collapse import collapse_covariance
from ipscausal.inference.false_positive_rate import cr1_false_positive_rate, cr2_false_positive_rate
from ipscausal.inference.jackknife import Influence, cr3, influence, jackknife_error, leave_one_out
from ipscausal.inference.leverage import Leverage, leverage
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.person_level import hc1
from ipscausal.inference.pre_trend import pre_terms, pre_trend_rank, pre_trend_wald
from ipscausal.inference.randomisation import Reassignment, reassign, ri
from ipscausal.inference.registry import METHODS, apply
from ipscausal.inference.row import FEW_TREATED, Inference, Role, Status
from ipscausal.inference.sampling import Sampling, sampling_covariance
from ipscausal.inference.single_treated import lau_li_breakdown
from ipscausal.inference.size_family import sup_t

__all__ = [
    "CONVENTIONAL",
    "FEW_TREATED",
    "METHODS",
    "Choice",
    "Inference",
    "Influence",
    "Leverage",
    "Method",
    "Options",
    "Reassignment",
    "Role",
    "Sampling",
    "Status",
    "Trial",
    "Verdicts",
    "apply",
    "collapse_covariance",
    "covariance_cr0",
    "covariance_cr1",
    "covariance_cr2",
    "cr0",
    "cr1",
    "cr1_false_positive_rate",
    "cr1s",
    "cr2",
    "cr2_false_positive_rate",
    "cr3",
    "few_treated",
    "guide",
    "hc1",
    "influence",
    "jackknife_error",
    "judge",
    "lau_li_breakdown",
    "leave_one_out",
    "leverage",
    "pre_terms",
    "pre_trend_rank",
    "pre_trend_wald",
    "reassign",
    "ri",
    "sampling_covariance",
    "sup_t",
]
