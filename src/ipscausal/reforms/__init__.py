"""Municipalities through reforms: changes of codes as a graph, and the units that no change in a window splits.

Pure: codes, days and names in, frozen values out. `extracts.units` brings the tables of a study here.
"""

from ipscausal.reforms.changes import Change, changes_on_circles, covered, in_window
from ipscausal.reforms.components import components
from ipscausal.reforms.units import JoinedUnit, joined_units, unit_of

__all__ = [
    "Change",
    "JoinedUnit",
    "changes_on_circles",
    "components",
    "covered",
    "in_window",
    "joined_units",
    "unit_of",
]
