"""Multiplier bootstrap: draws with the right moments, rows whose p and interval agree, a band over all effects."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means
from scipy import stats

from ipscausal.estimate import Estimate, aggregate, att_gt
from ipscausal.inference import Options
from ipscausal.inference.cluster.analytic import analytic
from ipscausal.inference.wild.multiplier import multiplier, multiplier_draws, uniform_band


@pytest.fixture(scope="module")
def fit() -> Estimate:
    adoption = [np.inf] * 40 + [2013.0] * 20 + [2014.0] * 20
    return att_gt(panel_of_means(np.random.default_rng(2).normal(size=(80, 6)), adoption))


@pytest.mark.parametrize("points", ["rademacher", "mammen", "webb"])
def test_draws_have_the_covariance_of_the_contributions(fit: Estimate, points: str) -> None:
    draws = multiplier_draws(fit, Options(draws=100_000), points)
    scores = fit.cluster_scores
    errors = np.sqrt((scores**2).sum(axis=0))
    scale = np.outer(errors, errors)
    assert np.cov(draws.T) / scale == pytest.approx(scores.T @ scores / scale, abs=0.02)
    assert draws.mean(axis=0) / errors == pytest.approx(0.0, abs=0.015)
    third = (draws**3).mean(axis=0) / errors**3
    expected = (scores**3).sum(axis=0) / errors**3 if points == "mammen" else 0.0
    assert third == pytest.approx(expected, abs=0.08)


def test_p_and_interval_agree_and_p_is_the_count(fit: Estimate) -> None:
    options = Options(draws=999, level=0.9)
    draws, rows = multiplier_draws(fit, options), multiplier(fit, options)
    for j, row in enumerate(rows):
        count = int(np.sum(np.abs(draws[:, j]) >= abs(fit.coef[j])))
        assert row.p_value == pytest.approx((1 + count) / 1000)
        assert row.p_floor == pytest.approx(0.001)
        assert row.conf_low is not None
        assert row.conf_high is not None
        assert row.p_value is not None
        assert (row.conf_low > 0 or row.conf_high < 0) == (row.p_value < 0.1)
        assert row.p_monte_carlo is not None
        assert row.p_monte_carlo[0] <= count / 999 <= row.p_monte_carlo[1]
        assert (row.draws, row.seed, row.status) == (999, options.seed, "ok")
    shifted = replace(fit, coef=fit.coef + 10)
    assert [row.p_value for row in multiplier(shifted, options)] == [0.001] * len(rows)


def test_many_clusters_give_the_large_sample_numbers(fit: Estimate) -> None:
    for ours, theirs in zip(multiplier(fit), analytic(fit), strict=True):
        assert ours.std_error == pytest.approx(theirs.std_error, rel=0.06)
        assert ours.p_value == pytest.approx(theirs.p_value, abs=0.03)


def test_a_band_holds_for_all_effects_at_once(fit: Estimate) -> None:
    band, one = uniform_band(fit), uniform_band(aggregate(fit, "simple"))
    pointwise = float(stats.norm.ppf(0.975))
    assert one.critical == pytest.approx(pointwise, abs=0.08)
    q = len(fit.coef)
    assert one.critical < band.critical < float(stats.norm.ppf(1 - 0.025 / q)) + 0.1
    draws = multiplier_draws(fit)
    inside = (np.abs(draws) <= band.critical * band.std_error).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=2e-4)


def test_one_treated_cluster_is_marked_and_no_contribution_is_no_number() -> None:
    rng = np.random.default_rng(3)
    few = att_gt(panel_of_means(rng.normal(size=(9, 3)), [np.inf] * 8 + [2012.0]))
    assert {row.status for row in multiplier(few)} == {"known_invalid"}
    nothing = replace(few, contributions=np.zeros_like(few.contributions))
    rows = multiplier(nothing)
    assert {row.status for row in rows} == {"not_identified"}
    assert np.isnan(uniform_band(nothing).critical)
    assert np.isnan(uniform_band(nothing).std_error).all()


def test_a_draw_is_of_clusters_and_the_same_for_every_effect(fit: Estimate) -> None:
    """An effect that doubles another doubles its draws; a seed repeats them."""
    contributions = fit.contributions.copy()
    contributions[:, 1] = 2 * contributions[:, 0]
    twice = replace(fit, contributions=contributions)
    draws = multiplier_draws(twice, Options(draws=50))
    assert draws[:, 1] == pytest.approx(2 * draws[:, 0])
    assert np.array_equal(draws, multiplier_draws(twice, Options(draws=50)))
    assert not np.array_equal(draws, multiplier_draws(twice, Options(draws=50, seed=1)))
