"""The whole conversion: which file belongs to which table, every file in pieces, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ipscausal.convert import delimited, statistical
from ipscausal.convert.choices import Choices
from ipscausal.convert.columns import Conversion, conversion
from ipscausal.convert.dates import DecimalSign
from ipscausal.convert.delivered import RawFile, Unreadable
from ipscausal.convert.planning import Task, tasks
from ipscausal.errors import ExtractError, UsageError
from ipscausal.extracts.files import DeliveredFile, fingerprint
from ipscausal.outputs import Staging, read_manifest, require_made_by, require_ours, transaction
from ipscausal.study import Study

RENEWS = ("convert",)
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Converted:
    """One file: where it came from and went to, its rows, its columns with their types, and what is to be known.

    rows: None in a plan where only reading tells. notes hold counts and choices, never values.
    """

    source: str
    target: str
    table: str
    rows: int | None
    columns: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def plan(source: Path, table: str | None, study: Study | None, choices: Choices) -> tuple[Converted, ...]:
    """What `convert` would write, from the heads of the files. Raises as `convert` does for what shows there."""
    found, problems = [], []
    for task in tasks(source, table, study):
        try:
            opened = _open(task, choices)
            columns = _conversions(task, opened, DecimalSign(choices.decimal), choices)
            problems += [f"{task.source}: {column.refused}" for column in columns if column.refused]
            found.append(_told(task, opened, columns, opened.rows, ()))
        except Unreadable as unreadable:
            problems.append(f"{task.source}: {unreadable.message}")
    _require_none(problems)
    return tuple(found)


def convert(
    source: Path, out: Path, table: str | None, study: Study | None, choices: Choices, counted: Told
) -> tuple[Converted, ...]:
    """Parquet files in `out` for the file `source` or every readable file below it, in the same folders.

    table, study: say which contract table the files are; with a study, by the paths of its [extracts]. counted: hears
    of (file, rows read, rows). Raises UsageError for files of no table, ExtractError with every problem of every file
    (nothing is written then).
    """
    wanted = tasks(source, table, study)
    parts = tuple(dict.fromkeys(PurePosixPath(task.target).parts[0] for task in wanted))
    with transaction(out, parts, RENEWS) as staging:
        _require_no_loss(out, parts, {task.target for task in wanted})
        found, problems, inputs = [], [], []
        for task in wanted:
            try:
                before = fingerprint(task.path, task.path.parent)
                found.append(_convert_file(task, staging, choices, counted))
                if fingerprint(task.path, task.path.parent) != before:
                    raise Unreadable("the file changed while it was read; convert it when it is complete")
                inputs.append(_input(task, before, found[-1].rows))
            except FileNotFoundError:
                problems.append(f"{task.source}: the file is gone")
            except Unreadable as unreadable:
                problems += [f"{task.source}: {problem}" for problem in (unreadable.problems or (unreadable.message,))]
        _require_none(problems)
        staging.commit({"command": "convert", "inputs": [*_kept_inputs(out, wanted), *inputs]})
        return tuple(found)


def require_writable(out: Path) -> None:
    """Raises UsageError where `convert` could not write to the folder."""
    require_ours(out)
    require_made_by(out, RENEWS)


def _convert_file(task: Task, staging: Staging, choices: Choices, counted: Told) -> Converted:
    opened = _open(task, choices)
    decimal = DecimalSign(choices.decimal)
    columns = _conversions(task, opened, decimal, choices)
    refused = tuple(column.refused for column in columns if column.refused)
    if refused:
        raise Unreadable("columns cannot be converted", problems=refused)
    schema = pa.schema([(column.name, column.type) for column in columns])
    target = staging.folder / task.target
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in _batches(opened, columns, schema):
            writer.write_batch(batch)
            rows += batch.num_rows
            counted(task.source, rows, max(rows, opened.rows or 0))
    unfit = (*(problem for column in columns if (problem := column.problem())), *_doubts(decimal))
    if unfit:
        raise Unreadable("values do not fit", problems=unfit)
    if not rows:
        raise Unreadable("the file has a header and no rows")
    sign = {",": ("decimal comma",), ".": ("decimal point",)}.get(decimal.sign or "", ())
    return _told(task, opened, columns, rows, sign)


def _batches(opened: RawFile, columns: tuple[Conversion, ...], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for piece in opened.pieces():
        yield pa.record_batch([column.convert(piece[column.raw.name]) for column in columns], schema=schema)


def _open(task: Task, choices: Choices) -> RawFile:
    reader = statistical.read if task.path.suffix.lower() in statistical.ENDINGS else delimited.read
    return reader(task.path, choices)


def _conversions(task: Task, opened: RawFile, decimal: DecimalSign, choices: Choices) -> tuple[Conversion, ...]:
    """One per delivered column; a name that is the wanted one but for capitals becomes the wanted one."""
    delivered = [raw.name for raw in opened.columns]
    lowered = [name.lower() for name in delivered]
    wanted = {name.lower(): name for name in task.declared if name not in delivered}
    chosen = replace(choices, dates=task.dates)
    made = []
    for raw in opened.columns:
        renamed = wanted.get(raw.name.lower(), raw.name) if lowered.count(raw.name.lower()) == 1 else raw.name
        made.append(conversion(raw, renamed, task.declared.get(renamed), decimal, chosen))
    return tuple(made)


def _told(
    task: Task, opened: RawFile, columns: tuple[Conversion, ...], rows: int | None, found: tuple[str, ...]
) -> Converted:
    renamed = sum(column.name != column.raw.name for column in columns)
    texts = [column.name for column in columns if column.name not in task.declared and column.type == pa.string()]
    missing = sum(opened.user_missing.values())
    notes = [*opened.notes, *found]
    if renamed:
        notes.append(f"{_columns(renamed)} renamed in capitals as the contract writes them")
    if missing:
        values = "1 value" if missing == 1 else f"{missing:,} values"
        notes.append(f"{values} declared missing in {_columns(len(opened.user_missing))} made empty")
    if texts:
        notes.append(f"{_columns(len(texts))} beside the contract kept as text (numbers among them: --numbers)")
    types = tuple((column.name, str(column.type)) for column in columns)
    return Converted(task.source, task.target, task.table, rows, types, tuple(notes))


def _doubts(decimal: DecimalSign) -> tuple[str, ...]:
    if not decimal.doubtful:
        return ()
    name = {",": "comma", ".": "point"}[decimal.sign or "."]
    return (
        f"every number with a {name} has three digits after it, so these are decimals or thousands; --decimal comma or "
        "--decimal point says which sign is the decimal one (thousands are exported without a sign)",
    )


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _input(task: Task, file: DeliveredFile, rows: int | None) -> dict[str, Any]:
    facts = {"path": task.source, "bytes": file.bytes, "sha256": file.sha256, "rows": rows}
    return {**facts, "table": task.table, "target": task.target}


def _kept_inputs(out: Path, wanted: Sequence[Task]) -> list[dict[str, Any]]:
    """What an earlier conversion said of files that this one leaves alone."""
    targets = {task.target for task in wanted}
    earlier = (read_manifest(out) or {}).get("inputs", ())
    return [entry for entry in earlier if entry.get("target") not in targets]


def _require_no_loss(out: Path, parts: tuple[str, ...], targets: set[str]) -> None:
    """Raises UsageError where a folder that would be replaced holds files of an earlier conversion only."""
    earlier = {entry["path"] for entry in (read_manifest(out) or {}).get("outputs", ())}
    lost = [path for path in earlier if path.split("/")[0] in parts and path not in targets]
    if lost:
        raise UsageError(
            f"--out {out.name}: an earlier conversion made {len(lost)} of the files in a folder that this one would "
            "replace, and it does not hold them",
            remedy="convert the whole folder again, or choose another --out; nothing was touched",
        )


def _require_none(problems: list[str]) -> None:
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ExtractError(
            f"the files cannot be converted: {count}",
            problems=tuple(problems),
            remedy="correct the files, or say with an option how they are to be read; nothing was written",
        )
