"""The registry looks like a registry: bounds reasoned from the domain facts, on the default reference study."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthetic_registry import write_registry
from synthetic_registry.days import working_calendar
from synthetic_registry.population import draw_people
from synthetic_registry.scenario import scenario
from synthetic_registry.shocks import DAYS_PER_LOCAL_JOB, shocks
from synthetic_registry.spells import work_without
from synthetic_registry.workdays import workdays
from synthetic_registry.write import chunks, municipality_sizes

REFERENCE = scenario("reference-study")


@pytest.fixture(scope="module")
def histories() -> tuple[np.ndarray, np.ndarray]:
    """Workdays without IPS and who is studied, one row per person of two chunks."""
    calendar = working_calendar(REFERENCE.first_year, REFERENCE.last_year)
    days, studied = [], []
    for chunk in chunks(REFERENCE, 5, municipality_sizes(REFERENCE, 16_384)):
        days.append(workdays(chunk.without, chunk.people.studied, calendar) / 10_000)
        studied.append(chunk.people.studied)
    return np.concatenate(days), np.concatenate(studied)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry("reference-study", 5, tmp_path_factory.mktemp("registry") / "r", 10_000)


def test_many_zeros_a_mean_near_45_and_mass_at_full_time(histories: tuple[np.ndarray, np.ndarray]) -> None:
    days = histories[0][histories[1]]
    assert 0.60 <= (days == 0).mean() <= 0.70
    assert 40 <= days.mean() <= 50
    assert 70 <= days.std() <= 85
    assert 0.04 <= (days >= 250).mean() <= 0.08
    # far more than in the band of the same width below: a mass, not a tail
    assert (days >= 245).sum() > 4 * ((days >= 235) & (days < 245)).sum()
    assert days.max() <= 254


def test_a_persons_years_are_correlated(histories: tuple[np.ndarray, np.ndarray]) -> None:
    days, studied = histories
    both = studied[:, :-1] & studied[:, 1:]
    assert 0.60 <= np.corrcoef(days[:, :-1][both], days[:, 1:][both])[0, 1] <= 0.72


def test_jobs_overlap_have_gaps_and_stay_open(folder: Path) -> None:
    jobs = pd.read_parquet(folder / "employment")
    end = pd.to_datetime(jobs["end_date"]).fillna(pd.Timestamp("2019-12-31"))
    start = pd.to_datetime(jobs["start_date"])
    person = jobs["person_id"].to_numpy()
    follows = person[1:] == person[:-1]
    gap = (start.to_numpy()[1:] - end.to_numpy()[:-1]).astype("timedelta64[D]").astype(int)[follows]
    assert (gap <= 0).mean() > 0.15  # the next job starts before this one ends
    assert (gap > 1).mean() > 0.3
    assert 0.02 < jobs["end_date"].isna().mean() < 0.25
    assert 0.22 < (start.dt.day_of_week >= 5).mean() < 0.35  # 2 of 7 days
    assert (end >= start).all()
    assert (person[1:] >= person[:-1]).all()


def test_positions_are_mostly_the_usual_ones(folder: Path) -> None:
    position = pd.read_parquet(folder / "employment")["position_pct"]
    assert position.between(0, 100).all()
    assert 0.80 < position.isin([20, 40, 50, 60, 80, 100]).mean() < 0.97
    assert 0.03 < (position % 1 != 0).mean() < 0.15
    assert (position == 0).any()
    assert position.eq(position.round(2)).all()


def test_persons_and_movers(folder: Path) -> None:
    persons, residence = pd.read_parquet(folder / "persons.parquet"), pd.read_parquet(folder / "residence.parquet")
    benefits = pd.read_parquet(folder / "benefits.parquet")
    assert persons["person_id"].is_unique
    assert 0.54 < persons["sex"].eq("F").mean() < 0.57
    assert set(persons["country_group"]) == {"Norway", "EU/EEA", "Rest of the world"}
    assert 0.01 < persons["death_date"].notna().mean() < 0.06
    born = pd.to_datetime(persons["birth_date"]).dt.year
    assert born.min() < 1970  # older than the study population, and younger below
    assert born.max() > 2001
    assert 0.3 < 1 - persons["person_id"].isin(benefits["person_id"]).mean() < 0.6  # never on WAA in the window
    moved = residence[pd.to_datetime(residence["start_date"]) >= "2010-01-01"]
    assert 0.03 < len(moved) / len(persons) / 10 < 0.05
    assert residence["municipality"].str.fullmatch(r"\d{4}").all()
    assert residence["municipality"].str.startswith("0").any()


def test_benefits_begin_with_waa_and_have_gaps(folder: Path) -> None:
    benefits = pd.read_parquet(folder / "benefits.parquet")
    assert set(benefits["benefit"]) == {"WAA"}
    assert str(benefits["start_date"].min()) == "2010-03-01"
    assert 0.2 < benefits["person_id"].duplicated().mean() < 0.5
    previous = benefits[:-1].reset_index(drop=True)
    following = benefits[1:].reset_index(drop=True)
    same = previous["person_id"] == following["person_id"]
    pause = pd.to_datetime(following["start_date"])[same] - pd.to_datetime(previous["end_date"])[same]
    # spells cut off at the day WAA began may touch; the others are at least a month apart
    assert (pause.dt.days >= 30).mean() > 0.95


def test_nobody_is_resident_paid_or_employed_after_death(folder: Path) -> None:
    died = pd.read_parquet(folder / "persons.parquet").set_index("person_id")["death_date"].dropna()
    for name in ("residence.parquet", "benefits.parquet", "employment"):
        spells = pd.read_parquet(folder / name)
        spells = spells[spells["person_id"].isin(died.index)]
        assert len(spells) > 0
        assert (spells["end_date"] <= spells["person_id"].map(died)).all()


def test_shocks_are_stationary_ar1_with_the_documented_sd() -> None:
    many = dataclasses.replace(REFERENCE, municipalities=REFERENCE.municipalities * 400)
    drawn = shocks(many, np.random.default_rng(1))  # 8,400 municipalities: sd known to 1 % per year
    assert np.allclose(drawn.std(axis=0), REFERENCE.shock_sd, rtol=0.04)
    assert np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1] == pytest.approx(0.4, abs=0.02)
    assert np.corrcoef(drawn[::2, 3], drawn[1::2, 3])[0, 1] == pytest.approx(0, abs=0.06)


def test_a_shock_of_so_many_workdays_moves_the_mean_by_as_many() -> None:
    """Within 6 %: 3.25 workdays more in the rate of local jobs are as many in the outcome."""
    calendar = working_calendar(REFERENCE.first_year, REFERENCE.last_year)
    origin = np.repeat(np.arange(21), 900)
    people = draw_people(REFERENCE, origin, 1, np.random.default_rng(2))
    means = []
    for rate in (0.20, 0.25):
        rates = np.full((21, 9), rate)
        days = workdays(work_without(REFERENCE, people, rates, np.random.default_rng(3)), people.studied, calendar)
        means.append(days.sum() / 10_000 / people.studied.sum())
    assert means[1] - means[0] == pytest.approx(0.05 * DAYS_PER_LOCAL_JOB, abs=0.5)
