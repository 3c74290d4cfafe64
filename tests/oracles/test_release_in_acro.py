"""A release folder opened by the checker's own software: acro 1.0.2, in an environment of its own.

acro pins what this package does not, so it never shares an environment with it. `IPSCAUSAL_ACRO_PYTHON` names a
Python that has it; otherwise one is made (about 520 MB), which is why these tests are slow.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import changed, example

from ipscausal.disclosure import release

ACRO = "acro==1.0.2"
READER = Path(__file__).parents[1] / "lib" / "read_with_acro.py"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python_with_acro(tmp_path_factory: pytest.TempPathFactory) -> str:
    named = os.environ.get("IPSCAUSAL_ACRO_PYTHON")
    if named:
        return named
    home = tmp_path_factory.mktemp("acro")
    venv.create(home, with_pip=True)
    python = str(home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    made = subprocess.run([python, "-m", "pip", "install", "--quiet", ACRO], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"{ACRO} cannot be installed here; name a Python that has it in IPSCAUSAL_ACRO_PYTHON")
    return python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a withheld point, whose cells must be framed where they are empty."""
    path = tmp_path_factory.mktemp("for_acro") / "release"
    few = changed(
        example(), "event_study", lambda r: r["event_time"] == 3 and r["outcome"] == "workdays", support_treated=9
    )
    release(few, path)
    return path


@pytest.fixture(scope="module")
def checked(folder: Path) -> Path:
    """A copy without checksums, for acro to write its own."""
    copy = folder.with_name("checked_by_acro")
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("checksums"))
    return copy


@pytest.fixture(scope="module")
def records(python_with_acro: str, folder: Path, checked: Path) -> dict[str, Any]:
    read = subprocess.run(
        [python_with_acro, str(READER), str(folder), str(checked)], capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    found: dict[str, Any] = json.loads(read.stdout)
    return found


def test_every_entry_is_loaded_with_its_status_and_its_reasons(records: dict[str, Any], folder: Path) -> None:
    written = json.loads((folder / "results.json").read_text(encoding="ascii"))["results"]
    assert records.keys() == written.keys()
    for uid, found in records.items():
        assert found["status"] == written[uid]["status"]
        assert found["comments"] == written[uid]["comments"]
        assert found["exception"] == written[uid]["exception"]
        assert found["summary"].startswith(f"{found['status']};")
        assert found["properties"]["method"]


def test_every_file_is_loaded_a_table_as_a_table(records: dict[str, Any], folder: Path) -> None:
    opened = set()
    for uid, found in records.items():
        assert len(found["output"]) == 1
        (output,) = found["output"]
        if isinstance(output, str):
            assert (folder / output).is_file()
            opened.add(output)
            continue
        file = json.loads((folder / "results.json").read_text())["results"][uid]["files"][0]["name"]
        with (folder / file).open(encoding="utf-8", newline="") as lines:
            ours = list(csv.reader(lines))
        assert output["columns"] == ours[0]
        assert len(output["empty"]) == len(ours) - 1
        opened.add(file)
    assert opened == {path.name for path in folder.iterdir() if path.is_file()} - {"results.json", "config.json"}


def test_what_is_framed_is_empty(records: dict[str, Any]) -> None:
    cells = [
        (found["output"][0], *cell) for found in records.values() for cell in found["sdc"]["cells"].get("Withheld", ())
    ]
    assert cells
    for table, row, column in cells:
        # acro reads the index as a column, and counts cells without it
        assert table["empty"][row][column + 1]


def test_the_checksums_are_those_that_acro_writes(records: dict[str, Any], folder: Path, checked: Path) -> None:
    assert records
    ours, theirs = (
        {path.name: path.read_text(encoding="ascii") for path in (place / "checksums").iterdir()}
        for place in (folder, checked)
    )
    assert ours == theirs
