"""The second engine: the same models on Apache Spark, over Parquet that every node can read. Needs the extra `spark`.

This module imports without Spark; what needs it is imported once a session is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ipscausal.warehouse.protocol import Progress, Warehouse, silent
from ipscausal.warehouse.spark.session import open_session

__all__ = ["open_spark"]


@contextmanager
def open_spark(
    *, master: str | None = None, memory: int = 2 * 10**9, threads: int | None = None, progress: Progress = silent
) -> Iterator[Warehouse]:
    """An engine with a Spark session of its own; see `open_session` for where it runs."""
    with open_session(master, memory, threads) as spark:
        from ipscausal.warehouse.spark.engine import SparkWarehouse

        yield SparkWarehouse(progress, spark=spark)
