"""Power of the test of the years before, and the bias among the studies that pass it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, norm

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.sensitivity import pretrend_power

Z = float(norm.isf(0.025))


def covariance(q: int, seed: int = 4) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(q, q)) / 4
    return root @ root.T + 0.3 * np.eye(q)


def test_one_year_before_in_closed_form() -> None:
    """Standard error 0.5, correlation 0.6 with the year after: a slope of b is seen as -b, the bias is b."""
    sigma = np.array([[0.25, 0.15], [0.15, 0.25]])
    half, most = pretrend_power(np.array([0.1, 1.0]), sigma, (-1,), (1,), np.array([1.0]))
    for found, power in ((half, 0.5), (most, 0.8)):
        b = found.slope / 0.5
        np.testing.assert_allclose(norm.cdf(b - Z) + norm.cdf(-b - Z), power, rtol=1e-5)
        # mean of N(-b, 1) between -Z and Z
        low, high = -Z + b, Z + b
        shift = (norm.pdf(low) - norm.pdf(high)) / (norm.cdf(high) - norm.cdf(low))
        passing = 0.5 * (-b + shift)
        np.testing.assert_allclose(found.conditional, [found.slope + 0.6 * (passing + found.slope)], rtol=1e-9)
        assert found.monte_carlo[0] == 0
        assert found.target_bias == pytest.approx(found.slope)
    # two tails count: a little below 1.96 and 2.80 standard errors
    np.testing.assert_allclose([half.slope, most.slope], [0.5 * 1.9599, 0.5 * 2.8016], rtol=1e-4)
    # the year after errs with the year before: to pass, the year before must be high, and so is the effect
    assert most.conditional[0] > most.bias[0]


def test_without_correlation_passing_changes_nothing() -> None:
    sigma = np.diag([0.3, 0.2, 0.4, 0.1])
    for found in pretrend_power(np.zeros(4), sigma, (-2, -1), (1, 2), np.array([0.5, 0.5])):
        np.testing.assert_allclose(found.conditional, found.bias, rtol=1e-12)
        np.testing.assert_allclose(found.bias, found.slope * np.array([1, 2]))
        assert found.target_bias == pytest.approx(1.5 * found.slope)


@pytest.mark.parametrize("test", ["individual", "joint"])
def test_against_fresh_simulation(test: Any) -> None:
    sigma, before, after = covariance(5), (-3, -2, -1), (1, 2)
    (found,) = pretrend_power(np.zeros(5), sigma, before, after, np.array([0.4, 0.6]), test=test, powers=(0.6,), seed=1)
    rng, n = np.random.default_rng(99), 200_000
    drawn = rng.multivariate_normal(found.slope * np.array([*before, *after], dtype=float), sigma, n)
    early = drawn[:, :3]
    if test == "individual":
        passed = (np.abs(early) <= Z * np.sqrt(np.diag(sigma)[:3])).all(axis=1)
    else:
        passed = np.einsum("bi,ij,bj->b", early, np.linalg.inv(sigma[:3, :3]), early) <= chi2.ppf(0.95, 3)
    # both sides are simulated with 200,000 draws
    assert abs((~passed).mean() - 0.6) < 4 * np.sqrt(2 * 0.24 / n)
    kept = drawn[passed][:, 3:]
    error = np.hypot(kept.std(axis=0) / np.sqrt(len(kept)), found.monte_carlo)
    assert (np.abs(kept.mean(axis=0) - found.conditional) < 4 * error).all()
    assert abs(kept.mean(axis=0) @ [0.4, 0.6] - found.target_conditional) < 4 * error.max()
    assert (found.monte_carlo > 0).all()


def test_trend_points_the_way_of_the_effect() -> None:
    sigma = covariance(3)
    up, down = (
        pretrend_power(np.array([0, 0, value]), sigma, (-2, -1), (1,), np.array([1.0]), powers=(0.5,))[0]
        for value in (2.0, -2.0)
    )
    assert up.slope > 0 > down.slope
    np.testing.assert_allclose(up.slope, -down.slope, rtol=1e-12)


def test_likelihood_ratio_by_hand() -> None:
    """A coefficient of exactly the trend's -b: the trend is exp(b^2 / 2) times as likely as none."""
    sigma = np.diag([1.0, 1.0])
    slope = pretrend_power(np.zeros(2), sigma, (-1,), (1,), np.array([1.0]))[0].slope
    found = pretrend_power(np.array([-slope, 1.0]), sigma, (-1,), (1,), np.array([1.0]))[0]
    assert found.likelihood_ratio == pytest.approx(np.exp(slope**2 / 2))


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(IdentificationError, match="no year before"):
        pretrend_power(np.zeros(1), np.eye(1), (), (1,), np.array([1.0]))
    with pytest.raises(UsageError, match="between"):
        pretrend_power(np.zeros(2), np.eye(2), (-1,), (1,), np.array([1.0]), powers=(0.04,))
    with pytest.raises(IdentificationError, match="positive definite"):
        pretrend_power(np.zeros(3), np.ones((3, 3)), (-2, -1), (1,), np.array([1.0]))
    with pytest.raises(IdentificationError, match="too few"):
        pretrend_power(np.zeros(3), np.eye(3), (-2, -1), (1,), np.array([1.0]), powers=(0.999,), draws=2000)
