"""truth.json against a slow plain-Python second implementation that reads nothing but the written extracts.

The registry without effect of the same seed holds the histories without IPS, so both histories are read from files.
"""

import csv
import datetime as dt
import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import holidays
import pyarrow.parquet as pq
import pytest

from synthetic_registry import write_registry

PERSONS = 700
FIRST, LAST = 2011, 2019
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


def slow_cells(folder: Path) -> Cells:
    persons, residence = rows(folder, "persons.parquet"), rows(folder, "residence.parquet")
    benefits, employment = rows(folder, "benefits.parquet"), rows(folder, "employment")
    free = holidays.country_holidays("NO", years=range(FIRST, LAST + 1))
    cells: Cells = defaultdict(dict)
    for person, (about,) in persons.items():
        born = about["birth_date"]
        for year in range(FIRST, LAST + 1):
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


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Cells, Cells]:
    root = tmp_path_factory.mktemp("registries")
    with_ips = write_registry("reference-study", 11, root / "with", PERSONS)
    without = write_registry("no-effect", 11, root / "without", PERSONS)
    return json.loads((with_ips / "truth.json").read_text()), slow_cells(with_ips), slow_cells(without)


def test_every_municipality_and_year_agrees(both: tuple[dict[str, Any], Cells, Cells]) -> None:
    truth, with_ips, without = both
    assert sum(row["n"] for row in truth["municipality_years"]) == sum(map(len, with_ips.values())) > 400
    for row in truth["municipality_years"]:
        key = (row["municipality"], row["year"])
        y1, y0 = with_ips.get(key, {}), without.get(key, {})
        assert y1.keys() == y0.keys()
        assert row["n"] == len(y1)
        assert row["workdays_e4_sum"] == sum(y1.values()) * 10_000
        assert row["effect_e4_sum"] == sum(y1[p] - y0[p] for p in y1) * 10_000
        if row["municipality"] != "1804" or row["year"] < 2016:
            assert row["effect_e4_sum"] == 0
            assert row["att"] is None


def test_effects_by_cohort_and_event_time_agree(both: tuple[dict[str, Any], Cells, Cells]) -> None:
    truth, with_ips, without = both
    assert [(e["cohort"], e["event_time"], e["year"]) for e in truth["effects"]] == [
        (2016, k, 2016 + k) for k in range(4)
    ]
    gains: list[Fraction] = []
    for effect in truth["effects"]:
        y1, y0 = with_ips["1804", effect["year"]], without["1804", effect["year"]]
        gains += [y1[p] - y0[p] for p in y1]
        assert effect["n"] == len(y1) > 0
        assert effect["att"] == pytest.approx(float(sum(y1[p] - y0[p] for p in y1) / len(y1)), abs=1e-12)
        assert effect["population_contrast"] == effect["att"]
    assert sum(gains) > 0
    assert truth["overall"]["n"] == len(gains)
    assert truth["overall"]["att"] == pytest.approx(float(sum(gains) / len(gains)), abs=1e-12)


def test_no_effect_means_none_at_all(tmp_path: Path) -> None:
    folder = write_registry("no-effect", 3, tmp_path / "none", PERSONS)
    truth = json.loads((folder / "truth.json").read_text())
    assert {effect["att"] for effect in truth["effects"]} == {0.0}
    assert {effect["target"] for effect in truth["effects"]} == {0.0}


def test_truth_states_the_assignment(both: tuple[dict[str, Any], Cells, Cells], tmp_path: Path) -> None:
    truth = both[0]
    assert truth["assignment"]["starts"] == {"1804": "2016-03-01"}
    assert (truth["seed"], truth["persons"], truth["target_ramp"]) == (11, PERSONS, [1.2, 3.7, 7.0, 10.5])
    folder = write_registry("reference-study", 1, tmp_path / "r", 50)
    with (folder / "rollout.csv").open(newline="") as file:
        started = [row for row in csv.DictReader(file) if row["programme"] == "IPS"]
    assert [(row["municipality"], row["start_date"]) for row in started] == [("1804", "2016-03-01")]
