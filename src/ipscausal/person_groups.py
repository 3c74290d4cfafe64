"""Persons of one municipality who are seen in the same years, added up: all that person effects need of the rows.

Whoever belongs to one municipality and is seen in the same years has the same regressors, less their own mean, so sums
over such persons serve as the persons themselves. A group may be a single person: it stays where the cells stay.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PersonGroups:
    """R groups of the persons behind a panel of G municipalities and T years.

    municipality: (R,) position of the municipality whose exposure they have. seen: (R, T) True in the years each person
    of the group is counted. persons: (R,) how many they are. y, yy: (R, T) sums of the outcome and of its square.
    """

    municipality: IntArray
    seen: BoolArray
    persons: FloatArray
    y: FloatArray
    yy: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            frozen = getattr(self, field.name).copy()
            frozen.flags.writeable = False
            object.__setattr__(self, field.name, frozen)

    @property
    def years_seen(self) -> IntArray:
        """(R,) in how many years each person of the group is counted."""
        return np.asarray(self.seen.sum(axis=1), dtype=np.int64)

    @property
    def weight(self) -> FloatArray:
        """(R, T) persons of the group in each year."""
        return np.asarray(self.seen * self.persons[:, None])

    def without(self, cells: BoolArray) -> PersonGroups:
        """The same persons without the years of their municipality that the (G, T) mask names."""
        seen = self.seen & ~cells[self.municipality]
        return self._of(np.asarray(seen.any(axis=1)), self.municipality, seen)

    def select(self, rows: IntArray, municipalities: int) -> PersonGroups:
        """The persons of the municipalities at positions `rows` of G = `municipalities`, which are then 0, 1, ..."""
        place = np.full(municipalities, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        return self._of(place[self.municipality] >= 0, place[self.municipality], self.seen)

    def of_years(self, years: BoolArray) -> PersonGroups:
        """The same persons in the years of the (T,) mask only."""
        seen = self.seen[:, years]
        kept = seen.any(axis=1)
        return PersonGroups(
            self.municipality[kept], seen[kept], self.persons[kept], self.y[kept][:, years], self.yy[kept][:, years]
        )

    def seen_again(self) -> PersonGroups:
        """Those seen in two years or more: nobody else tells of a change."""
        return self._of(np.asarray(self.years_seen > 1), self.municipality, self.seen)

    def _of(self, kept: BoolArray, municipality: IntArray, seen: BoolArray) -> PersonGroups:
        there = seen[kept]
        return PersonGroups(
            municipality[kept], there, self.persons[kept],
            np.where(there, self.y[kept], 0.0), np.where(there, self.yy[kept], 0.0),
        )  # fmt: skip

    def by_municipality(self, values: FloatArray, municipalities: int) -> FloatArray:
        """(G, ...) sums of (R, ...) values."""
        out = np.zeros((municipalities, *values.shape[1:]))
        np.add.at(out, self.municipality, values)
        return out
