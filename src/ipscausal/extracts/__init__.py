"""Delivered files: found, fingerprinted, checked for columns and types, and registered under fixed names.

Every problem of every table is collected and raised at once. Nothing here looks at the content of a row;
that is the contract's work.
"""

from ipscausal.extracts.coverage import Coverage, coverage
from ipscausal.extracts.parameters import parameters
from ipscausal.extracts.registering import DeliveredTable, Delivery, register
from ipscausal.extracts.tables import TABLES, Column, Table
from ipscausal.extracts.units import StudyUnitsMap, run_units_model, units_map

__all__ = [
    "TABLES",
    "Column",
    "Coverage",
    "DeliveredTable",
    "Delivery",
    "StudyUnitsMap",
    "Table",
    "coverage",
    "parameters",
    "register",
    "run_units_model",
    "units_map",
]
