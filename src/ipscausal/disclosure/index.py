"""The checker's list: one entry per file in the folder, with status, checks, flags and comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ipscausal.disclosure.sacro as sacro
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.drawing import FIGURES
from ipscausal.disclosure.effect_tables import RESTS_ON_ONE
from ipscausal.disclosure.roles import Role
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.tables import RELEASED_TABLES, WITHOUT_FILE
from ipscausal.language import Catalogue

DOCUMENTS = ("context.md", "facts.json", "provenance.json", "study.json", "withheld.csv")
NO_TIME = "1970-01-01T00:00:00"


def write_index(
    folder: Path, checked: Mapping[str, Sequence[Draft]], design: Mapping[str, Any], rules: Rules, words: Catalogue,
    provenance: Mapping[str, Any],
) -> str:  # fmt: skip
    """Write the index of the folder; returns the overall status, pass or review."""
    treated = int(design["n_treated"])
    few = min(treated, int(design["n_municipalities"]) - treated) < rules.min_municipalities
    entries = [
        _table_entry(table.name, checked[table.name], rules, words, few=few)
        for table in RELEASED_TABLES
        if checked[table.name] or table.name not in WITHOUT_FILE
    ]
    described = {entry.name: entry for entry in entries}
    for name in FIGURES:
        if (folder / f"{name}.png").exists():
            entries.append(_figure_entry(described[name], words))
    entries += [_document_entry(name, words) for name in DOCUMENTS]
    software = provenance.get("software", {})
    timestamp = str(provenance.get("finished") or provenance.get("started") or NO_TIME)[:19]
    thresholds = {
        "ruleset": rules.ruleset, "safe_threshold": rules.min_persons, "safe_dof_threshold": rules.min_residual_df,
        "municipalities_per_arm_review": rules.min_municipalities, "rounding": "none", "exception": rules.exception,
    }  # fmt: skip
    sacro.write_index(folder, entries, thresholds, str(software.get("version", "")), timestamp)
    return "review" if any(entry.status == "review" for entry in entries) else "pass"


def _table_entry(name: str, rows: Sequence[Draft], rules: Rules, words: Catalogue, *, few: bool) -> sacro.Entry:
    table = next(table for table in RELEASED_TABLES if table.name == name)
    hidden = sum(bool(draft.hidden) for draft in rows)
    rests_on_arms = name != "flow"
    single = name in RESTS_ON_ONE and bool(rows)
    review = hidden > 0 or bool(rules.exception) or (few and rests_on_arms) or single
    comment = words.text("context.comment_withheld", count=hidden) if hidden else words.raw("context.comment_clean")
    why = (
        rules.exception,
        comment if hidden else "",
        words.text("context.review_exception", limit=rules.min_municipalities, persons=rules.min_persons)
        if few and rests_on_arms
        else "",
        words.text("context.review_single", persons=rules.min_persons) if single else "",
    )
    checks = {"MinimumThresholdCheck": _outcome(hidden)}
    if "residual_df" in table.names(Role.SUPPORT):
        # from the numbers: a row that fails several rules names only the first
        known = [draft.row["residual_df"] for draft in rows if draft.row.get("residual_df") is not None]
        checks["MinimumDoFCheck"] = _outcome(sum(df < rules.min_residual_df for df in known))
    if rests_on_arms:
        checks["MunicipalitiesPerArmCheck"] = "review" if few else "pass"
    freedom = [
        draft.row["residual_df"] for draft in rows if not draft.hidden and draft.row.get("residual_df") is not None
    ]
    return sacro.Entry(
        name=name, file=f"{name}.csv", status="review" if review else "pass", kind=table.kind, method=table.method,
        barn=table.barn, checks=checks, comments=(words.raw(f"context.file_{name}"), comment),
        exception=" ".join(filter(None, why)), degrees_of_freedom=int(min(freedom)) if freedom else None,
        flags=sacro.flags(table.released_columns, rows),
    )  # fmt: skip


def _outcome(withheld: int) -> str:
    return f"review {withheld} withheld" if withheld else "pass"


def _figure_entry(table: sacro.Entry, words: Catalogue) -> sacro.Entry:
    return sacro.Entry(
        name=f"{table.name}_figure", file=f"{table.name}.png", status=table.status, kind="custom",
        method=table.method, barn=table.barn, checks=table.checks,
        comments=(words.text("context.file_figure", table=table.name),), exception=table.exception,
    )  # fmt: skip


def _document_entry(file: str, words: Catalogue) -> sacro.Entry:
    stem = file.partition(".")[0]
    return sacro.Entry(
        name=f"{stem}_document", file=file, status="pass", kind="custom", method="documentation", barn="",
        checks={}, comments=(words.raw(f"context.file_{stem}"),), exception="",
    )  # fmt: skip
