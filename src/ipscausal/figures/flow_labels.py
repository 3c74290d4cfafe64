"""Words of the population flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.figures.flow import FlowLabels
from ipscausal.figures.labels import Row, count_text
from ipscausal.language import Catalogue, flow_rule

ARMS = ("treated", "control", "all")


def flow_labels(words: Catalogue, study: Mapping[str, Any], rows: Sequence[Row]) -> FlowLabels:
    """Labels of the population flow; rows of the table `flow`, study: as released."""
    present = [arm for arm in ARMS if any(row["arm"] == arm for row in rows)]
    steps = sorted({row["step"] for row in rows})
    hidden = {row["step"]: row["rule"] for row in rows if row["persons"] is None}
    arms = {arm: words.raw(f"arm.{arm}") for arm in present}
    gaps = [flow_rule(words, study, str(hidden[step])) for step in sorted(hidden)]
    return FlowLabels(
        title=words.raw("table.flow"),
        alt=words.text(
            "figure.alt_flow", count=len(steps),
            arms="; ".join(_arm(words, arms[arm], [row for row in rows if row["arm"] == arm]) for arm in present),
            gaps=words.text("figure.alt_flow_gaps", rules="; ".join(gaps)) if gaps else "",
        ),
        arms=arms,
        remaining=words.raw("figure.flow_remaining"),
        withheld=words.raw("figure.flow_withheld"),
        rule=lambda row: flow_rule(words, study, str(row["rule"])),
        number=count_text(words),
    )  # fmt: skip


def _arm(words: Catalogue, name: str, rows: Sequence[Row]) -> str:
    ordered = sorted(rows, key=lambda row: row["step"])
    numbers = {"first": ordered[0]["persons"], "last": ordered[-1]["persons"], "years": ordered[-1]["person_years"]}
    told = {
        key: words.raw("figure.flow_withheld") if count is None else count_text(words)(count)
        for key, count in numbers.items()
    }
    return words.text("figure.alt_flow_arm", arm=name, **told)
