"""The checker's list: one entry per file in the folder, which can be understood without the other files.

`context.md` tells the entries as text and `results.json` as data, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipscausal.disclosure import sacro
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.drawing import FIGURES
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.table_entry import PASS, REVIEW, Study, outcome, table_entry
from ipscausal.disclosure.tables import RELEASED_TABLES, WITHOUT_FILE
from ipscausal.language import Catalogue

DOCUMENTS = ("context.md", "facts.json", "provenance.json", "study.json", "withheld.csv")


def describe(folder: Path, checked: Mapping[str, Sequence[Draft]], study: Study) -> list[sacro.Entry]:
    """The entries of all files, those of the folder and the context that is still to be written."""
    tables = [
        table_entry(table, checked[table.name], study)
        for table in RELEASED_TABLES
        if checked[table.name] or table.name not in WITHOUT_FILE
    ]
    described = {entry.name: entry for entry in tables}
    figures = [_figure_entry(described[name], study.words) for name in FIGURES if (folder / f"{name}.png").exists()]
    documents = [_document_entry(name, study.words) for name in DOCUMENTS]
    return [_within_limits(entry, folder / entry.file, study) for entry in (*tables, *figures, *documents)]


def status_of(entries: Iterable[sacro.Entry]) -> str:
    """The status of the release as a whole."""
    return REVIEW if any(entry.status == REVIEW for entry in entries) else PASS


def _figure_entry(table: sacro.Entry, words: Catalogue) -> sacro.Entry:
    drawn = (words.text("context.file_figure", table=table.name), *table.comments[1:])
    return sacro.Entry(
        name=f"{table.name}_figure", file=f"{table.name}.png", status=table.status, kind="custom",
        method=table.method, barn=table.barn, checks=table.checks, comments=drawn, exception=table.exception,
    )  # fmt: skip


def _document_entry(file: str, words: Catalogue) -> sacro.Entry:
    stem = file.partition(".")[0]
    return sacro.Entry(
        name=f"{stem}_document", file=file, status=PASS, kind="custom", method="documentation", barn="",
        checks={}, comments=(words.raw(f"context.file_{stem}"),), exception="",
    )  # fmt: skip


def _within_limits(entry: sacro.Entry, path: Path, study: Study) -> sacro.Entry:
    """The entry, for review where the file is of a type or a size that the rule set does not take."""
    rules, words = study.rules, study.words
    content = path.read_bytes() if path.exists() else b""
    suffix, rows = path.suffix.removeprefix("."), content.count(b"\n") - 1
    over = []
    if suffix not in rules.file_types:
        told = ", ".join(rules.file_types)
        over.append(words.text("context.file_type", type=suffix, types=told, ruleset=rules.ruleset))
    if suffix == "csv" and 0 < rules.max_rows < rows:
        over.append(words.text("context.file_rows", rows=rows, limit=rules.max_rows, ruleset=rules.ruleset))
    if 0 < rules.max_bytes < len(content):
        over.append(words.text("context.file_bytes", bytes=len(content), limit=rules.max_bytes, ruleset=rules.ruleset))
    checks = {**entry.checks, "FileCheck": outcome(len(over), "not as the rule set has it")}
    if not over:
        return entry.with_checks(checks)
    why = " ".join(filter(None, (entry.exception, *over)))
    return entry.with_checks(checks).for_review(why, over)


def thresholds(rules: Rules) -> dict[str, Any]:
    """config.json: the rules in force, also under the names that the viewer knows from acro."""
    return {"safe_threshold": rules.min_persons, "safe_dof_threshold": rules.min_residual_df, **rules.told()}
