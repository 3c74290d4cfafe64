"""Breakdown of a result, design Moulton factor, shared variance and relative volatility."""

from dataclasses import replace

import numpy as np
import pytest
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.options import Options
from ipscausal.inference.shock.mixture import weighted_quantile
from ipscausal.inference.shock.shocks import breakdown_shock_sd, icc_year, moulton_factor
from ipscausal.inference.shock.volatility import volatility_ratio

NEVER = float("inf")


def balanced(effect: float = 8.0, others: int = 9, years: int = 8, first: int = 2014, sd: float = 1.0) -> Estimate:
    """One of ten, four years before and after, persons of variance 400 in cells of 100: s^2 = 4 each year."""
    rng = np.random.default_rng(1)
    y = 60 + sd * rng.standard_normal((others + 1, years))
    y[0, first - 2010 :] += effect
    return estimate.did(
        known_noise_panel(y, [first, *([NEVER] * others)], np.full((others + 1, years), 100.0), np.array(400.0))
    )


def contrast_kappa(rho: float) -> float:
    c = np.r_[np.full(4, -0.25), np.full(4, 0.25)]
    return float(c @ (rho ** np.abs(np.subtract.outer(np.arange(8), np.arange(8))) * 1.0) @ c)


def test_breakdown_solves_the_balanced_case() -> None:
    """|b| = z sqrt((4/2 + kappa sigma^2)(1 + 1/9)) with c'c = 1/2."""
    fit = balanced()
    found = breakdown_shock_sd(fit, 0)
    assert found is not None
    b, z = fit.coef[0], stats.norm.ppf(0.975)
    expected = [np.sqrt(((b / z) ** 2 / (10 / 9) - 2.0) / contrast_kappa(rho)) for rho in (1e-12, 0.4, 0.8)]
    assert found.sigma == pytest.approx(expected, rel=1e-9)
    assert found.smallest == min(found.sigma)
    noisier = breakdown_shock_sd(fit, 0, Options(shock_ratio=2.0), rho=(0.4,))
    assert noisier is not None
    shape = contrast_kappa(0.4) * (4 + 1 / 9)
    assert noisier.sigma[0] == pytest.approx(np.sqrt(((b / z) ** 2 - 2.0 * 10 / 9) / shape), rel=1e-9)
    against_t = breakdown_shock_sd(fit, 0, critical=float(stats.t.ppf(0.975, 9)))
    assert against_t is not None
    assert against_t.smallest < found.smallest


def test_breakdown_is_zero_where_sampling_noise_suffices() -> None:
    found = breakdown_shock_sd(balanced(effect=0.0), 0)
    assert found is not None
    assert found.sigma == (0.0, 0.0, 0.0)


def test_moulton_factor_of_two_points() -> None:
    """Variance at sigma = 0 and sigma = 2, rho = 0: 2 (10/9) and (2 + 2)(10/9); conventional error 1."""
    fit = balanced()
    sigma, rho, weight = np.array([0.0, 2.0]), np.zeros(2), np.array([0.25, 0.75])
    found = moulton_factor(fit, 0, sigma, rho, weight, std_error=1.0)
    assert found is not None
    variance = np.array([20 / 9, 40 / 9])
    rate = 2 * stats.norm.cdf(-stats.norm.ppf(0.975) / np.sqrt(variance))
    assert found.factor == pytest.approx(np.sqrt(weight @ variance), rel=1e-10)
    assert (found.factor_low, found.factor_high) == pytest.approx(tuple(np.sqrt(variance)), rel=1e-10)
    assert found.rate == pytest.approx(weight @ rate, rel=1e-10)
    assert (found.rate_low, found.rate_high) == pytest.approx(tuple(rate), rel=1e-10)


def test_shared_variance_is_a_ratio_of_variances() -> None:
    assert icc_year(balanced(), 25.0) == pytest.approx(25 / 425, rel=1e-12)


def test_weighted_quantile_takes_values_in_order() -> None:
    value, weight = np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.2, 0.3])
    assert [weighted_quantile(value, weight, p) for p in (0.1, 0.2, 0.21, 0.5, 0.51, 1.0)] == [1, 1, 2, 2, 3, 3]


def volatile(ratio: float, scale: float = 1.0, years: int = 20) -> Estimate:
    """Shocks of sd 5 of the others and 5 x ratio of the treated; sampling sd 0.5."""
    rng = np.random.default_rng(5)
    y = 5 * rng.standard_normal((12, years))
    y[:4] *= ratio
    first = 2010 + years - 2
    cells = known_noise_panel(
        scale * y, [*([first] * 4), *([NEVER] * 8)], np.full((12, years), 100.0), np.array(25.0 * scale**2)
    )
    return estimate.did(cells)


def test_volatility_ratio_is_found_with_many_years() -> None:
    for truth in (0.5, 1.0, 2.5):
        found = volatility_ratio(volatile(truth))
        assert found is not None
        assert found.low < truth < found.high
        assert found.ratio == pytest.approx(truth, rel=0.2)
        assert (found.n_treated, found.n_years) == (4, 18)


def test_volatility_ratio_has_no_unit_and_no_outcome_after_adoption() -> None:
    plain, scaled = volatility_ratio(volatile(1.5)), volatility_ratio(volatile(1.5, 100.0))
    assert plain is not None
    assert scaled is not None
    assert (scaled.ratio, scaled.low, scaled.high) == pytest.approx((plain.ratio, plain.low, plain.high), rel=1e-8)
    fit = volatile(1.5)
    late = np.zeros((12, 20))
    late[:, 18:] = np.random.default_rng(0).normal(0, 500, (12, 2)) * 100
    other = volatility_ratio(estimate.did(replace(fit.panel, y=fit.panel.y + late)))
    assert other is not None
    assert other.ratio == pytest.approx(plain.ratio, rel=1e-8)


def test_with_few_years_the_interval_is_wide() -> None:
    found = volatility_ratio(balanced())
    assert found is not None
    assert found.low < 1.5 < found.high
    assert found.high / found.low > 4


def test_without_known_noise_or_years_there_is_no_number() -> None:
    means = np.random.default_rng(0).normal(60, 3, (6, 6))
    unknown = estimate.did(panel_of_means(means, [2013.0, *([NEVER] * 5)]))
    assert breakdown_shock_sd(unknown, 0) is None
    assert icc_year(unknown, 1.0) is None
    assert moulton_factor(unknown, 0, np.ones(1), np.zeros(1), np.ones(1), 1.0) is None
    assert volatility_ratio(unknown) is None
    short = known_noise_panel(means, [2011.0, *([NEVER] * 5)], np.full((6, 6), 90.0), np.array(50.0))
    assert volatility_ratio(estimate.did(short)) is None
