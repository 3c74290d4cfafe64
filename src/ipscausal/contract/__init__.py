"""The data contract: what is delivered, which rules it keeps, and what happens where it does not.

`check` counts the violations of all rules at once; `TABLES` are the declared tables; `dictionary` writes
them down for people.
"""

from ipscausal.contract.check import RULES, check, check_units
from ipscausal.contract.dictionary import dictionary
from ipscausal.contract.recipients import count_recipients
from ipscausal.contract.report import ContractReport, Finding
from ipscausal.contract.rules import Rule
from ipscausal.contract.tables import STAGED, TABLES

__all__ = [
    "RULES", "STAGED", "TABLES", "ContractReport", "Finding", "Rule", "check", "check_units", "count_recipients",
    "dictionary",
]  # fmt: skip
