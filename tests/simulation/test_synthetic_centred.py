"""Over 200 seeds the difference in differences is centred on the truth, computed here with plain NumPy."""

import numpy as np
import pytest

from synthetic_registry.days import working_calendar
from synthetic_registry.scenario import scenario
from synthetic_registry.truth import Cells, count
from synthetic_registry.write import chunks, municipality_sizes

SEEDS = 200


def cells_of(name: str, seed: int) -> Cells:
    chosen = scenario(name)
    calendar = working_calendar(chosen.first_year, chosen.last_year)
    parts = [
        count(chosen, chunk.people, chunk.without, chunk.through_ips, calendar)
        for chunk in chunks(chosen, seed, municipality_sizes(chosen, None))
    ]
    return sum(parts[1:], start=parts[0])


def did_and_truth(name: str, seed: int) -> tuple[float, float]:
    """Two-way fixed effects on cells weighted by persons, and the truth under the same weights."""
    chosen, cells = scenario(name), cells_of(name, seed)
    use = [i for i, m in enumerate(chosen.municipalities) if m.listed or m.cohort]
    persons = cells.persons_with[use].astype(float)
    start = np.array([chosen.municipalities[i].cohort or 9999 for i in use])
    treated = (np.array(chosen.years)[None, :] >= start[:, None]).astype(float)
    units, years = persons.shape
    effects = np.hstack([np.kron(np.eye(units), np.ones((years, 1))), np.tile(np.eye(years), (units, 1))[:, 1:]])
    root = np.sqrt(persons.ravel())
    fitted = np.linalg.lstsq(effects * root[:, None], treated.ravel() * root, rcond=None)[0]
    weight = persons.ravel() * (treated.ravel() - effects @ fitted)
    weight /= (weight * treated.ravel()).sum()
    mean, gain = (sums[use] / 10_000 / persons for sums in (cells.with_ips, cells.gain))
    return float(weight @ mean.ravel()), float(weight @ gain.ravel())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "first", "target"), [("reference-study", 0, 5.6), ("no-effect", 1000, 0.0)])
def test_the_difference_in_differences_is_centred_on_the_truth(name: str, first: int, target: float) -> None:
    pairs = np.array([did_and_truth(name, first + seed) for seed in range(SEEDS)])
    error = pairs[:, 0] - pairs[:, 1]
    assert abs(error.mean()) < 3 * error.std(ddof=1) / np.sqrt(SEEDS)
    assert 2.5 < error.std(ddof=1) < 4.5
    assert pairs[:, 1].mean() == pytest.approx(target, abs=0.2)
