"""Widths of the columns of a table: numbers are never broken, words share what is left.

Word sizes columns itself, but not every program that opens its files does; the widths are therefore written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from ipscausal.report.document import Table

SIZES = (9.0, 8.0, 7.0)
"""Sizes of type that are tried, in points."""
PADDING = 9.0
"""Space beside the text of a cell, left and right together, in points."""
WIDEST_WORDS = 80
"""Characters after which a column of words asks for no more room; it wraps."""
_EM = 0.6
"""Mean width of a character over the size of its type, on the wide side."""
_BOLD = 1.15
"""Width of a bold header over that of a cell."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """size: of the type; widths: one a column, in points; on_its_side: whether the page must be turned for it."""

    size: float
    widths: tuple[float, ...]
    on_its_side: bool


def fitted(table: Table, width: float, long_side: float) -> Fitted:
    """The largest type in which the table fits `width`; a page turned where none does. In points."""
    for size in SIZES:
        if sum(_least(table, size)) <= width:
            return Fitted(size, _shared(table, size, width), False)
    fits = [size for size in SIZES if sum(_least(table, size)) <= long_side]
    size = fits[0] if fits else SIZES[-1]
    return Fitted(size, _shared(table, size, long_side), True)


def _columns(table: Table) -> list[tuple[str, list[str], bool]]:
    """Header, cells, and whether they are words, of each column; a lone cell that heads rows is in none."""
    rows = [row.cells for row in table.rows if row.tone != "group"]
    return [
        (header, [cells[place] for cells in rows if place < len(cells)], place == 0 or place in table.text_columns)
        for place, header in enumerate(table.columns)
    ]


def _least(table: Table, size: float) -> list[float]:
    """What a column cannot do without: its longest word, or its longest number whole."""
    least = []
    for header, cells, words in _columns(table):
        pieces = chain.from_iterable(cell.split(" ") if words else [cell] for cell in cells)
        heaviest = max(map(len, header.split(" "))) * _BOLD
        least.append(_room(max([heaviest, *map(len, pieces)]), size))
    return least


def _shared(table: Table, size: float, width: float) -> tuple[float, ...]:
    least = _least(table, size)
    wished = [
        max(own, _room(min(WIDEST_WORDS, max(map(len, (header, *cells)))), size))
        for own, (header, cells, _) in zip(least, _columns(table), strict=True)
    ]
    missing = sum(wished) - sum(least)
    part = 0.0 if missing == 0 else min(1.0, max(0.0, width - sum(least)) / missing)
    return tuple(own + part * (wish - own) for own, wish in zip(least, wished, strict=True))


def _room(characters: float, size: float) -> float:
    return characters * _EM * size + PADDING
