"""The PNG of a release, drawn from the rows that leave and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipscausal import figures, periods
from ipscausal.disclosure.checks import Draft
from ipscausal.language import Catalogue

FIGURES = (
    "event_study", "trends", "calibration", "placebo", "leave_one_out", "estimators", "honest", "specification_curve",
    "subgroups", "municipality_effects", "flow",
)  # fmt: skip
"""Tables that are drawn where they have numbers; the file is named like the table."""


def write_figures(
    folder: Path, checked: Mapping[str, Sequence[Draft]], study: Mapping[str, Any], design: Mapping[str, Any],
    words: Catalogue,
) -> None:  # fmt: skip
    """One PNG per table of FIGURES that has a number to show, of the primary outcome where it has any."""
    outcome, level = study["outcome"]["name"], study["inference"]["level"]
    rows = {name: [draft.released() for draft in drafted] for name, drafted in checked.items()}
    drawn = ("estimates", *(name for name in FIGURES if name != "flow"))
    about = {name: [row for row in rows[name] if row["outcome"] == outcome] for name in drawn}
    if any(row["persons"] is not None for row in rows["flow"]):
        remaining = figures.flow_labels(words, study, rows["flow"])
        _save(folder / "flow.png", figures.flow(rows["flow"], remaining), remaining)
    effects, means = about["event_study"], about["trends"]
    if effects:
        labels = figures.event_study_labels(words, outcome, level, effects, rows["estimates"])
        _save(folder / "event_study.png", figures.event_study(effects, labels), labels)
    if means:
        starts, treated = tuple(design["adoption_years"].values()), int(design["n_treated"])
        breaks = periods.firsts(study["outcome"].get("break_years", ()), words.period)
        trend_labels = figures.trends_labels(words, outcome, means, starts, treated, breaks)
        _save(folder / "trends.png", figures.trends(means, trend_labels), trend_labels)
    of_design = figures.design_figures(words, outcome, level, int(design["n_treated"]), about)
    for found in (*of_design, *figures.effect_figures(words, outcome, level, about)):
        _save(folder / f"{found.name}.png", found.draw(figures.WIDE), found.labels)


def _save(path: Path, figure: Any, labels: figures.Described) -> None:
    path.write_bytes(figures.png(figure, labels))
