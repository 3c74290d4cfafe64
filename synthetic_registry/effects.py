"""Work with the programme: y1 is y0 plus jobs found with IPS.

Each person has one lasting rank of reach, uniform on [0, 1). In a year of exposure a job is found, or kept, when the
rank lies below target effect / DAYS_PER_JOB. Exposure: living in a municipality with IPS on 1 January of a year from
its start (earlier by the years of lead of the scenario), in or after the first year with WAA. Jobs run on over the new
year only between two exposed years in the same municipality, so y1 = y0 outside exposure, day by day: before the
effect begins and wherever a mover goes.
"""

from __future__ import annotations

import numpy as np

from synthetic_registry.days import Days, Flags, Reals, day, year_starts
from synthetic_registry.population import People
from synthetic_registry.scenario import Scenario
from synthetic_registry.spells import Spells, made, positions

DAYS_PER_JOB = (48.0, 58.5, 60.5, 62.5, 64.5)  # capped workdays gained per person helped, by year of effect; measured
_SHARES = np.array([0.12, 0.16, 0.30, 0.16, 0.16, 0.10])
_KEPT = 0.5  # of jobs, over a new year


def reach(scenario: Scenario) -> Reals:
    """Share of exposed persons helped, shape (municipalities, years); 0 where IPS has no effect."""
    share, early = np.zeros((len(scenario.municipalities), len(scenario.years))), len(scenario.lead)
    for m, municipality in enumerate(scenario.municipalities):
        for t, year in enumerate(scenario.years):
            if municipality.cohort is not None and year >= municipality.cohort - early:
                k = year - municipality.cohort
                gain = DAYS_PER_JOB[min(k + early, len(DAYS_PER_JOB) - 1)]
                share[m, t] = scenario.target(municipality.cohort, k) / gain
    return share


def ranks(people: People, rng: np.random.Generator) -> Reals:
    """Rank of reach per person, evenly spread within each municipality of origin (stratified uniform)."""
    n = len(people.origin)
    group = people.origin * 2 + people.on_waa
    order = np.lexsort((rng.random(n), group))
    sizes = np.bincount(group)
    first = np.cumsum(sizes) - sizes
    place = np.empty(n)
    place[order] = np.arange(n) - first[group[order]]
    return (place + rng.random(n)) / sizes[group]


def helped(people: People, share: Reals, rank: Reals) -> Flags:
    """Person-years with a job through IPS, shape (persons, years)."""
    years = np.arange(people.home.shape[1])[None, :]
    reached = np.where(people.home >= 0, share[np.maximum(people.home, 0), years], 0.0)
    ever = np.logical_or.accumulate(people.received, axis=1)
    return ever & (rank[:, None] < reached)


def work_through_ips(scenario: Scenario, people: People, rng: np.random.Generator) -> Spells:
    """The jobs that y1 holds and y0 does not.

    All draws are made for every person and year, exposed or not, so other persons' exposure changes nothing.
    """
    n, years = people.home.shape
    rank = ranks(people, rng)
    onset, length, kept = rng.random((n, years)), rng.exponential(150, (n, years)), rng.random((n, years)) < _KEPT
    position = positions(_SHARES, n, rng)
    has = helped(people, reach(scenario), rank)
    goes_on = np.zeros_like(has)
    goes_on[:, :-1] = has[:, :-1] & has[:, 1:] & (people.home[:, :-1] == people.home[:, 1:]) & kept[:, :-1]
    came_on = np.zeros_like(has)
    came_on[:, 1:] = goes_on[:, :-1]
    outlasts = has[:, -1] & kept[:, -1]  # still running when the data end

    january = year_starts(scenario.first_year, scenario.last_year)
    person, year = np.nonzero(has)
    opens = _opening(scenario, people.home[person, year], january[year])
    latest = january[year + 1] - 45
    begins = opens + np.floor(onset[person, year] * np.maximum(latest - opens, 1)).astype(np.int64)
    begins = np.where(came_on[person, year], january[year], begins)
    ends = np.minimum(begins + 30 + length[person, year].astype(np.int64), january[year + 1])
    ends = np.where((year == years - 1) & outlasts[person], january[year + 1] + 1, ends)
    starting, ending = ~came_on[person, year], ~goes_on[person, year]
    # row by row, the k-th start and the k-th end belong to the same unbroken job
    return made(person[starting], begins[starting], ends[ending], position[person[starting]], people, rng)


def _opening(scenario: Scenario, place: Days, january: Days) -> Days:
    """First day a job can start in that year: 1 January, or the day the programme starts to work."""
    early = len(scenario.lead)
    starts = np.array(
        [0 if m.start is None else day(m.start.year - early, m.start.month, m.start.day)
         for m in scenario.municipalities],
        dtype=np.int64,
    )  # fmt: skip
    return np.maximum(january, starts[place])
