"""Linear forms: a contrast by hand, clusters of several municipalities, missing cells, known variances; roots of Q."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.inference.contrast.contrasts import (
    cluster_means,
    contrast_variances,
    contrasts,
    linear_forms,
    own_outcomes,
)
from ipscausal.inference.contrast.paule_mandel import moment_variance, paule_mandel, q_profile

NEVER = float("inf")
RNG = np.random.default_rng(8)
MEAN = RNG.normal(60, 5, (7, 6))
SIZE = RNG.integers(40, 900, (7, 6)).astype(float)


def test_contrasts_by_hand() -> None:
    fit = estimate.did(panel_of_means(MEAN, [2012, 2014, *[NEVER] * 5], SIZE))
    forms = linear_forms(fit, 0)
    found = contrasts(forms, own_outcomes(fit))
    first, second = np.array([-1, -1, 0.5, 0.5, 0.5, 0.5]) / [2, 2, 2, 2, 2, 2], np.array([-1, -1, -1, -1, 2, 2]) / 4
    assert found.treated[0] == pytest.approx([MEAN[0] @ first, MEAN[1] @ second], rel=1e-12)
    assert found.control[0] == pytest.approx(MEAN[2:] @ ((first + second) / 2), rel=1e-12)
    assert forms.treated_inverse_size == pytest.approx([(first**2 / SIZE[0]).sum(), (second**2 / SIZE[1]).sum()])
    assert found.difference[0] == pytest.approx(found.treated.mean() - found.control.mean(), rel=1e-12)
    assert not forms.common


def test_many_data_sets_are_each_evaluated_as_one() -> None:
    forms = linear_forms(estimate.did(panel_of_means(MEAN, [2013, *[NEVER] * 6], SIZE)), 0)
    outcomes = RNG.normal(0, 3, (5, 7, 6))
    together = contrasts(forms, outcomes)
    for b in range(5):
        alone = contrasts(forms, outcomes[b : b + 1])
        assert together.treated[b] == pytest.approx(alone.treated[0], rel=1e-12)
        assert together.control[b] == pytest.approx(alone.control[0], rel=1e-12)


def test_clusters_weight_their_municipalities_by_size() -> None:
    # clusters out of order, one of three municipalities
    cluster = ("a", "b", "c", "b", "d", "e", "b")
    panel = replace(panel_of_means(MEAN, [2013, *[NEVER] * 6], SIZE), cluster=cluster)
    fit = estimate.did(panel)
    forms = linear_forms(fit, 0)
    means = cluster_means(forms, own_outcomes(fit))[0]
    members = [1, 3, 6]
    assert means[1] == pytest.approx((MEAN * SIZE)[members].sum(axis=0) / SIZE[members].sum(axis=0), rel=1e-12)
    assert means[3] == pytest.approx(MEAN[4], rel=1e-12)
    assert (len(forms.treated_position), len(forms.control_position)) == (1, 4)
    assert forms.control_size[0] == pytest.approx(SIZE[members].sum(axis=0), rel=1e-12)


def test_who_misses_a_cell_is_dropped() -> None:
    panel = panel_of_means(MEAN, [2013, 2013, *[NEVER] * 5], SIZE)
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[4, 0] = hole[0, 1] = True
    forms = linear_forms(estimate.did(panel.without(hole)), 0)
    assert forms.n_dropped == 1
    assert list(forms.control_position) == [2, 3, 5, 6]
    assert forms.vectors[0] == pytest.approx(np.array([-1 / 2, 0, -1 / 2, 1 / 3, 1 / 3, 1 / 3]))
    assert not forms.common


def test_sampling_variances_are_quadratic_forms_of_the_vectors() -> None:
    within = 85**2 * RNG.uniform(0.7, 1.3, SIZE.shape)
    fit = estimate.did(known_noise_panel(MEAN, [2013, *[NEVER] * 6], SIZE, within))
    forms = linear_forms(fit, 0)
    known = contrast_variances(fit, forms)
    assert known is not None
    by_hand = (within / SIZE / 9).sum(axis=1)
    assert known.treated == pytest.approx(by_hand[:1], rel=1e-12)
    assert known.control == pytest.approx(by_hand[1:], rel=1e-12)
    assert contrast_variances(estimate.did(panel_of_means(MEAN, [2013, *[NEVER] * 6], SIZE)), forms) is None


def q_statistic(a: float, w: np.ndarray, s2: np.ndarray) -> float:
    weight = 1 / (a + s2)
    return float((weight * (w - (weight @ w) / weight.sum()) ** 2).sum())


@settings(deadline=None, max_examples=60)
@given(
    w=st.lists(st.floats(-50, 50), min_size=3, max_size=8, unique=True),
    spread=st.floats(0, 6),
    target=st.floats(0.05, 40),
)
def test_the_root_solves_q_or_is_zero(w: list[float], spread: float, target: float) -> None:
    contrast = np.array(w)
    s2 = 10.0 ** np.linspace(-spread / 2, spread / 2, len(w))
    (a,) = moment_variance(contrast[None], s2, np.array([target]))[0]
    if q_statistic(0, contrast, s2) <= target:
        assert a == 0
    else:
        assert q_statistic(a, contrast, s2) == pytest.approx(target, rel=1e-9)


def test_equal_sampling_variances_have_a_closed_form() -> None:
    w, s2 = RNG.normal(0, 4, (3, 9)), np.full(9, 2.5)
    target = np.array([1.0, 8.0, 20.0])
    expected = np.maximum(0, w.var(axis=1)[:, None] * 9 / target - 2.5)
    assert moment_variance(w, s2, target) == pytest.approx(expected, rel=1e-10)
    assert paule_mandel(w, s2) == pytest.approx(np.maximum(0, w.var(axis=1, ddof=1) - 2.5), rel=1e-10)


def test_known_variances_of_zero_leave_the_variance_of_the_contrasts() -> None:
    w = RNG.normal(0, 4, (1, 6))
    assert paule_mandel(w, np.zeros(6))[0] == pytest.approx(w.var(ddof=1), rel=1e-8)
    assert paule_mandel(np.ones((1, 6)), np.ones(6))[0] == 0


def test_q_profile_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    s2 = rng.uniform(0.5, 20, 8)
    w = rng.normal(0, np.sqrt(6 + s2), (4000, 8))
    low, high = q_profile(w, s2, 0.9).T
    inside = np.mean((low <= 6) & (high >= 6))
    assert abs(inside - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 4000)
    # an end at zero where even Q(0) is small
    small = np.array([q_statistic(0, one, s2) for one in w]) < stats.chi2.ppf(0.95, 7)
    assert np.array_equal(low == 0, small)
