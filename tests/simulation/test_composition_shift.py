"""Where work ends the benefit, who is counted decides what is estimated.

Each year's recipients give the contrast between the populations with and without the programme, not the average effect
on those who are still recipients; a cohort fixed before the start gives the average effect on its members. Bounds come
from the Monte Carlo error of a few seeds.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ipscausal import api
from ipscausal.api import Result
from ipscausal.pipeline import build_panel
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

PERSONS = 30_000


@dataclass(frozen=True)
class Draw:
    """DiD of each year's recipients and of the cohort, and what each truth says with the estimator's own weights."""

    recipients: float
    contrast: float
    att: float
    cohort: float
    cohort_att: float


def with_receipt(study: Study, receipt: str) -> Study:
    document = study.model_dump(mode="python")
    document["population"]["receipt"] = receipt
    return Study.model_validate(document | {"sensitivity": (), "heterogeneity": {}})


def weighted(result: Result, rows: list[dict[str, Any]], column: str) -> float:
    """The truth with the weights that the coefficient gives to treated cells after the start."""
    fit = result.estimate
    place = {code: g for g, code in enumerate(fit.panel.municipality)}
    years = {int(year): t for t, year in enumerate(fit.panel.years)}
    return sum(
        float(fit.cell_weights[0, place[row["municipality"]], years[row["year"]]]) * row[column]
        for row in rows
        if row["att"] is not None
    )


def draw(seed: int) -> Draw:
    with tempfile.TemporaryDirectory() as folder:
        out = write_registry("composition-shift", seed, Path(folder) / "registry", PERSONS)
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
        study = read_study(out / "study.toml")
        recipients, cohort = (
            api.did(build_panel(with_receipt(study, receipt), out))
            for receipt in ("any day in the year", "baseline cohort")
        )
    return Draw(
        float(recipients.estimate.coef[0]),
        weighted(recipients, truth["municipality_years"], "population_contrast"),
        weighted(recipients, truth["municipality_years"], "att"),
        float(cohort.estimate.coef[0]),
        weighted(cohort, truth["baseline_cohort"]["municipality_years"], "att"),
    )


@pytest.fixture(scope="module")
def draws() -> list[Draw]:
    return [draw(seed) for seed in range(300, 310)]


def distance(values: list[float]) -> float:
    """The mean in its own standard errors."""
    return float(np.mean(values) / (np.std(values, ddof=1) / np.sqrt(len(values))))


def test_recipients_of_each_year_estimate_the_population_contrast_and_not_the_effect(draws: list[Draw]) -> None:
    assert abs(distance([one.recipients - one.contrast for one in draws])) < 3
    assert distance([one.recipients - one.att for one in draws]) < -3


def test_a_cohort_fixed_beforehand_estimates_the_effect_on_its_members(draws: list[Draw]) -> None:
    assert abs(distance([one.cohort - one.cohort_att for one in draws])) < 3
    assert distance([one.cohort - one.contrast for one in draws]) > 3
