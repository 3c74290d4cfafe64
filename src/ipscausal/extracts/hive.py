"""Columns that are the names of folders: `year=2015/part.parquet` is how Hive, Spark and DuckDB divide a table."""

from __future__ import annotations

import re
from pathlib import Path

_EMPTY = ("", "__HIVE_DEFAULT_PARTITION__")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def columns(path: Path, folder: Path) -> dict[str, str | None]:
    """Column -> value, as text, from the folders between `folder` and the file; the inner one counts."""
    named = (part.partition("=") for part in path.relative_to(folder).parts[:-1] if not part.startswith("="))
    return {_decoded(name): None if value in _EMPTY else _decoded(value) for name, mark, value in named if mark}


def _decoded(text: str) -> str:
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), text)
