"""Exact sums over persons seen in the same years of a municipality, for estimators with person effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ipscausal.errors import StudyError
from ipscausal.municipality_year.arrays import At, exact_zeros, ratio
from ipscausal.municipality_year.tables import CellTables
from ipscausal.municipality_year.year_pairs import ExactArray
from ipscausal.panel import BoolArray, IntArray
from ipscausal.person_groups import PersonGroups

if TYPE_CHECKING:
    import pyarrow as pa

MODELS = ("person_effect_year", "person_effect", "person_group", "person_group_outcome")
MOST_YEARS = 30  # 2 to the power of the years is how many sets of years there can be


@dataclass(frozen=True, slots=True, eq=False)
class PersonGroupSums:
    """R groups of the persons of G municipalities over T years.

    municipality: (R,) position of the municipality whose exposure they have. seen: (R, T) the years they are counted
    in. persons: (R,). total, squares: by outcome (R, T), whole numbers in the unit of the outcome's kind.
    """

    municipality: IntArray
    seen: BoolArray
    persons: IntArray
    total: Mapping[str, ExactArray]
    squares: Mapping[str, ExactArray]

    def of_outcome(self, outcome: str, scale: int) -> PersonGroups:
        """The groups of one outcome counted in 1/scale of its unit, each sum rounded once."""
        return PersonGroups(
            self.municipality,
            self.seen,
            self.persons.astype(np.float64),
            ratio(self.total[outcome], scale),
            ratio(self.squares[outcome], scale * scale),
        )


def year_bits(years: tuple[int, int]) -> pa.Table:
    """`year_bit`(year, bit): 2 to the power of the year's place from 0.

    Raises StudyError for more years than sets of them can be counted by.
    """
    import pyarrow as pa

    window = range(years[0], years[1] + 1)
    if len(window) > MOST_YEARS:
        raise StudyError(
            f"design.person_effects: {len(window)} periods; persons are told apart by those they are seen in, "
            f"at most {MOST_YEARS}",
            remedy='shorten population.years, count by year, or set person_effects = "none"',
        )
    bits = [1 << place for place in range(len(window))]
    return pa.table({"year": pa.array(window, pa.int32()), "bit": pa.array(bits, pa.int64())})


def person_group_sums(tables: CellTables, at: At) -> PersonGroupSums | None:
    """The groups in the order of the table; None where the study asks for no person effects."""
    groups, rows = tables.rows("person_group"), tables.rows("person_group_outcome")
    if groups is None or rows is None:
        return None
    keys = _keys(groups)
    row_of = {key: r for r, key in enumerate(keys)}
    bits = np.array([seen for _, seen in keys], dtype=np.int64)
    total, squares = {}, {}
    for number, outcome in enumerate(tables.outcomes, start=1):
        of = at.only(rows, "outcome", number)
        place = np.array([row_of[key] for key in _keys(of)], dtype=np.int64), at.year(of)
        total[outcome], squares[outcome] = (exact_zeros(len(keys), len(at.years)) for _ in range(2))
        total[outcome][place], squares[outcome][place] = (at.whole(of.column(name)) for name in ("total", "squares"))
    return PersonGroupSums(
        municipality=at.of(groups),
        seen=np.asarray((bits[:, None] >> np.arange(len(at.years))) & 1 == 1),
        persons=groups.column("persons").to_numpy().astype(np.int64),
        total=total,
        squares=squares,
    )


def _keys(rows: pa.Table) -> list[tuple[str, int]]:
    return list(zip(rows.column("municipality").to_pylist(), rows.column("seen").to_pylist(), strict=True))
