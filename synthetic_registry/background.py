"""What is known of recipients from before the programme: diagnosis group, and work before the first receipt.

Drawn from a stream of its own, so that nothing else depends on it. Neither changes what the programme does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_registry.days import Days, Flags, year_starts
from synthetic_registry.population import WAA_STARTS, People
from synthetic_registry.scenario import Scenario
from synthetic_registry.spells import Spells

DIAGNOSES = ("mental", "musculoskeletal", "other")
_SHARES = (0.65, 0.12, 0.23)
PRIOR_WORK = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Background:
    """Per person of a chunk: index into DIAGNOSES and into PRIOR_WORK; both unknown where `unknown`."""

    diagnosis: Days
    prior_work: Days
    unknown: Flags


def background(scenario: Scenario, people: People, without: Spells, rng: np.random.Generator) -> Background:
    """Known of those with any WAA inside the window. `without`: work without the programme, as all is before it."""
    n = len(people.birth)
    diagnosis = np.searchsorted(np.cumsum(_SHARES)[:-1], rng.random(n), side="right")
    return Background(diagnosis, worked_before(scenario, people, without), people.received.sum(axis=1) == 0)


def worked_before(scenario: Scenario, people: People, without: Spells) -> Days:
    """1 for a job on any day of the calendar year before the first one with WAA, shape (persons,).

    The record begins with the jobs held when the year before the window opens, so a first receipt before the second
    year of the window finds less work than a later one.
    """
    first_day = np.where(people.benefit_end > people.benefit_start, people.benefit_start, np.iinfo(np.int64).max)
    first_day = np.maximum(first_day.min(axis=1), WAA_STARTS)
    starts = year_starts(scenario.first_year - 2, scenario.last_year)
    year = np.clip(np.searchsorted(starts, first_day, side="right") - 1, 1, len(starts) - 1)
    opens, closes = starts[year - 1], starts[year]
    held = (without.start < closes[without.person]) & (without.end > opens[without.person])
    return np.bincount(without.person[held], minlength=len(people.birth)).clip(max=1).astype(np.int64)
