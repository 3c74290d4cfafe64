"""The truth: what the programme did, person-year by person-year, added up from both work histories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from synthetic_registry.days import Calendar, Days, Flags
from synthetic_registry.exits import DAYS_KEPT
from synthetic_registry.population import People
from synthetic_registry.reforms import true_units
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


def count(
    scenario: Scenario, people: tuple[People, People], without: Spells, through_ips: Spells, calendar: Calendar
) -> tuple[Cells, Cells]:
    """The cells of one chunk, of each year's recipients and of the cohort of the year before the first start.

    people: the same persons as they are without IPS and with it. `without` is y0; `without` and `through_ips` together
    are y1, the realised history.
    """
    as_without, as_with = people
    cohort = followed(scenario, as_without)
    wanted = as_without.studied | as_with.studied | cohort
    at_risk = np.zeros_like(wanted)
    person, year = np.nonzero(wanted)
    at_risk[person, year] = event_times(scenario)[as_with.home[person, year], year] >= -len(scenario.lead)
    y1 = workdays(joined([without, through_ips]), wanted, calendar)
    y0 = np.where(at_risk, workdays(without, at_risk, calendar), y1)

    def cells(with_ips: Flags, without_ips: Flags) -> Cells:
        def total(which: Flags, values: Days) -> Days:
            sums = np.zeros((len(scenario.municipalities), len(scenario.years)), dtype=np.int64)
            person, year = np.nonzero(which)
            np.add.at(sums, (as_with.home[person, year], year), values[person, year])
            return sums

        one = np.ones_like(y1)
        return Cells(
            total(with_ips, one), total(with_ips, y1), total(without_ips, one), total(without_ips, y0),
            total(with_ips, y1 - y0),
        )  # fmt: skip

    return cells(as_with.studied, as_without.studied), cells(cohort, cohort)


def followed(scenario: Scenario, people: People) -> Flags:
    """Person-years, with a residence, of those with receipt and aged 18-29 in the year before the first start."""
    first = min((m.cohort for m in scenario.municipalities if m.cohort is not None), default=scenario.first_year)
    base = max(first - 1 - scenario.first_year, 0)
    selected = people.received[:, base] & (people.age[:, base] >= 18) & (people.age[:, base] <= 29)
    return selected[:, None] & (people.home >= 0)


def _mean(total: int, n: int) -> float | None:
    return float(Fraction(int(total), 10_000 * int(n))) if n else None


def _contrast(cells: Cells, where: tuple[Any, ...]) -> float | None:
    n1, n0 = int(cells.persons_with[where].sum()), int(cells.persons_without[where].sum())
    if not n1 or not n0:
        return None
    y1, y0 = int(cells.with_ips[where].sum()), int(cells.without_ips[where].sum())
    return float(Fraction(y1, 10_000 * n1) - Fraction(y0, 10_000 * n0))


def document(
    scenario: Scenario, seed: int, persons: int, defects: tuple[str, ...], counted: tuple[Cells, Cells]
) -> dict[str, Any]:
    """truth.json as a value. Where benefits respond to work it also tells of the cohort fixed beforehand."""
    cells, baseline = counted
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
        **({"units": list(_units(scenario, cells))} if scenario.reformed else {}),
        **({"baseline_cohort": _cohort(scenario, baseline)} if scenario.exit_position else {}),
    }


def _cohort(scenario: Scenario, cells: Cells) -> dict[str, Any]:
    running = event_times(scenario) >= 0
    n = int(cells.persons_with[running].sum())
    return {
        "about": "recipients aged 18-29 of the calendar year before the first start, in all years with a residence",
        "n": n,
        "att": _mean(int(cells.gain[running].sum()), n),
        "exits": {"days_kept": DAYS_KEPT, "position": scenario.exit_position / 100},
        "municipality_years": list(_rows(scenario, cells)),
    }


def _units(scenario: Scenario, cells: Cells) -> Iterator[dict[str, Any]]:
    """What no reform tells apart, with its years: sums over the places inside, exposed or not."""
    for unit in true_units(scenario):
        inside = list(unit.places)
        starts = {scenario.municipalities[m].cohort for m in inside}
        yield {
            "unit": unit.name,
            "codes": list(unit.codes),
            "cohorts": sorted(cohort for cohort in starts if cohort is not None),
            "mixed": None in starts and len(starts) > 1,
            "years": [
                {
                    "year": year,
                    "n": int(cells.persons_with[inside, t].sum()),
                    "effect_e4_sum": int(cells.gain[inside, t].sum()),
                }
                for t, year in enumerate(scenario.years)
            ],
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
                    **(
                        {"population_contrast": _contrast(cells, (m, t)) if works else None}
                        if scenario.exit_position
                        else {}
                    ),
                }
            )
    return rows
