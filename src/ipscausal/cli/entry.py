"""From the shell to an exit code, whatever happens in between.

0 done, 1 bug, 2 usage, study file or machine (memory, disk), 3 data contract, 4 disclosure, 5 not identified,
130 interrupted (143 when asked to stop by SIGTERM).
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ipscausal.cli.signals import INTERRUPTED, asked, exit_code, stop_when_asked
from ipscausal.errors import IpsError, MachineError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


def main() -> NoReturn:
    """Run the command in `sys.argv` and leave with its exit code."""
    # commands in files of their own
    from ipscausal.cli import compared, converted, doctored, explained, locked, municipalities, pooled  # noqa: F401
    from ipscausal.cli.commands import app

    _open_closed_streams()
    _outlive_the_reader()
    stop_when_asked()
    asked_json = "--json" in sys.argv[1:]
    try:
        try:
            app(prog_name="ipscausal")
        finally:
            sys.stdout.flush()
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            _leave_interrupted()
        sys.exit(leaving.code)
    except KeyboardInterrupt:
        _leave_interrupted()
    except IpsError as error:
        _unless_asked()
        _show(error, asked_json)
        sys.exit(error.exit_code)
    except Exception as error:  # the last door: whatever it is, it must not print values
        _unless_asked()
        _show(_unexpected(error), asked_json)
        sys.exit(1)
    sys.exit(0)


def _unless_asked() -> None:
    """What fails because it was asked to stop (a helper process was asked too) is no failure."""
    if asked():
        _leave_interrupted()


def _leave_interrupted() -> NoReturn:
    print(f"interrupted{_whole_still()}", file=sys.stderr)
    sys.exit(exit_code())


def _whole_still() -> str:
    """That the outputs in the folder of --out are whole, where there are some."""
    from ipscausal.outputs.folder import whole_still

    asked_for = [word.removeprefix("--out=") for word in sys.argv if word.startswith("--out=")]
    asked_for += [word for option, word in pairwise(sys.argv) if option == "--out"]
    return whole_still(Path(asked_for[-1])) if asked_for else ""


def _show(error: IpsError, as_json: bool) -> None:
    from ipscausal.cli.screen import plain, print_json

    print(plain(f"error: {error}"), file=sys.stderr)
    print(f"More: ipscausal explain {error.topic}", file=sys.stderr)
    if os.environ.get("IPSCAUSAL_DEBUG") == "1":
        traceback.print_exc()
    if as_json:
        told = {"message": error.message, "problems": list(error.problems), "remedy": error.remedy}
        kind = {"kind": type(error).__name__, "topic": error.topic, "exit_code": error.exit_code}
        print_json({**error.found, "error": {**kind, **told}})


def _unexpected(error: Exception) -> IpsError:
    """Kind and place of a failure nobody foresaw; its message stays unsaid, for it may quote a row."""
    if isinstance(error, MemoryError):
        return MachineError(
            "out of memory", remedy="free memory, or lower --memory-limit so that the engine spills to disk"
        )
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "ipscausal" in frame.filename]
    place = f" in {_module(ours[-1].filename)}, line {ours[-1].lineno}" if ours else ""
    return IpsError(
        f"unexpected {type(error).__name__}{place}; this is a bug{_whole_still()}",
        remedy="report it with this line; IPSCAUSAL_DEBUG=1 shows the traceback, which may quote data: keep it inside",
    )


def _module(filename: str) -> str:
    parts = filename.replace("\\", "/").removesuffix(".py").split("/")
    return ".".join(parts[len(parts) - 1 - parts[::-1].index("ipscausal") :])


class _Unread(io.FileIO):
    """A pipe that swallows what is written once its reader has left, as in `ipscausal run ... | head -1`.

    The work is done by then, and the exit code stays that of the command. What cannot be written for another reason,
    as on a full disk, is an error once, and the rest is swallowed on the way out.
    """

    failed = False

    def write(self, data: Buffer, /) -> int:
        if self.failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EINVAL):  # the second is how Windows says it
                self.failed = True
                reason = os.strerror(error.errno or errno.EIO)
                raise MachineError(
                    f"the result could not be written to stdout: {reason}", remedy="write it to another place"
                ) from None
            return memoryview(data).nbytes


class _Unheard(io.FileIO):
    """What is said on the way, to a reader that has left or a log on a full disk: the work goes on without it."""

    def write(self, data: Buffer, /) -> int:
        with suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def _outlive_the_reader() -> None:
    """Only for the process's own streams, and not for a console, which has no reader that could leave."""
    for name, own, kind in (("stdout", sys.__stdout__, _Unread), ("stderr", sys.__stderr__, _Unheard)):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper) or stream is not own or stream.isatty():
            continue
        with suppress(OSError):
            raw = kind(stream.fileno(), "w", closefd=False)
            buffer, line_buffering = io.BufferedWriter(raw), stream.line_buffering
            kept = io.TextIOWrapper(buffer, encoding=stream.encoding, errors="replace", line_buffering=line_buffering)
            setattr(sys, name, kept)


def _open_closed_streams() -> None:
    """A scheduler may start us without any of the three streams; printing must not fail then."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  open until the process ends
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
