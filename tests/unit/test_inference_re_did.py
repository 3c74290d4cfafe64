"""RE-DiD and the method that knows sampling noise only: collapse cases, invariances, trials, breakdown."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.known_noise import drawn_means, known_noise_panel
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.options import Estimand, Options
from ipscausal.inference.shock.re_did import (
    FEW_CONTROLS,
    NO_SAMPLING,
    prepare,
    prepare_effects,
    re_did,
    re_did_breakdown,
)
from ipscausal.inference.shock.sampling_only import prepare as prepare_sampling
from ipscausal.inference.shock.sampling_only import sampling

ESTIMANDS: tuple[Estimand, ...] = ("person", "equal", "precision")
NEVER = float("inf")


def some_fit(
    seed: int = 1, adoption: tuple[float, ...] = (2014,), within: float = 85.0**2, constants: float = 0.0,
    scale: float = 1.0, equal: float | None = None, spread: float = 4.0, effect: float = 0.0,
) -> Estimate:  # fmt: skip
    rng = np.random.default_rng(seed)
    g, t = 8, 7
    size = rng.integers(40, 500, (g, t)).astype(float)
    y = 60 + rng.normal(0, spread, (g, t)) + constants * (rng.normal(0, 1, (g, 1)) + rng.normal(0, 1, t))
    first = [*adoption, *([NEVER] * (g - len(adoption)))]
    y += effect * (np.arange(2010, 2010 + t) >= np.array(first)[:, None])
    size = size if equal is None else np.full((g, t), equal)
    return estimate.did(known_noise_panel(scale * y, first, size, np.full((g, t), scale**2 * within)))


def contrast_numbers(fit: Estimate) -> tuple[float, np.ndarray]:
    """Treated contrast (4 years before, 3 after) and those of the controls."""
    c = np.r_[np.full(4, -1 / 4), np.full(3, 1 / 3)]
    w = fit.adjusted_mean @ c
    return float(w[0]), w[1:]


def test_equal_noise_far_below_the_shocks_is_the_collapse_t() -> None:
    fit = some_fit(equal=100.0, within=1e-4, effect=3.0)
    own, others = contrast_numbers(fit)
    se = others.std(ddof=1) * np.sqrt(1 + 1 / 7)
    expected = 2 * stats.t.sf(abs(own - others.mean()) / se, 6)
    material = prepare_effects(fit, 0)
    assert not isinstance(material, str)
    assert material.mixture(own_outcomes(fit), 20_000).p_value[0] == pytest.approx(expected, rel=1e-3)
    (row,) = re_did(fit)
    assert row.p_value == pytest.approx(expected, abs=2e-3)
    assert row.estimate == pytest.approx(own - others.mean(), rel=1e-6)
    half = stats.t.ppf(0.975, 6) * se
    assert [row.conf_low, row.conf_high] == pytest.approx(
        [row.estimate - half, row.estimate + half], abs=0.02 * half
    )  # fmt: skip


def test_noise_far_above_what_controls_vary_is_the_known_variance() -> None:
    """The controls' contrasts are nearly equal: every quantile of A is zero."""
    fit = some_fit(within=1e6, spread=0.01, effect=25.0)
    own, others = contrast_numbers(fit)
    c2 = np.r_[np.full(4, 1 / 16), np.full(3, 1 / 9)]
    noise = (1e6 / fit.cells.persons) @ c2
    precision = 1 / noise[1:]
    centre = precision @ others / precision.sum()
    z = (own - centre) / np.sqrt(noise[0] + 1 / precision.sum())
    (row,) = re_did(fit)
    assert row.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-6)


def test_weights_of_the_treated_by_estimand() -> None:
    fit = some_fit(adoption=(2014.0, 2014.0))
    size = fit.cells.persons[:2]
    noise = 85**2 * (1 / size) @ np.r_[np.full(4, 1 / 16), np.full(3, 1 / 9)]
    for estimand, weight in (
        ("equal", np.ones(2)), ("person", size[:, 4:].sum(axis=1)), ("precision", 1 / noise),
    ):  # fmt: skip
        material = prepare_effects(fit, 0, Options(estimand=estimand))  # type: ignore[arg-type]
        assert not isinstance(material, str)
        assert material.weight == pytest.approx(weight / weight.sum(), rel=1e-10)
        assert material.treated_noise == pytest.approx(material.weight**2 @ noise, rel=1e-10)


