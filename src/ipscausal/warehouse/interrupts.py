"""Ctrl-C and a look at the progress while the engine works.

A statement with bound parameters runs to its end without looking at signals (DuckDB 2.0 Python client),
so the engine works in a thread of its own and the caller's thread waits where signals are seen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import duckdb

_T = TypeVar("_T")
# a wait without limit cannot be interrupted on Windows
_GLANCE_SECONDS = 0.2


def _unseen(_: float) -> None:
    """Nobody looks."""


def interruptible(
    connection: duckdb.DuckDBPyConnection, work: Callable[[], _T], seen: Callable[[float], None] = _unseen
) -> _T:
    """`work()` on the connection; on Ctrl-C the query is stopped before KeyboardInterrupt goes on.

    seen: hears now and then how many percent of the running statement are done; negative where nobody knows.
    """
    results: list[_T] = []
    failures: list[BaseException] = []
    # not Thread.join: interrupted, it takes a running thread for a finished one (Python 3.11)
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)
        finally:
            done.set()

    worker = threading.Thread(target=run, name="ipscausal-engine")
    worker.start()
    try:
        while not done.wait(_GLANCE_SECONDS):
            seen(connection.query_progress())
    except KeyboardInterrupt:
        # again and again: the query may not have begun when the first call comes
        while not done.is_set():
            connection.interrupt()
            done.wait(_GLANCE_SECONDS)
        raise
    finally:
        worker.join()
    if failures:
        raise failures[0]
    return results[0]
