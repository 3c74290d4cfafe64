"""What `run` shows: read from `release/` alone, so that the screen tells no more than what may leave."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.cli.flow import flow_table
from ipscausal.cli.screen import columns, paragraph, plain
from ipscausal.disclosure import limit, rules_in_force
from ipscausal.language import (
    MISSING,
    WITHHELD,
    Catalogue,
    effect_period,
    event_year,
    gathers_later_years,
    nearest_words,
    study_words,
    work_years_rule,
)
from ipscausal.outcomes import is_share
from ipscausal.report import Released, answer, deviations_in_short, second_sentences

Row = Mapping[str, Any]
_ARMS = ("treated", "control")


def text(found: Released) -> str:
    """All of it as text, the answer first."""
    words = study_words("en", found.study)
    study = found.study["study"]
    title = nearest_words(study["title"], "en")
    parts = [
        f"{title} ({study['id']})",
        _answer(found, words),
        flow_table(found.tables["flow"], found.study, words, _count),
        _recipients(found, words),
        _headline(found, words),
        "\n".join(plain(line) for line in second_sentences(words, found)),
        _notices(found, words),
        _deviations(found, words),
        _withheld(found, words),
    ]
    return "\n\n".join(part for part in parts if part)


def document(found: Released) -> dict[str, Any]:
    """The same as values, for --json."""
    words = study_words("en", found.study)
    recipients = [
        {"year": _year(words, row["year"]), "arm": row["arm"], "persons": row["persons"]}
        for row in found.rows("trends", outcome=found.outcome)
    ]
    return {
        "study": found.study["study"]["id"],
        "headline": found.tables["headline"],
        "answer": {line.key: [plain(text) for text in line.short] for line in answer(words, found)},
        "rank": [row for row in found.rows("estimates", outcome=found.outcome) if row["rank"] is not None],
        "log_recipients": found.rows("estimates", outcome="log_recipients"),
        "second_population": found.tables["second_population"],
        "flow": found.tables["flow"],
        "recipients": recipients,
        "notices": [
            {"code": notice["code"], "level": notice["level"], "text": _worded(notice, words)}
            for notice in found.notices
        ],
        "plan": found.facts.get("plan"),
        "deviations": found.facts.get("deviations", []),
        "withheld": found.withheld,
    }


def beside_truth(found: Released, truth: Mapping[str, Any]) -> str:
    """The known effect of a synthetic registry in the words of the headline; nothing where it is on another outcome."""
    if found.outcome != "workdays":
        return ""
    words = study_words("en", found.study)
    parts = [f"average over the exposed years {plain(words.style.signed(truth['overall']['att'], 2))}"]
    for row in found.tables["headline"]:
        if row["event_time"] is not None:
            mean = plain(words.style.signed(_true_effect(truth["effects"], row), 2))
            parts.append(f"{event_year(words, found.study, row)} {mean}")
    unit = words.text("report.effect_unit", unit="workdays")
    return f"Known truth of these synthetic data: {', '.join(parts)} {unit}"


def _true_effect(effects: Sequence[Mapping[str, Any]], row: Row) -> float:
    """Mean of the known effects over the person-years that the row is about."""
    time, last = row["event_time"], math.inf if gathers_later_years(row) else row["event_time"]
    at = [effect for effect in effects if time <= effect["event_time"] <= last and effect["n"]]
    return float(sum(effect["att"] * effect["n"] for effect in at) / sum(effect["n"] for effect in at))


def _answer(found: Released, words: Catalogue) -> str:
    """The block that opens the report, a line or two each."""
    lines = [words.raw("report.answer_label")]
    for line in answer(words, found):
        start = f"  {line.label:<19}"
        for said in line.short:
            lines.append(paragraph(said, " " * len(start), start))
            start = " " * len(start)
    return "\n".join(lines)


def _recipients(found: Released, words: Catalogue) -> str:
    by_year: dict[str, dict[str, Row]] = {}
    for row in found.rows("trends", outcome=found.outcome):
        by_year.setdefault(words.period_name(row["year"]), {})[row["arm"]] = row
    lines = [
        [year, *(_count(arms[arm]["persons"]) if arm in arms else "" for arm in _ARMS)]
        for year, arms in by_year.items()
    ]
    parts = [words.raw("report.recipients_caption"), columns([words.period, *_ARMS], lines)]
    change = found.effect("log_recipients")
    if change is not None and change["conf_low"] is not None:
        told = f"DiD on log {words.raw('report.persons').lower()}"
        parts.append(paragraph(f"{told}: {_effect(change, words, 3)}{_interval(change, words, 3)}"))
    return "\n".join(parts)


def _headline(found: Released, words: Catalogue) -> str:
    rows = found.tables["headline"]
    first = rows[0]
    outcome, unit = (words.name_of("outcome", first["outcome"], part) for part in ("name", "effect"))
    lines = [f"Effect on {outcome} ({words.text('report.effect_unit', unit=unit)})"]
    for row in rows:
        label = effect_period(words, found.study, found.facts, row)
        effect = f"{_effect(row, words, 2)}{_interval(row, words, 2)}{_work_years(row, words)}"
        lines.append(paragraph(f"{label}: {effect}", "      ", "  "))
    rule = work_years_rule(words, found.study, rows)
    lines += [paragraph(rule)] if rule else []
    return "\n".join(lines)


def _work_years(row: Row, words: Catalogue) -> str:
    if row["work_years"] is None:
        return ""
    low, high = row["work_years_low"], row["work_years_high"]
    bounds = "" if low is None or high is None else f" ({words.style.interval(low, high, 1)})"
    return f" = {words.style.number(row['work_years'], 1)} work-years{bounds} {row['period']}"


def _worded(notice: Row, words: Catalogue) -> str:
    return plain(words.notice(notice["code"], notice["values"]))


def _notices(found: Released, words: Catalogue) -> str:
    lines = [
        paragraph(_worded(notice, words), "    ", "  ! " if notice["level"] == "warning" else "  - ")
        for notice in found.notices
    ]
    return "\n".join(["Notes", *lines]) if lines else ""


def _deviations(found: Released, words: Catalogue) -> str:
    """What was done otherwise than planned; nothing for a draft."""
    if found.study["study"]["plan"]["status"] == "draft":
        return ""
    lines = [words.raw("report.deviations_heading"), paragraph(deviations_in_short(words, found))]
    for one in found.facts.get("deviations", ()):
        told = f"{one['key']}: {one['planned'] or MISSING} -> {one['used'] or MISSING} ({one['date']})"
        lines.append(paragraph(f"{told} {one['reason']}".rstrip(), "    ", "  - "))
    return "\n".join(lines)


def _withheld(found: Released, words: Catalogue) -> str:
    rows = found.withheld
    if not rows:
        return "Withheld by the disclosure rules: nothing"
    rules = rules_in_force(dict(found.rules))
    lines = [f"Withheld by the disclosure rules: {len(rows)} rows, listed in release/withheld.csv"]
    for (table, reason), count in Counter((row["table"], reason) for row in rows for reason in _reasons(row)).items():
        why = words.text(f"reason.{reason}", limit=limit(reason, rules))
        lines.append(paragraph(f"{table}, {count} {'row' if count == 1 else 'rows'}: {why}", "    ", "  - "))
    return "\n".join(lines)


def _reasons(row: Row) -> list[str]:
    return str(row["reason"]).split()


def _effect(row: Row, words: Catalogue, decimals: int) -> str:
    return WITHHELD if row["estimate"] is None else words.style.signed(_scale(row) * row["estimate"], decimals)


def _interval(row: Row, words: Catalogue, decimals: int) -> str:
    low, high = row["conf_low"], row["conf_high"]
    if low is None or high is None:
        return "" if row["estimate"] is None else " (no interval)"
    interval = words.style.interval(_scale(row) * low, _scale(row) * high, decimals)
    return f" ({words.style.percent(row['level'])} interval {interval})"


def _scale(row: Row) -> float:
    """Effects on shares are told in percentage points, as in the report."""
    return 100.0 if is_share(row["outcome"]) else 1.0


def _year(words: Catalogue, number: int) -> int | str:
    """2016, or "2016Q1"."""
    return number if words.period == "year" else words.period_name(number)


def _count(value: Any) -> str:
    return WITHHELD if value is None else f"{value:,}"
