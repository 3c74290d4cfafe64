"""What belongs to the computer and not to the study: memory, threads, and who hears of progress."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ipscausal.warehouse import Warehouse, open_warehouse


def _silent(_: str) -> None:
    """Progress for nobody."""


def _uncounted(_: str, __: int, ___: int) -> None:
    """A long step that nobody counts along."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Limits of the engine; `threads` None means every core. `progress` is told stages and warnings as text.

    counted: hears of a long step that counts: what is done, how many, of how many.
    """

    memory_limit: str = "2GB"
    threads: int | None = None
    progress: Callable[[str], None] = _silent
    counted: Callable[[str, int, int], None] = _uncounted

    def warehouse(self, *folders: Path) -> AbstractContextManager[Warehouse]:
        """An engine that sees these folders and nothing else."""
        return open_warehouse(
            folders, memory_limit=self.memory_limit, threads=self.threads, progress=self.progress, counted=self.counted
        )
