"""What was done otherwise than planned."""

from __future__ import annotations

import datetime as dt

from ipscausal.language import MISSING, Catalogue
from ipscausal.report.document import Block, Paragraph, Table, TableRow
from ipscausal.report.released import Released

COLUMNS = ("key", "date", "planned", "used", "reason")


def deviations(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """A sentence, and a table where there are any."""
    found = released.facts.get("deviations", ())
    if not found:
        return (Paragraph(deviations_in_short(words, released)),)
    rows = tuple(
        TableRow(
            (
                one["key"], words.style.day(dt.date.fromisoformat(one["date"])), one["planned"] or MISSING,
                one["used"] or MISSING, one["reason"] or words.raw("report.deviation_no_reason"),
            )
        )
        for one in found
    )  # fmt: skip
    table = Table(
        caption=words.raw("report.deviations_caption"),
        columns=tuple(words.raw(f"report.deviation_{name}") for name in COLUMNS),
        rows=rows,
        note=words.raw("report.deviations_note"),
        text_columns=tuple(range(1, len(COLUMNS))),
    )
    return Paragraph(deviations_in_short(words, released)), table


def deviations_in_short(words: Catalogue, released: Released) -> str:
    """How many choices are not as planned, or why that is not known."""
    plan = released.facts.get("plan")
    if plan is None:
        draft = released.study["study"]["plan"]["status"] == "draft"
        return words.raw("report.deviations_draft" if draft else "report.deviations_unknown")
    count = len(released.facts["deviations"])
    key = "report.deviations_text" if count else "report.deviations_none"
    return words.text(key, date=plan["locked"], count=count)
