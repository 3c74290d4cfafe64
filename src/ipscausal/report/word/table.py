"""A table of the report as a native table of Word: header rows marked, rows whole, lines as in print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docx.oxml.ns import qn

from ipscausal.report.document import Table, TableRow
from ipscausal.report.word.elements import clean, element, paragraph, run
from ipscausal.report.word.widths import PADDING, Fitted

TWENTIETHS = 20
"""Of a point: the unit of widths in Word."""
SHORT = 12
"""Rows, with those of the head, of a table that no page break goes through."""
_MUTED, _GROUND = "5B636B", "F2F5F7"


def table_element(table: Table, fit: Fitted, style: str) -> Any:
    """The `w:tbl` of a table. style: id of the paragraph style of its text."""
    return _Made(table, fit, style).element()


class _Made:
    """One table with what each cell needs to know: the widths of the columns, the type, where words stand."""

    def __init__(self, table: Table, fit: Fitted, style: str) -> None:
        self.table = table
        self.style = style
        self.size = element("sz", val=round(2 * fit.size))
        self.widths = [round(width * TWENTIETHS) for width in fit.widths]

    def element(self) -> Any:
        grid = element("tblGrid", *(element("gridCol", w=width) for width in self.widths))
        rows = [*self._head(), *(self._row(row) for row in self.table.rows)]
        for place in self._kept(len(rows)):
            _keep(rows[place])
        return element("tbl", self._properties(), grid, *rows)

    def _kept(self, count: int) -> Iterator[int]:
        """The rows that stay with the next: all of a short table; else those above the second of the body, those that
        head others, the last but one, and the last where a note follows.
        """
        head, short = count - len(self.table.rows), count <= SHORT
        groups = {head + place for place, row in enumerate(self.table.rows) if row.tone == "group"}
        for place in range(count):
            if place == count - 1:
                stays = bool(self.table.note)
            else:
                stays = short or place <= head or place in groups or place == count - 2
            if stays:
                yield place

    def _properties(self) -> Any:
        side = round(PADDING / 2 * TWENTIETHS)
        return element(
            "tblPr",
            element("tblW", w=sum(self.widths), type="dxa"),
            element("tblBorders", _line("top", 12), _line("bottom", 12)),
            element("tblLayout", type="fixed"),
            element("tblCellMar", *(element(name, w=side, type="dxa") for name in ("left", "right"))),
            element("tblLook", val="04A0", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0, noHBand=1, noVBand=1),
            element("tblCaption", val=clean(self.table.caption)),
        )

    def _head(self) -> Iterator[Any]:
        if self.table.groups:
            cells, start = [], 0
            for label, span in self.table.groups:
                line = [_line("bottom", 4)] if label else []
                cells.append(self._cell(label, start, span, "center", [element("b")], line))
                start += span
            yield _row(cells, [element("tblHeader")])
        last = [
            self._cell(name, place, 1, self._side(place), [element("b")], [_line("bottom", 6)], "bottom")
            for place, name in enumerate(self.table.columns)
        ]
        yield _row(last, [element("tblHeader")])

    def _row(self, row: TableRow) -> Any:
        if row.tone == "group":
            bold = [element("b"), element("color", val=_MUTED)]
            return _row([self._cell(row.cells[0], 0, len(self.widths), "left", bold)])
        look = {"primary": [element("b")], "muted": [element("i"), element("color", val=_MUTED)]}.get(row.tone, [])
        shade = element("shd", val="clear", color="auto", fill=_GROUND) if row.tone == "primary" else None
        return _row(
            [self._cell(text, place, 1, self._side(place), look, shade=shade) for place, text in enumerate(row.cells)]
        )

    def _side(self, place: int) -> str:
        return "left" if place == 0 or place in self.table.text_columns else "right"

    def _cell(
        self, text: str, start: int, span: int, side: str, look: Sequence[Any], lines: Sequence[Any] = (),
        standing: str = "top", shade: Any = None,
    ) -> Any:  # fmt: skip
        """A cell over `span` columns from `start`; elements given for several cells are copied."""
        properties = [element("tcW", w=sum(self.widths[start : start + span]), type="dxa")]
        properties += [element("gridSpan", val=span)] if span > 1 else []
        properties += [element("tcBorders", *lines)] if lines else []
        properties += [shade.__copy__()] if shade is not None else []
        properties.append(element("vAlign", val=standing))
        words = run(text, *(one.__copy__() for one in look), self.size.__copy__())
        told = paragraph(self.style, *([words] if text else []), properties=(element("jc", val=side),))
        return element("tc", element("tcPr", *properties), told)


def _row(cells: Sequence[Any], marks: Sequence[Any] = ()) -> Any:
    """A row that no page break goes through."""
    return element("tr", element("trPr", element("cantSplit"), *marks), *cells)


def _keep(row: Any) -> None:
    """The row on the page of the next, which Word asks of its paragraphs."""
    for style in row.iter(qn("w:pStyle")):
        style.addnext(element("keepNext"))


def _line(side: str, eighths: int) -> Any:
    return element(side, val="single", sz=eighths, space=0, color="1D2228")
