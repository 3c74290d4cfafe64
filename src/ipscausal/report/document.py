"""The document model: what a report says, before any format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. kind: `text`, `note` (smaller) or `subheading`."""

    text: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short statements of equal rank."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms with their sentences."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """First cell is the row's header. tone: `plain`, `primary`, `muted`, or `group` for a lone cell that heads rows."""

    cells: tuple[str, ...]
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """columns: headers, the first of the row headers; groups: (label, number of columns) above them.

    text_columns: positions of columns that hold words (set left); all other cells are set right.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    note: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    text_columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Two drawings of the same rows (page and phone), and the rows as a table.

    png: the drawing for a page as pixels (200 dots per inch), drawn when a renderer asks for it.
    """

    caption: str
    alt: str
    wide_svg: str
    narrow_svg: str
    table: Table
    png: Callable[[], bytes] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number of the headline box with what belongs to it."""

    label: str
    value: str
    unit: str
    interval: str
    second_value: str
    second_unit: str
    second_interval: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One line of the answer: its name (`key` for programmes), sentences for a page, clauses for a screen."""

    key: str
    label: str
    sentences: tuple[str, ...]
    short: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """Page one: question, the answer line by line, the numbers in work-years with their rule."""

    question_label: str
    question: str
    answer_label: str
    answer: tuple[AnswerLine, ...]
    figures_label: str
    figures: tuple[KeyFigure, ...]
    rule: str


Block = Paragraph | Bullets | Definitions | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part; `anchor` is its address inside the document."""

    anchor: str
    heading: str
    blocks: tuple[Block, ...]

    @property
    def lead(self) -> int | None:
        """Place of the text that the first table or figure follows at once: on one page the two belong together."""
        shown = next((place for place, block in enumerate(self.blocks) if isinstance(block, Table | Figure)), 0)
        before = self.blocks[shown - 1] if shown else None
        return shown - 1 if isinstance(before, Paragraph) and before.kind == "text" else None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in one language.

    made: the moment of the numbers in UTC, which a file bears in place of the day it was rendered (None where the
    release does not tell). producer: the software with its version. description: what the report answers.
    """

    language: str
    made: dt.datetime | None
    producer: str
    description: str
    kicker: str
    title: str
    subtitle: str
    headline: Headline
    sections: tuple[Section, ...]
    skip_label: str
    contents_label: str
    data_label: str
    scroll_label: str
    footer: str
