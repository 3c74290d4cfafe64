"""Small CSV tables (rollout, municipalities), read strictly and as text.

One dialect: UTF-8, comma, a header line. Values are cast in SQL with try_cast, so a malformed date is
a counted violation and not a crash.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

_CONVERT = "make Parquet of it with `ipscausal convert`"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read(path: Path) -> tuple[dict[str, list[str | None]] | None, list[str]]:
    """Columns of stripped text, empty cells as None; else every problem in words."""
    raw = path.read_bytes()
    if raw.startswith(_UTF16):
        return None, ["the file is UTF-16; save it as CSV UTF-8"]
    if raw.startswith(b"PAR1"):
        return None, ["this is a Parquet file named like a CSV file; name it .parquet"]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [f"line {line} is not UTF-8 (latin-1?); save the file as CSV UTF-8, or {_CONVERT}"]
    if "\x00" in text:
        return None, ["the file holds null bytes, so it is no CSV file; export it again as CSV UTF-8"]
    # strict: an unclosed quote is a problem, not a very long cell
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error:
        return None, [f"line {reader.line_num} is not CSV (an unclosed quote?)"]
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        return None, ["the file is empty"]
    (_, header), *body = lines
    if len(header) == 1:
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in header[0]:
                return None, [f"columns are separated by {word}; save the file with commas, or {_CONVERT}"]
    if len(set(header)) != len(header):
        return None, ["the header names a column twice"]
    ragged = [number for number, cells in body if len(cells) != len(header)]
    if ragged:
        more = f" and {len(ragged) - 1} more" if len(ragged) > 1 else ""
        return None, [f"line {ragged[0]}{more}: another number of cells than the header ({len(header)})"]
    return {name: [cells[i] or None for _, cells in body] for i, name in enumerate(header)}, []
