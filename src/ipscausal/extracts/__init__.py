"""Delivered files: found, fingerprinted, checked for columns and types, and registered under fixed names.

Every problem of every table is collected and raised at once. Nothing here looks at the content of a row;
that is the contract's work.
"""

from ipscausal.extracts.parameters import parameters
from ipscausal.extracts.registering import DeliveredTable, Delivery, register
from ipscausal.extracts.tables import TABLES, Column, Table

__all__ = ["TABLES", "Column", "DeliveredTable", "Delivery", "Table", "parameters", "register"]
