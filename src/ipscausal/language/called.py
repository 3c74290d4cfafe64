"""What the persons and places of a study are called where they are not recipients and municipalities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ipscausal.language.catalogue import Catalogue

RESIDENTS = ("everyone", "no benefit")
"""Rules of receipt whose persons need not receive anything."""
_RESIDENT = "resident."
_OF_RECIPIENTS = ("report.who", "definition.receipt", "definition.gap", "definition.ages", "entry", "flow", "explain")
_OF_MUNICIPALITIES = (
    "definition.units", "definition.cluster", "definition.municipalities", "definition.mixed_units",
    "report.provenance_codes", "notice.codes_joined", "notice.mixed_units", "notice.unit_of_several_starts", "explain.",
)  # fmt: skip
_OF_WHAT_STARTS = (
    "answer.", "certainty.", "method.", "diagnostic.", "check.placebo_municipalities", "check.without_municipality",
    "notice.few_treated", "notice.rank_floor", "report.design_", "report.placebo_", "report.leave_one_out",
    "figure.placebo_", "figure.alt_placebo", "figure.left_out", "figure.alt_leave_one_out", "figure.space_time",
    "figure.alt_space_time", "table.placebo", "table.leave_one_out", "context.file_placebo",
    "context.file_leave_one_out",
)  # fmt: skip
"""Ranks, errors and what a number rests on: about the units that start, where these are no municipalities."""


def called(words: Catalogue, study: Mapping[str, Any]) -> Catalogue:
    """The catalogue with residents for recipients, and regions for municipalities, where the study is about these."""
    population, design = study.get("population", {}), study.get("design", {})
    if population.get("receipt") in RESIDENTS:
        own = {key.removeprefix(_RESIDENT): words.raw(key) for key in words.keys if key.startswith(_RESIDENT)}
        keys = (key for key in words.keys if not key.startswith(_OF_RECIPIENTS))
        words = words.reworded({**_said(words, "resident", keys), **own})
    if population.get("units") == "unit":
        return words.reworded(_said(words, "region", (k for k in words.keys if not k.startswith(_OF_MUNICIPALITIES))))
    if design.get("cluster") == "unit":
        return words.reworded(_said(words, "region", (k for k in words.keys if k.startswith(_OF_WHAT_STARTS))))
    return words


def _said(words: Catalogue, noun: str, keys: Iterable[str]) -> dict[str, str]:
    """The texts of the keys with one noun for another, in each of its forms; never inside the name of a placeholder."""
    forms = dict(words.called[noun])
    found = re.compile(rf"(?<![{{_])({'|'.join(forms)})(?!\w)", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        said = forms[match[0].lower()]
        return said.capitalize() if match[0][0].isupper() else said

    return {key: found.sub(other, words.raw(key)) for key in keys}
