"""Reference data and results, which stand beside the checkout and are not part of it."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "reference"


def reference(name: str) -> Path:
    """Path of a reference file; the test is skipped, with the reason, where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"reference file {name} is not beside the checkout")
    return path


def reference_json(name: str) -> Any:
    return json.loads(reference(name).read_text(encoding="utf-8"))
