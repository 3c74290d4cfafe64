"""National rollouts, seed by seed: the panel through generator and SQL, the realised effects, every estimator.

An estimator's own estimand is what its weights on treated cells make of the realised effects: the effects by cohort and
event time of truth.json, in the mixture of municipalities, cohorts and times that the estimator looks at.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ipscausal import estimate
from ipscausal.estimate import Estimate, aggregate
from ipscausal.panel import FloatArray, Panel
from ipscausal.pipeline import build_panel
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

ROBUST: dict[str, Callable[[Panel], Estimate]] = {
    "att_gt, not yet": lambda panel: estimate.att_gt(panel, comparison="not_yet"),
    "att_gt, never": lambda panel: estimate.att_gt(panel, comparison="never"),
    "sun_abraham": estimate.sun_abraham,
    "etwfe": estimate.etwfe,
    "stacked": estimate.stacked,
    "imputation": estimate.imputation,
    "two_stage": estimate.two_stage,
    "efficient": estimate.efficient,
    "synthetic_did": estimate.synthetic_did,
    "switching": estimate.switching,
}
"""Estimators that stay right when effects differ by cohort and time, at their defaults but for what the name says."""
TWO_WAY: dict[str, Callable[[Panel], Estimate]] = {
    "did": estimate.did,
    "event_study": lambda panel: estimate.event_study(panel, (-4, 5), -1, "bin"),
}
EVENTS = range(6)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One registry: its panel, the realised effect in each (G, T) cell (0 where none), and truth.json."""

    panel: Panel
    effect: FloatArray
    truth: dict

    def own(self, found: Estimate) -> FloatArray:
        """(q,) the truth in the estimator's own weights on municipalities, cohorts and years."""
        place = {code: g for g, code in enumerate(self.panel.municipality)}
        rows = [place[code] for code in found.panel.municipality]
        columns = np.searchsorted(self.panel.years, found.panel.years)
        return np.einsum("qgt,gt->q", found.cell_weights, self.effect[np.ix_(rows, columns)])

    def average(self, found: Estimate) -> FloatArray:
        """(q,) what the terms are read as: the mean effect over the person-years they name."""
        named = found.design.focus(self.panel.event_time, self.panel.adoption)
        persons = np.where(named, self.panel.persons, 0.0)
        return (persons * self.effect).sum(axis=(1, 2)) / persons.sum(axis=(1, 2))


def drawn(scenario: str, seed: int, persons: int | None = None) -> Drawn:
    """The registry of a seed in a folder that is removed: generator, contract, SQL, panel of workdays."""
    with tempfile.TemporaryDirectory() as folder:
        out = write_registry(scenario, seed, Path(folder) / "registry", persons)
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
        panel = build_panel(read_study(out / "study.toml"), out)
    return Drawn(panel, realised(panel, truth), truth)


def realised(panel: Panel, truth: dict) -> FloatArray:
    """(G, T) mean of y1 - y0 in each cell."""
    place = {code: g for g, code in enumerate(panel.municipality)}
    column = {int(year): t for t, year in enumerate(panel.years)}
    effect = np.zeros(panel.weight.shape)
    for cell in truth["municipality_years"]:
        if cell["att"] is not None:
            effect[place[cell["municipality"]], column[cell["year"]]] = cell["att"]
    return effect


def average_of(found: Estimate) -> Estimate:
    """The average effect; of estimators without group-time effects what they have."""
    return found if found.share is None else aggregate(found, "simple")


def summaries(found: Estimate) -> list[Estimate]:
    """The average effect, by event time and by cohort; of estimators without group-time effects what they have."""
    if found.share is None:
        return [found]
    return [average_of(found), aggregate(found, "event"), aggregate(found, "cohort")]


def shown(name: str) -> bool:
    """Whether a term enters the table: averages, cohorts, and event times 0 to 5."""
    kind, _, number = name.partition("_")
    return kind in ("att", "cohort", "average") or (kind == "event" and number.isdigit() and int(number) in EVENTS)
