"""Whom the rows of a file rest on, told to the checker without telling a number that is not released.

The persons behind a row guard it and do not leave, so the smallest of them is told rounded down, by steps of at least
the minimum: between two steps lie as many persons as the rule asks for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rules import Rules
from ipscausal.language import Catalogue

ARMS = ("support_treated", "support_control")


def behind_rows(
    table: ReleasedTable, rows: Sequence[Draft], rules: Rules, words: Catalogue, main: Mapping[str, float | None]
) -> list[str]:
    """Sentences on persons, person-years and degrees of freedom. main: those of the main estimate."""
    told = []
    leaving = [draft.row for draft in rows if not draft.hidden]
    smallest = [
        min((row[arm] for row in leaving if row.get(arm) is not None), default=None)
        for arm in ARMS
        if arm in table.columns
    ]
    if len(smallest) == len(ARMS) and None not in smallest:
        at_least = [rounded_down(value, rules.min_persons) for value in smallest if value is not None]
        told.append(words.text("context.behind_arms", treated=at_least[0], control=at_least[1]))
    if table.kind == "regression":
        counted = {
            name: words.raw("report.withheld_value") if value is None else words.style.number(value, 0)
            for name, value in main.items()
        }
        told.append(words.text("context.behind_regression", **counted))
    if table.counts:
        columns = ", ".join(name for name in table.counts if name in table.names(Role.COUNT, Role.STATISTIC))
        told.append(words.text("context.behind_columns", columns=columns))
    return told


def rounded_down(persons: float, limit: int) -> int:
    """The number rounded down to one significant digit, in steps no smaller than the limit."""
    step = max(limit, 10 ** math.floor(math.log10(persons))) if persons >= 1 else limit
    return max(math.floor(persons / step) * step, limit)
