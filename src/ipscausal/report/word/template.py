"""What a document starts from: the house look, or an agency's own template with its look, header and footer.

Of a template the styles, the page and what stands in header and footer are kept; its text is replaced. Nothing in it
may name a person, run a program or fetch anything from elsewhere: the report leaves the secure environment.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordFile
from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.shared import Mm

from ipscausal.errors import UsageError

REQUIRED = ("Title", "Subtitle", "Heading 1", "Heading 2", "List Bullet", "Caption")
"""Styles of Word itself that a report is set in."""
LARGEST = 50_000_000
"""Bytes that a template may unfold to."""
_KEPT = {
    KIND.STYLES, KIND.NUMBERING, KIND.SETTINGS, KIND.FONT_TABLE, KIND.THEME, KIND.WEB_SETTINGS, KIND.HEADER,
    KIND.FOOTER, KIND.FOOTNOTES, KIND.ENDNOTES,
}  # fmt: skip
_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.%s.main+xml"
_PERSON = re.compile(rb"<[^>]*\s(?:w|w15):author=\"[^\"]")
_NAMELESS = (qn("w:attachedTemplate"), qn("w:rsids"), qn("w:docVars"), qn("w:mailMerge"))
"""Settings that hold paths, sources and the sessions in which somebody wrote."""


def require_template(path: Path) -> None:
    """Raises UsageError, with all that is wrong, where a report cannot be set in the template."""
    of_agency(path)


def of_agency(path: Path) -> WordFile:
    """An agency's template, emptied. Raises UsageError where a report cannot be set in it."""
    opened = _opened(path)
    named = {style.name for style in opened.styles}
    problems = [f"style missing: {name}" for name in REQUIRED if name not in named]
    parts = list(opened.part.package.iter_parts())
    if any(_PERSON.search(part.blob) for part in parts):
        problems.append("tracked changes or comments, which name who made them")
    for owner in parts:
        outward = [rel for rel in owner.rels.values() if rel.is_external and rel.reltype != KIND.HYPERLINK]
        for rel in outward:
            if rel.reltype.endswith("/attachedTemplate"):
                del owner.rels[rel.rId]
            else:
                problems.append(f"something fetched from elsewhere: {rel.reltype.rsplit('/', 1)[-1]}")
    if problems:
        raise UsageError(
            f"--template {path.name} cannot be used", problems=tuple(problems),
            remedy="open it in Word, use each missing style once (names as in English), accept or reject all changes, "
            "delete comments, embed linked pictures, and save",
        )  # fmt: skip
    return _emptied(opened)


def of_house() -> WordFile:
    """An empty document without a look of its own; A4."""
    opened = _emptied(docx.Document())
    for setting in opened.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    section = opened.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    return opened


def _opened(path: Path) -> WordFile:
    refused = UsageError(
        f"--template {path.name} cannot be read as a Word file", remedy="give a .docx or .dotx without macros"
    )
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST:
                raise refused
            parts = {item.filename: archive.read(item) for item in archive.infolist()}
        # a template differs from a document in the name of its kind, and python-docx reads documents
        types = parts["[Content_Types].xml"].replace(_MAIN % b"template", _MAIN % b"document")
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as archive:
            for name, content in {**parts, "[Content_Types].xml": types}.items():
                archive.writestr(name, content)
        return docx.Document(copy)
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, SyntaxError, RuntimeError, OpcError):
        raise refused from None


def _emptied(opened: WordFile) -> WordFile:
    """Without its text and what only the text used; the last section's page, header and footer stay."""
    body = opened.element.body
    for child in [child for child in body if child.tag != qn("w:sectPr")]:
        body.remove(child)
    _drop(opened.part, _KEPT)
    _drop(opened.part.package, {KIND.OFFICE_DOCUMENT})
    settings: Any = opened.settings.element
    for child in [child for child in settings if child.tag in _NAMELESS]:
        settings.remove(child)
    for session in list(opened.styles.element.iter(qn("w:rsid"))):
        session.getparent().remove(session)
    return opened


def _drop(owner: Any, kept: set[str]) -> None:
    for key in [key for key, rel in owner.rels.items() if rel.reltype not in kept]:
        del owner.rels[key]
