"""How far a command is, on stderr: stages as lines, long steps as a bar or, where it is no terminal, as lines too."""

from __future__ import annotations

import atexit
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_HEARTBEAT = 10.0
_PATIENCE = 1.0
_MODEL = "model"


class Progress:
    """Stages on stderr, each with the seconds since the start; single models only when they take long.

    Steps that count are drawn as a bar where stderr is a terminal, and else told as a line when they take long,
    with the time they still need at the pace so far.
    """

    def __init__(self) -> None:
        self._start = self._said = time.monotonic()
        self._begun: dict[str, tuple[float, int, int]] = {}
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str) -> None:
        """Hear of a stage (`contract`) or of a model inside one (`2_person_year/population`)."""
        now = time.monotonic()
        is_model = _is_model(step)
        self._close(_MODEL)
        if is_model and now - self._said < _HEARTBEAT:
            return
        if not is_model:
            for slot in list(self._tasks):
                self._close(slot)
        self._say(now, f"{'  ' if is_model else ''}{step}")

    def counted(self, step: str, done: int, total: int) -> None:
        """Hear how far a step is; its bar leaves with the last piece."""
        now = time.monotonic()
        began, at, last = self._begun.get(step, (now, done, done))
        if done < last:  # the same step once more
            began, at = now, done
        self._begun[step] = began, at, done
        if not sys.stderr.isatty():
            if now - self._said >= _HEARTBEAT:
                left = _left(now - began, done - at, total - done)
                self._say(now, f"  {step} {done:,} of {total:,}{left}")
            return
        slot = _MODEL if _is_model(step) else step
        if done >= total:
            self._close(slot)
        elif now - began >= _PATIENCE or slot in self._tasks:
            self._draw(slot, step, done, total)

    def _say(self, now: float, text: str) -> None:
        self._said = now
        print(f"[{now - self._start:6.1f} s] {text}", file=sys.stderr, flush=True)

    def _draw(self, slot: str, step: str, done: int, total: int) -> None:
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
            # an interrupted command gives the terminal its cursor back
            atexit.register(self._bars.stop)
        if slot not in self._tasks:
            self._tasks[slot] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[slot], description=step, completed=done, total=total)

    def _close(self, slot: str) -> None:
        task = self._tasks.pop(slot, None)
        if task is None or self._bars is None:
            return
        self._bars.remove_task(task)
        if not self._tasks:
            self._bars.stop()
            self._bars = None


def _is_model(step: str) -> bool:
    return step[:1].isdigit() or step.startswith(("checks/", "fingerprint "))


def _left(seconds: float, done: int, more: int) -> str:
    """The time the rest takes at the pace so far, in words; nothing before there is a pace, nor at the end."""
    if done <= 0 or more <= 0 or seconds < _PATIENCE:
        return ""
    rest = seconds * more / done
    if rest < 90:
        return f", about {max(1, round(rest))} s left"
    return f", about {round(rest / 60)} min left"


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    look = (TextColumn("           {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*look, console=Console(stderr=True), transient=True)
