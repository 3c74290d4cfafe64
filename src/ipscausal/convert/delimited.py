"""Text files with separators: how they are written is found out in one pass, then they are read as text in pieces."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from ipscausal.convert.choices import Choices
from ipscausal.convert.delivered import Piece, RawColumn, RawFile, Unreadable

SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
_PIECE_BYTES = 1 << 23
_LONGEST_HEADER = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# unprintable in latin-1, quotation marks and dashes in the code page of Windows
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class _Scanned:
    is_utf8: bool
    is_windows: bool
    quotes: int
    lines: int


def read(path: Path, choices: Choices) -> RawFile:
    """Raises Unreadable for a file that is no table of text cells; its message names no cell."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_HEADER)
    _require_text(head)
    scanned = _scan(path)
    encoding = _encoding(scanned, choices)
    header_text = _first_line(head, encoding)
    separator = _separator(header_text, choices)
    header = [cell.strip() for cell in next(csv.reader([header_text], delimiter=separator))]
    if scanned.quotes % 2:
        raise Unreadable("a quotation mark is opened and never closed; export the file again")
    if len(set(header)) != len(header) or "" in header:
        raise Unreadable("the header names a column twice, or leaves one without a name; correct the header")
    rows = max(0, scanned.lines - 1)
    notes = (f"read as {encoding}, separated by {SEPARATORS[separator]}",)
    columns = tuple(RawColumn(name, "text") for name in header)
    return RawFile(columns, rows, notes, lambda: _pieces(path, header, encoding, separator, choices))


def _require_text(head: bytes) -> None:
    if not head.strip():
        raise Unreadable("the file is empty")
    if head.startswith(_UTF16):
        raise Unreadable("the file is UTF-16; save it as UTF-8")
    if head.startswith(b"PAR1"):
        raise Unreadable("this is a Parquet file named like a text file; it needs no conversion")
    if b"\x00" in head:
        raise Unreadable("the file holds null bytes, so it is no text; export it again")


def _scan(path: Path) -> _Scanned:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_windows, quotes, lines, last = True, False, 0, 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_PIECE_BYTES):
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            is_windows = is_windows or len(block.translate(None, _WINDOWS_ONLY)) < len(block)
            quotes += block.count(b'"')
            lines += block.count(b"\n")
            last = block[-1:]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return _Scanned(is_utf8, is_windows, quotes, lines + (last != b"\n"))


def _encoding(scanned: _Scanned, choices: Choices) -> str:
    found = "utf-8" if scanned.is_utf8 else "cp1252" if scanned.is_windows else "latin-1"
    if choices.encoding is None:
        return found
    try:
        asked = codecs.lookup(choices.encoding).name
    except LookupError:
        raise Unreadable("no such encoding; use utf-8, latin-1 or cp1252 with --encoding") from None
    if asked.startswith("utf-8") and not scanned.is_utf8:
        raise Unreadable(f"the file is not {choices.encoding}; it looks like {found}")
    return "utf-8" if asked.startswith("utf-8") else choices.encoding


def _first_line(head: bytes, encoding: str) -> str:
    line = head.removeprefix(codecs.BOM_UTF8).splitlines()[0]
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(f"the header is not {encoding}; give the right --encoding") from None


def _separator(header: str, choices: Choices) -> str:
    if choices.separator is not None:
        return choices.separator
    found = {mark: len(next(csv.reader([header], delimiter=mark))) for mark in SEPARATORS}
    most = max(found.values())
    best = [mark for mark, cells in found.items() if cells == most]
    if most == 1:
        return ","  # one column
    if len(best) > 1:
        raise Unreadable("the header does not tell which separator is used; give it with --separator")
    return best[0]


def _pieces(path: Path, header: list[str], encoding: str, separator: str, choices: Choices) -> Iterator[Piece]:
    ragged: list[int] = []

    def skip(row: pc.InvalidRow) -> str:
        ragged.append(row.number or 0)
        return "skip"

    try:
        # one thread, so that lines have their numbers
        stream = pc.open_csv(
            path,
            pc.ReadOptions(column_names=header, skip_rows=1, encoding=encoding, block_size=_PIECE_BYTES,
                           use_threads=False),
            pc.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=skip),
            pc.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True,
                              quoted_strings_can_be_null=True, null_values=["", *choices.missing]),
        )  # fmt: skip
        for batch in stream:
            yield {name: batch.column(name) for name in header}
    except (pa.ArrowException, UnicodeError, ValueError) as error:
        # the reader quotes the line that it stumbled over
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_why(str(error), encoding)) from None
    if ragged:
        more = f" and {len(ragged) - 1} more" if len(ragged) > 1 else ""
        raise Unreadable(
            f"line {ragged[0]}{more}: another number of cells than the header ({len(header)}); a separator inside a "
            "text needs quotation marks around it, export the file again"
        )


def _why(message: str, encoding: str) -> str:
    if "straddl" in message:
        return "one row is longer than 8 MB (a quotation mark that is not closed?); export the file again"
    if "Empty CSV" in message:
        return "the file has a header and no rows"
    return f"its text cannot be read as {encoding}; give the right --encoding or export the file again"
