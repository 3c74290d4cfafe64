"""Text for a screen or a log file: characters every console has, aligned columns, one JSON document."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Sequence
from typing import Any

WIDTH = 100
_HEARTBEAT = 10.0
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


class Progress:
    """Stages on stderr, each with the seconds since the start; single models only when they take long."""

    def __init__(self) -> None:
        self._start = self._said = time.monotonic()

    def __call__(self, step: str) -> None:
        """Hear of a stage (`contract`) or of a model inside one (`2_person_year/population`)."""
        now = time.monotonic()
        is_model = step[:1].isdigit() or step.startswith(("checks/", "fingerprint ", "advisor/"))
        if is_model and now - self._said < _HEARTBEAT:
            return
        self._said = now
        print(f"[{now - self._start:6.1f} s] {'  ' if is_model else ''}{step}", file=sys.stderr, flush=True)


def rows_of(items: Sequence[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Objects as flat mappings, for JSON."""
    return [{name: getattr(item, name) for name in names} for item in items]
