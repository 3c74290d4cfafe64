"""How often a true null is rejected at 5 %, and power, in 2,000 draws of one treated municipality of eleven.

Sizes are lognormal, persons have a standard deviation of 85, ten years with four treated; the seed is fixed. A rate r
of 2,000 draws from eight designs has a standard error of sqrt(r (1 - r) / 2000) and a little for the designs.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from lib.known_noise import drawn_means, known_noise_panel, lognormal_sizes

from ipscausal import estimate
from ipscausal.inference.contrast import size_family
from ipscausal.inference.method import Trial
from ipscausal.inference.options import Estimand, Options
from ipscausal.inference.shock import panel_model, re_did

DESIGNS, DRAWS = 8, 250
G, T, POST = 11, 10, 4
VARIANCE = 85.0**2


def p_values(prepare: str, options: Options, sigma: float, first: float | None, effect: float) -> np.ndarray:
    """(2000,) p-values over the designs."""
    return np.concatenate([trial(means) for trial, means in trials(prepare, options, sigma, first, effect)])


def trials(
    name: str, options: Options, sigma: float, first: float | None, effect: float
) -> Iterator[tuple[Trial, np.ndarray]]:
    family = {"panel": panel_model, "re_did": re_did, "sup_t": size_family}[name]
    for seed in range(DESIGNS):
        rng = np.random.default_rng(100 + seed)
        size = lognormal_sizes(rng, G, T, first)
        within = VARIANCE * rng.chisquare(size - 1) / (size - 1)
        adoption = [2010.0 + T - POST, *([np.inf] * (G - 1))]
        fit = estimate.did(
            known_noise_panel(np.full((G, T), 60.0) + rng.standard_normal((G, T)), adoption, size, within)
        )
        shift = np.zeros((G, T))
        shift[0, T - POST :] = effect
        method = next(method for method in family.METHODS if method.name == name)
        assert method.prepare is not None
        yield method.prepare(fit, 0, options), drawn_means(rng, DRAWS, VARIANCE / size, sigma, 0.4, shift)


@pytest.mark.parametrize(
    ("name", "estimand"), [("panel", "person"), ("panel", "precision"), ("panel", "equal"), ("re_did", "person")]
)
def test_true_null_is_rejected_about_as_often_as_the_reference_simulation(name: str, estimand: Estimand) -> None:
    """The reference has 3.1 % for both methods ("precision", 4,000 draws of 40 other designs, standard error 0.3)."""
    p = p_values(name, Options(estimand=estimand), 2.0, None, 0.0)
    size = float((p < 0.05).mean())
    assert 0.01 < size < 0.07
    assert abs(size - 0.031) < 3 * np.sqrt(0.031 * 0.969 / len(p) + 0.003**2)
    assert (p < 0.001).mean() < 0.005


def test_power_of_a_large_treated_municipality_without_shocks() -> None:
    """The reference has 59, 46 and 17 % (2,500 draws): the panel learns from all years, sup-t from no variances."""
    power = [
        float((p_values(name, Options(), 0.0, 1050.0, 5.6) < 0.05).mean()) for name in ("panel", "re_did", "sup_t")
    ]
    assert power == sorted(power, reverse=True)
    assert power == pytest.approx([0.59, 0.46, 0.17], abs=0.09)
    assert min(-np.diff(power)) > 0.05


def test_treated_municipality_twice_as_volatile_needs_the_shock_ratio() -> None:
    """With four times the shock variance the size exceeds the level; told so, the method keeps it."""
    rates = []
    for ratio in (1.0, 2.0):
        rejected = []
        for trial, means in trials("panel", Options(shock_ratio=ratio), 4.0, 1050.0, 0.0):
            extra = np.random.default_rng(0).standard_normal((len(means), T)) * 4.0 * np.sqrt(3)
            means[:, 0] += extra
            rejected.append(trial(means) < 0.05)
        rates.append(float(np.mean(rejected)))
    assert rates[0] > 0.08
    assert rates[1] < 0.07
