"""Scenarios have the declared sizes and a study file that ipscausal accepts."""

import json
from pathlib import Path

import numpy as np
import pytest

from ipscausal.language import LANGUAGES
from ipscausal.study_file import read_study
from synthetic_registry import SCENARIOS, write_registry
from synthetic_registry.scenario import scenario
from synthetic_registry.write import municipality_sizes


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_study_file_is_valid_and_fits_the_registry(name: str, tmp_path: Path) -> None:
    chosen = scenario(name)
    folder = write_registry(name, 1, tmp_path / "r", 500)
    study = read_study(folder / "study.toml")
    assert study.study.id == name
    assert len(set(study.study.title.values())) == len(study.study.title) == len(LANGUAGES)
    assert (study.first_year, study.last_year) == (chosen.first_year, chosen.last_year)
    assert study.population.ages == (18, 29)
    assert study.design.comparison_municipalities == chosen.listed
    assert study.design.programme == "IPS"
    for extract in (study.extracts.persons, study.extracts.rollout, study.extracts.employment):
        assert list(folder.glob(extract.path))


def test_reference_study_has_one_treated_ten_controls_and_some_to_choose_from() -> None:
    chosen = scenario("reference-study")
    treated = [m for m in chosen.municipalities if m.cohort]
    assert [(m.code, m.recipients, m.cohort) for m in treated] == [("1804", 521, 2016)]
    assert len(chosen.listed) == 10
    assert chosen.last_year - 2016 + 1 == 4  # exposed years
    sizes = [m.recipients for m in chosen.municipalities]
    assert (min(sizes), max(sizes)) == (40, 1500)
    assert sum(not m.listed and not m.cohort for m in chosen.municipalities) == 10
    others = [m for m in chosen.municipalities if m.start and not m.cohort]
    assert [m.programme for m in others] == ["supported employment"]


def test_national_rollout_has_350_municipalities_of_national_sizes_and_many_cohorts() -> None:
    chosen = scenario("national-rollout")
    sizes = np.array([m.recipients for m in chosen.municipalities])
    codes = {m.code for m in chosen.municipalities}
    assert len(codes) == len(sizes) == 350
    assert all(len(code) == 4 for code in codes)
    assert sizes.min() == 1
    assert sizes.max() == 4000
    assert 21 <= np.median(sizes) <= 23
    cohorts = [m.cohort for m in chosen.municipalities if m.cohort]
    assert len(cohorts) == 200
    assert len(set(cohorts)) == 9
    assert chosen.target(2013, 3) > chosen.target(2022, 3) > 0


def test_recipients_a_year_are_near_the_declared_sizes(tmp_path: Path) -> None:
    """Median ratio over municipalities within 5 %; the treated one within 15 % (one seed: sd about 4 %)."""
    folder = write_registry("reference-study", 2, tmp_path / "r")
    rows = json.loads((folder / "truth.json").read_text())["municipality_years"]
    declared = {m.code: m.recipients for m in scenario("reference-study").municipalities}
    ratios = {
        code: np.mean([row["n"] for row in rows if row["municipality"] == code]) / size
        for code, size in declared.items()
    }
    assert np.median(list(ratios.values())) == pytest.approx(1, abs=0.05)
    assert ratios["1804"] == pytest.approx(1, abs=0.15)


def test_persons_scale_all_municipalities_alike() -> None:
    chosen = scenario("reference-study")
    whole, small = municipality_sizes(chosen, None), municipality_sizes(chosen, 5_000)
    assert small.sum() == 5_000
    assert np.abs(small - whole * 5_000 / whole.sum()).max() < 1.5
