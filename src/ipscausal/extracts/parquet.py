"""Reading what a Parquet delivery says about itself: columns, types and rows, file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ipscausal.extracts import hive
from ipscausal.warehouse.deliveries import FolderColumns

_MAGIC = b"PAR1"
_ENCRYPTED = b"PARE"
_TEXT_BYTES = frozenset(range(32, 127)) | {9, 10, 13} | frozenset(range(128, 256))


@dataclass(frozen=True, slots=True)
class Delivered:
    """Columns (name -> kind in plain words) and rows of one table, the same in all its files.

    ambiguous: names (lower case) that two columns share but for capitals; the engine cannot tell them apart.
    folders: columns that the names of each file's folders say, such as year=2015, always text. doubled: those that the
    files hold as well.
    """

    columns: dict[str, str]
    rows: int
    ambiguous: frozenset[str] = frozenset()
    folders: FolderColumns = field(default_factory=dict)
    doubled: frozenset[str] = frozenset()


def kind_of(arrow_type: pa.DataType) -> str:
    """An Arrow type in the words of the declarations; anything else by its own name."""
    if pa.types.is_dictionary(arrow_type):
        return kind_of(arrow_type.value_type)
    tests = (
        ("text", (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)),
        ("integer", (pa.types.is_integer,)),
        ("number", (pa.types.is_floating, pa.types.is_decimal)),
        ("date", (pa.types.is_date,)),
        ("yes/no", (pa.types.is_boolean,)),
        ("empty", (pa.types.is_null,)),
    )
    for word, predicates in tests:
        if any(is_kind(arrow_type) for is_kind in predicates):
            return word
    if pa.types.is_timestamp(arrow_type) and arrow_type.tz is None:
        return "timestamp"
    return str(arrow_type)


def read(files: Sequence[Path], folder: Path) -> tuple[Delivered | None, list[str]]:
    """What the files of one table hold, or every problem that keeps them from being read as one."""
    problems: list[str] = []
    schemas: list[tuple[str, dict[str, str]]] = []
    rows = 0
    ambiguous: set[str] = set()
    for path in files:
        name = path.relative_to(folder).as_posix()
        problem = _unreadable(path)
        if problem:
            problems.append(f"{name}: {problem}")
            continue
        try:
            metadata = pq.read_metadata(path)
            schema = metadata.schema.to_arrow_schema()
        except (pa.ArrowException, OSError, ValueError):
            # the engine's own words may quote content, so they are not passed on
            problems.append(f"{name}: the Parquet footer cannot be read; the file is damaged, ask for it again")
            continue
        rows += metadata.num_rows
        lowered = Counter(field.name.lower() for field in schema)
        ambiguous |= {column for column, count in lowered.items() if count > 1}
        schemas.append((name, {field.name: kind_of(field.type) for field in schema}))
    if problems or not schemas:
        return None, problems
    first_name, columns = schemas[0]
    for name, other in schemas[1:]:
        merged = {column: _merged(kind, other.get(column, "")) for column, kind in columns.items()}
        if merged.keys() != other.keys() or "" in merged.values():
            problems.append(f"{name}: other columns or types than {first_name} ({_difference(columns, other)})")
        else:
            columns = merged
    if problems:
        return None, problems
    said = {path: hive.columns(path, folder) for path in files}
    everywhere = set.intersection(*(set(one) for one in said.values()))
    told = {path: {name: one[name] for name in sorted(everywhere)} for path, one in said.items()}
    lowered = Counter(name.lower() for name in {*columns, *everywhere})
    ambiguous |= {column for column, count in lowered.items() if count > 1}
    doubled = frozenset(everywhere & columns.keys())
    return Delivered(
        columns | dict.fromkeys(sorted(everywhere - columns.keys()), "text"), rows, frozenset(ambiguous), told, doubled
    ), []


def _merged(kind: str, other: str) -> str:
    """What a column is that is one kind here and another there; nothing where the two do not go together."""
    if kind == other or other == "empty":
        return kind
    if kind == "empty":
        return other
    return "number" if {kind, other} == {"integer", "number"} else ""


def _unreadable(path: Path) -> str:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(512)
        stream.seek(max(0, size - 4))
        tail = stream.read(4)
    if size == 0:
        return "the file is empty (0 bytes); the delivery was interrupted, ask for it again"
    if _ENCRYPTED in (head[:4], tail):
        return "the Parquet file is encrypted; decrypt it first"
    if head[:4] == _MAGIC and tail == _MAGIC and size >= 12:
        return ""
    if head[:4] == _MAGIC:
        return "the Parquet file is truncated (its end is missing); copy it again and compare sizes"
    if set(head) <= _TEXT_BYTES:
        return "this is a text file (CSV?) named like a Parquet file; convert it (`ipscausal convert`)"
    return "this is not a Parquet file; export it as Parquet"


def _difference(first: dict[str, str], other: dict[str, str]) -> str:
    missing = [name for name in first if name not in other]
    extra = [name for name in other if name not in first]
    changed = [
        f"{name} is {other[name]}, not {first[name]}"
        for name in first
        if not _merged(first[name], other.get(name, first[name]))
    ]
    parts = [f"lacks {', '.join(missing)}"] if missing else []
    parts += [f"adds {', '.join(extra)}"] if extra else []
    return "; ".join(parts + changed)
