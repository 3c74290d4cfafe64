"""`ipscausal diff`: what changed between two runs, and which numbers moved by how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ipscausal.cli.commands import Json, app
from ipscausal.cli.screen import columns, paragraph, plain, print_json

if TYPE_CHECKING:
    from ipscausal.two_runs import Change, TwoRuns

Run = Annotated[Path, typer.Argument(help="Output folder of a run.", metavar="DIR", exists=True, file_okay=False)]


@app.command(name="diff")
def diff(first: Run, second: Run, as_json: Json = False) -> None:
    """What changed between two runs, and which released numbers moved by how much."""
    from ipscausal.two_runs import compare

    found = compare(first, second)
    if as_json:
        return print_json({"command": "diff", "first": str(first), "second": str(second), **asdict(found)})
    parts = [
        f"From {first} to {second}",
        _changes("Study file", found.study),
        _changes("Extracts", found.extracts),
        _changes("SQL", found.sql, "{count} models differ"),
        _changes("Software and machine", found.versions),
        _numbers(found),
        _headlines(found),
    ]
    return print("\n\n".join(part for part in parts if part))


def _changes(heading: str, changes: Sequence[Change], short: str = "") -> str:
    if not changes:
        return f"{heading}: the same"
    if short:
        names = ", ".join(change.what for change in changes)
        return f"{heading}: {short.format(count=len(changes))}\n{paragraph(names, '    ')}"
    lines = [
        paragraph(f"{change.what}: {_said(change.first)} -> {_said(change.second)}", "      ", "  ")
        for change in changes
    ]
    return "\n".join([f"{heading}: {len(changes)} {'difference' if len(changes) == 1 else 'differences'}", *lines])


def _said(value: Any) -> str:
    if value is None:
        return "not there"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _numbers(found: TwoRuns) -> str:
    compared, differing = sum(found.compared.values()), Counter(moved.table for moved in found.moved)
    if not differing:
        return f"Released numbers: all {compared:,} are the same"
    absent = Counter(moved.table for moved in found.moved if moved.first is None or moved.second is None)
    rows = [
        [table, f"{found.compared[table]:,}", f"{count:,}", f"{absent[table]:,}", _largest(found, table)]
        for table, count in differing.items()
    ]
    header = ["table", "numbers", "differ", "in one run only", "largest move of an estimate, in standard errors"]
    return f"Released numbers: {len(found.moved):,} of {compared:,} differ\n{columns(header, rows)}"


def _largest(found: TwoRuns, table: str) -> str:
    moves = [abs(one.in_errors) for one in found.moved if one.table == table and one.in_errors is not None]
    return f"{max(moves):.2f}" if moves else ""


def _headlines(found: TwoRuns) -> str:
    lines = ["Headline"]
    for first, second in found.headlines:
        row = first or second or {}
        move = ""
        if first and second and first["estimate"] is not None and second["estimate"] is not None:
            move = f" (moved by {second['estimate'] - first['estimate']:+.4g})"
        label = f"{row['outcome']}, {row['label'] or row['term']}"
        lines.append(paragraph(f"{label}: {_estimate(first)} -> {_estimate(second)}{move}", "      ", "  "))
    return plain("\n".join(lines))


def _estimate(row: Any) -> str:
    if row is None or row["estimate"] is None:
        return "no number"
    if row["conf_low"] is None or row["conf_high"] is None:
        return f"{row['estimate']:+.4g}"
    return f"{row['estimate']:+.4g} ({row['conf_low']:+.4g} to {row['conf_high']:+.4g})"
