"""Rows of exact sums as arrays of municipalities and years."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipscausal.municipality_year.year_pairs import ExactArray
from ipscausal.panel import FloatArray, IntArray

if TYPE_CHECKING:
    import pyarrow as pa

Cell = tuple[IntArray, IntArray]


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """Where the rows of a table stand in arrays of these municipalities and years, (G,) and (T,)."""

    municipality: tuple[str, ...]
    years: IntArray

    def of(self, rows: pa.Table) -> IntArray:
        """Position of each row's municipality."""
        return self.numbered(rows.column("municipality"), {code: g for g, code in enumerate(self.municipality)})

    def year(self, rows: pa.Table, column: str = "year") -> IntArray:
        """Position of each row's year."""
        return np.searchsorted(self.years, rows.column(column).to_numpy())

    def cell(self, rows: pa.Table) -> Cell:
        """Positions of municipality and year."""
        return self.of(rows), self.year(rows)

    def pair(self, rows: pa.Table) -> tuple[IntArray, IntArray, IntArray]:
        """Positions of municipality, year and other year."""
        return *self.cell(rows), self.year(rows, "other_year")

    @staticmethod
    def numbered(column: pa.ChunkedArray, places: Mapping[Any, int]) -> IntArray:
        """The place of each value."""
        known = dict(places)
        return np.array([known[value] for value in column.to_pylist()], dtype=np.int64)

    @staticmethod
    def whole(column: pa.ChunkedArray) -> ExactArray:
        """A column of whole numbers as Python integers."""
        import pyarrow as pa

        try:
            return np.asarray(column.cast(pa.int64()).to_numpy().astype(object))
        except pa.ArrowInvalid:  # beyond 64 bits
            return np.array([int(value) for value in column.to_pylist()], dtype=object)

    @staticmethod
    def only(rows: pa.Table, column: str, value: int) -> pa.Table:
        """The rows with one value of a column."""
        return At.among(rows, column, [value])

    @staticmethod
    def among(rows: pa.Table, column: str, values: Collection[int]) -> pa.Table:
        """The rows with one of these values of a column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kinds = rows.column(column).type
        return rows.filter(pc.is_in(rows.column(column), value_set=pa.array(sorted(values), kinds)))


def place(values: pa.ChunkedArray, at: Cell, shape: tuple[int, int]) -> ExactArray:
    """(G, T) a column of municipality-year rows as exact integers, 0 where there is no row."""
    out = exact_zeros(*shape)
    out[at] = At.whole(values)
    return out


def ratio(whole: ExactArray, scale: int) -> FloatArray:
    """Whole numbers / scale, each correctly rounded (Python divides integers exactly)."""
    return np.array([int(value) / scale for value in whole.ravel()], dtype=np.float64).reshape(whole.shape)


def exact_zeros(*shape: int) -> ExactArray:
    """An array of Python integers, all 0."""
    zeros: ExactArray = np.zeros(shape, dtype=object)
    return zeros
