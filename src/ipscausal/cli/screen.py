"""Text for a screen or a log file: characters every console has, aligned columns, one JSON document."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ipscausal.errors import IpsError

WIDTH = 100
_PLAIN = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u2264": "<=", "\u2265": ">="}
    | {"\u00d7": "x", "\u00f7": "/"}
)


def plain(text: str) -> str:
    """The text without the typographic characters that a console of another encoding cannot show."""
    return text.translate(_PLAIN)


def print_json(document: object) -> None:
    """The one JSON document of a command, ASCII, on stdout."""
    print(json.dumps(document, indent=1, allow_nan=False, default=str))


@contextmanager
def beside_error(document: dict[str, Any]) -> Iterator[None]:
    """An error that ends the block takes the document of the command along, so that one document tells both."""
    try:
        yield
    except IpsError as error:
        error.found = document
        raise


def told(count: int, limit: int) -> str:
    """A number of persons, or that it is below the fewest of whom anything is told."""
    return f"<{limit}" if 0 < count < limit else f"{count:,}"


def paragraph(text: str, indent: str = "  ", first: str | None = None) -> str:
    """Wrapped text."""
    start = indent if first is None else first
    return textwrap.fill(plain(text), WIDTH, initial_indent=start, subsequent_indent=indent)


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table: the first column to the left, the others to the right."""
    cells = [[plain(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[j]) for row in cells) for j in range(len(header))]
    return "\n".join(
        "  "
        + "  ".join([row[0].ljust(widths[0]), *(cell.rjust(widths[j]) for j, cell in enumerate(row[1:], 1))]).rstrip()
        for row in cells
    )
