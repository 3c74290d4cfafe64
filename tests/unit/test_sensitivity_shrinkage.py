"""Effects drawn towards their mean: by hand, against statsmodels, under what must not matter, and their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from ipscausal.errors import IdentificationError
from ipscausal.inference.contrast.paule_mandel import paule_mandel, q_profile
from ipscausal.sensitivity import shrink

RNG = np.random.default_rng(20)
ESTIMATE, VARIANCE = RNG.normal(2, 3, 12), RNG.uniform(0.5, 4, 12)


def test_equal_noise_by_hand_is_the_james_stein_form() -> None:
    found = shrink(np.array([0.0, 3.0, 9.0]), 4 * np.eye(3))
    # variance of the estimates 21, of which 4 is noise; each keeps 17/21 of its distance from the mean 4
    assert found.tau == pytest.approx(np.sqrt(17), rel=1e-12)
    assert found.mean == pytest.approx(4, rel=1e-12)
    assert found.value == pytest.approx(4 + 17 / 21 * np.array([-4.0, -1.0, 5.0]), rel=1e-12)
    assert found.reliability == pytest.approx([17 / 21] * 3, rel=1e-12)
    assert (found.heterogeneity, found.df) == (pytest.approx(42 / 4, rel=1e-12), 2)
    # noise kept 17/21 * 4; the mean (variance 21/3) is kept by 4/21; tau^2 (variance 2/2 * 21^2) moves 4/21^2 deviation
    expected = 17 / 21 * 4 + (4 / 21) ** 2 * 7 + 21**2 * (4 / 21**2 * np.array([-4.0, -1.0, 5.0])) ** 2
    assert found.std_error**2 == pytest.approx(expected, rel=1e-10)


def test_spread_mean_and_test_are_those_of_statsmodels() -> None:
    found = shrink(ESTIMATE, np.diag(VARIANCE))
    other = combine_effects(ESTIMATE, VARIANCE, method_re="iterated", atol=1e-14, maxiter=500)
    assert found.tau**2 == pytest.approx(other.tau2, rel=1e-8)
    assert found.mean == pytest.approx(other.mean_effect_re, rel=1e-9)
    assert found.mean_std_error == pytest.approx(other.sd_eff_w_re, rel=1e-9)
    assert found.heterogeneity == pytest.approx(other.q, rel=1e-10)


def test_spread_is_that_of_the_contrasts() -> None:
    found = shrink(ESTIMATE, np.diag(VARIANCE), 0.9)
    assert found.tau**2 == pytest.approx(paule_mandel(ESTIMATE[None], VARIANCE)[0], rel=1e-9)
    limits = q_profile(ESTIMATE[None], VARIANCE, 0.9)[0]
    assert [found.tau_low**2, found.tau_high**2] == pytest.approx(limits, rel=1e-9, abs=1e-9)


def test_noise_that_all_share_makes_the_mean_less_certain_and_nothing_else() -> None:
    plain, shared = shrink(ESTIMATE, np.diag(VARIANCE)), shrink(ESTIMATE, np.diag(VARIANCE) + 0.7)
    assert shared.tau == pytest.approx(plain.tau, rel=1e-9)
    assert shared.mean == pytest.approx(plain.mean, rel=1e-9)
    assert shared.mean_std_error**2 == pytest.approx(plain.mean_std_error**2 + 0.7, rel=1e-9)
    assert shared.value == pytest.approx(plain.value, rel=1e-9)
    assert shared.std_error**2 == pytest.approx(plain.std_error**2 + 0.7, rel=1e-8)
    assert shared.p_value == pytest.approx(plain.p_value, rel=1e-9)


def test_estimates_closer_than_their_noise_are_all_drawn_to_the_mean() -> None:
    found = shrink(np.array([1.0, 1.1, 0.9, 1.0]), np.eye(4))
    assert (found.tau, found.tau_low) == (0.0, 0.0)
    assert found.value == pytest.approx([found.mean] * 4)
    assert found.p_value > 0.99


def test_estimates_without_noise_stay() -> None:
    found = shrink(ESTIMATE, 1e-8 * np.eye(12))
    assert found.value == pytest.approx(ESTIMATE, abs=1e-7)


def test_two_effects_are_too_few() -> None:
    with pytest.raises(IdentificationError, match="2 effects are too few"):
        shrink(np.array([1.0, 2.0]), np.eye(2))


@given(st.permutations(range(12)), st.floats(-50, 50), st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_order_shift_and_unit_do_not_matter(order: list[int], shift: float, unit: float) -> None:
    plain = shrink(ESTIMATE, np.diag(VARIANCE) + 0.3)
    moved = shrink(unit * ESTIMATE[order] + shift, unit**2 * (np.diag(VARIANCE[order]) + 0.3))
    assert moved.value == pytest.approx(unit * plain.value[order] + shift, rel=1e-7, abs=1e-7 * unit)
    assert moved.std_error == pytest.approx(unit * plain.std_error[order], rel=1e-6)
    assert moved.tau == pytest.approx(unit * plain.tau, rel=1e-7)


def test_intervals_hold_the_effects_as_often_as_they_say() -> None:
    """400 studies of ten effects with noise of about their spread, where fewest intervals hold: 92 of 100."""
    rng, held, spread = np.random.default_rng(7), [], []
    for _ in range(400):
        noise = rng.uniform(0.3, 2, 10)
        effects = rng.normal(1, 1, 10)
        shared = np.sqrt(0.2) * rng.standard_normal()
        found = shrink(effects + np.sqrt(noise) * rng.standard_normal(10) + shared, np.diag(noise) + 0.2)
        held.append(np.abs(found.value - effects) <= 1.96 * found.std_error)
        spread.append(found.tau_low <= 1 <= found.tau_high)
    assert 0.92 <= np.mean(held) <= 0.97
    assert np.mean(spread) == pytest.approx(0.95, abs=0.033)
