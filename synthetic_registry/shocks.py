"""What hits everybody in a municipality and year: levels, national years, trends and AR(1) shocks, as local jobs.

A local job is short, local and within one calendar year (spells.py). Its rate in municipality m and year t is

    RATE + (level_m + year_t + trend_mt + shock_mt) / DAYS_PER_LOCAL_JOB    [AR(1): shock_mt = rho shock_m,t-1 + e_mt]

so a shock of one workday is one workday more on average for everybody there, additive whatever the level, drawn
from the same process in treated and untreated municipalities and independent across them. The trend is 0 but in
`diverging-trends`: there it grows from 0 in the first year, in the municipalities that start.
"""

from __future__ import annotations

import numpy as np

from synthetic_registry.days import Reals
from synthetic_registry.scenario import Scenario

RATE = 0.20
DAYS_PER_LOCAL_JOB = 65.0  # capped workdays gained per local job, measured over the study population
LEVEL_RANGE = 5.0  # municipality levels are uniform on +- this many workdays
YEAR_SD = 1.5


def local_rates(scenario: Scenario, rng: np.random.Generator) -> Reals:
    """Rate of local jobs, shape (municipalities, years), within [0.02, 0.6]."""
    m, t = len(scenario.municipalities), len(scenario.years)
    level = rng.uniform(-LEVEL_RANGE, LEVEL_RANGE, m)
    year = rng.normal(0, YEAR_SD, t)
    drifts = np.array([municipality.cohort is not None for municipality in scenario.municipalities])
    trend = scenario.trend * drifts[:, None] * np.arange(t)[None, :]
    days = level[:, None] + year[None, :] + trend + shocks(scenario, rng)
    return np.clip(RATE + days / DAYS_PER_LOCAL_JOB, 0.02, 0.6)


def shocks(scenario: Scenario, rng: np.random.Generator) -> Reals:
    """Stationary AR(1) shocks in workdays, shape (municipalities, years)."""
    m, t, rho = len(scenario.municipalities), len(scenario.years), scenario.shock_rho
    noise = rng.normal(0, scenario.shock_sd, (m, t))
    shock = np.empty((m, t))
    shock[:, 0] = noise[:, 0]
    for year in range(1, t):
        shock[:, year] = rho * shock[:, year - 1] + np.sqrt(1 - rho**2) * noise[:, year]
    return shock
