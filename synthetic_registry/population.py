"""Persons, where they live and when they receive WAA: the same law in every municipality and every year.

Nothing here depends on work or on the programme, so benefits and residence are equal in both work histories,
and the mix of persons has no trend that differs between municipalities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_registry.days import NEVER, YEAR, Days, Flags, Reals, ages, day, year_starts
from synthetic_registry.scenario import Scenario

COUNTRIES = ("Norway", "EU/EEA", "Rest of the world")
_COUNTRY_SHARES = (0.85, 0.05, 0.10)
_WAA_SHARE = 0.75
_WOMEN = 0.555
_DEATHS_A_YEAR = 0.003
_MOVES_A_YEAR = 0.04
_ABROAD = 0.05  # of moves
_MOVES_KEPT = 5
LEAD_YEARS = 6  # first receipts start this long before the window, so that early years are not short of recipients
WAA_STARTS = day(2010, 3, 1)
REGISTER_STARTS = day(1992)
YEARS_IN_POPULATION = 3.15  # calendar years with receipt at 18-29, per person who ever starts; measured


@dataclass(frozen=True, slots=True)
class People:
    """One chunk of persons. Matrices by year have shape (persons, years of the window).

    `home`: municipality (index) on 1 January, -1 without residence. Residence and benefit spells are matrices
    (persons, spells), half-open; an empty spell has end <= start.
    """

    first_id: int
    birth: Days
    woman: Flags
    country: Days
    death: Days
    origin: Days
    on_waa: Flags
    residence_start: Days
    residence_end: Days
    residence_place: Days
    benefit_start: Days
    benefit_end: Days
    age: Days
    home: Days
    received: Flags

    @property
    def studied(self) -> Flags:
        """Person-years in the study population: 18-29 and resident on 1 January, some WAA in the year."""
        return (self.age >= 18) & (self.age <= 29) & (self.home >= 0) & self.received


def persons_needed(scenario: Scenario) -> Reals:
    """Expected number of persons per municipality that gives its recipients a year."""
    window = len(scenario.years) + LEAD_YEARS
    each = window / (YEARS_IN_POPULATION * _WAA_SHARE)
    return np.array([m.recipients * each for m in scenario.municipalities])


def draw_people(scenario: Scenario, origin: Days, first_id: int, rng: np.random.Generator) -> People:
    """Persons of one chunk. `origin`: municipality index per person, shape (n,)."""
    n, first, last = len(origin), scenario.first_year, scenario.last_year
    starts = year_starts(first, last)
    opens, horizon = int(starts[0]), int(starts[-1])
    on_waa = rng.random(n) < _WAA_SHARE
    lead = int(LEAD_YEARS * YEAR)
    onset = opens - lead + np.floor(rng.random(n) * (horizon - opens + lead)).astype(np.int64)
    young = rng.random(n) < 0.85
    age_at_onset = np.where(young, 18 + 11 * rng.beta(1.2, 1.6, n), 30 + 30 * rng.random(n))
    age_otherwise = 5 + 55 * rng.random(n)
    birth = np.where(on_waa, onset - age_at_onset * YEAR, opens - age_otherwise * YEAR).astype(np.int64)
    country = np.searchsorted(np.cumsum(_COUNTRY_SHARES)[:-1], rng.random(n), side="right")
    alive_from = np.maximum(day(first - 1), birth)
    death = alive_from + np.floor(rng.exponential(YEAR / _DEATHS_A_YEAR, n)).astype(np.int64)
    death = np.where(death < horizon, death, NEVER)
    gone = np.where(death < NEVER, death + 1, NEVER)  # first day after the last day alive

    arrival = birth + ((np.where(on_waa, onset, opens) - birth) * rng.random(n)).astype(np.int64)
    arrival = np.maximum(np.where(country > 0, np.maximum(arrival, birth), birth), REGISTER_STARTS)
    moved_in, moved_out, place = _residence(scenario, origin, arrival, gone, rng)
    benefit_start, benefit_end = _benefits(np.where(on_waa, onset, NEVER), gone, rng)

    january = starts[:-1]
    home = np.full((n, len(january)), -1, dtype=np.int64)
    received = np.zeros((n, len(january)), dtype=bool)
    for k in range(moved_in.shape[1]):
        here = (moved_in[:, k, None] <= january) & (moved_out[:, k, None] > january)
        home = np.where(here, place[:, k, None], home)
    for k in range(benefit_start.shape[1]):
        begins, ends = benefit_start[:, k, None], benefit_end[:, k, None]
        received |= (begins < starts[1:]) & (ends > january) & (ends > begins)
    return People(
        first_id=first_id,
        birth=birth,
        woman=rng.random(n) < _WOMEN,
        country=country,
        death=death,
        origin=origin,
        on_waa=on_waa,
        residence_start=moved_in,
        residence_end=moved_out,
        residence_place=place,
        benefit_start=benefit_start,
        benefit_end=benefit_end,
        age=ages(birth, first, last),
        home=home,
        received=received,
    )


def _residence(
    scenario: Scenario, origin: Days, arrival: Days, gone: Days, rng: np.random.Generator
) -> tuple[Days, Days, Days]:
    """Residence spells: destinations in proportion to size, so that moves leave all sizes as they are."""
    n = len(origin)
    sizes = np.array([m.recipients for m in scenario.municipalities])
    gaps = rng.exponential(YEAR / _MOVES_A_YEAR, (n, _MOVES_KEPT))
    moves = np.maximum(arrival, day(scenario.first_year - 1))[:, None] + 1 + np.cumsum(gaps, axis=1).astype(np.int64)
    to = np.searchsorted(np.cumsum(sizes / sizes.sum())[:-1], rng.random((n, _MOVES_KEPT)), side="right")
    away = (rng.random((n, _MOVES_KEPT)) < _ABROAD) * rng.integers(30, 400, (n, _MOVES_KEPT))
    moved_in = np.concatenate([arrival[:, None], moves + away], axis=1)
    moved_out = np.concatenate([moves, np.full((n, 1), NEVER)], axis=1)
    return moved_in, np.minimum(moved_out, gone[:, None]), np.concatenate([origin[:, None], to], axis=1)


def _benefits(onset: Days, gone: Days, rng: np.random.Generator) -> tuple[Days, Days]:
    """Up to three WAA spells with gaps; nothing before WAA existed (March 2010)."""
    n = len(onset)
    first = np.clip(rng.lognormal(np.log(600), 0.9, n), 30, 4.5 * YEAR)
    later = 30 + rng.exponential(300, (n, 2))
    gaps = 30 + rng.exponential(240, (n, 2))
    returns = rng.random((n, 2)) < (0.5, 0.4)
    begins = [onset]
    ends = [onset + first.astype(np.int64)]
    goes_on = np.ones(n, dtype=bool)
    for k in range(2):
        goes_on = goes_on & returns[:, k]
        start = ends[k] + gaps[:, k].astype(np.int64)
        begins.append(start)
        ends.append(np.where(goes_on, start + later[:, k].astype(np.int64), start))
    start_matrix = np.maximum(np.stack(begins, axis=1), WAA_STARTS)
    end_matrix = np.minimum(np.stack(ends, axis=1), gone[:, None])
    return start_matrix, np.where(np.stack(begins, axis=1) >= NEVER, start_matrix, end_matrix)
