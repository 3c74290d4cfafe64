"""The trial that would answer the question, beside what the study did in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipscausal.language import Catalogue, nearest_words, outcome_definition
from ipscausal.report.document import Block, Paragraph, Table, TableRow
from ipscausal.report.method import of_method
from ipscausal.report.released import Released

PARTS = (
    "eligibility", "strategies", "assignment", "time_zero", "follow_up", "outcome", "contrast", "assumptions",
    "analysis",
)  # fmt: skip
_TIME_ZERO = {"baseline cohort": "time_zero_cohort", "entry": "time_zero_entry"}
TARGET = "TARGET"


def target_trial(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """One row per part of the protocol; nothing where the study does not ask for it."""
    if TARGET not in checklists_of(released):
        return ()
    here = _here(words, released)
    given = released.study.get("target_trial") or {}
    rows = tuple(
        TableRow(
            (
                words.raw(f"trial.part.{part}"),
                stated(given.get(part), words.language) or words.raw(f"trial.ideal.{part}"), here[part],
            )
        )
        for part in PARTS
    )  # fmt: skip
    table = Table(
        caption=words.raw("report.trial_caption"),
        columns=tuple(words.raw(f"report.trial_{name}") for name in ("part", "ideal", "here")),
        rows=rows,
        text_columns=(1, 2),
    )
    return Paragraph(words.raw("report.trial_text")), table


def checklists_of(released: Released) -> tuple[str, ...]:
    """The checklists that the report answers."""
    return tuple(released.study["report"].get("checklists", ()))


def stated(text: str | Mapping[str, str] | None, language: str) -> str:
    """What the study file states, in the nearest of its languages; empty where it does not."""
    if text is None or isinstance(text, str):
        return text or ""
    return nearest_words(text, language)


def _here(words: Catalogue, released: Released) -> dict[str, str]:
    method = of_method(words, released)
    study, facts = released.study, released.facts
    population: dict[str, Any] = study["population"]
    years = {"first": facts["first_year"], "last": facts["last_year"]}
    arms = {"treated": released.treated, "control": facts["n_municipalities"] - released.treated}
    followed = [
        words.text("trial.here.follow_up", **years),
        words.raw(f"definition.deaths.{population['deaths']}"),
        words.raw(f"definition.emigration.{population.get('emigration', 'keep')}"),
    ]
    assumed = [words.text("report.can_parallel", treated=released.treated), words.raw("trial.here.assumptions")]
    return {
        "eligibility": method["population"],
        "strategies": " ".join((method["exposure"], method["comparison"])),
        "assignment": words.text("trial.here.assignment", **arms),
        "time_zero": words.raw(f"trial.here.{_TIME_ZERO.get(population['receipt'], 'time_zero')}"),
        "follow_up": " ".join(filter(None, followed)),
        "outcome": outcome_definition(words, study, released.outcome),
        "contrast": words.raw("trial.here.contrast"),
        "assumptions": " ".join(assumed),
        "analysis": " ".join((method["estimator"], method["inference"])),
    }
