"""How often a true null is rejected with one treated of eleven: sup-t at most as stated, CR1 about half the time.

Fixed seed; the bounds are three Monte Carlo standard errors. Sizes of municipalities are unequal, shocks follow an
AR(1) process, cell means carry sampling noise 80^2 / n.
"""

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal import estimate
from ipscausal.inference import cr1, cr1_false_positive_rate, ri, sup_t

INF = np.inf


def rejections(draws: int, shock: float, treated: int, sizes: str, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    counts = {"sup_t": 0, "cr1": 0, "ri": 0, "outside": 0}
    for _ in range(draws):
        size = rng.lognormal(5.5, 0.9, (11, 1)) if sizes == "unequal" else np.full((11, 1), 400.0)
        noise = np.zeros((11, 10))
        for t in range(10):
            noise[:, t] = 0.4 * noise[:, max(t - 1, 0)] + rng.normal(0, shock, 11)
        mean = 60 + noise + rng.normal(0, 80, (11, 10)) / np.sqrt(size)
        fit = estimate.did(panel_of_means(mean, [2016] * treated + [INF] * (11 - treated), np.round(size)))
        (honest,), (usual,), (rank,) = sup_t(fit), cr1(fit), ri(fit)
        assert honest.p_value is not None
        counts["sup_t"] += honest.p_value < 0.05
        counts["cr1"] += (usual.p_value or 1) < 0.05
        counts["ri"] += (rank.p_value or 1) <= 0.05
        counts["outside"] += not (honest.conf_low or INF) <= 0 <= (honest.conf_high or -INF)
    assert counts["outside"] == counts["sup_t"]
    return {name: count / draws for name, count in counts.items()}


@pytest.mark.parametrize(("shock", "sizes"), [(0.0, "unequal"), (3.0, "unequal"), (3.0, "equal")])
def test_one_treated_of_eleven(shock: float, sizes: str) -> None:
    draws = 400
    rate = rejections(draws, shock, 1, sizes, seed=20261121)
    assert rate["sup_t"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
    assert rate["cr1"] > 0.40
    assert rate["ri"] == 0
    if sizes == "equal":
        closed = cr1_false_positive_rate(11, 1)
        assert rate["cr1"] == pytest.approx(closed, abs=3 * np.sqrt(closed * (1 - closed) / draws))


def test_three_treated_of_eleven() -> None:
    draws = 300
    rate = rejections(draws, 2.0, 3, "unequal", seed=7)
    error = np.sqrt(0.05 * 0.95 / draws)
    assert rate["sup_t"] <= 0.05 + 3 * error
    assert rate["ri"] <= 0.05 + 3 * error
    assert rate["cr1"] > rate["sup_t"]
