"""Primary checks: the declaration of a table drives one loop over its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rules import Rules

BY_CONSTRUCTION = "is_reference"
NO_CLAIM = ("known_invalid", "not_identified")


@dataclass(slots=True)
class Draft:
    """One row on its way out: its values and, per column, the reason for withholding it."""

    table: ReleasedTable
    row: Mapping[str, Any]
    hidden: dict[str, str] = field(default_factory=dict)

    def hide(self, reason: str, *roles: Role) -> None:
        """Withhold the columns of these roles; the first reason stays."""
        self.hide_columns(reason, *self.table.names(*roles))

    def hide_columns(self, reason: str, *names: str) -> None:
        """Withhold these columns; the first reason stays."""
        for name in names:
            if self.row.get(name) is not None:
                self.hidden.setdefault(name, reason)

    def hide_all(self, reason: str) -> None:
        """Withhold everything that is not a key."""
        self.hide(reason, Role.COUNT, Role.STATISTIC)

    def hides(self, role: Role) -> bool:
        """Whether some column of the role is withheld."""
        return any(name in self.hidden for name in self.table.names(role))

    @property
    def state(self) -> str:
        """released, partly withheld or withheld."""
        if not self.hidden:
            return "released"
        valued = [n for n in self.table.names(Role.COUNT, Role.STATISTIC) if self.row.get(n) is not None]
        return "withheld" if all(name in self.hidden for name in valued) else "partly withheld"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of the reasons, each once."""
        return tuple(dict.fromkeys(self.hidden.values()))

    def released(self) -> dict[str, Any]:
        """The row as it leaves: withheld columns are None, never a substitute number."""
        names = self.table.names(Role.KEY, Role.COUNT, Role.STATISTIC)
        values = {name: None if name in self.hidden else self.row.get(name) for name in names}
        return {**values, "state": self.state, "reason": " ".join(self.reasons)}


def drafts(table: ReleasedTable, rows: Iterable[Mapping[str, Any]], rules: Rules) -> list[Draft]:
    """Rows of a table after the primary checks."""
    checked = [Draft(table, _without_claims(row)) for row in rows]
    for draft in checked:
        for reason in _failures(draft, rules):
            draft.hide_all(reason)
        if any(_too_few(share, persons, rules.min_persons) for share, persons in table.shares(draft.row)):
            draft.hide("share", Role.STATISTIC)
    return checked


def _failures(draft: Draft, rules: Rules) -> list[str]:
    """Reasons for which the whole row fails, in the order of the columns."""
    found: list[str] = []
    # the reference is zero by construction: nothing stands behind it unless a number is given
    constructed = bool(draft.row.get(BY_CONSTRUCTION))
    for name in draft.table.names(Role.SUPPORT):
        behind: Any = draft.row.get(name)
        limit = rules.min_residual_df if name == "residual_df" else rules.min_persons
        if _missing(behind):
            found += [] if constructed else ["support_unknown"]
        elif behind < limit:
            found.append(name)
    counts: Iterator[Any] = (draft.row.get(name) for name in draft.table.names(Role.COUNT))
    if any(not _missing(count) and count < rules.min_persons for count in counts):
        found.append("count")
    return found


def _too_few(share: float, persons: float, limit: int) -> bool:
    """Whether fewer than `limit` of `persons` have, or lack, what the share counts."""
    having = round(share * persons)
    return having < limit or persons - having < limit


def _without_claims(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A method that is invalid or not identified keeps its row but carries no interval and no p.

    The p of the conventional method stays for now: `protect_effects` keeps it only beside its calibrated rate.
    """
    conventional = row.get("role") == "conventional"
    if "status" not in row or (row["status"] not in NO_CLAIM and not conventional):
        return row
    emptied = ["conf_low", "conf_high", "work_years_low", "work_years_high"]
    if row["status"] == "not_identified" or not conventional:
        emptied.append("p_value")
    return {**row, **{name: None for name in emptied if name in row}}


def _missing(value: Any) -> bool:
    """None, or the NaN that a table of numbers holds instead."""
    return value is None or (isinstance(value, float) and math.isnan(value))
