"""A finished document as bytes: the same on every run, and without a word of who made it where."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from docx.document import Document as WordFile

from ipscausal.report.document import Document
from ipscausal.report.word.elements import clean
from ipscausal.report.word.styles import TAGS

OLDEST = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
"""The oldest moment that an archive can tell."""


def saved(file: WordFile, document: Document) -> bytes:
    """The file with the properties of the document."""
    _describe(file, document)
    raw, packed = io.BytesIO(), io.BytesIO()
    file.save(raw)
    with zipfile.ZipFile(raw) as found, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in found.namelist():
            item = zipfile.ZipInfo(name, OLDEST.timetuple()[:6])
            item.compress_type = zipfile.ZIP_DEFLATED
            item.create_system = 0
            archive.writestr(item, found.read(name))
    return packed.getvalue()


def _describe(file: WordFile, document: Document) -> None:
    about: Any = file.core_properties
    moment = document.made or OLDEST
    about.title, about.subject = clean(document.title)[:255], clean(document.description)[:255]
    about.author, about.last_modified_by = document.producer, ""
    about.created = about.modified = moment.astimezone(dt.UTC).replace(tzinfo=None)
    about.language, about.revision = TAGS[document.language], 1
