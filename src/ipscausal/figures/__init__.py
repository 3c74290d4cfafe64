"""Figures: rows and labels in, a matplotlib Figure out; saved with reproducible bytes.

Drawing only. Disclosure draws the PNG and report the SVG from the same released rows.
"""

from ipscausal.figures.breakdown import BreakdownLabels, breakdown
from ipscausal.figures.calibration import CalibrationLabels, calibration
from ipscausal.figures.candidates import CandidateLabels, candidates
from ipscausal.figures.caterpillar import CaterpillarLabels, caterpillar
from ipscausal.figures.decomposition import BaconLabels, WeightsLabels, bacon, twfe_weights
from ipscausal.figures.decomposition_labels import bacon_labels, weights_labels
from ipscausal.figures.design_labels import calibration_labels, leave_one_out_labels, placebo_labels, space_time_labels
from ipscausal.figures.effect_labels import effect_name, effects_labels, estimators_labels
from ipscausal.figures.event_study import EventStudyLabels, event_study
from ipscausal.figures.flow import FlowLabels, flow
from ipscausal.figures.flow_labels import flow_labels
from ipscausal.figures.forest import ForestLabels, forest
from ipscausal.figures.hidden_trend import HiddenTrendLabels, hidden_trend
from ipscausal.figures.labels import candidates_labels, display_scale, event_study_labels, trends_labels
from ipscausal.figures.leave_one_out import LeaveOneOutLabels, leave_one_out
from ipscausal.figures.of_design import DesignFigure, calibration_order, design_figures
from ipscausal.figures.of_effects import effect_figures
from ipscausal.figures.placebo import PlaceboLabels, placebo
from ipscausal.figures.save import Described, png, svg
from ipscausal.figures.sensitivity_labels import (
    breakdown_labels,
    breakdown_text,
    hidden_trend_labels,
    restriction_text,
    specification_labels,
    target_text,
)
from ipscausal.figures.specification_curve import SpecificationLabels, specification_curve
from ipscausal.figures.style import NARROW, WIDE, Size, event_label
from ipscausal.figures.subgroup_labels import caterpillar_labels, subgroup_name, subgroups_labels
from ipscausal.figures.synthetic import SyntheticLabels, synthetic
from ipscausal.figures.synthetic_labels import synthetic_labels
from ipscausal.figures.trends import TrendsLabels, trends

__all__ = [
    "NARROW",
    "WIDE",
    "BaconLabels",
    "BreakdownLabels",
    "CalibrationLabels",
    "CandidateLabels",
    "CaterpillarLabels",
    "Described",
    "DesignFigure",
    "EventStudyLabels",
    "FlowLabels",
    "ForestLabels",
    "HiddenTrendLabels",
    "LeaveOneOutLabels",
    "PlaceboLabels",
    "Size",
    "SpecificationLabels",
    "SyntheticLabels",
    "TrendsLabels",
    "WeightsLabels",
    "bacon",
    "bacon_labels",
    "breakdown",
    "breakdown_labels",
    "breakdown_text",
    "calibration",
    "calibration_labels",
    "calibration_order",
    "candidates",
    "candidates_labels",
    "caterpillar",
    "caterpillar_labels",
    "design_figures",
    "display_scale",
    "effect_figures",
    "effect_name",
    "effects_labels",
    "estimators_labels",
    "event_label",
    "event_study",
    "event_study_labels",
    "flow",
    "flow_labels",
    "forest",
    "hidden_trend",
    "hidden_trend_labels",
    "leave_one_out",
    "leave_one_out_labels",
    "placebo",
    "placebo_labels",
    "png",
    "restriction_text",
    "space_time_labels",
    "specification_curve",
    "specification_labels",
    "subgroup_name",
    "subgroups_labels",
    "svg",
    "synthetic",
    "synthetic_labels",
    "target_text",
    "trends",
    "trends_labels",
    "twfe_weights",
    "weights_labels",
]
