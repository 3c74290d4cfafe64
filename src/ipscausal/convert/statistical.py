"""Files of SAS, SPSS and Stata, read with pyreadstat in pieces of some ten thousand rows.

pyreadstat is an extra: `pip install "ipscausal[convert]"`. Its messages may quote content and are not passed on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ipscausal.convert.choices import Choices
from ipscausal.convert.delivered import ARROW, Piece, RawColumn, RawFile, RawKind, Unreadable
from ipscausal.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

_READERS = {
    ".sas7bdat": "read_sas7bdat", ".xpt": "read_xport", ".sav": "read_sav", ".zsav": "read_sav", ".por": "read_por",
    ".dta": "read_dta",
}  # fmt: skip
ENDINGS = tuple(_READERS)
_DATES = re.compile(r"%-?t?d|DATE|DDMMYY|MMDDYY|YYMMDD|ADATE|EDATE|SDATE|JDATE|E8601DA|B8601DA|IS8601DA")
_TIMESTAMPS = re.compile(r"%-?t[cC]|DATETIME|DATEAMPM|YMDHMS|E8601DT|B8601DT|IS8601DT")
# formats of days that pyreadstat does not take for such by itself: whole names, since anybody names formats in SAS
_MORE_DATES = re.compile(
    r"%-?t?d.*|((YYMM|MMYY)[CDNPS]?|MONYY|YEAR|JULIAN|WEEK[UVW]|WORDDAT[EX]|(NOR|EUR|DAN|SVE|FIN)DFD[DE]|NLDATE"
    r"|MOYR|QYR|WKYR)\d*"
)
_MORE_TIMESTAMPS = re.compile(r"%-?t[cC]")
_ZEROS = re.compile(r"%0(\d+)\.?0?[fg]|Z(\d+)\.?0?|N(\d+)")
_PIECE = 1_000_000  # cells, and at least ten thousand rows
_LEAST = 10_000
_LOOKED_AT = 10_000
# formats without declared missing values, and the one without a choice of encoding
_NO_USER_MISSING, _NO_ENCODING = (".xpt", ".por"), (".por",)
_Reader = Callable[..., tuple[Mapping[str, list[Any]], Any]]


def read(path: Path, choices: Choices) -> RawFile:
    """Raises UsageError without pyreadstat, Unreadable for a damaged file or another format."""
    library = _library()
    reader: _Reader = getattr(library, _READERS[path.suffix.lower()])
    ending = path.suffix.lower()
    options: dict[str, Any] = {"encoding": choices.encoding} if choices.encoding and ending not in _NO_ENCODING else {}
    _, about = _guarded(reader, path, metadataonly=True, **options)
    shown = {str(written) for written in about.original_variable_types.values()}
    options["extra_date_formats"] = sorted(written for written in shown if _MORE_DATES.fullmatch(written))
    options["extra_datetime_formats"] = sorted(written for written in shown if _MORE_TIMESTAMPS.match(written))
    first, _ = _guarded(reader, path, row_limit=_LOOKED_AT, output_format="dict", **options)
    columns = tuple(_column(name, about, first.get(name, [])) for name in about.column_names)
    if len({column.name for column in columns}) != len(columns):
        raise Unreadable("two columns have the same name; rename one")
    labelled = [column.name for column in columns if column.labels]
    written = "the labels are" if choices.labels == "labels" else "their codes are"
    notes = (f"value labels on {_count(labelled)}: {written} written",) if labelled else ()
    opened = RawFile(columns, about.number_rows, notes, lambda: iter(()))
    return RawFile(
        columns, about.number_rows, notes, lambda: _pieces(reader, path, opened, options), opened.user_missing
    )


def _library() -> ModuleType:
    try:
        import pyreadstat
    except ImportError:
        raise UsageError(
            "files of SAS, SPSS and Stata are read with pyreadstat, which is not installed",
            remedy='pip install "ipscausal[convert]", or export the files as CSV',
        ) from None
    return pyreadstat


def _guarded(reader: _Reader, path: Path, **options: Any) -> tuple[Mapping[str, list[Any]], Any]:
    try:
        return reader(str(path), **options)
    except LookupError:
        raise Unreadable("no such encoding; give another --encoding") from None
    except (OSError, MemoryError):
        raise
    except Exception:
        raise Unreadable(
            f"this cannot be read as {path.suffix.lower()}; the file is damaged, of another program, or in another "
            "encoding (--encoding)"
        ) from None


def _column(name: str, about: Any, first: list[Any]) -> RawColumn:
    shown = str(about.original_variable_types.get(name) or "")
    stored = str(about.readstat_variable_types.get(name))
    labels = about.variable_value_labels.get(name) or {}
    padded = _ZEROS.fullmatch(shown)
    digits = next((int(width) for width in padded.groups() if width), None) if padded else None
    # what the reader makes of a format shows in its values; a column that begins empty is told by its format
    value = next((value for value in first if value is not None and value == value), None)
    kind: RawKind = "integer" if stored.startswith("int") else "number"
    if stored == "string" or isinstance(value, dt.time):
        kind = "text"
    elif isinstance(value, dt.datetime) or (value is None and _TIMESTAMPS.match(shown)):
        kind = "timestamp"
    elif isinstance(value, dt.date) or (value is None and (_DATES.match(shown) or _MORE_DATES.fullmatch(shown))):
        kind = "date"
    return RawColumn(name, kind, labels, digits, shown.startswith("%tm"))


def _pieces(reader: _Reader, path: Path, opened: RawFile, options: Mapping[str, Any]) -> Iterator[Piece]:
    size = max(min(_LEAST, _PIECE), _PIECE // max(1, len(opened.columns)))
    asked = dict(options) if path.suffix.lower() in _NO_USER_MISSING else {**options, "user_missing": True}
    start = 0
    while True:
        read, about = _guarded(reader, path, row_offset=start, row_limit=size, output_format="dict", **asked)
        rows = len(next(iter(read.values()), []))
        if rows:
            ranges = about.missing_ranges
            yield {
                column.name: _array(read[column.name], column, ranges.get(column.name, ()), opened.user_missing)
                for column in opened.columns
            }
        if rows < size:
            return
        start += rows


def _array(values: list[Any], column: RawColumn, ranges: Any, counted: dict[str, int]) -> pa.Array:
    """The values with those declared missing (SPSS ranges, .a to .z of Stata and SAS) made empty and counted."""
    kept = [None if _is_missing(value, column, ranges) else value for value in values]
    if column.kind == "text":
        kept = [str(value) if isinstance(value, dt.time) else value for value in kept]
    dropped = sum(new is None and old is not None for new, old in zip(kept, values, strict=True))
    if dropped:
        counted[column.name] = counted.get(column.name, 0) + dropped
    try:
        return pa.array(kept, ARROW[column.kind], from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError):
        raise Unreadable(f"column {column.name!r} mixes values of several kinds; export it as one kind") from None


def _is_missing(value: Any, column: RawColumn, ranges: Any) -> bool:
    if isinstance(value, str) and column.kind != "text":
        return True
    for part in ranges:
        low, high = (part["lo"], part["hi"]) if isinstance(part, Mapping) else (part, part)
        if isinstance(value, str) != isinstance(low, str) or value is None:
            continue
        if isinstance(value, (int, float, str)) and low <= value <= high:
            return True
    return False


def _count(names: list[str]) -> str:
    return "1 column" if len(names) == 1 else f"{len(names)} columns"
