"""Labels of results that the report and the screen share, so that both say the same of the same row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.language.catalogue import Catalogue

Row = Mapping[str, Any]
LATER = "≥"
"""Begins the label of an end point that gathers all later event times too."""
NAMED = 12
"""Municipalities up to which a sentence names each."""


def codes_told(words: Catalogue, codes: Sequence[object]) -> str:
    """Codes of municipalities, or how many they are and where they stand."""
    if len(codes) > NAMED:
        return words.text("report.codes_many", count=len(codes))
    return words.style.listed(str(code) for code in codes)


def gathers_later_years(row: Row) -> bool:
    """Whether the row is the end point of the event study that pools every later event time."""
    return str(row["label"] or "").startswith(LATER)


def event_year(words: Catalogue, study: Row, row: Row) -> str:
    """The event time of a headline row, counted from the first exposed year of the study's rule; no capital first."""
    time = int(row["event_time"])
    key = "at" if time == 0 else "after"
    if gathers_later_years(row):
        key += "_and_later"
    return words.text(f"event_year.{study['design']['first_treated_year']}.{key}", k=time)


def effect_period(words: Catalogue, study: Row, facts: Row, row: Row) -> str:
    """The years that a headline effect is about.

    A calendar year is named only for one single event time that every treated municipality reaches in the last
    study year.
    """
    starts, last = set(facts["adoption_years"].values()), int(facts["last_year"])
    if row["event_time"] is None:
        if len(starts) == 1:
            return words.text("report.effect_one_period", first=min(starts), last=last)
        return words.raw("report.effect_years")
    when = event_year(words, study, row)
    if not gathers_later_years(row) and starts == {last - int(row["event_time"])}:
        return words.text("report.effect_last", year=last, when=when)
    return when[0].upper() + when[1:]


def work_years_rule(words: Catalogue, study: Row, rows: Sequence[Row]) -> str:
    """How work-years follow from the effect, with N and D, of the first headline row that leaves; else empty."""
    converted = [row for row in rows if row["work_years"] is not None and row["work_year_persons"] is not None]
    if not converted:
        return ""
    row = converted[0]
    basis = "basis_mean" if isinstance(study["work_years"]["persons"], str) else "basis_given"
    return words.text(
        "report.work_years_rule", effect=row["estimate"], persons=row["work_year_persons"],
        days=row["days_per_work_year"], result=row["work_years"], basis=words.raw(f"report.{basis}"),
        same=words.raw("report.basis_same") if len(converted) > 1 else "",
    )  # fmt: skip


def flow_rule(words: Catalogue, study: Row, rule: str) -> str:
    """A rule of the population flow; a cohort fixed beforehand counts other years than those of receipt."""
    population = study["population"]
    named = [f"flow.{population['receipt']}.{rule}", f"flow.{rule}_by.{population.get('residence')}", f"flow.{rule}"]
    key = next((key for key in named if words.has(key)), None)
    return rule if key is None else words.text(key, benefit=benefit_of(words, population))


def who(words: Catalogue, population: Row) -> str:
    """The persons a study is about, as a phrase."""
    key = f"report.who.{population['receipt']}"
    return words.text(key if words.has(key) else "report.who.recipients", benefit=benefit_of(words, population))


def benefit_of(words: Catalogue, population: Row) -> str:
    """The name of the study's benefit; nothing for a study about everybody."""
    return words.name("benefit", population["benefit"]) if population["benefit"] else ""
