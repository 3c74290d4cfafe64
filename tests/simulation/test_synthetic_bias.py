"""Municipalities that were on a course of their own are treated: who still finds the truth.

Outcomes follow a common factor to which the treated respond more than most. Difference-in-differences takes its course
for an effect; weights of donors that respond alike do not. Bounds: three Monte Carlo standard errors, beside what is
left of the bias when the weights themselves are fitted to noise.
"""

import numpy as np
from lib.panels import panel_of_means

from ipscausal.estimate import aggregate, did, synthetic_control, synthetic_did

EFFECT, SEEDS = 4.0, 60


def estimates(seed: int) -> tuple[float, float, float]:
    rng = np.random.default_rng(seed)
    factor, response = np.linspace(0, 12, 20), rng.uniform(0, 1, 40)
    response[:4] = rng.uniform(0.7, 1, 4)
    mean = 50 + rng.normal(0, 1, (40, 1)) + np.outer(response, factor) + rng.normal(0, 0.6, (40, 20))
    dates = np.array([2024, 2024, 2026, 2026])
    mean[:4] += EFFECT * (np.arange(2010, 2030) >= dates[:, None])
    panel = panel_of_means(mean, [*dates.astype(float), *[np.inf] * 36])
    synthetic = [aggregate(one, "simple") for one in (synthetic_did(panel), synthetic_control(panel, level="shifted"))]
    return (float(did(panel).coef[0]), *(float(fit.coef[0]) for fit in synthetic))


def test_the_truth_is_found_where_difference_in_differences_misses_it() -> None:
    errors = np.array([estimates(seed) for seed in range(SEEDS)]) - EFFECT
    mean, se = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    print(np.round(mean, 3), np.round(se, 3))
    assert mean[0] > 1.5
    assert np.all(np.abs(mean[1:]) < 3 * se[1:] + 0.1 * mean[0])
