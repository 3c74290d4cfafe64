"""Benefits that respond to work: who through IPS comes to work enough leaves WAA, in the history with IPS only.

DAYS_KEPT days after the start of a job found through IPS, while it is held, the positions of all jobs of that day are
added up. Where they reach the scenario's `exit_position`, WAA ends that day and does not come back. Those who also have
work of their own reach it first, and are missing among the recipients of later years: the recipients with IPS are not
those there would have been without it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthetic_registry.days import Days, Flags, year_starts
from synthetic_registry.population import People
from synthetic_registry.scenario import Scenario
from synthetic_registry.spells import Spells, joined

DAYS_KEPT = 30
_NEVER = np.iinfo(np.int64).max


def with_exits(scenario: Scenario, people: People, without: Spells, through_ips: Spells) -> People:
    """The same persons with the benefit spells of the history with IPS; unchanged where benefits never respond."""
    if not scenario.exit_position:
        return people
    leaves = _leaves(scenario, len(people.birth), without, through_ips)
    end = np.minimum(people.benefit_end, leaves[:, None])
    return replace(people, benefit_end=end, received=_received(scenario, people.benefit_start, end))


def _leaves(scenario: Scenario, persons: int, without: Spells, through_ips: Spells) -> Days:
    """First day no longer on the benefit, per person; far away for those who do not leave."""
    kept = through_ips.keep(through_ips.end > through_ips.start + DAYS_KEPT)
    day = kept.start + DAYS_KEPT
    held = joined([without, through_ips])
    first = np.searchsorted(held.person, kept.person, side="left")
    count = np.searchsorted(held.person, kept.person, side="right") - first
    # each job found, beside each job of the same person
    found = np.repeat(np.arange(len(kept)), count)
    beside = np.repeat(first, count) + np.arange(len(found)) - np.repeat(np.cumsum(count) - count, count)
    holds = (held.start[beside] <= day[found]) & (held.end[beside] > day[found])
    position = np.bincount(found, weights=held.position[beside] * holds, minlength=len(kept))
    enough = position >= scenario.exit_position
    leaves = np.full(persons, _NEVER, dtype=np.int64)
    np.minimum.at(leaves, kept.person[enough], day[enough])
    return leaves


def _received(scenario: Scenario, start: Days, end: Days) -> Flags:
    """Some receipt in the year, shape (persons, years)."""
    january = year_starts(scenario.first_year, scenario.last_year)
    begins, ends = start[:, :, None], end[:, :, None]
    holds = (begins < january[None, None, 1:]) & (ends > january[None, None, :-1]) & (ends > begins)
    return np.asarray(holds.any(axis=1), dtype=np.bool_)
