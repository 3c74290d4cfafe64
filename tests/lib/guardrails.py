"""What no report may say, whatever its numbers: rules over the sentences of a document, in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from ipscausal.report.document import Document, Paragraph, Section, Table

CAUSE = re.compile(r"\bcaus(?:al|e[sd]?\b|ing|ation)|\bkausal|forårsak|\bårsak", re.IGNORECASE)
VERDICT = re.compile(
    r"significan(?!t digits)|signifikan|\bprove[sn]?\b that|\bdemonstrat|beviser at|bevis for at|provar at"
    r"|\b(?:does not work|works well|virker ikke på|har virket|verkar ikkje på|har verka)\b",
    re.IGNORECASE,
)
LIKELY = re.compile(
    r"(?:%|per cent|prosent)\s+(?:more|less|mer|mindre|meir)\s+(?:likely|sannsynlig|sannsynleg)", re.IGNORECASE
)
ODDS = re.compile(r"\bodds", re.IGNORECASE)
AS_RISK = re.compile(r"%|per cent|prosent|\btimes\b|\bganger\b|\bgonger\b|likely|sannsyn", re.IGNORECASE)
TOOK_PART_AS_GROUP = re.compile(r"\bparticipants?\b|\bdeltak(?:er|ar)", re.IGNORECASE)
WORK_YEARS = re.compile(r"\d[\d.,\s\u00a0]*\s*(?:work-years|årsverk)", re.IGNORECASE)
# N and D of the rule, and the time it is about
RULE = re.compile(r"× [\d.,\s\u00a0]+ ÷ [\d.,]+ = [−\d.,\s\u00a0]+ (?:per|for) \w+")
JARGON = re.compile(
    r"\bp [=<]|\bdf\b|\bCR[0-3]\b|\bSD\b|standard ?error|standardfeil|confidence|konfidens", re.IGNORECASE
)
RELATIVE = re.compile(r"(?:per cent relative to|prosent sammenlignet med|prosent samanlikna med)", re.IGNORECASE)
PLAIN = ("reach", "certainty", "use")
EFFECTS = ("event-study", "methods", "outcomes", "municipalities")
"""Sections that show effects on all recipients of municipalities."""


def sentences(part: object) -> Iterator[str]:
    """Every text of a document or a part of it, drawings apart."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from sentences(item)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in ("wide_svg", "narrow_svg", "png", "anchor", "key", "kind", "tone", "language"):
                yield from sentences(getattr(part, field.name))


def breaches(document: Document) -> list[str]:
    """What the document says that it may not, each with the rule and the text."""
    texts = list(sentences((document.headline, document.sections, document.subtitle, document.kicker)))
    found = [f"{rule}: {text}" for text in texts for rule in of_words(text)]
    found += [f"work-years without N, D and period: {text}" for text in _work_years(document)]
    found += [f"not plain: {text}" for text in _not_plain(document)]
    for section in document.sections:
        found += [f"relative before absolute: {text}" for text in _relative_first(section)]
        found += [f"a p that the design cannot support: {text}" for text in _bare_p(section, document.language)]
    return found + _without_reach(document)


def of_words(text: str) -> list[str]:
    """The rules that a text breaks by its words alone."""
    rules = {
        "cause": CAUSE.search(text.replace("ipscausal", "")),
        "verdict": VERDICT.search(text),
        "likely": LIKELY.search(text),
        "odds as risk": ODDS.search(text) and AS_RISK.search(text),
        "participants": TOOK_PART_AS_GROUP.search(text),
    }
    return [rule for rule, hit in rules.items() if hit]


def _work_years(document: Document) -> list[str]:
    """On page one the rule stands below the numbers; elsewhere no number of work-years stands at all."""
    shown = [figure.second_value for figure in document.headline.figures if figure.second_value]
    periods = [figure.second_unit for figure in document.headline.figures if figure.second_value]
    whole = bool(RULE.search(document.headline.rule)) and all(periods)
    elsewhere = [text for text in sentences(document.sections) if WORK_YEARS.search(text)]
    return elsewhere + ([] if whole else shown)


def _not_plain(document: Document) -> list[str]:
    """Certainty, use and reach are told in words that need no course in statistics; certainty is told at all."""
    lines = {line.key: line for line in document.headline.answer}
    said = [text for key in PLAIN if key in lines for text in lines[key].sentences]
    missing = [key for key in PLAIN if key not in lines] if document.headline.figures else []
    return [text for text in said if JARGON.search(text)] + missing


def _relative_first(section: Section) -> list[str]:
    tables = [place for place, block in enumerate(section.blocks) if isinstance(block, Table)]
    first = min(tables, default=len(section.blocks))
    return [text for block in section.blocks[:first] for text in sentences(block) if RELATIVE.search(text)]


def _bare_p(section: Section, language: str) -> list[str]:
    """In the main table a p of a method that fails here stands beside the rate at which it does."""
    invalid = {"en": "known to be invalid", "nb": "kjent ugyldig", "nn": "kjend ugyldig"}[language]
    rows = [row for block in section.blocks if isinstance(block, Table) for row in block.rows]
    told = [row.cells for row in rows if section.anchor == "methods" and row.cells[-1].lower().startswith(invalid[:9])]
    return [" | ".join(cells) for cells in told if cells[-2] != "–" and "(" not in cells[-2]]


def _without_reach(document: Document) -> list[str]:
    line = next((line for line in document.headline.answer if line.key == "reach"), None)
    if line is None:
        return []
    return [
        f"an effect without its reach: {section.anchor}"
        for section in document.sections
        if section.anchor in EFFECTS
        and not any(isinstance(block, Paragraph) and block.text in line.sentences for block in section.blocks)
    ]
