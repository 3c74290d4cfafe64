"""A reform inside the study years: harmonised units recover the effect, codes as registered do not, and the contract
says why. Bounds come from the Monte Carlo error: three standard errors of a mean over seeds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from lib.national import Drawn

from ipscausal import contract, estimate
from ipscausal.extracts import register
from ipscausal.panel import FloatArray, Panel
from ipscausal.pipeline import build_panel
from ipscausal.study import Study
from ipscausal.study_file import read_study
from ipscausal.warehouse import open_warehouse
from synthetic_registry import write_registry

PERSONS = 15_000
HARMONISED = ("drop", "treated")
MIXED = "0190"


@dataclass(frozen=True, slots=True)
class Reform:
    """One registry: its panel under each choice of the study, and the realised effect by unit and year."""

    panels: dict[str, Panel]
    truth: dict

    def error(self, choice: str) -> float:
        """The estimate by two-way fixed effects less the truth in its own weights."""
        panel = self.panels[choice]
        found = estimate.did(panel)
        return float(found.coef[0] - Drawn(panel, realised(panel, self.truth), self.truth).own(found)[0])


def choices(study: Study) -> dict[str, Study]:
    """The study of the scenario, with other answers to the reform."""
    registered = study.population.model_copy(update={"municipalities": "as registered"})
    treated = study.design.model_copy(update={"mixed_units": "treated"})
    return {
        "drop": study,
        "treated": study.model_copy(update={"design": treated}),
        "as registered": study.model_copy(update={"population": registered}),
    }


@cache
def reform(seed: int, names: tuple[str, ...] = HARMONISED) -> Reform:
    with TemporaryDirectory() as folder:
        out = write_registry("municipality-reform", seed, Path(folder) / "registry", PERSONS)
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
        wanted = choices(read_study(out / "study.toml"))
        return Reform({name: build_panel(wanted[name], out) for name in names}, truth)


def realised(panel: Panel, truth: dict) -> FloatArray:
    """(G, T) mean of y1 - y0 in each unit; of a code as registered that of the unit it belongs to."""
    column = {int(year): t for t, year in enumerate(panel.years)}
    effect = np.zeros(panel.weight.shape)
    for unit in truth["units"]:
        for code in unit["codes"]:
            if code in panel.municipality and unit["cohorts"]:
                for cell in unit["years"]:
                    mean = cell["effect_e4_sum"] / 1e4 / max(1, cell["n"])
                    effect[panel.municipality.index(code), column[cell["year"]]] = mean
    return effect


def centred(errors: list[float]) -> bool:
    found = np.array(errors)
    return bool(abs(found.mean()) < 3 * found.std(ddof=1) / np.sqrt(len(found)))


@pytest.mark.parametrize("choice", HARMONISED)
def test_harmonised_units_recover_the_effect(choice: str) -> None:
    assert centred([reform(seed).error(choice) for seed in range(6)])


def test_the_units_are_those_of_the_truth() -> None:
    drawn = reform(0)
    units = {unit["unit"] for unit in drawn.truth["units"]}
    assert set(drawn.panels["treated"].municipality) == units
    assert set(drawn.panels["drop"].municipality) == units - {MIXED}
    persons = {unit["unit"]: [cell["n"] for cell in unit["years"]] for unit in drawn.truth["units"]}
    panel = drawn.panels["treated"]
    for row, name in enumerate(panel.municipality):
        assert panel.persons[row].tolist() == persons[name], name


def test_codes_as_registered_lose_treated_years_and_compare_the_treated_with_themselves() -> None:
    panel = reform(0, ("as registered",)).panels["as registered"]
    observed = dict(zip(panel.municipality, panel.observed, strict=True))
    adoption = dict(zip(panel.municipality, panel.adoption, strict=True))
    assert np.isfinite(adoption["1102"])
    assert observed["1102"].tolist() == [True] * 7 + [False] * 3
    # its later years stand among the comparisons under another number
    assert np.isinf(adoption["5102"])
    assert observed["5102"].tolist() == [False] * 7 + [True] * 3


def test_the_contract_says_what_is_wrong_with_codes_as_registered(tmp_path: Path) -> None:
    out = write_registry("municipality-reform", 1, tmp_path / "registry", PERSONS)
    found = {}
    for name, study in choices(read_study(out / "study.toml")).items():
        with open_warehouse([out], threads=1) as warehouse:
            register(warehouse, study, out)
            found[name] = {one.rule: one.count for one in contract.check(warehouse, study).findings}
    assert {"residence_code_reformed": 13, "changes_unused": 8, "rollout_code_changes": 3}.items() <= found[
        "as registered"
    ].items()
    assert found["drop"]["mixed_units"] == 1
    assert not {"residence_code_lost", "changes_of_unknown", "residence_code_reformed"} & set(found["drop"])


@pytest.mark.slow
def test_forty_seeds() -> None:
    drawn = [reform(seed, (*HARMONISED, "as registered")) for seed in range(40)]
    for choice in HARMONISED:
        assert centred([one.error(choice) for one in drawn]), choice
    # later years of two of the ten treated stand among the comparisons: what is found is too small
    own = np.array([estimate.did(one.panels["drop"]).coef[0] for one in drawn])
    registered = np.array([estimate.did(one.panels["as registered"]).coef[0] for one in drawn])
    gap = own - registered
    assert gap.mean() > 3 * gap.std(ddof=1) / np.sqrt(len(gap))
