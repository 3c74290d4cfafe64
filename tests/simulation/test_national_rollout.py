"""Known truth on the national rollout: a few seeds with few persons, and what the committed table must show."""

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from lib.national import ROBUST, TWO_WAY, Drawn, average_of, drawn
from scipy import stats

from ipscausal.estimate import Estimate

HERE = Path(__file__).parent
PERSONS = 30_000
"""A seventh of the country: the median municipality has three recipients a year, an eighth of the cells is empty."""


@pytest.fixture(scope="module")
def registries() -> list[Drawn]:
    return [drawn("national-rollout", seed, PERSONS) for seed in range(500, 506)]


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("national_rollout", HERE / "national_rollout.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def committed() -> list[dict[str, str]]:
    with (HERE / "national_rollout.csv").open(encoding="ascii") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ROBUST)
def test_a_few_seeds_find_what_the_estimator_aims_at(registries: list[Drawn], name: str) -> None:
    """Errors of the average (or the first effect after the start) have mean zero: Student's t, 1 in 1,000."""
    errors = []
    for data in registries:
        found = average_of(ROBUST[name](data.panel))
        j = next(i for i, term in enumerate(found.terms) if term.first >= 0)
        errors.append(found.coef[j] - data.own(found)[j])
    t = np.mean(errors) / (np.std(errors, ddof=1) / np.sqrt(len(errors)))
    assert abs(t) < stats.t.ppf(0.9995, len(errors) - 1)


def on_cohorts(found: Estimate, terms: list[int]) -> np.ndarray:
    """(terms, cohorts, T) sum of the weights on exposed cells."""
    exposed = found.panel.years >= found.panel.adoption[:, None]
    weights = np.where(exposed, found.cell_weights[terms], 0.0)
    cohorts = np.unique(found.panel.adoption[found.panel.treated])
    return np.stack([weights[:, found.panel.adoption == cohort].sum(axis=1) for cohort in cohorts], axis=1)


@pytest.mark.parametrize("name", ROBUST)
def test_effects_by_cohort_and_time_are_averaged(registries: list[Drawn], name: str) -> None:
    """No cohort in no year counts negatively; in two-way fixed effects some do."""
    panel = registries[0].panel
    found = ROBUST[name](panel)
    after = [j for j, term in enumerate(found.terms) if term.first >= 0]
    weights = on_cohorts(found, after)
    assert len(after) > 0
    assert weights.sum(axis=(1, 2)) == pytest.approx(np.ones(len(after)), abs=1e-9)
    assert weights.min() > -1e-9
    assert on_cohorts(TWO_WAY["did"](panel), [0]).min() < -1e-3


def test_two_way_fixed_effects_finds_half_of_the_average(registries: list[Drawn]) -> None:
    errors, aims = [], []
    for data in registries:
        found = TWO_WAY["did"](data.panel)
        errors.append(found.coef[0] - data.average(found)[0])
        aims.append(data.own(found)[0] / data.average(found)[0])
    t = np.mean(errors) / (np.std(errors, ddof=1) / np.sqrt(len(errors)))
    assert t < -stats.t.ppf(0.995, len(errors) - 1)
    assert 0.3 < np.mean(aims) < 0.6


def test_own_truth_of_effects_by_cohort_and_year_is_that_of_the_file(registries: list[Drawn]) -> None:
    """Imputation weighs the cells of a cohort and year by persons, as truth.json does."""
    data = registries[0]
    found = ROBUST["imputation"](data.panel)
    told = {(effect["cohort"], effect["year"]): effect["att"] for effect in data.truth["effects"]}
    own = data.own(found)
    seen = found.design.focus(data.panel.event_time, data.panel.adoption) & data.panel.observed
    # a municipality that untreated years cannot predict is in the file and not in the estimate
    used = found.design.focus(found.panel.event_time, found.panel.adoption) & (found.cell_weights > 0)
    whole = np.flatnonzero(seen.sum(axis=(1, 2)) == used.sum(axis=(1, 2)))
    assert len(whole) > 50
    assert own[whole] == pytest.approx([told[found.terms[j].cohort, found.terms[j].year] for j in whole], abs=1e-9)
    overall = data.average(TWO_WAY["did"](data.panel))
    assert overall == pytest.approx([data.truth["overall"]["att"]], abs=1e-9)


def test_rows_of_the_programme_become_a_table(programme: ModuleType, registries: list[Drawn]) -> None:
    rows = [row for data in registries[:2] for row in programme.errors(data, ("stacked", "did"))]
    lines = {(line["estimator"], line["term"]): line for line in programme.table(rows)}
    found = [TWO_WAY["did"](data.panel) for data in registries[:2]]
    errors = [one.coef[0] - data.average(one)[0] for one, data in zip(found, registries, strict=False)]
    line = lines["did", "att"]
    assert line["seeds"] == 2
    assert line["error"] == pytest.approx(np.mean(errors), abs=2e-4)
    assert line["monte_carlo_se"] == pytest.approx(abs(errors[0] - errors[1]) / 2, abs=2e-4)
    assert line["covered_quoted"] == ""
    assert lines["stacked", "event_0"]["covered_analytic"] in (0.0, 0.5, 1.0)


def of_table(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [row for row in committed() if row["estimator"] in names]


def test_committed_table_has_every_estimator_over_200_seeds() -> None:
    rows = committed()
    assert {row["estimator"] for row in rows} == {*ROBUST, *TWO_WAY}
    assert min(int(row["seeds"]) for row in rows) >= 200


def in_standard_errors(row: dict[str, str]) -> float:
    return abs(float(row["error"])) / float(row["monte_carlo_se"])


@pytest.mark.parametrize("name", ROBUST)
def test_committed_errors_are_within_three_monte_carlo_standard_errors(name: str) -> None:
    """Of the average and by event time; the cohorts, some ninety rows more, within four (all at once: 1 in 150)."""
    rows = of_table((name,))
    beyond = [row["term"] for row in rows if in_standard_errors(row) > (4 if row["term"].startswith("cohort") else 3)]
    assert len(rows) >= 3
    assert beyond == []


def test_committed_two_way_fixed_effects_misses() -> None:
    (did,) = of_table(("did",))
    assert float(did["error"]) < -20 * float(did["monte_carlo_se"])
    assert float(did["error"]) < -0.4 * float(did["truth"])


def test_committed_quoted_intervals_cover() -> None:
    """At least 95 % less three Monte Carlo standard errors (200 seeds: 4.6 points)."""
    shares = [float(row["covered_quoted"]) for row in committed() if row["covered_quoted"]]
    assert len(shares) == 3
    assert min(shares) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
