"""Larger registries from a seed: everybody lives somewhere, works and receives, so that every rule bites often."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from generative.reference import Registry
from generative.registries import ALWAYS, CONTROLS, EDGES, ELSEWHERE, TREATED

FIRST_DAY = dt.date(2013, 6, 1)


def _spell(draw: random.Random, longest: int) -> tuple[dt.date, dt.date | None]:
    start = draw.choice(EDGES) if draw.random() < 0.3 else FIRST_DAY + dt.timedelta(days=draw.randrange(1300))
    length = draw.choice([draw.randrange(4), draw.randrange(longest), draw.randrange(longest)])
    return start, None if draw.random() < 0.1 else start + dt.timedelta(days=length)


def crowd(seed: int, people: int) -> Registry:
    """`people` persons with about six jobs each; 5 % duplicates, a few strangers to the persons table."""
    draw = random.Random(seed)  # noqa: S311
    persons, residence, employment, benefits = {}, [], [], []
    for person in range(1, people + 1):
        birth = dt.date(1980, 1, 1) + dt.timedelta(days=draw.randrange(6500))
        death = draw.choice(EDGES) if draw.random() < 0.1 else None
        if draw.random() < 0.95:
            persons[person] = (birth, draw.choice("FM"), death)
        first, second = draw.choices([TREATED, *CONTROLS, ALWAYS, ELSEWHERE], [4, 4, 4, 1, 1], k=2)
        if draw.random() < 0.3:
            moved = FIRST_DAY + dt.timedelta(days=draw.randrange(1300))
            residence += [(person, first, dt.date(2000, 1, 1), moved - dt.timedelta(days=draw.choice([1, 1, 40])))]
            residence += [(person, second, moved, None)]
        else:
            residence += [(person, first, dt.date(2000, 1, 1), None)]
        for _ in range(draw.randrange(12)):
            position = draw.choice([None, Decimal(100), Decimal(50), Decimal(draw.randrange(15_000)) / 100, Decimal(0)])
            employment.append((person, draw.choice(["a", "b", None]), *_spell(draw, 700), position))
        for _ in range(draw.randrange(1, 4)):
            benefits.append((person, draw.choice(["WAA", "WAA", "OTHER"]), *_spell(draw, 900)))
    employment += [row for row in employment if draw.random() < 0.05]
    rollout = [(TREATED, dt.date(2015, 4, 1), None), (ALWAYS, dt.date(2013, 1, 1), None)]
    return Registry(persons, residence, employment, benefits, rollout)
