"""Primary checks: the declaration of a table drives one loop over its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rules import Rules

BY_CONSTRUCTION = "is_reference"
ZERO_OR_FULL = "zero_or_full"
SMALL_CELL = 5
"""Counts below it are the small cells of a table (microdata.no)."""
NO_CLAIM = ("known_invalid", "not_identified")


@dataclass(slots=True)
class Draft:
    """One row on its way out: its values and, per column, the reason for withholding it.

    rounded: values that leave in place of those of the row, which every check is made on. reviews: what a person must
    look at although it leaves.
    """

    table: ReleasedTable
    row: Mapping[str, Any]
    hidden: dict[str, str] = field(default_factory=dict)
    rounded: dict[str, Any] = field(default_factory=dict)
    reviews: set[str] = field(default_factory=set)

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
        """The row as it leaves, rounded: withheld columns are None, never a substitute number."""
        names = self.table.names(Role.KEY, Role.COUNT, Role.STATISTIC)
        known = {**self.row, **self.rounded}
        values = {name: None if name in self.hidden else known.get(name) for name in names}
        return {**values, "state": self.state, "reason": " ".join(self.reasons)}


def drafts(
    table: ReleasedTable, rows: Iterable[Mapping[str, Any]], rules: Rules, municipalities: int | None = None
) -> list[Draft]:
    """Rows of a table after the primary checks.

    municipalities: how many the study compares, for estimates whose row does not tell its own number.
    """
    checked = [Draft(table, _without_claims(row)) for row in rows]
    for draft in checked:
        for reason in _failures(draft, rules, municipalities):
            draft.hide_all(reason)
        for share, persons in table.shares(draft.row):
            _judge_share(draft, share, persons, rules)
    if _mostly_small(checked, rules.max_small_cells):
        for draft in checked:
            draft.hide_all("small_cells")
    return checked


def _failures(draft: Draft, rules: Rules, municipalities: int | None) -> list[str]:
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
    clusters = draft.row.get("n_municipalities", municipalities)
    if draft.table.kind == "regression" and clusters is not None and clusters - 1 < rules.min_cluster_df:
        found.append("cluster_df")
    persons: Any = draft.row.get("n_persons")
    if not _missing(persons) and persons < rules.min_population:
        found.append("population")
    counts: Iterator[Any] = (draft.row.get(name) for name in draft.table.names(Role.COUNT))
    known = [count for count in counts if not _missing(count)]
    if rules.zero_cells == "review" and 0 in known:
        draft.reviews.add(ZERO_OR_FULL)
        known = [count for count in known if count != 0]
    if any(count < rules.min_persons for count in known):
        found.append("count")
    return found


def _judge_share(draft: Draft, share: float, persons: float, rules: Rules) -> None:
    """Withhold what fewer persons than the minimum have, or lack; nobody and everybody by their own rule."""
    having = round(share * persons)
    if rules.zero_cells == "review" and having in (0, persons):
        draft.reviews.add(ZERO_OR_FULL)
    elif min(having, persons - having) < rules.min_persons:
        draft.hide("share", Role.STATISTIC)


def _mostly_small(checked: list[Draft], most: float) -> bool:
    """Whether more than this share of a table of counts is below the size of a small cell."""
    if not checked or checked[0].table.kind != "table":
        return False
    names = checked[0].table.counts
    counts = [draft.row[name] for draft in checked for name in names if not _missing(draft.row.get(name))]
    return sum(count < SMALL_CELL for count in counts) > most * len(counts)


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
