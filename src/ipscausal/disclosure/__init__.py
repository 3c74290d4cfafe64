"""Disclosure: results -> release. The only room that writes what may leave."""

from ipscausal.disclosure.drawing import FIGURES
from ipscausal.disclosure.index import DOCUMENTS
from ipscausal.disclosure.ledger import LEDGER, Ledger, read_ledger, shared_ledger, write_shared
from ipscausal.disclosure.release import ReleaseSummary, Withheld, release
from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rules import Rules, limit, rule_sets, rules_in_force
from ipscausal.disclosure.tables import RELEASED_FACTS, RELEASED_TABLES, WITHOUT_FILE

__all__ = [
    "DOCUMENTS",
    "FIGURES",
    "LEDGER",
    "RELEASED_FACTS",
    "RELEASED_TABLES",
    "WITHOUT_FILE",
    "Ledger",
    "ReleaseSummary",
    "ReleasedTable",
    "Role",
    "Rules",
    "Withheld",
    "limit",
    "read_ledger",
    "release",
    "rule_sets",
    "rules_in_force",
    "shared_ledger",
    "write_shared",
]
