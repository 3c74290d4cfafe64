"""What a column is to the disclosure rules, and a released table as the list of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a column is to the disclosure rules."""

    KEY = "key"
    """Names the row or describes the design; never disclosive."""
    COUNT = "count"
    """Persons or person-years."""
    STATISTIC = "statistic"
    """Computed from persons."""
    SUPPORT = "support"
    """Persons behind the row; guards it and is not released."""


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """Columns in file order (the first is the index) and how the table is described to a checker.

    shares: (share, persons) pairs of a row whose numerator and complement must reach the minimum.
    barn: the statistical class in the checker's vocabulary (statbarns). parts: statistics that are numbers of persons:
    parts of a count, which leave by rules of their own and are rounded like counts.
    """

    name: str
    columns: Mapping[str, Role]
    kind: str
    barn: str
    method: str
    shares: Callable[[Mapping[str, Any]], tuple[tuple[float, float], ...]] = lambda row: ()
    parts: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[str, ...]:
        """Columns that are numbers of persons or person-years."""
        return (*self.names(Role.COUNT), *self.parts)

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Columns of these roles, in file order."""
        return tuple(name for name, role in self.columns.items() if role in roles)

    @property
    def released_columns(self) -> tuple[str, ...]:
        """Columns of the released file; `state` and `reason` say what is withheld."""
        return (*self.names(Role.KEY, Role.COUNT, Role.STATISTIC), "state", "reason")


def columns_of(**groups: str) -> dict[str, Role]:
    """Column -> role from space-separated names; a repeated group name takes a numeric suffix."""
    return {name: Role(group.rstrip("0123456789")) for group, names in groups.items() for name in names.split()}
