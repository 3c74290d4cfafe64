"""What is said of years where a row of the panel is a person and a quarter."""

from __future__ import annotations

import re

from ipscausal.language.catalogue import Catalogue, catalogue
from ipscausal.periods import Period

_QUARTER = "quarter."
YEARS_STAY = (
    "entry.", "explain.", "notice.last_year_", "notice.codes_", "notice.years_without_start",
    "definition.conversion.period", "report.ages", "definition.ages.birth year", "definition.ages.receipt day",
    "definition.receipt.entry", "variable.age", "report.work_years_period", "definition.kind.real", "register.",
)  # fmt: skip
"""Keys (their beginnings) whose years are calendar years or ages in a panel by quarter too."""


def period_words(language: str, period: Period) -> Catalogue:
    """The catalogue of a language for a panel that no study file describes."""
    return by_period(catalogue(language), period)


def by_period(words: Catalogue, period: Period) -> Catalogue:
    """The catalogue as a reader of a panel by quarter needs it; itself for one by year.

    Every noun for a year is said as that for a quarter (the list `called.quarter`, where a phrase beside itself stays),
    but in `YEARS_STAY`; a text under `quarter.` stands in place of the one with the rest of its key.
    """
    if period == "year":
        return words
    forms = dict(words.called["quarter"])
    found = re.compile(rf"(?<![\w{{:.])({'|'.join(map(re.escape, forms))})(?!\w)", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        said = forms[match[0].lower()]
        return said[:1].upper() + said[1:] if match[0][0].isupper() else said

    said = {key: found.sub(other, words.raw(key)) for key in words.keys if not key.startswith((*YEARS_STAY, _QUARTER))}
    own = {key.removeprefix(_QUARTER): words.raw(key) for key in words.keys if key.startswith(_QUARTER)}
    return words.by(period, {**said, **own})
