"""Person rows as whole numbers: their sums over pairs of years in plain Python, and covariances of cell means by NumPy.

A row is (municipality, person, year, outcome, regressors...): positions and whole numbers.
"""

from collections.abc import Sequence

import numpy as np

from ipscausal.municipality_year import YearPairs
from ipscausal.municipality_year.year_pairs import covariance_of_covariates

Row = tuple[int, ...]


def random_rows(
    seed: int, municipalities: int, people: int, years: int, share: float = 0.6, regressors: int = 0
) -> list[Row]:
    """Persons present in a `share` of the years; outcome in 1/10000 day, alike over the years of a person."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for g in range(municipalities):
        for i in range(people):
            level, x = rng.integers(0, 1_300_000), rng.integers(-3, 9, regressors)
            for t in range(years):
                if rng.random() < share:
                    y = int(level + rng.integers(0, 1_300_000) + 90_000 * x.sum())
                    rows.append((g, i, t, y, *(int(value) + t * (k == 0) for k, value in enumerate(x))))
    return rows


def pairs_of_rows(rows: Sequence[Row], g: int, t: int) -> YearPairs:
    """`YearPairs` of the outcome "workdays", person by person."""
    k = len(rows[0]) - 4
    both, first, product = (np.zeros((g, t, t), dtype=object) for _ in range(3))
    x, xy, xx = (np.zeros((g, t, t, *[k] * n), dtype=object) for n in (1, 1, 2))
    people: dict[tuple[int, int], dict[int, tuple[int, ...]]] = {}
    for place, person, year, *values in rows:
        people.setdefault((place, person), {})[year] = tuple(values)
    for (place, _), years in people.items():
        for year, (y, *z) in years.items():
            for other, (there, *later) in years.items():
                at = place, year, other
                both[at] += 1
                first[at] += y
                product[at] += y * there
                for i in range(k):
                    x[at][i] += z[i]
                    xy[at][i] += z[i] * there
                    for j in range(k):
                        xx[at][i, j] += z[i] * later[j]
    distinct = np.bincount([place for place, _ in people], minlength=g)
    return YearPairs(
        distinct, both, {"workdays": first}, {"workdays": product}, x, {"workdays": xy},
        covariance_of_covariates(distinct, both, x, xx),
    )  # fmt: skip


def brute_covariance(rows: Sequence[Row], g: int, t: int, slopes: Sequence[float] = ()) -> np.ndarray:
    """(G, T, T) N / (N - 1) * D'D, D: persons x years deviations of y - x'b from the cell mean over its size."""
    table = np.array(rows, dtype=np.float64)
    value = table[:, 3] - table[:, 4 : 4 + len(slopes)] @ np.asarray(slopes, dtype=np.float64)
    place, year = table[:, 0].astype(int), table[:, 2].astype(int)
    out = np.zeros((g, t, t))
    for here in range(g):
        own = place == here
        people, who = np.unique(table[own, 1], return_inverse=True)
        y, there = np.zeros((len(people), t)), np.zeros((len(people), t))
        y[who, year[own]], there[who, year[own]] = value[own], 1.0
        size = np.maximum(there.sum(axis=0), 1.0)
        spread = there * (y - y.sum(axis=0) / size) / size
        out[here] = len(people) / (len(people) - 1) * spread.T @ spread
    return out
