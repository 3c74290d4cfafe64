"""The truth: what the programme did, person-year by person-year, added up from both work histories."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from synthetic_registry.days import Calendar, Days
from synthetic_registry.population import People
from synthetic_registry.scenario import Scenario
from synthetic_registry.spells import Spells, joined
from synthetic_registry.workdays import workdays


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums over study person-years, each of shape (municipalities, years); workdays in 1/10000 day.

    `persons_with`/`with_ips` describe the population as it is with IPS, `persons_without`/`without_ips` as it is
    without (equal where benefits do not respond to work); `gain` sums y1 - y0 over realised person-years.
    """

    persons_with: Days
    with_ips: Days
    persons_without: Days
    without_ips: Days
    gain: Days

    def __add__(self, other: Cells) -> Cells:
        return Cells(
            self.persons_with + other.persons_with,
            self.with_ips + other.with_ips,
            self.persons_without + other.persons_without,
            self.without_ips + other.without_ips,
            self.gain + other.gain,
        )


def event_times(scenario: Scenario) -> Days:
    """Years since the start on record, shape (municipalities, years); far below 0 where IPS never starts."""
    years = np.array(scenario.years)
    starts = np.array([m.cohort if m.cohort is not None else 9999 for m in scenario.municipalities])
    return years[None, :] - starts[:, None]


def count(scenario: Scenario, people: People, without: Spells, through_ips: Spells, calendar: Calendar) -> Cells:
    """The cells of one chunk. `without` is y0; `without` and `through_ips` together are y1, the realised history."""
    studied = people.studied
    person, year = np.nonzero(studied)
    place = people.home[person, year]
    at_risk = np.zeros_like(studied)
    at_risk[person, year] = event_times(scenario)[place, year] >= -len(scenario.lead)
    y1 = workdays(joined([without, through_ips]), studied, calendar)
    y0 = np.where(at_risk, workdays(without, at_risk, calendar), y1)

    def total(values: Days) -> Days:
        sums = np.zeros((len(scenario.municipalities), len(scenario.years)), dtype=np.int64)
        np.add.at(sums, (place, year), values)
        return sums

    persons = total(np.ones(len(person), dtype=np.int64))
    with_ips, without_ips = total(y1[person, year]), total(y0[person, year])
    return Cells(persons, with_ips, persons, without_ips, total((y1 - y0)[person, year]))


def _mean(total: int, n: int) -> float | None:
    return float(Fraction(int(total), 10_000 * int(n))) if n else None


def _contrast(cells: Cells, where: tuple[Any, ...]) -> float | None:
    n1, n0 = int(cells.persons_with[where].sum()), int(cells.persons_without[where].sum())
    if not n1 or not n0:
        return None
    y1, y0 = int(cells.with_ips[where].sum()), int(cells.without_ips[where].sum())
    return float(Fraction(y1, 10_000 * n1) - Fraction(y0, 10_000 * n0))


def document(scenario: Scenario, seed: int, persons: int, defects: tuple[str, ...], cells: Cells) -> dict[str, Any]:
    """truth.json as a value."""
    cohorts: dict[int, list[int]] = {}
    for m, municipality in enumerate(scenario.municipalities):
        if municipality.cohort is not None:
            cohorts.setdefault(municipality.cohort, []).append(m)
    effects = []
    for cohort, units in sorted(cohorts.items()):
        for year in range(cohort - len(scenario.lead), scenario.last_year + 1):
            where = (np.array(units), year - scenario.first_year)
            n, event_time = int(cells.persons_with[where].sum()), year - cohort
            effects.append(
                {
                    "cohort": cohort,
                    "event_time": event_time,
                    "year": year,
                    "municipalities": len(units),
                    "n": n,
                    "att": _mean(int(cells.gain[where].sum()), n),
                    "population_contrast": _contrast(cells, where),
                    "target": scenario.target(cohort, event_time),
                }
            )
    running = event_times(scenario) >= 0
    drifting = [m.code for m in scenario.municipalities if m.cohort is not None] if scenario.trend else []
    return {
        "scenario": scenario.name,
        "seed": seed,
        "persons": persons,
        "defects": list(defects),
        "outcome": "workdays: sum over the working days of the calendar year (Monday-Friday less Norwegian public "
        "holidays) of min(1, sum of position / 100 over the jobs held that day)",
        "population": {
            "years": [scenario.first_year, scenario.last_year],
            "ages": [18, 29],
            "age_rule": "1 January",
            "benefit": "WAA",
            "receipt": "any day in the year",
            "residence": "1 January",
        },
        "assignment": {
            "rule": scenario.assignment,
            "exposure": "follows residence on 1 January, from the calendar year of the start",
            "starts": {m.code: str(m.start) for m in scenario.municipalities if m.cohort is not None},
        },
        "target_ramp": list(scenario.ramp),
        "anticipation": {"years": len(scenario.lead), "target": list(scenario.lead)},
        "trend": {"workdays_a_year": scenario.trend, "municipalities": drifting},
        "shock": {"sd_workdays": scenario.shock_sd, "rho": scenario.shock_rho},
        "overall": {
            "n": int(cells.persons_with[running].sum()),
            "att": _mean(int(cells.gain[running].sum()), int(cells.persons_with[running].sum())),
            "population_contrast": _contrast(cells, (running,)),
        },
        "effects": effects,
        "municipality_years": list(_rows(scenario, cells)),
    }


def _rows(scenario: Scenario, cells: Cells) -> list[dict[str, Any]]:
    """One row per municipality and year; `att` is null where IPS has no effect yet or ever."""
    rows = []
    for m, municipality in enumerate(scenario.municipalities):
        for t, year in enumerate(scenario.years):
            event_time = None if municipality.cohort is None else year - municipality.cohort
            n = int(cells.persons_with[m, t])
            works = event_time is not None and event_time >= -len(scenario.lead)
            rows.append(
                {
                    "municipality": municipality.code,
                    "year": year,
                    "cohort": municipality.cohort,
                    "event_time": event_time,
                    "n": n,
                    "workdays_e4_sum": int(cells.with_ips[m, t]),
                    "effect_e4_sum": int(cells.gain[m, t]),
                    "att": _mean(int(cells.gain[m, t]), n) if works else None,
                }
            )
    return rows
