"""The doctor sees what would make a run fail, says what to do, and leaves nothing behind."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from ipscausal import doctor
from ipscausal.doctor import FAULT, NOTE, OK, Finding, examine, require_sound
from ipscausal.errors import UsageError
from ipscausal.warehouse import open_warehouse
from ipscausal.warehouse.engine import DuckDBWarehouse


def _found(findings: tuple[Finding, ...], what: str) -> Finding:
    (one,) = (finding for finding in findings if finding.what == what)
    return one


def test_a_sound_machine_is_told_so_and_left_as_it_was(tmp_path: Path) -> None:
    findings = examine(tmp_path / "results")
    assert {finding.state for finding in findings} <= {OK, NOTE}
    require_sound(findings)
    assert list(tmp_path.iterdir()) == []
    assert all(finding.remedy for finding in findings if finding.state != OK)


def test_a_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="ascii")
    finding = _found(examine(taken), "output folder")
    assert finding.state == FAULT
    with pytest.raises(UsageError, match="1 fault") as refused:
        require_sound((finding,))
    assert "this is a file" in refused.value.problems[0]


def test_a_package_that_is_too_old_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0.0" if name == "duckdb" else real(name))
    finding = _found(examine(tmp_path / "results"), "duckdb")
    assert finding.state == FAULT
    assert finding.remedy.startswith("pip install 'duckdb")


def test_little_disk_is_a_note_and_none_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((doctor.LITTLE_DISK, OK), (doctor.LITTLE_DISK - 1, NOTE), (doctor.NO_DISK - 1, FAULT)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        finding = _found(examine(tmp_path / "results"), "temporary files")
        assert finding.state == state
        assert tempfile.gettempdir() in finding.found


def test_little_memory_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    little = SimpleNamespace(available=doctor.FREE_MEMORY - 1, total=4 * doctor.FREE_MEMORY)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    finding = _found(examine(tmp_path / "results"), "memory")
    assert finding.state == NOTE
    assert "--memory-limit" in finding.remedy


def test_an_engine_that_is_not_locked_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_warehouse([tmp_path]) as warehouse:
        assert warehouse.locked
    monkeypatch.setattr("ipscausal.warehouse.engine._lock_down", lambda *_: None)
    with open_warehouse([tmp_path]) as warehouse:
        assert isinstance(warehouse, DuckDBWarehouse)
        assert not warehouse.locked
    assert _found(examine(tmp_path / "results"), "engine").state == FAULT
