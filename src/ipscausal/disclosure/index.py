"""The checker's list: one entry per file in the folder, which can be understood without the other files.

`context.md` tells the entries as text and `results.json` as data, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipscausal.disclosure import sacro
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.drawing import FIGURES
from ipscausal.disclosure.effect_tables import RESTS_ON_ONE
from ipscausal.disclosure.ledger import Entry
from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rounding import rounded
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.support import behind_rows
from ipscausal.disclosure.tables import RELEASED_TABLES, WITHOUT_FILE
from ipscausal.language import Catalogue

DOCUMENTS = ("context.md", "facts.json", "provenance.json", "study.json", "withheld.csv")
WITHOUT_ARMS = ("flow",)
"""Tables that compare no arms: the number of municipalities of an arm says nothing about them."""
REVIEW, PASS = "review", "pass"


@dataclass(frozen=True, slots=True)
class Study:
    """What the entries tell of the study: its few municipalities, N of its main estimate, what left before."""

    rules: Rules
    words: Catalogue
    few_municipalities: bool
    behind: Mapping[str, float | None]
    ledger: Entry


def describe(folder: Path, checked: Mapping[str, Sequence[Draft]], study: Study) -> list[sacro.Entry]:
    """The entries of all files, those of the folder and the context that is still to be written."""
    tables = [
        _table_entry(table, checked[table.name], study)
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


def _table_entry(table: ReleasedTable, rows: Sequence[Draft], study: Study) -> sacro.Entry:
    words, rules, name = study.words, study.rules, table.name
    hidden = sum(bool(draft.hidden) for draft in rows)
    zero_or_full = sum(bool(draft.reviews) for draft in rows)
    near = {found: found.tables[name] for found in study.ledger.near if name in found.tables}
    few = study.few_municipalities and name not in WITHOUT_ARMS
    checks = {"MinimumThresholdCheck": _outcome(hidden, "withheld")}
    if "residual_df" in table.names(Role.SUPPORT):
        # from the numbers: a row that fails several rules names only the first
        known = [draft.row["residual_df"] for draft in rows if draft.row.get("residual_df") is not None]
        checks["MinimumDoFCheck"] = _outcome(sum(df < rules.min_residual_df for df in known), "withheld")
    if name not in WITHOUT_ARMS:
        checks["MunicipalitiesPerArmCheck"] = REVIEW if few else PASS
    if table.counts:
        checks["ZeroOrFullCheck"] = _outcome(zero_or_full, "released")
    if table.counts and study.ledger.compared:
        checks["DifferencingCheck"] = _outcome(sum(near.values()), "near an earlier release")
    comment = words.text("context.comment_withheld", count=hidden) if hidden else words.raw("context.comment_clean")
    subtracted = [
        words.text(
            "context.near_file", count=count, release=found.release[:12], date=found.date, study=found.study,
            limit=rules.min_persons,
        )
        for found, count in near.items()
    ]  # fmt: skip
    reasons = [
        rules.exception,
        comment if hidden else "",
        words.text("context.review_exception", limit=rules.min_municipalities, persons=rules.min_persons)
        if few
        else "",
        words.text("context.review_single", persons=rules.min_persons) if name in RESTS_ON_ONE and rows else "",
        words.text("context.review_zero", count=zero_or_full) if zero_or_full else "",
        *subtracted,
    ]
    why = " ".join(filter(None, reasons))
    freedom = [
        draft.row["residual_df"] for draft in rows if not draft.hidden and draft.row.get("residual_df") is not None
    ]
    about = (
        words.raw(f"context.file_{name}"), *behind_rows(table, rows, rules, words, study.behind),
        words.raw(f"context.relation_{name}"), comment, *subtracted,
    )  # fmt: skip
    return sacro.Entry(
        name=name, file=f"{name}.csv", status=REVIEW if why else PASS, kind=table.kind, method=table.method,
        barn=table.barn, checks=checks, comments=about, exception=why,
        degrees_of_freedom=int(rounded(min(freedom), rules.rounding)) if freedom else None,
        columns=table.released_columns, flags=sacro.flags(table.released_columns, rows),
    )  # fmt: skip


def _outcome(count: int, what: str) -> str:
    return f"{REVIEW} {count} {what}" if count else PASS


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
    checks = {**entry.checks, "FileCheck": f"{REVIEW} {len(over)} not as the rule set has it" if over else PASS}
    if not over:
        return entry.with_checks(checks)
    why = " ".join(filter(None, (entry.exception, *over)))
    return entry.with_checks(checks).for_review(why, over)


def thresholds(rules: Rules) -> dict[str, Any]:
    """config.json: the rules in force, also under the names that the viewer knows from acro."""
    return {"safe_threshold": rules.min_persons, "safe_dof_threshold": rules.min_residual_df, **rules.told()}
