"""What is delivered beside the histories: the map, municipal covariates, and what is known of recipients."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthetic_registry import SCENARIOS, write_registry
from synthetic_registry.geography import neighbours, positions
from synthetic_registry.scenario import scenario


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry("national-rollout", 5, tmp_path_factory.mktemp("registry") / "r", 20_000)


@pytest.mark.parametrize("name", SCENARIOS)
def test_neighbours_are_mutual_near_and_at_least_three(name: str) -> None:
    chosen = scenario(name)
    pairs = neighbours(chosen)
    listed = {tuple(pair) for pair in pairs.tolist()}
    assert len(listed) == len(pairs)
    assert listed == {(b, a) for a, b in listed}
    assert all(a != b for a, b in listed)
    degree = np.bincount(pairs[:, 0], minlength=len(chosen.municipalities))
    assert degree.min() >= 3
    place = positions(chosen)
    for unit in (0, len(place) // 2):
        distance = np.linalg.norm(place - place[unit], axis=1)
        distance[unit] = np.inf
        assert {(unit, int(other)) for other in np.argsort(distance)[:3]} <= listed


def test_the_map_is_written_by_code(folder: Path) -> None:
    codes = [m.code for m in scenario("national-rollout").municipalities]
    with (folder / "neighbours.csv").open(newline="") as file:
        rows = [(row["municipality"], row["neighbour"]) for row in csv.DictReader(file)]
    assert rows == [(codes[a], codes[b]) for a, b in neighbours(scenario("national-rollout"))]
    same_county = np.mean([a[:2] == b[:2] for a, b in rows])
    assert same_county > 0.5


def test_municipal_covariates_are_complete_and_go_with_size(folder: Path) -> None:
    table = pd.read_csv(folder / "municipalities.csv", dtype={"municipality": str, "region": str})
    assert list(table) == ["municipality", "region", "type", "inhabitants", "centrality", "unemployment_pct"]
    assert len(table) == 350
    assert table.notna().all(axis=None)
    assert set(table["centrality"]) == {1, 2, 3, 4, 5, 6}
    assert table["unemployment_pct"].between(0.8, 7).all()
    recipients = np.array([m.recipients for m in scenario("national-rollout").municipalities])
    assert np.median(recipients / table["inhabitants"]) == pytest.approx(0.032, rel=0.05)
    assert np.corrcoef(np.log(recipients), table["centrality"])[0, 1] < -0.8
    assert abs(np.corrcoef(np.log(recipients), table["unemployment_pct"])[0, 1]) < 0.16  # three standard errors


def test_recipients_have_a_diagnosis_group_and_prior_work_and_others_have_neither(folder: Path) -> None:
    persons = pd.read_parquet(folder / "persons.parquet").set_index("person_id")
    benefits = pd.read_parquet(folder / "benefits.parquet")
    known = persons["diagnosis_group"].notna()
    assert (known == persons["prior_work"].notna()).all()
    assert known[~known.index.isin(benefits["person_id"])].sum() == 0
    assert set(persons["diagnosis_group"].dropna()) == {"mental", "musculoskeletal", "other"}
    assert persons["diagnosis_group"].eq("mental")[known].mean() == pytest.approx(0.65, abs=0.02)


def test_prior_work_is_a_job_in_the_year_before_the_first_benefit(folder: Path) -> None:
    """Counted again from the written spells, for all persons at once."""
    persons = pd.read_parquet(folder / "persons.parquet").set_index("person_id")
    benefits = pd.read_parquet(folder / "benefits.parquet")
    jobs = pd.read_parquet(folder / "employment")
    first = pd.to_datetime(benefits.groupby("person_id")["start_date"].min()).dt.year
    jobs["year"] = jobs["person_id"].map(first)
    start = pd.to_datetime(jobs["start_date"]).dt.year
    end = pd.to_datetime(jobs["end_date"]).dt.year.fillna(9999)
    before = set(jobs.loc[(start < jobs["year"]) & (end >= jobs["year"] - 1), "person_id"])
    told = persons["prior_work"].dropna()
    assert 0.2 < told.eq("yes").mean() < 0.5
    assert (told.eq("yes") == told.index.isin(before)).all()
