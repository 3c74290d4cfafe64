"""Disclosure: results -> release. The only room that writes what may leave.

`release` is the order of it: the rules in force (`rules`, data in `rules.toml`); each row by itself (`checks`, by the
columns that `tables` declares; `dominance`); what other rows would tell of it (`complements`, `composition`, `effects`,
`parts`); what a linear programme still finds (`audited`, on the sums of `table_sums`); what an earlier release tells
(`differencing`, `ledger`); rounding last (`rounded`). A number that is withheld has a reason from then on
(`Draft.hidden`), which `withheld.csv` lists and `language` words as `reason.*`.
"""

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
