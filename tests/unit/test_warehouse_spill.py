"""Spill folders: removed at the end, and by the next process where their own was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ipscausal.warehouse import open_warehouse
from ipscausal.warehouse.spill import LOCK, PREFIX, spill_folder

HOLD = """
import sys
from ipscausal.warehouse.spill import spill_folder
with spill_folder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def spills(folder: Path) -> list[Path]:
    return list(folder.glob(f"{PREFIX}*"))


def test_nothing_stays_after_use(temporary: Path) -> None:
    with open_warehouse([]), open_warehouse([]):
        assert len(spills(temporary)) == 2
    assert spills(temporary) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_a_killed_process_leaves_a_folder_and_the_next_removes_it(temporary: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        (folder / "duckdb_temp_storage").write_bytes(b"rows")
        with spill_folder():
            assert (folder / "duckdb_temp_storage").exists()  # its process lives
        child.send_signal(signal.SIGKILL)
    assert (folder / LOCK).exists()
    with spill_folder():
        assert not folder.exists()


def test_an_empty_folder_that_was_made_again_is_removed_later(temporary: Path) -> None:
    old, new, foreign = (temporary / f"{PREFIX}{name}" for name in ("old", "new", "foreign"))
    for folder in (old, new, foreign):
        folder.mkdir()
    (foreign / "notes.txt").touch()
    for folder in (old, foreign):
        os.utime(folder, (1, 1))
    with spill_folder():
        assert not old.exists()
        assert new.exists()
        assert (foreign / "notes.txt").exists()
