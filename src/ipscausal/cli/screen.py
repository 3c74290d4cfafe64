"""Text for a screen or a log file: characters every console has, aligned columns, one JSON document."""

from __future__ import annotations

import atexit
import json
import sys
import textwrap
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

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
    """Stages on stderr, each with the seconds since the start; single models only when they take long.

    Steps that count are drawn as a bar where stderr is a terminal, and else told as a line when they take long.
    """

    def __init__(self) -> None:
        self._start = self._said = time.monotonic()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __call__(self, step: str) -> None:
        """Hear of a stage (`contract`) or of a model inside one (`2_person_year/population`)."""
        now = time.monotonic()
        is_model = step[:1].isdigit() or step.startswith(("checks/", "fingerprint "))
        if is_model and now - self._said < _HEARTBEAT:
            return
        self._said = now
        print(f"[{now - self._start:6.1f} s] {'  ' if is_model else ''}{step}", file=sys.stderr, flush=True)

    def counted(self, step: str, done: int, total: int) -> None:
        """Hear how far a step is; the bar leaves with the last piece."""
        if not sys.stderr.isatty():
            now = time.monotonic()
            if now - self._said >= _HEARTBEAT:
                self._said = now
                print(f"[{now - self._start:6.1f} s]   {step} {done:,} of {total:,}", file=sys.stderr, flush=True)
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task(step, total=total)
            self._bar.start()
            # an interrupted command gives the terminal its cursor back
            atexit.register(self._bar.stop)
        if self._task is not None:
            self._bar.update(self._task, completed=done)
        if done >= total:
            self._bar.stop()
            self._bar = self._task = None


def _bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    look = (TextColumn("           {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*look, console=Console(stderr=True), transient=True)
