"""A Word file read from its parts, by another hand than the one that writes it."""

from __future__ import annotations

import base64
import dataclasses
import io
import xml.etree.ElementTree as Xml
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.language import study_words
from ipscausal.report import read
from ipscausal.report.content import document
from ipscausal.report.document import Document, Figure
from ipscausal.results import Results

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


PIXELS = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAC0lEQVR4nGP4DwYAFPIF+6QNfF4AAAAASUVORK5CYII="
)
"""A picture in PNG, twice as wide as high."""


def undrawn_document(results: Results, folder: Path, language: str = "en") -> Document:
    """The report of results before any format, with a frame in place of each picture."""
    with undrawn():
        if not folder.exists():
            release(results, folder)
        released = read(folder)
        made = document(study_words(language, released.study), released)
    framed = (
        dataclasses.replace(
            section,
            blocks=tuple(
                dataclasses.replace(block, png=lambda: PIXELS) if isinstance(block, Figure) else block
                for block in section.blocks
            ),
        )
        for section in made.sections
    )
    return dataclasses.replace(made, sections=tuple(framed))


@dataclasses.dataclass(frozen=True)
class WordFile:
    content: bytes

    @cached_property
    def parts(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @cached_property
    def moments(self) -> set[tuple[int, ...]]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return {item.date_time for item in archive.infolist()}

    def part(self, name: str) -> Xml.Element:
        return Xml.fromstring(self.parts[name])  # noqa: S314 our own file

    @cached_property
    def body(self) -> Xml.Element:
        return self.part("word/document.xml")[0]

    @cached_property
    def styles(self) -> dict[str, str]:
        """Name of each style by its id."""
        return {
            style.attrib[f"{W}styleId"]: style.find(f"{W}name").attrib[f"{W}val"]  # type: ignore[union-attr]
            for style in self.part("word/styles.xml").iter(f"{W}style")
        }

    @property
    def paragraphs(self) -> list[tuple[str, str]]:
        """Style and text of the paragraphs outside tables, in order."""
        return [(self.style(found), text(found)) for found in self.body.findall(f"{W}p")]

    def of_style(self, name: str) -> list[str]:
        return [told for style, told in self.paragraphs if style == name]

    def style(self, paragraph: Xml.Element) -> str:
        found = paragraph.find(f"{W}pPr/{W}pStyle")
        return "Normal" if found is None else self.styles[found.attrib[f"{W}val"]]

    @property
    def tables(self) -> list[Xml.Element]:
        return self.body.findall(f"{W}tbl")

    @property
    def about(self) -> str:
        return self.parts["docProps/core.xml"].decode()


def text(found: Xml.Element) -> str:
    return "".join(piece.text or "" for piece in found.iter(f"{W}t"))


def cells(row: Xml.Element) -> list[str]:
    return [text(cell) for cell in row.findall(f"{W}tc")]


def spans(row: Xml.Element) -> list[int]:
    found = (cell.find(f"{W}tcPr/{W}gridSpan") for cell in row.findall(f"{W}tc"))
    return [1 if span is None else int(span.attrib[f"{W}val"]) for span in found]


def remade(content: bytes, old: str, new: str, added: Mapping[str, str] | None = None) -> bytes:
    """The file with text replaced in every part (at least once), and parts added."""
    made, changed = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(content)) as found, zipfile.ZipFile(made, "w") as archive:
        for name in found.namelist():
            part = found.read(name)
            changed += part.count(old.encode())
            archive.writestr(name, part.replace(old.encode(), new.encode()))
        for name, part_text in (added or {}).items():
            archive.writestr(name, part_text)
    assert changed >= 1, old
    return made.getvalue()
