"""Who is in the study, in sentences."""

from __future__ import annotations

from typing import Any

from ipscausal import periods
from ipscausal.language import Catalogue, benefit_of
from ipscausal.report.released import Released


def population(words: Catalogue, released: Released) -> list[str]:
    """Every choice of [population] as a sentence."""
    p: dict[str, Any] = released.study["population"]
    design: dict[str, Any] = released.study["design"]
    first, last = periods.span(p["years"], words.period)
    about = {"benefit": benefit_of(words, p), "first": first, "last": last}
    return [
        words.text(
            f"definition.receipt.{p['receipt']}", **about,
            day=_day(words, p.get("receipt_day")), months=p.get("follow_up_months") or 0,
        ),
        words.text("definition.gap.text", **about, months=p["gap_months"]) if p.get("gap_months") else "",
        _ages(words, p),
        words.raw("definition.ages.month") if p["ages"] != "any" and _by_month(released) else "",
        words.text(f"definition.residence.{p['residence']}", day=_day(words, p.get("residence_day"))),
        words.raw(f"definition.deaths.{p['deaths']}"),
        words.raw(f"definition.emigration.{p.get('emigration', 'keep')}"),
        words.raw(f"definition.municipalities.{p['municipalities']}"),
        words.raw(f"definition.units.{p.get('units', 'municipality')}"),
        words.raw(f"definition.cluster.{design['cluster']}"),
        words.raw(f"definition.mixed_units.{design['mixed_units']}") if "mixed_units" in design else "",
    ]  # fmt: skip


def _ages(words: Catalogue, p: dict[str, Any]) -> str:
    """A cohort is of the age at the time that it is fixed."""
    if p["ages"] == "any":
        return words.raw("definition.ages.any")
    named = [f"definition.ages.{p['receipt']}.{p['age_rule']}", f"definition.ages.{p['age_rule']}"]
    return words.text(next(key for key in named if words.has(key)), low=p["ages"][0], high=p["ages"][1])


def _day(words: Catalogue, text: str | None) -> str:
    if text is None:
        return ""
    month, _, day = text.partition("-")
    return words.style.day_of_year(int(month), int(day))


def _by_month(released: Released) -> bool:
    """Whether the study file names a column with the month of birth."""
    extract = released.study["extracts"].get("persons") or {}
    return "birth_month" in extract.get("columns", {})
