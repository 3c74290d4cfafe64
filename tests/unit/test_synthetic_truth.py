"""truth.json against a slow plain-Python second implementation that reads nothing but the written extracts.

The same scenario without effect, written with the same seed, holds the histories without IPS, so both histories are
read from files.
"""

import csv
import datetime as dt
import json
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import holidays
import pyarrow.parquet as pq
import pytest

from synthetic_registry import scenario as scenarios
from synthetic_registry import write_registry

PERSONS = 700
OPEN = dt.date(9999, 12, 31)
Cells = dict[tuple[str, int], dict[int, Fraction]]


def rows(folder: Path, name: str) -> dict[int, list[dict[str, Any]]]:
    grouped = defaultdict(list)
    for row in pq.read_table(folder / name).to_pylist():
        grouped[row["person_id"]].append(row)
    return grouped


def workdays(jobs: list[dict[str, Any]], year: int, free: holidays.HolidayBase) -> Fraction:
    total, day = Fraction(0), dt.date(year, 1, 1)
    while day.year == year:
        if day.weekday() < 5 and day not in free:
            held = [job for job in jobs if job["start_date"] <= day <= (job["end_date"] or OPEN)]
            total += min(Fraction(1), sum((Fraction(str(job["position_pct"])) for job in held), Fraction(0)) / 100)
        day += dt.timedelta(days=1)
    return total


def slow_cells(folder: Path, first: int, last: int) -> Cells:
    persons, residence = rows(folder, "persons.parquet"), rows(folder, "residence.parquet")
    benefits, employment = rows(folder, "benefits.parquet"), rows(folder, "employment")
    free = holidays.country_holidays("NO", years=range(first, last + 1))
    cells: Cells = defaultdict(dict)
    for person, (about,) in persons.items():
        born = about["birth_date"]
        for year in range(first, last + 1):
            new_year, last_day = dt.date(year, 1, 1), dt.date(year, 12, 31)
            age = year - born.year - ((born.month, born.day) > (1, 1))
            receives = any(
                b["start_date"] <= last_day and (b["end_date"] or OPEN) >= new_year for b in benefits[person]
            )
            homes = [
                r["municipality"] for r in residence[person] if r["start_date"] <= new_year <= (r["end_date"] or OPEN)
            ]
            assert len(homes) <= 1
            if homes and receives and 18 <= age <= 29:
                cells[homes[0], year][person] = workdays(employment[person], year, free)
    return cells


@pytest.fixture(scope="module", params=["reference-study", "national-rollout", "diverging-trends", "anticipation"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Cells, Cells]:
    root = tmp_path_factory.mktemp("registries")
    whole = scenarios.scenario(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scenarios._SCENARIOS, "nothing", lambda: replace(whole, ramp=(0.0,), lead=()))
        with_ips = write_registry(request.param, 11, root / "with", PERSONS)
        without = write_registry("nothing", 11, root / "without", PERSONS)
    truth = json.loads((with_ips / "truth.json").read_text())
    return (
        truth,
        slow_cells(with_ips, *truth["population"]["years"]),
        slow_cells(without, *truth["population"]["years"]),
    )


def effect_begins(truth: dict[str, Any]) -> dict[str, int]:
    early = truth["anticipation"]["years"]
    return {code: int(start[:4]) - early for code, start in truth["assignment"]["starts"].items()}


def test_every_municipality_and_year_agrees(both: tuple[dict[str, Any], Cells, Cells]) -> None:
    truth, with_ips, without = both
    begins = effect_begins(truth)
    assert sum(row["n"] for row in truth["municipality_years"]) == sum(map(len, with_ips.values())) > 400
    for row in truth["municipality_years"]:
        key = (row["municipality"], row["year"])
        y1, y0 = with_ips.get(key, {}), without.get(key, {})
        assert y1.keys() == y0.keys()
        assert row["n"] == len(y1)
        assert row["workdays_e4_sum"] == sum(y1.values()) * 10_000
        assert row["effect_e4_sum"] == sum(y1[p] - y0[p] for p in y1) * 10_000
        if row["year"] < begins.get(row["municipality"], 9999):
            assert row["effect_e4_sum"] == 0
            assert row["att"] is None
        elif y1:
            assert row["att"] == pytest.approx(row["effect_e4_sum"] / 10_000 / len(y1), abs=1e-12)


def test_effects_by_cohort_and_event_time_agree(both: tuple[dict[str, Any], Cells, Cells]) -> None:
    """Person by person, and again as the municipality-years of the cohort weighted by their person-years."""
    truth, with_ips, without = both
    early, (first, last) = truth["anticipation"]["years"], truth["population"]["years"]
    starts = {code: int(start[:4]) for code, start in truth["assignment"]["starts"].items()}
    expected = [(c, year - c, year) for c in sorted(set(starts.values())) for year in range(c - early, last + 1)]
    assert [(e["cohort"], e["event_time"], e["year"]) for e in truth["effects"]] == expected
    assert min(year for _, _, year in expected) >= first
    after: list[Fraction] = []
    for effect in truth["effects"]:
        codes = [code for code, year in starts.items() if year == effect["cohort"]]
        keys = [(code, effect["year"]) for code in codes]
        gains = [y1 - without[key][p] for key in keys for p, y1 in with_ips.get(key, {}).items()]
        after += gains if effect["event_time"] >= 0 else []
        assert (effect["municipalities"], effect["n"]) == (len(codes), len(gains))
        if gains:
            assert effect["att"] == pytest.approx(float(sum(gains) / len(gains)), abs=1e-12)
            assert effect["population_contrast"] == pytest.approx(effect["att"], abs=1e-12)
    assert (sum(after) > 0) == (truth["scenario"] != "diverging-trends")
    assert truth["overall"]["n"] == len(after)
    assert truth["overall"]["att"] == pytest.approx(float(sum(after) / len(after)), abs=1e-12)


def test_no_effect_means_none_at_all(tmp_path: Path) -> None:
    folder = write_registry("no-effect", 3, tmp_path / "none", PERSONS)
    truth = json.loads((folder / "truth.json").read_text())
    assert {effect["att"] for effect in truth["effects"]} == {0.0}
    assert {effect["target"] for effect in truth["effects"]} == {0.0}


def test_truth_states_the_assignment(tmp_path: Path) -> None:
    folder = write_registry("reference-study", 11, tmp_path / "r", 50)
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["assignment"]["starts"] == {"1804": "2016-03-01"}
    assert (truth["seed"], truth["persons"], truth["target_ramp"]) == (11, 50, [1.2, 3.7, 7.0, 10.5])
    with (folder / "rollout.csv").open(newline="") as file:
        started = [row for row in csv.DictReader(file) if row["programme"] == "IPS"]
    assert [(row["municipality"], row["start_date"]) for row in started] == [("1804", "2016-03-01")]
