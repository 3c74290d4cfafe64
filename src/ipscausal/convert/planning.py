"""Which files are converted, what they become, and which table of the contract each of them is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from ipscausal.convert.statistical import ENDINGS as STATISTICAL
from ipscausal.errors import UsageError
from ipscausal.extracts.columns import declared_columns
from ipscausal.extracts.tables import TABLES, Column, Table
from ipscausal.study import Extract, Study

TEXT = (".csv", ".txt", ".tsv")
_READABLE = "CSV (.csv, .txt, .tsv), SAS (.sas7bdat, .xpt), SPSS (.sav, .zsav, .por) or Stata (.dta)"
_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Task:
    """One file. source, target: below the folders of the command. declared: name in the delivery -> contract column.

    dates: whether whole numbers are dates, as the study file says of the table.
    """

    path: Path
    source: str
    target: str
    table: str
    declared: Mapping[str, Column]
    dates: Literal["dates", "epoch days"] = "dates"


def tasks(source: Path, table: str | None, study: Study | None) -> tuple[Task, ...]:
    """Every file to convert, sorted. Raises UsageError where none is found, two become one, or one is of no table."""
    folder, files = _files(source)
    found, homeless = [], []
    for path in files:
        relative = PurePosixPath(path.relative_to(folder).as_posix())
        target = relative.with_suffix(".parquet")
        name = table or _table_of(relative, target, study)
        if name is None:
            homeless.append(str(relative))
        else:
            found.append(Task(path, str(relative), str(target), name, _declared(name, study), _dates(name, study)))
    doubled = [target for target, count in Counter(task.target for task in found).items() if count > 1]
    if doubled:
        raise UsageError(
            "two files would become the same Parquet file",
            problems=tuple(f"{target}: made of several files" for target in doubled),
            remedy="convert them one at a time into folders of their own",
        )
    if homeless:
        raise UsageError(
            "no path of the study's [extracts] leads to some of the files",
            problems=tuple(f"{name}: which table is this?" for name in homeless),
            remedy="name the table with --table, move the file, or correct the path in the study file; a path may end "
            "in .parquet",
        )
    return tuple(found)


def _files(source: Path) -> tuple[Path, list[Path]]:
    endings = (*TEXT, *STATISTICAL)
    if source.is_file():
        if source.suffix.lower() not in endings:
            raise UsageError(f"--from {source.name}: this is not {_READABLE}", remedy="choose another file")
        return source.parent, [source]
    visible = (path for path in sorted(source.rglob("*")) if path.is_file() and _visible(path, source))
    files = [path for path in visible if path.suffix.lower() in endings]
    if not files:
        raise UsageError(f"--from {source.name}: the folder holds no {_READABLE}", remedy="choose another folder")
    return source, files


def _visible(path: Path, folder: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def _table_of(relative: PurePosixPath, target: PurePosixPath, study: Study | None) -> str | None:
    if study is None:
        return None
    for table in TABLES:
        extract: Extract | None = getattr(study.extracts, table.name)
        if extract is not None and any(_leads_to(extract.path, path) for path in (relative, target)):
            return table.name
    return None


def _leads_to(pattern: str, path: PurePosixPath) -> bool:
    """Whether the path of an extract (a file, whatever its ending, a folder or a glob) leads to this file."""
    wanted = PurePosixPath(pattern)
    if _GLOB & set(pattern):
        return _fits(wanted.parts, path.parts)
    return wanted in path.parents or wanted.with_suffix("") == path.with_suffix("")


def _fits(patterns: Sequence[str], parts: Sequence[str]) -> bool:
    if not patterns or not parts:
        return not patterns and not parts
    if patterns[0] == "**":
        return _fits(patterns[1:], parts) or _fits(patterns, parts[1:])
    return fnmatchcase(parts[0], patterns[0]) and _fits(patterns[1:], parts[1:])


def _declared(name: str, study: Study | None) -> Mapping[str, Column]:
    """Columns of the contract by their name in the delivery."""
    table = next((table for table in TABLES if table.name == name), None)
    if table is None:
        raise UsageError(
            f"--table {name}: there is no such table", remedy=f"it is one of {', '.join(t.name for t in TABLES)}"
        )
    if study is None:
        return {column.name: column for column in table.columns}
    return _mapped(table, study)


def _dates(name: str, study: Study | None) -> Literal["dates", "epoch days"]:
    extract: Extract | None = None if study is None else getattr(study.extracts, name)
    return "dates" if extract is None else extract.dates


def _mapped(table: Table, study: Study) -> Mapping[str, Column]:
    extract: Extract | None = getattr(study.extracts, table.name)
    names = extract.columns if extract is not None else {}
    return {names.get(column.name, column.name): column for column in declared_columns(table, study).values()}
