"""The data dictionary, written from the declarations and the rules."""

from __future__ import annotations

from ipscausal.contract.check import RULES
from ipscausal.extracts import TABLES, Column, Table
from ipscausal.extracts.tables import ACCEPTED


def dictionary() -> str:
    """Markdown: one section per delivered table with its columns and its rules."""
    return "\n".join(["# Data dictionary", "", *(line for table in TABLES for line in _section(table))])


def _section(table: Table) -> list[str]:
    form = "Parquet or CSV" if table.csv else "Parquet"
    key = f" Key: {', '.join(table.key)}." if table.key else ""
    rules = [rule for rule in RULES if rule.table == table.name]
    lines = [f"## {table.name}", "", f"{table.meaning} {form}.{key}", ""]
    lines += ["| column | delivered as | needed | meaning |", "|---|---|---|---|", *map(_row, table.columns), ""]
    if rules:
        lines += ["| rule | severity | what happens | what to do |", "|---|---|---|---|"]
        lines += [f"| {rule.says} | {rule.severity} | {rule.treatment} | {rule.remedy} |" for rule in rules] + [""]
    return lines


def _row(column: Column) -> str:
    allowed = f" Known values: {', '.join(column.allowed)}." if column.allowed else ""
    needed = f"by layout: {column.layout}" if column.layout else "yes" if column.needed else "no"
    return f"| `{column.name}` | {' or '.join(ACCEPTED[column.kind])} | {needed} | {column.meaning}{allowed} |"
