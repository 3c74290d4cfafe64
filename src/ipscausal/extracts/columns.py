"""Matching declared columns with delivered ones: where each comes from, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from ipscausal.extracts.parameters import changes_day
from ipscausal.extracts.parquet import Delivered
from ipscausal.extracts.tables import ACCEPTED, EMPLOYMENT, MUNICIPALITY_CHANGES, Column, Kind, Table
from ipscausal.outcomes import COMPETITIVE, KINDS, is_workdays
from ipscausal.study import BUILT_IN_DIMENSIONS, MUNICIPALITY_TYPE, Extract, Study
from ipscausal.warehouse import Source

_BUILT_IN_COVARIATES = ("age", "sex")
PERIOD = "period"
_INSTEAD = {"birth_date": "birth_month"}


def study_covariates(study: Study) -> tuple[str, ...]:
    """Columns of `persons` that the study names, covariates before dimensions; in the engine covariate_1, ..."""
    covariates = [name for name in study.design.covariates if name not in _BUILT_IN_COVARIATES]
    dimensions = [name for name in study.heterogeneity.by if name not in BUILT_IN_DIMENSIONS]
    return tuple(dict.fromkeys([*covariates, *dimensions]))


def declared_columns(table: Table, study: Study) -> dict[str, Column]:
    """Our name in the engine -> declared column, those that this study alone needs included.

    The month, week or year of a layout is called `period` in the engine.
    """
    extract: Extract | None = getattr(study.extracts, table.name)
    layout = extract.layout if extract is not None else "spells"
    needed = {
        ("rollout", "fidelity"): study.design.dose == "fidelity",
        ("rollout", "participants"): study.design.dose == "reach",
        ("municipalities", "type"): MUNICIPALITY_TYPE in study.heterogeneity.by,
        ("municipalities", "unit"): study.named_units,
        ("municipality_changes", "date"): changes_day(study) is None,
        **{("employment", name): True for name in _of_outcomes(study)},
    }
    # the month, week or year says by itself which days the row is about
    spared = {"start_date"} if layout != "spells" else set()
    if table is EMPLOYMENT and not any(is_workdays(name) for name in study.counted_outcomes):
        # earnings or hours of a year come without
        spared.add("position_pct")
    own = {
        PERIOD if column.layout else column.name: replace(
            column, needed=(column.needed or needed.get((table.name, column.name), False)) and column.name not in spared
        )
        for column in table.columns
        if column.layout in ("", layout)
    }
    more: Mapping[str, tuple[Sequence[str], Kind]] = {
        "persons": (study_covariates(study), "covariate"),
        "municipalities": (study.design.municipality_covariates, "measure"),
    }
    names, kind = more.get(table.name, ((), "covariate"))
    return own | {f"covariate_{k}": Column(name, kind, "", True, False) for k, name in enumerate(names, start=1)}


def _of_outcomes(study: Study) -> dict[str, str]:
    """Column of `employment` -> the first outcome of the study that rests on it."""
    needed: dict[str, str] = {}
    for spec in (study.outcome.spec(name) for name in study.counted_outcomes):
        if spec.jobs == COMPETITIVE:
            needed.setdefault("job_kind", spec.name)
        if column := KINDS[spec.kind].column_needed:
            needed.setdefault(column, spec.name)
    return needed


def match(table: Table, extract: Extract, delivered: Delivered, study: Study) -> tuple[dict[str, Source], list[str]]:
    """Our column -> its source in the delivery, and every problem of this table's columns in words.

    A table that may be CSV is text throughout: there a date may be text, and staging casts it.
    """
    declared = declared_columns(table, study)
    known = [column.name for column in declared.values()]
    problems = [
        f"{table.name}: the study maps {ours!r}, which is no column of this table{_suggest(ours, sorted(known))}; "
        f"it has {_listed(known)}"
        for ours in extract.columns
        if ours not in known
    ]
    problems += _unread_periods(table, extract, delivered)
    sources: dict[str, Source] = {}
    for fixed, column in declared.items():
        theirs = extract.columns.get(column.name, column.name)
        if theirs not in delivered.columns:
            sources[fixed] = Source(None, _sql_type(table, column, "empty"))
            problems += _missing(table, extract, column, delivered, study)
            continue
        kind = delivered.columns[theirs]
        if theirs.lower() in delivered.ambiguous:
            problems.append(f"{table.name}: two delivered columns are called {theirs!r} but for capitals; rename one")
        if theirs in delivered.doubled:
            problems.append(
                f"{table.name}: column {theirs!r} is in the files and in the names of their folders "
                f"({theirs}=...); keep one of them"
            )
        if theirs in ("", "*") or "\x00" in theirs:
            problems.append(f"{table.name}: column {column.name} is mapped to a name the engine cannot hold; rename it")
        problem = _mistyped(table, extract, column, theirs, kind)
        problems += problem
        empty = kind == "empty" or bool(problem)
        sql_type = _sql_type(table, column, kind)
        sources[fixed] = Source(None if empty else theirs, sql_type, _decimals(table, column, kind))
    if any(column.layout for column in table.columns):
        # a table of spells has no such column, and SQL reads it in every layout
        sources.setdefault(PERIOD, Source(None, "VARCHAR"))
    return sources, problems


def _missing(table: Table, extract: Extract, column: Column, delivered: Delivered, study: Study) -> list[str]:
    theirs = extract.columns.get(column.name, column.name)
    mapped = column.name in extract.columns
    other_name = _INSTEAD.get(column.name, "")
    instead = bool(other_name) and extract.columns.get(other_name, other_name) in delivered.columns
    # an optional column that the study maps by name is expected to be there
    if not mapped and (not column.needed and (not other_name or instead)):
        return []
    origin = f"{column.name} (mapped to {theirs!r})" if theirs != column.name else column.name
    alternative = f" (or {other_name})" if other_name and not mapped else ""
    # a column that already has its use is no misspelling of this one
    used = {extract.columns.get(other.name, other.name) for other in table.columns}
    unused = [name for name in delivered.columns if name not in used]
    hint = _suggest(theirs, unused) + _layout(table, column, delivered)
    if table is MUNICIPALITY_CHANGES and column.name == "date":
        hint += f"; where all rows are of one day, set date = YYYY-MM-DD in [extracts.{table.name}]"
    if table.name == "employment" and (outcome := _of_outcomes(study).get(column.name)):
        hint += f'; it is needed by the outcome "{outcome}"'
    return [
        f"{table.name}: column {origin}{alternative} is missing{hint}; "
        f"the delivery has {_listed(list(delivered.columns))}"
    ]


def _unread_periods(table: Table, extract: Extract, delivered: Delivered) -> list[str]:
    """A table read as spells whose files have a column of months, weeks or years that the study does not map."""
    by = {column.name: column.layout for column in table.columns if column.layout}
    if extract.layout != "spells":
        return []
    folders = {name for said in delivered.folders.values() for name in said}
    mapped = {theirs.lower() for theirs in extract.columns.values()}
    return [
        f"{table.name}: {extract.path!r} has a column {name!r}, which layout = "
        f'"spells" does not read: every row would count as a whole spell; set layout = "{by[name.lower()]}" in '
        f"[extracts.{table.name}], or leave the column out of the delivery if each row is a spell"
        for name in delivered.columns
        if name.lower() in by and name.lower() not in mapped and name not in folders
    ]


def _layout(table: Table, column: Column, delivered: Delivered) -> str:
    """A hint where a table without start dates names a month, a week or a year."""
    by = [other for other in table.columns if other.layout and other.name in delivered.columns]
    if column.name != "start_date" or not by:
        return ""
    return f"; a table by {by[0].name} needs layout = {by[0].layout!r} in [extracts.{table.name}]".replace("'", '"')


def _mistyped(table: Table, extract: Extract, column: Column, theirs: str, kind: str) -> list[str]:
    numbered = column.kind == "date" and extract.dates == "epoch days"
    as_text = table.csv and column.kind in ("date", "measure")
    more = (("integer",) if numbered else ()) + (("text",) if as_text else ())
    accepted = (*ACCEPTED[column.kind], *more)
    if kind in accepted or (kind == "empty" and not column.needed):
        return []
    where = f"{table.name}: column {column.name}" + (f" (mapped to {theirs!r})" if theirs != column.name else "")
    if kind == "empty":
        return [f"{where} holds nothing at all; ask for the delivery again"]
    if column.kind == "code" and kind in ("integer", "number"):
        return [
            f"{where} is a number, so municipality codes have lost their leading zeros (0301 became 301); "
            "export the codes as text"
        ]
    if column.kind == "date" and kind == "integer":
        return [
            f"{where} is a whole number; if it counts days since 1970-01-01, "
            f'set dates = "epoch days" in [extracts.{table.name}], else deliver dates'
        ]
    return [f"{where} is declared as {' or '.join(accepted)}, delivered as {kind}; convert it in the export"]


def _sql_type(table: Table, column: Column, kind: str) -> str:
    if table.csv:
        return "VARCHAR"
    if column.kind in ("person", "covariate"):
        return "VARCHAR" if kind == "text" else "BIGINT"
    fixed: Mapping[str, str] = {
        "code": "VARCHAR", "category": "VARCHAR", "period": "VARCHAR", "date": "DATE", "month": "INTEGER",
    }  # fmt: skip
    return fixed.get(column.kind, "DECIMAL(9,2)" if column.kind == "percent" else "DECIMAL(18,2)")


def _decimals(table: Table, column: Column, kind: str) -> int | None:
    """Numbers are rounded before the cast: hundredths of percents and amounts, whole covariates."""
    if column.kind in ("percent", "measure") and not table.csv:
        return 2
    return 0 if column.kind == "covariate" and kind == "number" else None


def _suggest(name: str, candidates: Sequence[str]) -> str:
    lowered = {candidate.lower(): candidate for candidate in candidates}
    near = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return f"; did you mean {lowered[near[0]]!r}?" if near else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")
