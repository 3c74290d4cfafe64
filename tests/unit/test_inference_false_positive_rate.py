"""How often CR1 and CR2 reject without an effect: closed forms against simulation, by hand and through the methods."""

import numpy as np
import pytest
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.inference import METHODS, Options, cr1_false_positive_rate, cr2, cr2_false_positive_rate


@pytest.mark.parametrize(("g", "rate"), [(5, 0.316), (11, 0.521), (31, 0.717), (101, 0.844)])
def test_false_positive_rate_with_one_treated(g: int, rate: float) -> None:
    assert cr1_false_positive_rate(g, 1) == pytest.approx(rate, abs=5e-4)
    closed = 2 * stats.t.sf(stats.t.ppf(0.975, g - 1) * np.sqrt(g - 2) / (g - 1), g - 2)
    assert cr1_false_positive_rate(g, 1) == pytest.approx(closed, rel=1e-12)


@pytest.mark.parametrize(
    ("g", "treated", "level"), [(11, 2, 0.95), (11, 3, 0.95), (8, 4, 0.90), (30, 5, 0.99), (9, 8, 0.95)]
)
def test_false_positive_rate_against_simulation(g: int, treated: int, level: float) -> None:
    draws = 200_000
    w = np.random.default_rng(5).standard_normal((draws, g))
    first, rest = w[:, :treated], w[:, treated:]
    spread = ((first - first.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / treated**2
    spread += ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (g - treated) ** 2
    t = (first.mean(axis=1) - rest.mean(axis=1)) / np.sqrt(g / (g - 1) * spread)
    seen = np.mean(np.abs(t) > stats.t.ppf((1 + level) / 2, g - 1))
    rate = cr1_false_positive_rate(g, treated, level)
    assert rate == pytest.approx(seen, abs=4 * np.sqrt(rate * (1 - rate) / draws))


def test_false_positive_rate_falls_with_treated_and_tends_to_the_nominal() -> None:
    rates = [cr1_false_positive_rate(11, treated) for treated in (1, 2, 3, 5)]
    assert rates == sorted(rates, reverse=True)
    # unequal sizes make the simulated rates of two and three of eleven somewhat higher (24 and 15 per cent)
    assert 0.15 < rates[1] < 0.25
    assert 0.08 < rates[2] < 0.17
    assert cr1_false_positive_rate(2000, 1000) == pytest.approx(0.05, abs=2e-3)
    with pytest.raises(ValueError, match="at least three"):
        cr1_false_positive_rate(2, 1)


@pytest.mark.parametrize(("g", "rate"), [(5, 0.250), (11, 0.512), (31, 0.716), (101, 0.844)])
def test_cr2_with_one_treated(g: int, rate: float) -> None:
    assert cr2_false_positive_rate(g, 1) == pytest.approx(rate, abs=6e-4)
    closed = 2 * stats.t.sf(stats.t.ppf(0.975, g - 2) / np.sqrt(g), g - 2)
    assert cr2_false_positive_rate(g, 1) == pytest.approx(closed, rel=1e-12)
    assert cr2_false_positive_rate(g, g - 1) == pytest.approx(closed, rel=1e-12)


@pytest.mark.parametrize(("g", "treated"), [(11, 1), (11, 2), (11, 3), (30, 5)])
def test_the_methods_reject_as_often_in_simulated_panels(g: int, treated: int) -> None:
    """Equal sizes, many persons: N/(N-K) is one, so CR1's factor is G/(G-1)."""
    draws = 4000
    outcomes = np.random.default_rng(8).normal(size=(draws, g, 8))
    adoption = [2014.0] * treated + [np.inf] * (g - treated)
    fit = estimate.did(panel_of_means(np.zeros((g, 8)), adoption, np.full((g, 8), 1000.0)))
    for name, rate in (("cr1", cr1_false_positive_rate(g, treated)), ("cr2", cr2_false_positive_rate(g, treated))):
        prepare = METHODS[name].prepare
        assert prepare is not None
        assert np.mean(prepare(fit, 0, Options())(outcomes) < 0.05) == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize(("g", "treated"), [(11, 2), (11, 3), (30, 5), (9, 7)])
def test_degrees_of_freedom_of_the_closed_form_are_those_of_cr2(g: int, treated: int) -> None:
    (row,) = cr2(
        estimate.did(
            panel_of_means(np.random.default_rng(3).normal(size=(g, 6)), [2013.0] * treated + [np.inf] * (g - treated))
        )
    )
    control = g - treated
    spread = 1 / (treated**2 * (treated - 1)) + 1 / (control**2 * (control - 1))
    assert row.df == pytest.approx((1 / treated + 1 / control) ** 2 / spread, rel=1e-9)
    with pytest.raises(ValueError, match="at least three"):
        cr2_false_positive_rate(g, g)