def test_several_dates_have_a_shock_variance_each() -> None:
    """By hand from moment_variance: controls take the average vector, every treated its own, at the same quantile."""
    fit = some_fit(adoption=(2012.0, 2015.0), spread=15.0)
    material = prepare_effects(fit, 0, Options(estimand="equal"))
    assert not isinstance(material, str)
    early = np.r_[np.full(2, -1 / 2), np.full(5, 1 / 5)]
    late = np.r_[np.full(5, -1 / 5), np.full(2, 1 / 2)]
    assert material.average == pytest.approx((early + late) / 2, abs=1e-12)
    assert sorted(material.loading) == pytest.approx([1 / 4, 1 / 4])
    y, noise = fit.adjusted_mean, 85**2 / fit.cells.persons
    target, shock = stats.chi2.ppf(0.5, 5), []
    for vector in (early, late, (early + late) / 2):
        w, s2 = y[2:] @ vector, noise[2:] @ vector**2

        def q(a: float, w: np.ndarray = w, s2: np.ndarray = s2) -> float:
            p = 1 / (a + s2)
            return float(p @ (w - p @ w / p.sum()) ** 2)

        low, high = 0.0, 1e4
        for _ in range(200 if q(0) > target else 0):
            low, high = ((low + high) / 2, high) if q((low + high) / 2) > target else (low, (low + high) / 2)
        shock.append(low)
    p = 1 / (shock[2] + noise[2:] @ ((early + late) / 2) ** 2)
    one = material.mixture(own_outcomes(fit), 1)
    own = (y[0] @ early + y[1] @ late) / 2
    assert one.mean[0, 0] == pytest.approx(own - p @ (y[2:] @ ((early + late) / 2)) / p.sum(), rel=1e-8)
    treated = (shock[0] + shock[1] + noise[0] @ early**2 + noise[1] @ late**2) / 4
    assert one.std_error[0, 0] ** 2 == pytest.approx(treated + 1 / p.sum(), rel=1e-8)
    assert min(shock) > 0


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_trial_of_the_data_themselves_is_the_row(estimand: Estimand) -> None:
    options = Options(estimand=estimand, shock_ratio=1.5)
    for fit in (some_fit(adoption=(2014.0, 2014.0)), some_fit(adoption=(2012.0, 2015.0))):
        for method, trial in ((re_did, prepare), (sampling, prepare_sampling)):
            (row,) = method(fit, options)
            assert trial(fit, 0, options)(own_outcomes(fit)) == pytest.approx([row.p_value], rel=1e-10)
    many = np.random.default_rng(0).normal(60, 5, (300, 8, 7))
    whole = prepare(fit, 0, options)(many)
    assert whole[250] == pytest.approx(prepare(fit, 0, options)(many[250:251])[0], rel=1e-10)


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 1000), st.sampled_from(ESTIMANDS), st.sampled_from([(2014.0,), (2013.0, 2015.0)]),
    st.floats(0.01, 100),
)  # fmt: skip
def test_scale_and_constants_do_not_matter(
    seed: int, estimand: Estimand, adoption: tuple[float, ...], scale: float
) -> None:
    options = Options(estimand=estimand)
    plain, other = some_fit(seed, adoption), some_fit(seed, adoption, constants=50.0, scale=scale)
    for method in (re_did, sampling):
        (row,), (same,) = method(plain, options), method(other, options)
        assert same.p_value == pytest.approx(row.p_value, rel=1e-6)
        assert same.std_error == pytest.approx(scale * row.std_error, rel=1e-6)
        assert same.estimate == pytest.approx(scale * row.estimate, rel=1e-6, abs=1e-6 * scale)


@settings(deadline=None, max_examples=8)
@given(st.permutations(range(8)))
def test_order_of_municipalities_does_not_matter(order: list[int]) -> None:
    fit = some_fit(3, (2013.0, 2015.0))
    names = ("adoption", "weight", "persons", "y", "yy", "x", "xx", "xy", "within_variance")
    moved = replace(fit.panel, **{name: getattr(fit.panel, name)[order] for name in names})
    (row,), (same,) = re_did(fit), re_did(estimate.did(moved))
    assert same.p_value == pytest.approx(row.p_value, rel=1e-9)
    assert same.estimate == pytest.approx(row.estimate, rel=1e-9)


def test_breakdown_ratio_is_where_p_reaches_the_level() -> None:
    fit = some_fit(within=100.0, spread=3.0, effect=12.0)
    ratio = re_did_breakdown(fit, 0)
    assert ratio is not None
    assert 1 < ratio < 20
    (at,) = re_did(fit, Options(shock_ratio=ratio))
    assert at.p_value == pytest.approx(0.05, abs=1e-8)
    assert re_did_breakdown(some_fit(), 0) == 0.0
    assert re_did_breakdown(some_fit(within=1e6, spread=0.01, effect=500.0), 0) == float("inf")


@pytest.mark.parametrize("controls", [10, 50, 120])
def test_quantiles_of_the_shock_variance_are_enough(controls: int) -> None:
    rng = np.random.default_rng(controls)
    size = rng.integers(40, 900, (controls + 1, 8)).astype(float)
    drawn = drawn_means(rng, 20, 7000.0 / size, 2.0, 0.4)
    fit = estimate.did(known_noise_panel(drawn[0], [2014.0, *([NEVER] * controls)], size, np.array(7000.0)))
    material = prepare_effects(fit, 0)
    assert not isinstance(material, str)
    exact = material.mixture(drawn, 4000).p_value
    assert material.mixture(drawn).p_value == pytest.approx(exact, abs=3e-4)
    assert material.mixture(drawn).p_value == pytest.approx(prepare(fit, 0, Options())(drawn), rel=1e-12)


def test_sampling_noise_alone_is_never_a_verdict() -> None:
    fit = some_fit()
    (row,) = sampling(fit)
    variance = float((fit.cell_weights[0] ** 2 * 85**2 / fit.cells.persons).sum())
    assert row.std_error == pytest.approx(np.sqrt(variance), rel=1e-12)
    assert row.p_value == pytest.approx(2 * stats.norm.sf(abs(fit.coef[0]) / np.sqrt(variance)), rel=1e-10)
    assert row.status == "known_invalid"
    assert row.hidden.p_value is None


def test_what_is_refused() -> None:
    means = np.random.default_rng(0).normal(60, 3, (6, 6))
    without = estimate.did(panel_of_means(means, [2013.0, *([NEVER] * 5)]))
    alone = estimate.did(known_noise_panel(means[:2], [2013.0, NEVER], np.full((2, 6), 90.0), np.array(50.0)))
    for fit, reason in ((without, NO_SAMPLING), (alone, FEW_CONTROLS)):
        (row,) = re_did(fit)
        assert (row.status, row.assumptions, row.p_value) == ("not_identified", reason, None)
        assert np.isnan(prepare(fit, 0, Options())(own_outcomes(fit))).all()
        assert re_did_breakdown(fit, 0) is None
    assert sampling(without)[0].status == "not_identified"
