"""What `run` shows: read from `release/` alone, so that the screen tells no more than what may leave."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipscausal.cli.flow import flow_table
from ipscausal.cli.screen import columns, paragraph, plain
from ipscausal.language import (
    WITHHELD,
    Catalogue,
    catalogue,
    effect_period,
    event_year,
    gathers_later_years,
    work_years_rule,
)

Row = Mapping[str, Any]
_TEXTS = frozenset(
    {"term", "label", "outcome", "unit", "estimator", "method", "status", "small_sample", "cohort", "period"}
    | {"rule", "arm", "table", "row", "columns", "state", "reason"}
)
_ARMS = ("treated", "control")


def read(release: Path) -> dict[str, Any]:
    """The released tables that a screen shows, facts, notices in words, and the list of withheld rows."""
    tables = {name: _table(release / f"{name}.csv") for name in ("headline", "estimates", "flow", "trends", "withheld")}
    facts = json.loads((release / "facts.json").read_text(encoding="utf-8"))
    study = json.loads((release / "study.json").read_text(encoding="utf-8"))
    words = catalogue("en")
    notices = [
        {"code": n["code"], "level": n["level"], "text": plain(words.notice(n["code"], n["values"]))}
        for n in facts["notices"]
    ]
    return {"study": study, "facts": facts["facts"], "rules": facts["rules"], "notices": notices, **tables}


def text(found: Mapping[str, Any]) -> str:
    """All of it as text."""
    words = catalogue("en")
    study = found["study"]["study"]
    title = study["title"].get("en") or next(iter(study["title"].values()))
    parts = [
        f"{title} ({study['id']})",
        flow_table(found["flow"], found["study"], words, _count),
        _recipients(found, words),
        _headline(found, words),
        _notices(found),
        _withheld(found, words),
    ]
    return "\n\n".join(part for part in parts if part)


def document(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same as values, for --json."""
    primary = found["study"]["outcome"]["name"]
    recipients = [
        {"year": row["year"], "arm": row["arm"], "persons": row["persons"]}
        for row in found["trends"]
        if row["outcome"] == primary
    ]
    return {
        "study": found["study"]["study"]["id"],
        "headline": found["headline"],
        "rank": [row for row in found["estimates"] if row["rank"] is not None and row["outcome"] == primary],
        "log_recipients": [row for row in found["estimates"] if row["outcome"] == "log_recipients"],
        "flow": found["flow"],
        "recipients": recipients,
        "notices": found["notices"],
        "withheld": found["withheld"],
    }


def beside_truth(found: Mapping[str, Any], truth: Mapping[str, Any]) -> str:
    """The known effect of a synthetic registry in the words of the headline."""
    words = catalogue("en")
    parts = [f"average over the exposed years {plain(words.style.signed(truth['overall']['att'], 2))}"]
    for row in found["headline"]:
        if row["event_time"] is not None:
            mean = plain(words.style.signed(_true_effect(truth["effects"], row), 2))
            parts.append(f"{event_year(words, found['study'], row)} {mean}")
    return f"Known truth of these synthetic data: {', '.join(parts)} workdays per recipient"


def _true_effect(effects: Sequence[Mapping[str, Any]], row: Row) -> float:
    """Mean of the known effects over the person-years that the row is about."""
    time, last = row["event_time"], math.inf if gathers_later_years(row) else row["event_time"]
    at = [effect for effect in effects if time <= effect["event_time"] <= last and effect["n"]]
    return float(sum(effect["att"] * effect["n"] for effect in at) / sum(effect["n"] for effect in at))


