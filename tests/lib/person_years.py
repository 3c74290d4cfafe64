"""Person rows of one outcome: their sums over pairs of years in plain Python, and the covariance of cell means by hand.

A row is (municipality, person, year, value): positions and whole numbers.
"""

from collections.abc import Sequence

import numpy as np

from ipscausal.municipality_year import YearPairs

Row = tuple[int, int, int, int]


def pairs_of_rows(rows: Sequence[Row], g: int, t: int) -> YearPairs:
    """`YearPairs` of the outcome "workdays", person by person."""
    both, first, product = (np.zeros((g, t, t), dtype=object) for _ in range(3))
    people: dict[tuple[int, int], dict[int, int]] = {}
    for place, person, year, value in rows:
        people.setdefault((place, person), {})[year] = value
    for (place, _), values in people.items():
        for year, value in values.items():
            for other, there in values.items():
                both[place, year, other] += 1
                first[place, year, other] += value
                product[place, year, other] += value * there
    distinct = np.bincount([place for place, _ in people], minlength=g)
    return YearPairs(distinct, both, {"workdays": first}, {"workdays": product})


def brute_covariance(rows: Sequence[Row], g: int, t: int) -> np.ndarray:
    """(G, T, T) N / (N - 1) * D'D with D the persons x years deviations from the cell mean over the cell's size."""
    table = np.array(rows)
    out = np.zeros((g, t, t))
    for place in range(g):
        own = table[table[:, 0] == place]
        people, who = np.unique(own[:, 1], return_inverse=True)
        y, there = np.zeros((len(people), t)), np.zeros((len(people), t))
        y[who, own[:, 2]], there[who, own[:, 2]] = own[:, 3], 1.0
        size = np.maximum(there.sum(axis=0), 1.0)
        spread = there * (y - y.sum(axis=0) / size) / size
        out[place] = len(people) / (len(people) - 1) * spread.T @ spread
    return out
