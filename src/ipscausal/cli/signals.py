"""Being told to stop by the system or a scheduler is Ctrl-C with another exit code: 128 + the signal's number.

Temporary folders of the engine and half-made outputs are removed on the way out, which the system's own way
of ending a process would not do.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 130
_AT_ONCE = 0.05
_ASKED = ("SIGTERM", "SIGHUP")
_received: list[int] = []


def stop_when_asked() -> None:
    """From now on a request to stop interrupts as Ctrl-C does; one that is ignored (nohup) stays ignored."""
    _received.clear()
    sys.unraisablehook = _ask_again
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


def _ask_again(lost: UnraisableHookArgs) -> None:
    """Python swallows an interrupt that finds it freeing an object, and would work on: then it comes once more."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)
        return
    number = _received[0] if _received else signal.SIGINT
    if _received:
        signal.signal(number, _interrupt)
    # from another thread, a moment later: here it would be swallowed again
    again = threading.Timer(_AT_ONCE, _send, [number])
    again.daemon = True
    again.start()


def _send(number: int) -> None:
    """A signal to the main thread, which wakes it where it waits."""
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
