"""Closed streams, no terminal, colours and the half second of --help."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lib.command import BIN, done, ipscausal

from synthetic_registry import write_registry

COMMANDS = (
    "demo", "init", "convert", "check", "panel", "cells", "pool", "run", "report", "release", "candidates", "verify",
    "calibrate", "power", "municipalities",
)  # fmt: skip
posix = pytest.mark.skipif(sys.platform == "win32", reason="shell redirections and rusage of POSIX")


@posix
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_answers_at_once(command: str) -> None:
    """Processor time, so that a busy machine does not decide; the best of three."""
    seconds = []
    for _ in range(3):
        arguments = [str(BIN / "ipscausal"), *command.split(), "--help"]
        child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout:
            text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        assert text.startswith(f"Usage: ipscausal {command}".rstrip())
        seconds.append(usage.ru_utime + usage.ru_stime)
    assert min(seconds) < 0.5


def test_version() -> None:
    from ipscausal import __version__

    assert done("--version").stdout == f"ipscausal {__version__}\n"


def test_module_and_command_are_the_same() -> None:
    module = subprocess.run([sys.executable, "-m", "ipscausal", "--help"], capture_output=True, text=True, check=True)
    assert module.stdout == done("--help").stdout


@posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(finished: Path, tmp_path: Path, closed: str) -> None:
    out = tmp_path / "out"
    script = f'cp -r "$1" "$2" && exec "$3" report --out "$2" {closed}'
    shell = ["bash", "-c", script, "bash", str(finished), str(out), str(BIN / "ipscausal")]
    assert subprocess.run(shell, capture_output=True, check=False).returncode == 0


@posix
def test_a_reader_that_leaves_early_is_no_error(registry: Any) -> None:
    script = '"$1" candidates --study "$2" --extracts "$3" --json | head -c 10 >&2; exit ${PIPESTATUS[0]}'
    shell = ["bash", "-c", script, "bash", str(BIN / "ipscausal"), str(registry.study), str(registry.extracts)]
    result = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr
    assert result.returncode == 0


@posix
@pytest.mark.parametrize("also", ["", "2>&1"])
@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_stays_that_of_the_command_when_nobody_reads(
    registry: Any, tmp_path: Path, code: int, also: str
) -> None:
    folder = registry.extracts
    if code == 3:
        folder = write_registry("reference-study", 5, tmp_path / "extracts", 1500, ["negative-position"])
    script = f'"$1" check --study "$2/study.toml" --extracts "$2" {also} | true; exit ${{PIPESTATUS[0]}}'
    shell = ["bash", "-c", script, "bash", str(BIN / "ipscausal"), str(folder)]
    result = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert result.returncode == code, result.stderr
    assert "BrokenPipe" not in result.stderr


@posix
def test_a_whole_run_with_no_reader_is_done(registry: Any, tmp_path: Path) -> None:
    script = 'PYTHONUNBUFFERED=1 "$1" run --study "$2" --extracts "$3" --out "$4" | true; exit ${PIPESTATUS[0]}'
    places = map(str, (BIN / "ipscausal", registry.study, registry.extracts, tmp_path / "out"))
    result = subprocess.run(["bash", "-c", script, "bash", *places], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out/report/report.en.html").exists()


@posix
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_without_or_against_a_terminal(registry: Any, environment: dict[str, str]) -> None:
    """Under a terminal of its own, and nothing is asked."""
    import pty

    command = [str(BIN / "ipscausal"), "check", *map(str, registry.arguments)]
    shown = b""

    def read(descriptor: int) -> bytes:
        nonlocal shown
        data = os.read(descriptor, 4096)
        shown += data
        return data

    before = dict(os.environ)
    os.environ.update(environment)
    try:
        pty.spawn(command, read, lambda _: b"")
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert b"Contract: 0 errors" in shown
    assert b"\x1b[" not in shown
    assert "\x1b[" not in ipscausal("run", "--nonsense").stderr


def test_a_console_of_another_encoding_is_no_error(registry: Any) -> None:
    for encoding in ("ascii", "cp1252"):
        result = ipscausal("candidates", *registry.arguments, PYTHONIOENCODING=encoding)
        assert result.returncode == 0, result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("form", ["", "--json"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_stdout_is_one_error(registry: Any, form: str, unbuffered: str) -> None:
    script = 'PYTHONUNBUFFERED=$4 exec "$1" check --study "$2" --extracts "$3" $5 > /dev/full'
    places = map(str, (BIN / "ipscausal", registry.study, registry.extracts))
    shell = ["bash", "-c", script, "bash", *places, unbuffered, form]
    result = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "error: the result could not be written to stdout: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("error:") == 1
