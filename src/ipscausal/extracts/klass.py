"""Exports of KLASS, the statistical office's list of classifications: changes, and correspondence tables.

Semicolons or commas, UTF-8 with or without a mark, or Latin-1; names beside the codes, which nobody reads here. The
export of changes has a date in each row (changeOccurred); a correspondence table has none, and the study gives it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

OLD_CODE, NEW_CODE, DATE = "old_code", "new_code", "date"
_HEADERS: tuple[Mapping[str, str], ...] = (
    {OLD_CODE: "oldCode", NEW_CODE: "newCode", DATE: "changeOccurred"},
    {OLD_CODE: "sourceCode", NEW_CODE: "targetCode", DATE: "changeOccurred"},
)
_SEPARATORS = ";,\t"


def read(path: Path) -> dict[str, list[str | None]] | None:
    """old_code, new_code and, where the file has it, date; None where the file is no such export.

    Rows in which a code goes on unchanged stay: in a table of changes they say that it does.
    """
    header, *body = _cells(path) or [[]]
    for names in _HEADERS:
        if names[OLD_CODE] in header and names[NEW_CODE] in header:
            place = {ours: header.index(theirs) for ours, theirs in names.items() if theirs in header}
            return {ours: [_cell(row, at) for row in body] for ours, at in place.items()}
    return None


def _cells(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # of the letters only those in names are outside ASCII, and no name is read
        text = raw.decode("latin-1")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return []
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]


def _cell(row: list[str], at: int) -> str | None:
    """The cell, empty where a row is shorter: what is missing there is counted by the contract."""
    return (row[at] or None) if at < len(row) else None
