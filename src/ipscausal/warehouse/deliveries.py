"""Files of one table that can be read together, and columns that only the names of their folders hold.

No engine looks at names for itself: one reads `year=2015` as a number whatever the table says, and takes a file called
`a[b].parquet` for a pattern that another file fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ipscausal.errors import ExtractError

FolderColumns = Mapping[Path, Mapping[str, str | None]]
"""Of each file: column -> the text that its folder's name says, such as year=2015."""
NO_FOLDERS: FolderColumns = {}


@dataclass(frozen=True, slots=True)
class Batch:
    """Files with the same columns of the same types. said: columns that are one text, or empty, in all their rows."""

    files: tuple[Path, ...]
    said: Mapping[str, str | None]


def batches(files: Sequence[Path], folders: FolderColumns = NO_FOLDERS) -> tuple[Batch, ...]:
    """The files of a table, those together that are alike; in the order of their first files."""
    alike: dict[tuple[object, object], list[Path]] = {}
    for path in files:
        alike.setdefault((_types(path), tuple(folders.get(path, {}).items())), []).append(path)
    return tuple(Batch(tuple(together), folders.get(together[0], {})) for together in alike.values())


def _types(path: Path) -> frozenset[tuple[str, str]]:
    """Names and types of the columns, whatever their order."""
    try:
        return frozenset((column.name, str(column.type)) for column in pq.read_schema(path))
    except (OSError, pa.ArrowException):
        raise ExtractError(
            f"{path.name}: gone or damaged since the start of the run",
            remedy="run again when the delivery is complete and nobody writes into it; nothing was written",
        ) from None
