"""Workdays of person-years from spells, in 1/10000 of a day: cut by year, sort, add up.

sum over working days of the calendar year of min(1, sum of position / 100 over the jobs held that day)
"""

from __future__ import annotations

import numpy as np

from synthetic_registry.days import Calendar, Days, Flags
from synthetic_registry.spells import Spells

FULL_TIME = 10_000


def workdays(spells: Spells, wanted: Flags, calendar: Calendar) -> Days:
    """Workdays in 1/10000 day, shape (persons, years), zero where not `wanted` (same shape)."""
    n, years = wanted.shape
    width = int(calendar.before[-1]) + 1
    edges = calendar.index(calendar.starts)
    starts, ends = calendar.index(spells.start), calendar.index(spells.end)
    alive = ends > starts
    person, start, end, position = spells.person[alive], starts[alive], ends[alive], spells.position[alive]

    first = np.searchsorted(edges, start, side="right") - 1
    last = np.searchsorted(edges, end, side="left") - 1
    times = last - first + 1
    piece = np.repeat(np.arange(len(person)), times)
    year = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(times) - times, times)
    use = wanted[person[piece], year]
    piece, year = piece[use], year[use]
    cell = person[piece] * years + year
    begin = np.maximum(start[piece], edges[year])
    stop = np.minimum(end[piece], edges[year + 1])

    moment = np.concatenate([cell * width + begin, cell * width + stop])
    change = np.concatenate([position[piece], -position[piece]])
    order = np.argsort(moment, kind="stable")
    moment, change = moment[order], change[order]
    level = np.minimum(np.cumsum(change), FULL_TIME)[:-1]
    length = np.diff(moment)
    # between two cells the level is zero, so the jump in `moment` there counts nothing
    total = np.zeros(n * years, dtype=np.int64)
    np.add.at(total, moment[:-1] // width, level * length)
    return total.reshape(n, years)
