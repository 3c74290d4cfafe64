"""Long simulations that can be stopped: each finished piece is a line of a journal, and a new start goes on from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Task = TypeVar("Task")
Row = dict[str, object]


def finished(journal: Path) -> list[Row]:
    """Rows of the journal; a half-written last line (a killed programme) is dropped."""
    rows = []
    for line in journal.read_text(encoding="ascii").splitlines() if journal.exists() else []:
        try:
            rows += json.loads(line)["rows"]
        except json.JSONDecodeError:
            continue
    return rows


def carry_out(
    journal: Path, tasks: Iterable[Task], piece: Callable[[Task], list[Row]], workers: int, what: str
) -> None:
    """Each task in a process of its own, its rows added to the journal when it is done, with a bar."""
    waiting = list(tasks)
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bar) as progress, ProcessPoolExecutor(workers) as pool, journal.open("a") as file:
        shown = progress.add_task(what, total=len(waiting))
        for rows in pool.map(piece, waiting):
            file.write(json.dumps({"rows": rows}) + "\n")
            file.flush()
            progress.advance(shown)
