"""How many took part, beside every effect on all recipients."""

from __future__ import annotations

from typing import Any

from ipscausal.language import Catalogue
from ipscausal.report.document import Paragraph
from ipscausal.report.released import Released
from ipscausal.report.said import Numbers, Said


def reach(numbers: Numbers) -> Said:
    """The line of the answer."""
    key, values = _told(numbers.released)
    whole, short = (numbers.words.text(f"{group}.{key}", **values) for group in ("reach", "reach.short"))
    return (whole,), (short,)


def reach_note(words: Catalogue, released: Released) -> Paragraph:
    """The same below a table or figure of effects."""
    key, values = _told(released)
    return Paragraph(words.text(f"reach.{key}", **values), "note")


def _told(released: Released) -> tuple[str, dict[str, Any]]:
    found = released.facts.get("reach")
    if found is None:
        return "unknown", {}
    if found["share"] is None:
        return "withheld", {}
    return ("known" if found["share"] <= 1 else "beyond"), {"share": found["share"]}
