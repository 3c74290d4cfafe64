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


def slow_cells(folder: Path, first: int, last: int, base_year: int | None = None) -> Cells:
    """Workdays of each year's recipients aged 18-29, or of those of base_year in all years."""
    persons, residence = rows(folder, "persons.parquet"), rows(folder, "residence.parquet")
    benefits, employment = rows(folder, "benefits.parquet"), rows(folder, "employment")
    free = holidays.country_holidays("NO", years=range(first, last + 1))
    cells: Cells = defaultdict(dict)
    for person, (about,) in persons.items():
        born = about["birth_date"]
        for year in range(first, last + 1):
            new_year, asked = dt.date(year, 1, 1), base_year or year
            age = asked - born.year - ((born.month, born.day) > (1, 1))
            receives = any(
                b["start_date"] <= dt.date(asked, 12, 31) and (b["end_date"] or OPEN) >= dt.date(asked, 1, 1)
                for b in benefits[person]
            )
            homes = [
                r["municipality"] for r in residence[person] if r["start_date"] <= new_year <= (r["end_date"] or OPEN)
            ]
            assert len(homes) <= 1
            if homes and receives and 18 <= age <= 29:
                cells[homes[0], year][person] = workdays(employment[person], year, free)
    return cells


def written(name: str, root: Path) -> tuple[Path, Path]:
    """The registry with IPS, and the one with the histories without it."""
    whole = scenarios.scenario(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scenarios._SCENARIOS, "nothing", lambda: replace(whole, ramp=(0.0,), lead=()))
        with_ips = write_registry(name, 11, root / "with", PERSONS)
        return with_ips, write_registry("nothing", 11, root / "without", PERSONS)


@pytest.fixture(scope="module", params=["reference-study", "national-rollout", "diverging-trends", "anticipation"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Cells, Cells]:
    with_ips, without = written(request.param, tmp_path_factory.mktemp("registries"))
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


def test_where_work_ends_the_benefit_the_populations_differ_and_the_truth_tells_of_both(tmp_path: Path) -> None:
    folder, nothing = written("composition-shift", tmp_path)
    truth = json.loads((folder / "truth.json").read_text())
    years = truth["population"]["years"]
    with_ips, without = slow_cells(folder, *years), slow_cells(nothing, *years)
    left, running = 0, defaultdict(list)
    for row in truth["municipality_years"]:
        key = (row["municipality"], row["year"])
        y1, y0 = with_ips.get(key, {}), without.get(key, {})
        assert y1.keys() <= y0.keys()
        left += len(y0) - len(y1)
        assert (row["n"], row["workdays_e4_sum"]) == (len(y1), sum(y1.values()) * 10_000)
        assert row["effect_e4_sum"] == sum(y1[p] - y0[p] for p in y1) * 10_000
        if (row["event_time"] if row["event_time"] is not None else -1) >= 0:
            running["with"] += y1.values()
            running["without"] += y0.values()
            running["gain"] += [y1[p] - y0[p] for p in y1]
    assert left > 0
    mean = {name: float(sum(values) / len(values)) for name, values in running.items()}
    assert truth["overall"]["att"] == pytest.approx(mean["gain"], abs=1e-12)
    assert truth["overall"]["population_contrast"] == pytest.approx(mean["with"] - mean["without"], abs=1e-12)
    assert truth["overall"]["att"] != truth["overall"]["population_contrast"]


def test_a_cohort_fixed_before_the_start_is_the_same_in_both_histories(tmp_path: Path) -> None:
    folder, nothing = written("composition-shift", tmp_path)
    truth = json.loads((folder / "truth.json").read_text())
    years, told = truth["population"]["years"], truth["baseline_cohort"]
    with_ips, without = (slow_cells(path, *years, base_year=2016) for path in (folder, nothing))
    gains = []
    for row in told["municipality_years"]:
        key = (row["municipality"], row["year"])
        y1, y0 = with_ips.get(key, {}), without.get(key, {})
        assert y1.keys() == y0.keys()
        assert (row["n"], row["effect_e4_sum"]) == (len(y1), sum(y1[p] - y0[p] for p in y1) * 10_000)
        gains += [y1[p] - y0[p] for p in y1] if row["att"] is not None else []
    assert told["n"] == len(gains) > 50
    assert told["att"] == pytest.approx(float(sum(gains) / len(gains)), abs=1e-12)


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
