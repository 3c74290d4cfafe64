"""The population flow as a table, for released and for restricted counts alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ipscausal.cli.screen import columns
from ipscausal.language import Catalogue, flow_rule

_ARMS = ("treated", "control", "all")
_COUNTS = ("persons", "person_years")


def flow_table(
    rows: Sequence[Mapping[str, Any]], study: Mapping[str, Any], words: Catalogue, shown: Callable[[Any], str]
) -> str:
    """One line per rule, persons and person-years (person-quarters) by arm. `shown` writes a count or its absence."""
    by_rule: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        by_rule.setdefault(row["rule"], {})[row["arm"]] = row
    arms = [arm for arm in _ARMS if any(arm in by_arm for by_arm in by_rule.values())]
    lines = [
        [
            flow_rule(words, study, rule),
            *(shown(by_arm[arm][part]) if arm in by_arm else "" for arm in arms for part in _COUNTS),
        ]
        for rule, by_arm in by_rule.items()
    ]
    header = ["what remains after each rule", *(name for arm in arms for name in (arm, f"({words.period}s)"))]
    columns_of = f"person-{words.period}s in the columns ({words.period}s)"
    heading = f"{words.raw('report.flow_heading')}: persons, and {columns_of}"
    return f"{heading}\n{columns(header, lines)}"
