"""Asked to stop at a moment at which Python cannot: it stops a moment later."""

from __future__ import annotations

import subprocess
import sys

import pytest

# what stands in `freed` runs while Python frees an object: an exception there goes nowhere
PROGRAM = """
import os, signal, time
from ipscausal.cli.signals import exit_code, stop_when_asked

class Freed:
    def __del__(self):
        {freed}

stop_when_asked()
try:
    freed = Freed()
    del freed
    time.sleep({seconds})
    print("worked on")
except KeyboardInterrupt:
    print("stopped with", exit_code())
"""


def run(freed: str, seconds: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(freed=freed, seconds=seconds)]
    return subprocess.run(command, capture_output=True, text=True, timeout=15, check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupt_while_an_object_is_freed_is_not_lost(name: str, code: int) -> None:
    ended = run(f"os.kill(os.getpid(), signal.{name}); time.sleep(0)", seconds=10)
    assert ended.stdout == f"stopped with {code}\n"
    assert ended.stderr == ""


def test_another_failure_there_is_told_as_ever() -> None:
    ended = run("raise ValueError('freed badly')", seconds=0)
    assert "ValueError: freed badly" in ended.stderr
    assert ended.stdout == "worked on\n"
