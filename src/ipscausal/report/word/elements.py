"""WordprocessingML that python-docx has no words for: elements, runs, paragraphs, fields and bookmarks."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no XML file may hold; a title from outside may."""


def element(tag: str, *children: Any, **attributes: object) -> Any:
    """The element `w:tag` with children and `w:` attributes."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made


def clean(text: str) -> str:
    """The text without characters that a file cannot hold."""
    return _NOT_XML.sub("", text)


def run(text: str, *properties: Any) -> Any:
    """A piece of text; properties: elements of its `w:rPr`."""
    made = element("t")
    made.text = clean(text)
    made.set(qn("xml:space"), "preserve")
    return element("r", *([element("rPr", *properties)] if properties else []), made)


def paragraph(style: str, *content: Any, properties: tuple[Any, ...] = ()) -> Any:
    """A paragraph of a style (its id); properties: elements of its `w:pPr` after the style."""
    return element("p", element("pPr", element("pStyle", val=style), *properties), *content)


def field(instruction: str, *shown: Any) -> tuple[Any, ...]:
    """The runs of a field; shown: what stands there until a program computes it anew."""
    code = element("instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    marks = [element("r", element("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end")]
    return marks[0], element("r", code), marks[1], *shown, marks[2]


def bookmark(number: int, name: str) -> tuple[Any, Any]:
    """Start and end of a place that links lead to."""
    return element("bookmarkStart", id=number, name=name), element("bookmarkEnd", id=number)
