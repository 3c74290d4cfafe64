"""Inference: pure functions from an `Estimate` to rows, one file per family of methods."""

from ipscausal.inference.choose import CONVENTIONAL, Choice, Verdicts, conventional, dear, few_treated, guide, judge
from ipscausal.inference.cluster.bias_reduced import covariance_cr2, cr2
from ipscausal.inference.cluster.cluster_robust import covariance_cr0, covariance_cr1, cr0, cr1, cr1s
from ipscausal.inference.cluster.false_positive_rate import cr1_false_positive_rate, cr2_false_positive_rate
from ipscausal.inference.cluster.jackknife import Influence, cr3, influence, jackknife_error, leave_one_out
from ipscausal.inference.cluster.leverage import Leverage, leverage
from ipscausal.inference.cluster.person_level import hc1
from ipscausal.inference.contrast.collapse import collapse_covariance
from ipscausal.inference.contrast.single_treated import lau_li_breakdown
from ipscausal.inference.contrast.size_family import sup_t
from ipscausal.inference.joint import joint_covariance
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.placebo_rank import (
    Placebo,
    placebo_ranks,
)
from ipscausal.inference.permutation.pre_trend import pre_terms, pre_trend_rank, pre_trend_wald
from ipscausal.inference.permutation.randomisation import Reassignment, reassign, ri
from ipscausal.inference.permutation.space_time import SpaceTime, space_time_placebos
from ipscausal.inference.registry import METHODS, apply
from ipscausal.inference.row import FEW_TREATED, Inference, Role, Status
from ipscausal.inference.sampling import Sampling, sampling_covariance
from ipscausal.inference.shock.panel_model import (
    PanelModel,
    combination_covariance,
    panel_covariance,
    prepare_model,
)
from ipscausal.inference.shock.posterior import ShockPosterior, shock_posterior, untreated_cells
from ipscausal.inference.shock.re_did import re_did_breakdown
from ipscausal.inference.shock.shocks import Breakdown, Moulton, breakdown_shock_sd, icc_year, moulton_factor
from ipscausal.inference.shock.simultaneous import Band, sup_t_band
from ipscausal.inference.shock.volatility import Volatility, volatility_ratio
from ipscausal.inference.wild.multiplier import multiplier, uniform_band

__all__ = [
    "CONVENTIONAL",
    "FEW_TREATED",
    "METHODS",
    "Band",
    "Breakdown",
    "Choice",
    "Inference",
    "Influence",
    "Leverage",
    "Method",
    "Moulton",
    "Options",
    "PanelModel",
    "Placebo",
    "Reassignment",
    "Role",
    "Sampling",
    "ShockPosterior",
    "SpaceTime",
    "Status",
    "Trial",
    "Verdicts",
    "Volatility",
    "apply",
    "breakdown_shock_sd",
    "collapse_covariance",
    "combination_covariance",
    "conventional",
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
    "dear",
    "few_treated",
    "guide",
    "hc1",
    "icc_year",
    "influence",
    "jackknife_error",
    "joint_covariance",
    "judge",
    "lau_li_breakdown",
    "leave_one_out",
    "leverage",
    "moulton_factor",
    "multiplier",
    "panel_covariance",
    "placebo_ranks",
    "pre_terms",
    "pre_trend_rank",
    "pre_trend_wald",
    "prepare_model",
    "re_did_breakdown",
    "reassign",
    "ri",
    "sampling_covariance",
    "shock_posterior",
    "space_time_placebos",
    "sup_t",
    "sup_t_band",
    "uniform_band",
    "untreated_cells",
    "volatility_ratio",
]
