"""What belongs to the computer and not to the study: memory, threads, and who hears of progress."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from ipscausal.errors import UsageError
from ipscausal.warehouse import Warehouse, open_warehouse


def _silent(_: str) -> None:
    """Progress for nobody."""


def _uncounted(_: str, __: int, ___: int) -> None:
    """A long step that nobody counts along."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Limits of the engine; `threads` None means every core. `progress` is told stages and warnings as text.

    buckets: ranges of persons to count one after the other; None lets memory and rows decide. Numbers do not change.
    engine: `duckdb`, or `spark` at spark_master (None: SPARK_MASTER, SPARK_REMOTE, this machine). Nor do they by that.
    fresh: make every stage anew, also those that an earlier run in the same folder has made.
    counted: hears of a long step that counts: what is done, how many, of how many.
    ledger: a file in which several studies note what they release, so that each is held against all.
    """

    memory_limit: str = "2GB"
    threads: int | None = None
    progress: Callable[[str], None] = _silent
    counted: Callable[[str, int, int], None] = _uncounted
    buckets: int | None = None
    engine: str = "duckdb"
    spark_master: str | None = None
    fresh: bool = False
    ledger: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a place for Spark that nothing would go to."""
        if self.spark_master is not None and self.engine != "spark":
            raise UsageError(
                "--spark-master: the engine is not Spark, so nothing would run there",
                remedy="add --engine spark, or leave --spark-master out",
            )

    @property
    def memory(self) -> int:
        """The memory limit in bytes."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])i?B", self.memory_limit, re.IGNORECASE)
        if found is None:
            raise UsageError(f"no memory limit: {self.memory_limit!r}", remedy="such as 512MB or 4GB")
        return int(float(found[1]) * 1000 ** ("KMGT".index(found[2].upper()) + 1))

    def quiet(self) -> Machine:
        """The same, heard by nobody."""
        return replace(self, progress=_silent, counted=_uncounted)

    def warehouse(self, *folders: Path) -> AbstractContextManager[Warehouse]:
        """An engine that sees these folders and nothing else; Spark sees what its nodes see."""
        if self.engine == "spark":
            from ipscausal.warehouse.spark import open_spark

            return open_spark(
                master=self.spark_master, memory=self.memory, threads=self.threads, progress=self.progress
            )
        return open_warehouse(
            folders, memory_limit=self.memory_limit, threads=self.threads, progress=self.progress, counted=self.counted
        )
