"""Ferman and Pinto: the variance function against non-negative least squares, the bootstrap by loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means
from scipy import optimize

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Inference, Options
from ipscausal.inference.contrast.contrasts import contrast_variances, contrasts, linear_forms, own_outcomes
from ipscausal.inference.contrast.ferman_pinto import (
    draw_table,
    exceedances,
    null_contrasts,
    resampling,
    variance_function,
)
from ipscausal.inference.contrast.paule_mandel import paule_mandel

NEVER = float("inf")
RNG = np.random.default_rng(29)


def fit_of(adoption: list[float], g: int = 12, seed: int = 0, within: float = 85.0**2, effect: float = 0) -> Estimate:
    rng = np.random.default_rng(seed)
    size = rng.integers(40, 900, (g, 1)) * np.ones((1, 8))
    mean = 60 + rng.normal(0, 2, (g, 8)) + rng.normal(size=(g, 8)) * np.sqrt(within / size)
    mean[: len(adoption), 5:] += effect
    return estimate.did(known_noise_panel(mean, [*adoption, *[NEVER] * (g - len(adoption))], size, within))


def row(name: str, fit: Estimate, options: Options = Options(draws=499)) -> Inference:  # noqa: B008
    return METHODS[name].infer(fit, options)[0]


@settings(deadline=None, max_examples=80)
@given(
    squares=st.lists(st.floats(0, 100), min_size=5, max_size=5),
    noise=st.lists(st.floats(0.01, 10), min_size=5, max_size=5, unique=True),
)
def test_the_variance_function_is_non_negative_least_squares(squares: list[float], noise: list[float]) -> None:
    y, q, one = np.array(squares), np.array(noise), np.ones(5)
    a, b = variance_function(y[None], one, q)
    expected = optimize.nnls(np.column_stack([one, q]), y)[0]
    assert a[0] >= 0
    assert b[0] >= 0
    assert a[0] * one + b[0] * q == pytest.approx(expected[0] + expected[1] * q, rel=1e-5, abs=1e-6)


def test_null_contrasts_are_deviations_from_the_mean_of_all() -> None:
    fit = fit_of([2015, 2015])
    forms = linear_forms(fit, 0)
    material = contrasts(forms, own_outcomes(fit))
    w = np.append(material.treated[0], material.control[0])
    assert null_contrasts(forms, own_outcomes(fit))[0] == pytest.approx(w - w.mean(), abs=1e-10)


def test_with_several_dates_the_statistic_is_the_difference_of_contrasts() -> None:
    fit = fit_of([2013, 2016])
    material = resampling(linear_forms(fit, 0), None)
    null = null_contrasts(material.forms, own_outcomes(fit))
    difference = contrasts(material.forms, own_outcomes(fit)).difference
    assert null @ material.sign_of_mean == pytest.approx(difference, rel=1e-9)
    norm = (material.forms.vectors**2).sum(axis=1) / (material.forms.average**2).sum()
    assert material.spread == pytest.approx([*norm, *[1] * 10])
    assert row("ferman_pinto", fit).estimate == pytest.approx(difference[0], rel=1e-9)


@pytest.mark.parametrize("name", ["ferman_pinto", "ferman_pinto_known"])
@pytest.mark.parametrize("adoption", [[2015], [2015, 2015], [2013, 2016]])
def test_the_bootstrap_by_loops(name: str, adoption: list[float]) -> None:
    fit = fit_of(adoption)
    forms = linear_forms(fit, 0)
    known = contrast_variances(fit, forms)
    assert known is not None
    null = null_contrasts(forms, own_outcomes(fit))[0]
    n1, n = len(adoption), 12
    if name == "ferman_pinto":
        material = resampling(forms, None)
        a, b = variance_function(null[None] ** 2, material.spread, material.noise)
        h = a[0] * material.spread + b[0] * material.noise
    else:
        shock = paule_mandel(null[None, n1:], known.control)[0]
        h = shock * resampling(forms, known).spread + np.append(known.treated, known.control)
    donor, sign = draw_table(n, 200, seed=5)
    count = 0
    for k, s in zip(donor, sign, strict=True):
        drawn = [s[g] * null[k[g]] * np.sqrt(h[g] / h[k[g]]) for g in range(n)]
        statistic = np.mean(drawn[:n1]) - np.mean(drawn[n1:])
        count += abs(statistic) >= abs(np.mean(null[:n1]) - np.mean(null[n1:]))
    found = row(name, fit, Options(draws=200, seed=5))
    assert found.p_value == pytest.approx((count + 1) / 201, abs=1e-12)
    assert (found.draws, found.seed, found.p_floor) == (200, 5, 1 / 201)


def test_equal_sizes_need_no_rescaling() -> None:
    mean = RNG.normal(60, 3, (12, 8))
    for size in (None, np.full((12, 8), 100.0)):
        forms = linear_forms(estimate.did(panel_of_means(mean, [2015, *[NEVER] * 11], size)), 0)
        material = resampling(forms, None)
        null = null_contrasts(forms, mean[None])
        h = material.variance(null)
        assert h == pytest.approx(np.full((1, 12), (null**2).mean()), rel=1e-9)


def test_large_shocks_make_both_versions_one() -> None:
    fit = fit_of([2015], g=25, within=1e-6)
    a, b = row("ferman_pinto_known", fit, Options(draws=9999)), row("ferman_pinto", fit, Options(draws=9999))
    assert a.p_value == pytest.approx(b.p_value, abs=0.06)


def test_a_large_effect_is_found_and_the_interval_of_p_is_told() -> None:
    none, large = (
        row("ferman_pinto_known", fit_of([2015], g=25)),
        row("ferman_pinto_known", fit_of([2015], g=25, effect=90)),
    )
    assert large.p_value is not None
    assert none.p_value is not None
    assert large.p_value < 0.05 < none.p_value
    for found in (none, large):
        assert found.p_monte_carlo is not None
        assert found.p_value is not None
        assert found.p_monte_carlo[0] < found.p_value < found.p_monte_carlo[1] + 1 / 500
        assert (found.conf_low, found.status) == (None, "ok")


def test_the_size_is_near_its_level_with_many_controls() -> None:
    fit = fit_of([2015], g=41)
    material = resampling(linear_forms(fit, 0), contrast_variances(fit, linear_forms(fit, 0)))
    rng = np.random.default_rng(3)
    root = np.sqrt(85.0**2 / fit.cells.weight)
    outcomes = rng.normal(0, 3, (1500, 41, 8)) + root * rng.normal(size=(1500, 41, 8))
    p = (exceedances(material, outcomes, *draw_table(41, 399, seed=2)) + 1) / 400
    assert abs(np.mean(p <= 0.05) - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / 1500)


def test_status_and_refusals() -> None:
    few, many = fit_of([2015], g=20), fit_of([2015], g=21)
    for name in ("ferman_pinto", "ferman_pinto_known"):
        assert (row(name, few).status, row(name, many).status) == ("known_invalid", "ok")
    plain = estimate.did(panel_of_means(RNG.normal(60, 3, (12, 8)), [2015, *[NEVER] * 11]))
    assert row("ferman_pinto_known", plain).status == "not_identified"
    assert "variances" in row("ferman_pinto_known", plain).assumptions
    assert row("ferman_pinto", plain).p_value is not None
    one_control = fit_of([2015], g=2)
    assert row("ferman_pinto", one_control).status == "not_identified"


def test_data_without_any_variation_give_no_evidence() -> None:
    fit = estimate.did(panel_of_means(np.zeros((8, 6)), [2013, *[NEVER] * 7], np.full((8, 6), 50.0)))
    assert row("ferman_pinto", fit).p_value == 1
