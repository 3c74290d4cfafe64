"""Being told to stop by the system or a scheduler is Ctrl-C with another exit code: 128 + the signal's number.

Temporary folders of the engine and half-made outputs are removed on the way out, which the system's own way
of ending a process would not do.
"""

from __future__ import annotations

import signal
from types import FrameType

INTERRUPTED = 130
_ASKED = ("SIGTERM", "SIGHUP")
_received: list[int] = []


def stop_when_asked() -> None:
    """From now on a request to stop interrupts as Ctrl-C does; one that is ignored (nohup) stays ignored."""
    _received.clear()
    for number in (getattr(signal, name, None) for name in _ASKED):
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def asked() -> bool:
    """Whether a request to stop has come: whatever fails on the way out then is not worth a report."""
    return bool(_received)


def exit_code() -> int:
    """Of an interrupted command: 130 after Ctrl-C, 143 when it was asked to stop, 129 when its terminal left."""
    return 128 + _received[0] if _received else INTERRUPTED


def _interrupt(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # asked twice, the first request is still being obeyed
    _received.append(number)
    raise KeyboardInterrupt