def _recipients(found: Mapping[str, Any], words: Catalogue) -> str:
    primary = found["study"]["outcome"]["name"]
    by_year: dict[str, dict[str, Row]] = {}
    for row in found["trends"]:
        if row["outcome"] == primary:
            by_year.setdefault(str(row["year"]), {})[row["arm"]] = row
    lines = [
        [year, *(_count(arms[arm]["persons"]) if arm in arms else "" for arm in _ARMS)]
        for year, arms in by_year.items()
    ]
    parts = [words.raw("report.recipients_caption"), columns(["year", *_ARMS], lines)]
    parts += [
        paragraph(f"DiD on log recipients: {_effect(row, words, 3)}{_interval(row, words, 3)}")
        for row in found["estimates"]
        if row["outcome"] == "log_recipients" and row["conf_low"] is not None
    ][:1]  # the primary method stands first
    return "\n".join(parts)


def _headline(found: Mapping[str, Any], words: Catalogue) -> str:
    first = found["headline"][0]
    outcome, unit = (words.name_of("outcome", first["outcome"], part) for part in ("name", "unit"))
    lines = [f"Effect on {outcome} ({unit} per recipient)"]
    for row in found["headline"]:
        label = effect_period(words, found["study"], found["facts"], row)
        effect = f"{_effect(row, words, 2)}{_interval(row, words, 2)}{_work_years(row, words)}"
        lines.append(paragraph(f"{label}: {effect}", "      ", "  "))
    rule = work_years_rule(words, found["study"], found["headline"])
    lines += [paragraph(rule)] if rule else []
    for row in found["estimates"]:
        if row["rank"] is not None and row["outcome"] == first["outcome"] and row["term"] == "att":
            p, floor = words.style.p_relation(row["p_value"]), words.style.p_value(row["p_floor"])
            ranked = f"Rank {row['rank']} of {row['rank_of']} by size (p {p}; the lowest possible here is {floor})"
            lines.append(paragraph(ranked))
    return "\n".join(lines)


def _work_years(row: Row, words: Catalogue) -> str:
    if row["work_years"] is None:
        return ""
    low, high = row["work_years_low"], row["work_years_high"]
    bounds = "" if low is None or high is None else f" ({words.style.interval(low, high, 1)})"
    return f" = {words.style.number(row['work_years'], 1)} work-years{bounds} {row['period']}"


def _notices(found: Mapping[str, Any]) -> str:
    lines = [paragraph(n["text"], "    ", "  ! " if n["level"] == "warning" else "  - ") for n in found["notices"]]
    return "\n".join(["Notes", *lines]) if lines else ""


def _withheld(found: Mapping[str, Any], words: Catalogue) -> str:
    rows = found["withheld"]
    if not rows:
        return "Withheld by the disclosure rules: nothing"
    lines = [f"Withheld by the disclosure rules: {len(rows)} rows, listed in release/withheld.csv"]
    for (table, reason), count in Counter((row["table"], reason) for row in rows for reason in _reasons(row)).items():
        limit = found["rules"]["min_residual_df" if reason == "residual_df" else "min_persons"]
        why = words.text(f"reason.{reason}", limit=limit)
        lines.append(paragraph(f"{table}, {count} {'row' if count == 1 else 'rows'}: {why}", "    ", "  - "))
    return "\n".join(lines)


def _reasons(row: Row) -> list[str]:
    return str(row["reason"]).split()


def _effect(row: Row, words: Catalogue, decimals: int) -> str:
    return WITHHELD if row["estimate"] is None else words.style.signed(row["estimate"], decimals)


def _interval(row: Row, words: Catalogue, decimals: int) -> str:
    low, high = row["conf_low"], row["conf_high"]
    if low is None or high is None:
        return "" if row["estimate"] is None else " (no interval)"
    return f" ({words.style.percent(row['level'])} interval {words.style.interval(low, high, decimals)})"


def _count(value: Any) -> str:
    return WITHHELD if value is None else f"{value:,}"


def _table(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name: _value(name, cell) for name, cell in row.items()} for row in csv.DictReader(stream)]


def _value(name: str, cell: str) -> Any:
    if cell == "" or name in _TEXTS:
        return cell or None
    return int(cell) if cell.removeprefix("-").isdigit() else float(cell)
