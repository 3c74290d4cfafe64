"""Figures: rows and labels in, a matplotlib Figure out; saved with reproducible bytes.

Drawing only. Disclosure draws the PNG and report the SVG from the same released rows.
"""

from ipscausal.figures.candidates import CandidateLabels, candidates
from ipscausal.figures.event_study import EventStudyLabels, event_study
from ipscausal.figures.labels import candidates_labels, display_scale, event_study_labels, trends_labels
from ipscausal.figures.save import png, svg
from ipscausal.figures.style import NARROW, WIDE, Size, event_label
from ipscausal.figures.trends import TrendsLabels, trends

__all__ = [
    "NARROW",
    "WIDE",
    "CandidateLabels",
    "EventStudyLabels",
    "Size",
    "TrendsLabels",
    "candidates",
    "candidates_labels",
    "display_scale",
    "event_label",
    "event_study",
    "event_study_labels",
    "png",
    "svg",
    "trends",
    "trends_labels",
]
