"""The document model as a Word file, block by block."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Emu, Pt

from ipscausal.report.document import (
    Block,
    Bullets,
    Definitions,
    Document,
    Figure,
    Headline,
    KeyFigure,
    Paragraph,
    Section,
    Table,
)
from ipscausal.report.word.elements import bookmark, clean, element, field, paragraph, run
from ipscausal.report.word.saving import saved
from ipscausal.report.word.styles import in_house_look, in_language, with_own_styles
from ipscausal.report.word.table import table_element
from ipscausal.report.word.template import of_agency, of_house
from ipscausal.report.word.widths import fitted

_KINDS = {"text": "Normal", "note": "Note", "subheading": "Heading 2"}


def word(document: Document, template: Path | None = None) -> bytes:
    """The document as a Word file. template: an agency's own. Raises UsageError where it cannot be used."""
    if template is None:
        file = of_house()
        in_house_look(file)
    else:
        file = of_agency(template)
    with_own_styles(file)
    in_language(file, document.language)
    _Writer(file).write(document)
    return saved(file, document)


class _Writer:
    """Adds blocks at the end of a file."""

    def __init__(self, file: WordFile) -> None:
        self.file = file
        self.body: Any = file.element.body

    def write(self, document: Document) -> None:
        self._say(document.kicker, "Subtitle")
        self._say(document.title, "Title")
        self._say(document.subtitle, "Subtitle")
        self._headline(document.headline)
        self._contents(document.contents_label, document.sections)
        for number, section in enumerate(document.sections, 1):
            marks = bookmark(number, _place(section))
            self._add(paragraph(self._style("Heading 1"), marks[0], run(section.heading), marks[1]))
            for place, block in enumerate(section.blocks):
                if place == section.lead and isinstance(block, Paragraph):
                    self._add(paragraph(self._style("Normal"), run(block.text), properties=(element("keepNext"),)))
                else:
                    self._block(block)
        self._say(document.footer, "Note")

    def _headline(self, headline: Headline) -> None:
        self._say(headline.question_label, "Key Heading")
        self._say(headline.question, "Key Question")
        self._say(headline.answer_label, "Key Heading")
        for line in headline.answer:
            self._say(line.label, "Key Term")
            for place, sentence in enumerate(line.sentences):
                first = line.key == "estimate" and place == 0
                weight = (element("b"),) if line.key == "together" else ()
                self._add(paragraph(self._style("Key Figure" if first else "Key Text"), run(sentence, *weight)))
        if headline.figures:
            self._say(headline.figures_label, "Key Heading")
            for figure in headline.figures:
                self._key_figure(figure)
            if headline.rule:
                self._say(headline.rule, "Key Note")

    def _key_figure(self, figure: KeyFigure) -> None:
        self._say(figure.label, "Key Term")
        pairs = (
            (figure.value, figure.unit, figure.interval),
            (figure.second_value, figure.second_unit, figure.second_interval),
        )
        for value, unit, interval in pairs:
            if value:
                small = run(f" {unit}", element("b", val=0), element("sz", val=20))
                self._add(paragraph(self._style("Key Figure"), run(value), small))
                if interval:
                    self._say(interval, "Key Text")

    def _contents(self, label: str, sections: tuple[Section, ...]) -> None:
        """Links to the sections, which Word can compute anew; without the numbers of pages, known to Word alone."""
        self._say(label, "Contents Heading")
        style = self._style("Contents")
        links = [element("hyperlink", run(section.heading), anchor=_place(section), history=1) for section in sections]
        begin, code, separate, end = field('TOC \\o "1-1" \\h \\n')
        for place, link in enumerate(links):
            first = (begin, code, separate) if place == 0 else ()
            last = (end,) if place == len(links) - 1 else ()
            together = () if last else (element("keepNext"),)
            self._add(paragraph(style, *first, link, *last, properties=together))

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._say(block.text, _KINDS[block.kind])
            case Bullets():
                for item in block.items:
                    self._say(item, "List Bullet")
            case Definitions():
                for term, text in block.items:
                    self._say(term, "Term")
                    self._say(text, "Normal")
            case Table():
                self._table(block)
            case Figure():
                self._figure(block)

    def _figure(self, figure: Figure) -> None:
        width, _ = self._room()
        holder = self.file.add_paragraph()
        holder.paragraph_format.keep_with_next = True
        holder.add_run().add_picture(io.BytesIO(figure.png()), width=Pt(width))
        for about in holder._p.iter(qn("wp:docPr"), qn("pic:cNvPr")):
            about.set("name", f"figure {about.get('id')}")
            about.set("descr", clean(figure.alt))
        self._say(figure.caption, "Caption")
        self._table(figure.table)

    def _table(self, table: Table) -> None:
        width, long_side = self._room()
        fit = fitted(table, width, long_side)
        if fit.on_its_side:
            self._turned()
        self._say(table.caption, "Caption")
        self._add(table_element(table, fit, self._style("Table Text")))
        # a paragraph without a note is the room under the table, which Word has no other word for
        close = () if table.note else (element("spacing", before=0, after=0),)
        words = [run(table.note)] if table.note else []
        self._add(paragraph(self._style("Note"), *words, properties=close))
        if fit.on_its_side:
            self._turned()

    def _turned(self) -> None:
        """From here on the page stands the other way."""
        before = self.file.sections[-1]
        section = self.file.add_section(WD_SECTION.NEW_PAGE)
        upright = before.orientation == WD_ORIENT.PORTRAIT
        section.orientation = WD_ORIENT.LANDSCAPE if upright else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = before.page_height, before.page_width

    def _room(self) -> tuple[float, float]:
        """Width between the margins of the page, and of the page when it is turned, in points."""
        section = self.file.sections[-1]
        margins = (section.left_margin or Emu(0)) + (section.right_margin or Emu(0))
        upright, turned = ((side or Emu(0)) - margins for side in (section.page_width, section.page_height))
        return Emu(upright).pt, Emu(turned).pt

    def _say(self, text: str, style: str) -> None:
        self._add(paragraph(self._style(style), run(text)))

    def _style(self, name: str) -> str:
        return str(self.file.styles[name].style_id)

    def _add(self, block: Any) -> None:
        """Before the last element of the body, which holds the page."""
        self.body.insert(len(self.body) - 1, block)


def _place(section: Section) -> str:
    """The name of a section's bookmark: letters, digits and underscores."""
    return "_Toc_" + section.anchor.replace("-", "_")
