"""The list of a wheelhouse: what pip needs to refuse a wheel that is not the one that was fetched."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "wheelhouse.py"


@pytest.fixture(scope="module")
def wheelhouse() -> ModuleType:
    specification = importlib.util.spec_from_file_location("wheelhouse", SCRIPT)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_wheel_is_listed_with_its_hash(tmp_path: Path, wheelhouse: ModuleType) -> None:
    wheels = {"some_package-1.2.0-py3-none-any.whl": b"one", "duckdb-2.0.0-cp311-cp311-win_amd64.whl": b"two"}
    for name, content in wheels.items():
        (tmp_path / name).write_bytes(content)
    one, two = (hashlib.sha256(content).hexdigest() for content in (b"one", b"two"))
    assert wheelhouse.listed(tmp_path) == (
        f"duckdb==2.0.0 --hash=sha256:{two}\nsome-package==1.2.0 --hash=sha256:{one}\n"
    )


def test_a_folder_with_files_is_refused(
    tmp_path: Path, wheelhouse: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="ascii")
    monkeypatch.setattr("sys.argv", ["wheelhouse.py", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as refused:
        wheelhouse.main()
    assert refused.value.code == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
