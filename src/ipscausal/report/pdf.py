"""PDF renderer: PDF/UA-1 and PDF/A-2a in one file, the same bytes from the same release on every machine.

Typst sets the page from templates/report.typ. The document goes there as one JSON text, so that nothing in it can be
read as markup; fonts are those of Typst and matplotlib, and those of the machine are never looked at.
"""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources
from pathlib import Path
from typing import Any

from ipscausal.errors import IpsError, UsageError
from ipscausal.report.document import (
    Block,
    Bullets,
    Definitions,
    Document,
    Figure,
    Headline,
    KeyFigure,
    Paragraph,
    Table,
)

NO_MOMENT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""The date of a report whose release tells none: the archive standard asks for one."""


def pdf(document: Document) -> bytes:
    """The document as a tagged PDF.

    Raises UsageError where Typst is not installed, IpsError where it cannot set the document.
    """
    try:
        import typst
    except ImportError:
        raise UsageError(
            "a report as PDF needs the package typst", remedy="`pip install typst`, or leave pdf out of report.formats"
        ) from None
    template = resources.files("ipscausal.report").joinpath("templates/report.typ").read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[_matplotlib_fonts()])
    content = {"document": json.dumps(_content(document))}
    try:
        return typst.compile(
            template, format="pdf", pdf_standards=["ua-1", "a-2a"], font_paths=fonts, sys_inputs=content
        )
    except typst.TypstError as failed:
        raise IpsError(
            "the report could not be set as PDF",
            problems=(failed.message, *failed.hints),
            remedy="where a character is named, take it out of the names in the study file and the extracts; "
            "else leave pdf out of report.formats, and report this",
        ) from None


def _matplotlib_fonts() -> Path:
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _content(document: Document) -> dict[str, Any]:
    return {
        "language": document.language,
        "made": _moment(document.made or NO_MOMENT),
        "description": document.description,
        "kicker": document.kicker,
        "title": document.title,
        "subtitle": document.subtitle,
        "footer": document.footer,
        "contents": document.contents_label,
        "headline": _headline(document.headline),
        "sections": [
            {"heading": section.heading, "lead": section.lead, "blocks": [_block(block) for block in section.blocks]}
            for section in document.sections
        ],
    }


def _moment(made: dt.datetime) -> dict[str, int]:
    return {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")}


def _headline(headline: Headline) -> dict[str, Any]:
    return {
        "question-label": headline.question_label,
        "question": headline.question,
        "answer-label": headline.answer_label,
        "answer": [
            {"key": line.key, "label": line.label, "sentences": list(line.sentences)} for line in headline.answer
        ],
        "figures-label": headline.figures_label,
        "figures": [_key_figure(figure) for figure in headline.figures],
        "rule": headline.rule,
    }


def _key_figure(figure: KeyFigure) -> dict[str, str]:
    return {
        "label": figure.label, "value": figure.value, "unit": figure.unit, "interval": figure.interval,
        "second-value": figure.second_value, "second-unit": figure.second_unit,
        "second-interval": figure.second_interval,
    }  # fmt: skip


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text, kind):
            return {"kind": kind, "text": text}
        case Bullets(items):
            return {"kind": "bullets", "items": list(items)}
        case Definitions(items):
            return {"kind": "definitions", "items": [{"term": term, "text": text} for term, text in items]}
        case Table():
            return {"kind": "table", **_table(block)}
        case Figure():
            return {
                "kind": "figure", "caption": block.caption, "alt": block.alt, "svg": block.wide_svg,
                "table": _table(block.table),
            }  # fmt: skip


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": list(table.columns),
        "groups": [{"label": label, "span": span} for label, span in table.groups],
        "rows": [{"cells": list(row.cells), "tone": row.tone} for row in table.rows],
        "words": list(table.text_columns),
        "note": table.note,
    }
