"""What the numbers can and cannot show, and the notes of the run."""

from __future__ import annotations

from ipscausal.language import Catalogue
from ipscausal.report.document import Block, Bullets, Paragraph
from ipscausal.report.released import Released

SAID_ELSEWHERE = ("few_treated", "rank_floor", "log_recipients", "withheld")
"""Notices whose content stands in the headline box or in a section of its own."""


def caveats(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """Statements about meaning and assumptions, then the notes of this run."""
    statements = [
        words.raw("report.can_itt"),
        words.text("report.can_parallel", treated=released.treated),
        _pretrend(words, released),
        words.raw("report.can_one") if released.treated == 1 else "",
        words.raw("report.can_workyears"),
    ]
    notes = tuple(
        words.notice(notice["code"], notice["values"])
        for notice in sorted(released.notices, key=lambda notice: notice["level"] != "warning")
        if notice["code"] not in SAID_ELSEWHERE
    )
    meaning = Bullets(tuple(filter(None, statements)))
    if not notes:
        return (meaning,)
    return meaning, Paragraph(words.raw("report.notes_heading"), "subheading"), Bullets(notes)


def _pretrend(words: Catalogue, released: Released) -> str:
    for row in released.rows("estimates", outcome=released.outcome, term="pre_trend"):
        if row["p_value"] is None:
            continue
        if row["rank"] is None:
            return words.text("report.can_pretrend_p", p=row["p_value"])
        return words.text(
            "report.can_pretrend_rank", rank=row["rank"], of=row["rank_of"], p=row["p_value"], floor=row["p_floor"]
        )
    return ""
