"""A file to convert, as its reader sees it: columns with what is known of them, and rows in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from ipscausal.errors import ExtractError

RawKind = Literal["text", "number", "integer", "date", "timestamp"]
ARROW: Mapping[RawKind, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


class Unreadable(ExtractError):
    """One file cannot be read as what its name says; the message is the problem in words."""


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One delivered column. labels: value -> label. digits: the width to which its display format pads with zeros.

    months: numbers count months since January 1960 (Stata %tm).
    """

    name: str
    kind: RawKind
    labels: Mapping[float, str] = field(default_factory=dict)
    digits: int | None = None
    months: bool = False


Piece = dict[str, pa.Array]


@dataclass(frozen=True, slots=True)
class RawFile:
    """An opened file. rows: None where only reading it to the end tells. notes: what was found out about it.

    pieces: reads from the beginning, each column as the Arrow type of its kind; may raise Unreadable.
    user_missing: values declared missing that became empty, by column, filled while the pieces are read.
    """

    columns: tuple[RawColumn, ...]
    rows: int | None
    notes: tuple[str, ...]
    pieces: Callable[[], Iterator[Piece]]
    user_missing: dict[str, int] = field(default_factory=dict)
