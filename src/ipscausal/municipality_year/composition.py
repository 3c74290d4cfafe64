"""Who comes and who goes between the years of a municipality, as counts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ipscausal.municipality_year.arrays import At, place
from ipscausal.municipality_year.tables import CellTables
from ipscausal.panel import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """(G, T) persons by where they were the year before and the year after (sql/3_municipality_year/composition).

    stayed + came and gone + those who stay on are the persons of the cell; came_moved is part of came, gone_moved and
    gone_died are parts of gone.
    """

    stayed: IntArray
    came: IntArray
    came_moved: IntArray
    gone: IntArray
    gone_moved: IntArray
    gone_died: IntArray


def composition_of(tables: CellTables, at: At, shape: tuple[int, int]) -> Composition | None:
    """None where the study does not count it: entries have windows of their own."""
    rows = tables.rows("composition")
    if rows is None:
        return None
    counts = {field.name: place(rows.column(field.name), at.cell(rows), shape) for field in fields(Composition)}
    return Composition(**{name: values.astype("int64") for name, values in counts.items()})
