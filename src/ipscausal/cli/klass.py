"""The changes of municipality codes fetched from KLASS, by the statistical office's own client (extra `klass`).

The only place that may use a network, and never during a run: a study reads the file that is written here.
"""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from ipscausal.errors import UsageError

MUNICIPALITIES, FROM = "131", "1977-01-01"
_COLUMNS = {"old_code": "oldCode", "new_code": "newCode", "date": "changeOccurred"}
_BRING = "bring the table along instead: old_code, new_code, date, or an export of changes of classification 131"


def fetch_changes(path: Path) -> int:
    """Write every change of a municipality code to a new CSV file; returns the number of rows.

    Raises UsageError where the file is there, the extra is not installed, or KLASS cannot be reached.
    """
    if path.exists():
        raise UsageError(f"--fetch {path.name}: the file is there; nothing was fetched", remedy="name another file")
    rows = _changes()
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(_COLUMNS)
        lines.writerows(rows)
    return len(rows)


def _changes() -> list[tuple[str, ...]]:
    try:
        klass = import_module("klass")  # by name: an extra that most installations lack
    except ImportError as missing:
        raise UsageError(
            "the client of KLASS is not installed",
            remedy=f'install it with pip install "ipscausal[klass]"; or {_BRING}',
        ) from missing
    try:
        frame = klass.KlassClassification(MUNICIPALITIES).get_changes(from_date=FROM)
        columns = [frame[theirs] for theirs in _COLUMNS.values()]
    except Exception as failed:  # whatever the client or the network raises: the answer is the same
        raise UsageError("KLASS cannot be reached, or answers otherwise than it did", remedy=_BRING) from failed
    return [tuple(_text(cell) for cell in row) for row in zip(*columns, strict=True)]


def _text(cell: Any) -> str:
    """A code or a date; empty where a change has no code on that side."""
    return "" if pd.isna(cell) else str(cell)
