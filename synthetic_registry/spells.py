"""Work without the programme: lasting jobs that belong to the person, and local jobs that belong to place and year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_registry.days import YEAR, Days, Flags, Reals, day, year_starts
from synthetic_registry.population import People
from synthetic_registry.scenario import Scenario

_POSITIONS = np.array([2000, 4000, 5000, 6000, 8000, 10000])
_LASTING = np.array([0.05, 0.06, 0.14, 0.08, 0.15, 0.52])
_LOCAL = np.array([0.10, 0.10, 0.18, 0.12, 0.18, 0.32])
_SPELLS = 12
_PERSISTENCE = 0.75  # share of the person in who takes a local job


@dataclass(frozen=True, slots=True)
class Spells:
    """Job spells, one array element each: row of the person in the chunk, half-open days, position in 1/100 %."""

    person: Days
    employer: Days
    start: Days
    end: Days
    position: Days

    def __len__(self) -> int:
        return len(self.person)

    def keep(self, which: Days | Flags) -> Spells:
        """The spells of a mask or of an index array, in that order."""
        return Spells(
            self.person[which], self.employer[which], self.start[which], self.end[which], self.position[which]
        )


def joined(parts: list[Spells]) -> Spells:
    """All spells, sorted by person and start day."""
    together = Spells(
        np.concatenate([p.person for p in parts]),
        np.concatenate([p.employer for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.end for p in parts]),
        np.concatenate([p.position for p in parts]),
    )
    return together.keep(np.lexsort((together.position, together.end, together.start, together.person)))


def made(person: Days, start: Days, end: Days, position: Days, people: People, rng: np.random.Generator) -> Spells:
    """Spells with employers drawn, from age 16 and until death; empty ones left out."""
    start = np.maximum(start, people.birth[person] + int(16 * YEAR) + 1)
    end = np.minimum(end, people.death[person] + 1)
    employer = rng.integers(100_000, 1_000_000, len(person))
    return Spells(person, employer, start, end, position).keep(end > start)


def positions(shares: Reals, n: int, rng: np.random.Generator) -> Days:
    """Positions in 1/100 %; one in eight below full time has decimals."""
    drawn = _POSITIONS[np.searchsorted(np.cumsum(shares)[:-1], rng.random(n), side="right")]
    odd = (rng.random(n) < 0.125) & (drawn < 10000)
    return np.where(odd, drawn + rng.integers(-499, 500, n), drawn)


def work_without(scenario: Scenario, people: People, rates: Reals, rng: np.random.Generator) -> Spells:
    """The history y0 of every person. `rates`: local jobs, shape (municipalities, years)."""
    return joined([*_lasting(scenario, people, rng), *_local(scenario, people, rates, rng)])


def _lasting(scenario: Scenario, people: People, rng: np.random.Generator) -> list[Spells]:
    """An alternating process of employment and none, stationary from the start, cut into jobs."""
    n, opens = len(people.birth), day(scenario.first_year - 1)
    factor = np.where(people.woman, 0.95, 1.06) * np.array([1.05, 0.9, 0.62])[people.country]
    share = np.where(people.on_waa, 0.16, 0.60) * factor
    lasts = np.where(people.on_waa, 2.8, 3.5) * YEAR
    pause = lasts * (1 - share) / share
    begins_in = rng.random(n) < share
    working = begins_in[:, None] ^ (np.arange(_SPELLS) % 2 == 1)[None, :]
    length = 1 + np.floor(rng.exponential(1.0, (n, _SPELLS)) * np.where(working, lasts[:, None], pause[:, None]))
    ends = opens + np.cumsum(length, axis=1).astype(np.int64)
    starts = np.concatenate([np.full((n, 1), opens), ends[:, :-1]], axis=1)
    before = np.floor(rng.exponential(1.0, n) * lasts).astype(np.int64)
    starts[:, 0] -= before  # those at work when the data begin started earlier
    person, column = np.nonzero(working & (starts < day(scenario.last_year + 1)))
    start, end = starts[person, column], ends[person, column]
    position = positions(_LASTING, len(person), rng)

    changes = (rng.random(len(person)) < 0.35) & (end - start > 200)
    turn = start + ((end - start) * rng.uniform(0.2, 0.8, len(person))).astype(np.int64)
    pause_between = rng.integers(-25, 60, len(person))  # below zero: the old and the new job overlap
    second = turn + pause_between
    side = rng.random(len(person)) < 0.22
    side_start = start + ((end - start) * rng.uniform(0, 0.6, len(person))).astype(np.int64)
    side_end = side_start + 1 + ((end - side_start) * rng.uniform(0.1, 1.0, len(person))).astype(np.int64)
    again = positions(_LASTING, len(person), rng)
    small = np.array([0, 1000, 2000, 3000, 4000])[np.searchsorted([0.05, 0.3, 0.6, 0.85], rng.random(len(person)))]
    return [
        made(person, start, np.where(changes, turn, end), position, people, rng),
        made(person[changes], second[changes], end[changes], again[changes], people, rng),
        made(person[side], side_start[side], side_end[side], small[side], people, rng),
    ]


def _local(scenario: Scenario, people: People, rates: Reals, rng: np.random.Generator) -> list[Spells]:
    """Temporary jobs inside one calendar year, at the rate of the municipality of 1 January."""
    from scipy.special import ndtr

    n, years = people.home.shape
    inclination = np.sqrt(_PERSISTENCE) * rng.standard_normal((n, 1))
    rank = ndtr(inclination + np.sqrt(1 - _PERSISTENCE) * rng.standard_normal((n, years)))
    rate = np.where(people.home >= 0, rates[np.maximum(people.home, 0), np.arange(years)[None, :]], 0.0)
    takes = rank < rate
    takes &= people.age >= 16
    person, year = np.nonzero(takes)
    k = len(person)
    january = year_starts(scenario.first_year, scenario.last_year)
    start = january[year] + np.floor(250 * rng.random(k) ** 1.7).astype(np.int64)
    length = 1 + np.floor(rng.lognormal(np.log(140), 0.8, k)).astype(np.int64)
    end = np.minimum(start + length, january[year + 1])
    extra = rng.random(k) < 0.2
    extra_start = start + ((end - start) * rng.uniform(0, 0.8, k)).astype(np.int64)
    extra_end = np.minimum(extra_start + rng.integers(1, 60, k), january[year + 1])
    return [
        made(person, start, end, positions(_LOCAL, k, rng), people, rng),
        made(person[extra], extra_start[extra], extra_end[extra], positions(_LOCAL, k, rng)[extra], people, rng),
    ]
