"""Being told to stop while Spark works: a plain interrupt, in silence and with nothing left running."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ASKED = ("SIGTERM", "SIGHUP", "SIGINT")


@contextmanager
def as_before() -> Iterator[None]:
    """Spark's client answers Ctrl-C by stopping its jobs, and would go on to where it has none and fails.

    It also writes a traceback by the root logger when a call of its own is interrupted or its Java process is gone.
    """
    before = signal.getsignal(signal.SIGINT)
    logging.getLogger().addFilter(_not_of_the_client)
    try:
        yield
    finally:
        logging.getLogger().removeFilter(_not_of_the_client)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


@contextmanager
def asked_later() -> Iterator[None]:
    """A request to stop waits for the end of the block: half-started, a Java process could not be ended by anybody."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        received.append(number)

    numbers = [getattr(signal, name) for name in _ASKED if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if callable(handler)}
    for number in before:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is remember:
                signal.signal(number, handler)
        for number in received[:1]:
            signal.raise_signal(number)


def _not_of_the_client(record: logging.LogRecord) -> bool:
    return "py4j" not in record.pathname
