"""The SACRO folder: what an output checker's viewer reads (format of acro 1.0.2).

`results.json` is ASCII because the viewer reads it in the locale's encoding; `summary` starts with
the status because that gives the coloured badge; CSV files have one header row and one index
column because cell flags are counted without them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ipscausal.disclosure.checks import Draft

FORMAT_VERSION = "1.0.2"
COMMAND = "ipscausal run --study study.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One result in the checker's list.

    checks: name of a check -> its outcome in words; comments: the file explained, a sentence each; columns: of a
    table; flags: cells [row, column] that are withheld, zero based, header and index column not counted.
    """

    name: str
    file: str
    status: str
    kind: str
    method: str
    barn: str
    checks: Mapping[str, str]
    comments: tuple[str, ...]
    exception: str
    degrees_of_freedom: int | None = None
    columns: tuple[str, ...] = ()
    flags: tuple[tuple[int, int], ...] = ()

    def with_checks(self, checks: Mapping[str, str]) -> Entry:
        """The entry with these checks."""
        return replace(self, checks=checks)

    def for_review(self, why: str, comments: Sequence[str]) -> Entry:
        """The entry for a person to look at, with the reason and what more is to be said."""
        return replace(self, status="review", exception=why, comments=(*self.comments, *comments))


def csv_text(header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with one header row; numbers to 12 significant digits, missing as empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    return buffer.getvalue()


def flags(header: Sequence[str], checked: Sequence[Draft]) -> tuple[tuple[int, int], ...]:
    """Cells that are withheld, in the viewer's coordinates."""
    return tuple(
        (row, column)
        for row, draft in enumerate(checked)
        for column, name in enumerate(header[1:])
        if name in draft.hidden
    )


def write_index(folder: Path, entries: Sequence[Entry], rules: Mapping[str, Any], version: str, timestamp: str) -> None:
    """Write results.json, config.json and checksums/ for the files already in `folder`."""
    tool = {"@type": "SoftwareApplication", "name": "ipscausal", "version": version}
    results = {entry.name: _entry(entry, timestamp) for entry in entries}
    write_json(folder / "results.json", {"version": FORMAT_VERSION, "tool": tool, "results": results})
    write_json(folder / "config.json", dict(rules))
    files = sorted(path for path in folder.iterdir() if path.is_file())
    (folder / "checksums").mkdir()
    for path in files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "checksums" / f"{path.name}.txt").write_text(digest, encoding="ascii", newline="\n")


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """ASCII JSON with a final newline; NaN is refused."""
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
    path.write_text(text, encoding="ascii", newline="\n")


def _entry(entry: Entry, timestamp: str) -> dict[str, Any]:
    summary = "; ".join([entry.status, *(f"{name}: {outcome}" for name, outcome in entry.checks.items())])
    cells = {"Withheld": [list(cell) for cell in entry.flags]} if entry.flags else {}
    properties: dict[str, Any] = {"method": entry.method}
    if entry.degrees_of_freedom is not None:
        properties["dof"] = entry.degrees_of_freedom
    return {
        "uid": entry.name,
        "status": entry.status,
        "type": entry.kind,
        "properties": properties,
        "files": [
            {"name": entry.file, "sdc": {"summary": {key: len(found) for key, found in cells.items()}, "cells": cells}}
        ],
        "outcome": {},
        "command": COMMAND,
        "summary": summary + ("" if entry.checks else ";"),
        "timestamp": timestamp,
        "comments": list(entry.comments),
        "exception": entry.exception,
        "fair": {
            "context": "https://w3id.org/statbarnsdc#",
            "statbarn": entry.barn,
            "check_status": {name: outcome.split()[0] for name, outcome in entry.checks.items()},
        },
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # 12 digits: more than any reader needs, fewer than machines differ in
    return f"{value:.12g}" if isinstance(value, float) else str(value)
