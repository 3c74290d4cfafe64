"""Mixtures of normals: quantiles, p-values and moments in cases worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ipscausal.inference.shock.mixture import Mixture, standardised


def test_one_component_is_the_normal_distribution() -> None:
    one = Mixture(np.ones((1, 1)), np.array([[3.0]]), np.array([2.0]))
    assert one.p_value[0] == pytest.approx(2 * stats.norm.sf(1.5), rel=1e-12)
    assert one.quantile(0.975)[0] == pytest.approx(3 + 2 * stats.norm.ppf(0.975), rel=1e-12)
    assert (one.average[0], one.spread[0]) == (3.0, 2.0)


def test_two_components_by_hand() -> None:
    """Half N(1, 1), half N(-1, 2): P(effect > 0) = (Phi(1) + Phi(-1/2)) / 2, variance (1 + 4) / 2 + 1."""
    two = Mixture(np.array([[0.5, 0.5]]), np.array([[1.0, -1.0]]), np.array([1.0, 2.0]))
    above = (stats.norm.cdf(1) + stats.norm.cdf(-0.5)) / 2
    assert two.p_value[0] == pytest.approx(2 * (1 - above), rel=1e-12)
    assert two.average[0] == pytest.approx(0, abs=1e-15)
    assert two.spread[0] == pytest.approx(np.sqrt(3.5), rel=1e-12)
    for probability in (0.025, 0.5, 0.9):
        at = two.quantile(probability)[0]
        reached = (stats.norm.cdf(at - 1) + stats.norm.cdf((at + 1) / 2)) / 2
        assert reached == pytest.approx(probability, abs=1e-13)


def test_components_without_spread() -> None:
    assert standardised(np.array([0.0, -1.0, 2.0]), np.zeros(3)).tolist() == [0.0, -np.inf, np.inf]
    exact = Mixture(np.ones((2, 1)), np.array([[0.0], [1.0]]), np.zeros(1))
    assert exact.p_value.tolist() == [1.0, 0.0]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(-50, 50), st.floats(0.1, 20)), min_size=1, max_size=6),
    st.floats(0.001, 0.5),
)
def test_the_interval_excludes_zero_where_p_is_below_its_complement(
    components: list[tuple[float, float, float]], alpha: float
) -> None:
    weight, mean, error = np.array(components).T
    one = Mixture((weight / weight.sum())[None], mean[None], error)
    low, high, p = one.quantile(alpha / 2)[0], one.quantile(1 - alpha / 2)[0], one.p_value[0]
    assert low <= high
    if abs(p - alpha) > 1e-9:
        assert (low > 0 or high < 0) == (p < alpha)
