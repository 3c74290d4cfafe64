"""Which counts of a release add up to which: what an outsider can subtract.

A sum is taken as known where it holds for the true counts, whether or not anything says so: outsiders who guess it
right are not to find anything. The same count in several tables is one count, shown where any of them shows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ipscausal.disclosure.audit import Interval, Known, Name, Sum
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.rounding import bounds_of, rounded

INFINITE = math.inf
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a count is printed: the column of a row, and the columns that are withheld with it."""

    draft: Draft
    column: str
    together: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether the column leaves."""
        return self.column not in self.draft.hidden

    def withhold(self) -> None:
        """Keep the column, and what would tell it, from leaving."""
        self.draft.hide_columns("complement", self.column, *self.together)


@dataclass(slots=True)
class Count:
    """A number of persons. A count without a place is what remains when others are subtracted."""

    value: float
    places: list[Place] = field(default_factory=list)

    @property
    def shown(self) -> bool:
        """Whether some place shows it."""
        return any(place.shown for place in self.places)


@dataclass(slots=True)
class Sums:
    """The counts of a release and what binds them; `made`: totals that add up exactly, with their parts."""

    counts: dict[Name, Count] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    made: dict[Name, tuple[Name, ...]] = field(default_factory=dict)

    def add(self, name: Name, value: float | None, place: Place | None = None) -> None:
        """Name a count and where it is printed; another value under the same name is another count."""
        if value is None:
            return
        if name in self.counts and self.counts[name].value != value:
            name = (*name, f"{value:g}")
        count = self.counts.setdefault(name, Count(value))
        if place is not None:
            count.places.append(place)

    def holds(self, counts: Mapping[Name, float], low: float = 0.0, high: float = 0.0) -> bool:
        """Bind the counts by low <= sum <= high, where that is true of them; whether it is."""
        if not all(name in self.counts for name in counts):
            return False
        total = sum(coefficient * self.counts[name].value for name, coefficient in counts.items())
        if not low - NEAR <= total <= high + NEAR:
            return False
        self.sums.append(Sum(counts, low, high))
        return True

    def total(self, name: Name, parts: Sequence[Name]) -> None:
        """Say that parts add up to a total, where they do."""
        if parts and self.holds({name: -1.0, **dict.fromkeys(parts, 1.0)}):
            self.made[name] = tuple(parts)

    def remainder(self, name: Name, counts: Mapping[Name, float]) -> None:
        """Name what an outsider gets by adding and subtracting these counts."""
        if all(one in self.counts for one in counts):
            value = sum(coefficient * self.counts[one].value for one, coefficient in counts.items())
            self.add(name, value)
            self.holds({**counts, name: -1.0})

    def leaves(self, name: Name) -> tuple[Name, ...]:
        """The counts that a total is made of in the end; a count that is no total is its own."""
        parts = self.made.get(name)
        return (name,) if parts is None else tuple(leaf for part in parts for leaf in self.leaves(part))

    def known(self, rounding: str) -> Known:
        """What an outsider knows of the counts. A total of rounded counts tells only of its parts that are hidden."""
        found = Known(sums=list(self.sums))
        for name, count in self.counts.items():
            found.bounds[name] = self._bounds(name, count, rounding)
            if rounding != "none" and name in self.made and count.shown:
                found.sums.append(self._hidden_parts(name, rounding))
        return found

    def _bounds(self, name: Name, count: Count, rounding: str) -> Interval:
        if count.shown and not (rounding != "none" and name in self.made):
            return _around(count.value, rounding)
        # a remainder below nothing is known to be one: persons in neither of two arms
        return (0.0 if count.value >= 0 else -INFINITE), INFINITE

    def _hidden_parts(self, name: Name, rounding: str) -> Sum:
        """The rounded total less the rounded parts that are shown is the sum of the rounded parts that are not."""
        hidden = [leaf for leaf in self.leaves(name) if not self.counts[leaf].shown]
        each = [_around(self.counts[leaf].value, rounding) for leaf in hidden]
        return Sum(dict.fromkeys(hidden, 1.0), sum(low for low, _ in each), sum(high for _, high in each))


def _around(value: float, rounding: str) -> Interval:
    """The counts that leave as the same number as this one; a mean that is no whole number lies among them."""
    low, high = bounds_of(rounded(value, rounding), rounding)
    return min(low, value), max(high, value)
