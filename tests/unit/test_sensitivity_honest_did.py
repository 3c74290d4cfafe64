"""HonestDiD by hand, by linear programming, and under what must not matter."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.sensitivity import honest_did
from ipscausal.sensitivity.honest.conditional import accepted, corners, multipliers
from ipscausal.sensitivity.honest.extreme_rays import extreme_rays
from ipscausal.sensitivity.honest.flci import folded_quantile, lasso_path, shortest_interval
from ipscausal.sensitivity.honest.restrictions import Polyhedron, polyhedra

Z = float(norm.isf(0.025))


def case(seed: int, n_pre: int = 3, n_post: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n_pre + n_post, n_pre + n_post)) / 3
    return rng.normal(size=n_pre + n_post), root @ root.T + 0.2 * np.eye(n_pre + n_post)


def ends(betahat: np.ndarray, sigma: np.ndarray, n_pre: int, sizes: list[float], **asked: Any) -> np.ndarray:
    found = honest_did(betahat, sigma, n_pre, len(betahat) - n_pre, sizes=sizes, **asked)
    return np.array([[one.low, one.high] for one in found.intervals])


def test_one_year_before_and_after_by_hand() -> None:
    """Slope before 1 a year: extrapolated 3 - 1 = 2 with variance 0.5 + 0.3 + 2 (0.1) = 1, and a bias of at most M."""
    betahat, sigma = np.array([-1.0, 3.0]), np.array([[0.5, 0.1], [0.1, 0.3]])
    at_zero, at_two = ends(betahat, sigma, 1, [0.0, 2.0], restriction="SD")
    np.testing.assert_allclose(at_zero, [2 - Z, 2 + Z], rtol=1e-9)
    # cv: P(|N(2, 1)| <= c) = 0.95
    c = folded_quantile(2.0, 0.05)
    np.testing.assert_allclose(norm.cdf(c - 2) - norm.cdf(-c - 2), 0.95, rtol=1e-12)
    np.testing.assert_allclose(at_two, [2 - c, 2 + c], rtol=1e-9)
    # at M = 8 the other side is 16 standard errors away: one-sided errors around the identified set
    far = ends(betahat, sigma, 1, [8.0], restriction="SD", method="conditional")[0]
    half = 8 + float(norm.isf(0.05))
    np.testing.assert_allclose(far, [2 - half, 2 + half], rtol=1e-7)


def test_relative_magnitudes_by_hand() -> None:
    """The change before is 1, so at M = 2 trends differ by up to 2 in the next year and 4 in the one after."""
    betahat, sigma = np.array([-1.0, 3.0, 7.0]), 0.01 * np.eye(3)
    first = honest_did(betahat, sigma, 1, 2, sizes=[2.0]).intervals[0]
    second = honest_did(betahat, sigma, 1, 2, np.array([0.0, 1.0]), sizes=[2.0]).intervals[0]
    np.testing.assert_allclose([first.identified_low, first.identified_high], [1.0, 5.0])
    np.testing.assert_allclose([second.identified_low, second.identified_high], [3.0, 11.0])
    # positive bias only lowers the effect
    positive = honest_did(betahat, sigma, 1, 2, sizes=[2.0], restriction="RMPB").intervals[0]
    np.testing.assert_allclose([positive.identified_low, positive.identified_high], [1.0, 3.0])


@pytest.mark.parametrize("method", ["conditional", "C-LF"])
@pytest.mark.parametrize(("n_pre", "n_post"), [(1, 1), (3, 2)])
def test_without_differences_in_trends_it_is_the_conventional_interval(method: Any, n_pre: int, n_post: int) -> None:
    betahat, sigma = case(5, n_pre, n_post)
    found = honest_did(betahat, sigma, n_pre, n_post, sizes=[0.0], method=method)
    one = found.intervals[0]
    np.testing.assert_allclose([one.identified_low, one.identified_high], betahat[n_pre], rtol=1e-9)
    # the hybrid's critical value is simulated
    np.testing.assert_allclose(
        [one.low, one.high], [found.conf_low, found.conf_high], atol=1e-9 if method == "conditional" else 0.005
    )


def test_smoothness_of_zero_is_a_linear_extrapolation() -> None:
    betahat, sigma = case(2)
    target = np.array([0.0, 0.5, 0.5])
    years, before = np.array([1.0, 2.0, 3.0]), np.array([-3.0, -2.0, -1.0])
    one = honest_did(betahat, sigma, 3, 3, target, restriction="SD", sizes=[0.0]).intervals[0]
    # the best unbiased extrapolation: generalised least squares of all coefficients on a slope and the effects after
    design = np.zeros((6, 4))
    design[:, 0] = np.concatenate([before, years])
    design[3:, 1:] = np.eye(3)
    bread = np.linalg.inv(design.T @ np.linalg.solve(sigma, design))
    effect = bread @ design.T @ np.linalg.solve(sigma, betahat)
    half = Z * np.sqrt(target @ bread[1:, 1:] @ target)
    np.testing.assert_allclose([one.low, one.high], target @ effect[1:] + half * np.array([-1, 1]), rtol=1e-9)


def largest_bias(weights: np.ndarray, one: Polyhedron, n_pre: int) -> float:
    found = linprog(-weights, A_ub=one.rows, b_ub=one.limit, bounds=(None, None))
    assert found.status in (0, 3)
    return np.inf if found.status == 3 else -float(found.fun)


@pytest.mark.parametrize("seed", range(4))
def test_the_fixed_length_interval_is_the_shortest(seed: int) -> None:
    """Bias by linear programming; no other weights found by a general optimiser give a shorter interval."""
    _, sigma = case(seed, 3, 2)
    target = np.array([0.3, 0.7])
    second = np.delete(np.diff(np.eye(6), n=2, axis=0), 3, axis=1)
    whole = Polyhedron(np.concatenate([second, -second]), np.full(8, 0.4))
    best = shortest_interval(sigma, 3, target, 0.4, 0.05)
    np.testing.assert_allclose(largest_bias(best.weights, whole, 3), best.bias, rtol=1e-8)
    np.testing.assert_allclose(best.weights @ sigma @ best.weights, best.std_error**2, rtol=1e-10)

    def half(free: np.ndarray) -> float:
        last = 3 * free[0] + 2 * free[1] - float(np.array([1, 2]) @ target)
        weights = np.concatenate([free, [-last], target])
        error = float(np.sqrt(weights @ sigma @ weights))
        return error * folded_quantile(largest_bias(weights, whole, 3) / error, 0.05)

    found = minimize(half, best.weights[:2] + 0.05, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    # the linear trend is removed by the weight on the last year
    np.testing.assert_allclose(half(best.weights[:2]), best.half, rtol=1e-8)
    assert best.half <= found.fun + 1e-9
    np.testing.assert_allclose(best.half, found.fun, rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_lasso_path_satisfies_its_conditions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5))
    quadratic, linear = root @ root.T + 0.1 * np.eye(5), rng.normal(size=5)
    penalties, points = lasso_path(quadratic, linear)
    assert penalties[-1] == 0
    np.testing.assert_allclose(points[-1], -np.linalg.solve(quadratic, linear), rtol=1e-7)
    for penalty in np.linspace(0, penalties[0], 23):
        x = np.array([np.interp(penalty, penalties[::-1], column[::-1]) for column in points.T])
        gradient = quadratic @ x + linear
        on = np.abs(x) > 1e-10
        np.testing.assert_allclose(gradient[on], -penalty * np.sign(x[on]), atol=1e-8)
        assert (np.abs(gradient) <= penalty + 1e-8).all()


def test_rays_of_a_cone_by_hand() -> None:
    """g1 + g2 = g3: two rays, one for each of the first two."""
    rays = extreme_rays(np.array([[1.0], [1.0], [-1.0]]))
    assert sorted(map(tuple, rays)) == [(0.0, 1.0, 1.0), (1.0, 0.0, 1.0)]


RESTRICTIONS = ("RM", "RMPB", "SD", "SDD", "SDRM", "SDRMI", "SDNB")


@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_statistic_and_truncation_are_those_of_the_linear_programme(restriction: Any) -> None:
    betahat, sigma = case(11)
    target, truncated = np.array([0.2, 0.5, 0.3]), 0
    for one, theta in product(polyhedra(restriction, 0.7, 3, 3), (-4.0, 0.4, 6.0)):
        found = corners(betahat, sigma, 3, target, one, multipliers(one, 3, target))
        along = np.linalg.svd(target[None])[2][1:].T
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", one.rows, sigma, one.rows))

        def largest(y: np.ndarray, one: Any = one, along: Any = along, deviation: Any = deviation) -> float:
            free = one.rows[:, 3:] @ along
            answer = linprog(
                np.array([1.0, 0, 0]), A_ub=-np.column_stack([deviation, free]), b_ub=-y, bounds=(None, None)
            )
            return float(answer.fun)

        y = one.rows @ betahat - one.limit - one.rows[:, 3:] @ target / (target @ target) * theta
        values = found.values(np.array([theta]))[:, 0]
        np.testing.assert_allclose(values.max(), largest(y), atol=1e-8)
        # moving y along the optimal corner's own direction keeps it optimal just inside the truncation points only
        best = int(values.argmax())
        if found.fixed[best]:
            continue
        slope = found.covariance[:, best] / found.covariance[best, best]
        below = np.flatnonzero(slope < 1 - 1e-9)
        if not len(below):
            continue
        truncated += 1
        rest = values - slope * values[best]
        low = (rest[below] / (1 - slope[below])).max()
        weights = found.weights[best]
        move = one.rows @ sigma @ weights / (weights @ sigma @ weights)
        at = [largest(y + move * (x - values[best])) - x for x in (low + 1e-4, low - 1e-4)]
        np.testing.assert_allclose(at[0], 0.0, atol=1e-8)
        assert at[1] > 1e-9
    assert truncated


@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_identified_set_is_that_of_the_linear_programme(restriction: Any) -> None:
    betahat, sigma = case(3)
    target = np.array([0.5, 0.25, 0.25])
    one = honest_did(betahat, sigma, 3, 3, target, restriction=restriction, sizes=[1.2]).intervals[0]
    low, high = np.inf, -np.inf
    for part in polyhedra(restriction, 1.2, 3, 3):
        limit = part.limit - part.rows[:, :3] @ betahat[:3]
        for side in (1, -1):
            answer = linprog(side * target, A_ub=part.rows[:, 3:], b_ub=limit, bounds=(None, None))
            if answer.status == 0:
                effect = float(target @ betahat[3:] - side * answer.fun)
                low, high = min(low, effect), max(high, effect)
    if np.isfinite(low):
        np.testing.assert_allclose([one.identified_low, one.identified_high], [low, high], atol=1e-8)
    else:
        assert np.isnan(one.identified_low)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), restriction=st.sampled_from(["RM", "SD", "SDRM"]))
def test_intervals_widen_with_what_is_allowed_and_hold_the_identified_set(seed: int, restriction: Any) -> None:
    betahat, sigma = case(seed, 3, 2)
    sizes = [0.0, 0.3, 1.0, 2.0]
    found = honest_did(betahat, sigma, 3, 2, restriction=restriction, sizes=sizes, method="C-LF")
    low, high = [one.low for one in found.intervals], [one.high for one in found.intervals]
    # the hybrid's conditional test is not monotone to the last digit
    assert (np.diff(low) <= 0.02).all()
    assert (np.diff(high) >= -0.02).all()
    for one in found.intervals[1:]:
        assert one.low <= one.identified_low
        assert one.identified_high <= one.high
    # the fixed-length interval may move as it grows
    lengths = [shortest_interval(sigma, 3, np.array([1.0, 0.0]), size, 0.05).half for size in sizes]
    assert (np.diff(lengths) > 0).all()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), restriction=st.sampled_from(["RM", "SDRM"]))
def test_units_do_not_matter(seed: int, scale: float, restriction: Any) -> None:
    betahat, sigma = case(seed, 3, 2)
    plain = ends(betahat, sigma, 3, [0.5, 1.0], restriction=restriction)
    scaled = ends(scale * betahat, scale**2 * sigma, 3, [0.5, 1.0], restriction=restriction)
    np.testing.assert_allclose(scaled, scale * plain, rtol=1e-6, atol=1e-6 * scale)
    mirrored = ends(-betahat, sigma, 3, [0.5, 1.0], restriction=restriction, method="conditional")
    np.testing.assert_allclose(
        -mirrored[:, ::-1], ends(betahat, sigma, 3, [0.5, 1.0], restriction=restriction, method="conditional"),
        rtol=1e-6, atol=1e-6,
    )  # fmt: skip


def test_what_is_inside_an_interval_is_accepted_and_what_is_outside_is_not() -> None:
    betahat, sigma = case(7)
    target = np.array([1.0, 0, 0])
    one = honest_did(betahat, sigma, 3, 3, target, sizes=[0.8], method="conditional").intervals[0]
    near = np.array([one.low - 1e-6, one.low + 1e-6, one.high - 1e-6, one.high + 1e-6])
    any_of = np.zeros(4, dtype=bool)
    for part in polyhedra("RM", 0.8, 3, 3):
        found = corners(betahat, sigma, 3, target, part, multipliers(part, 3, target))
        any_of |= accepted(found, near, betahat, sigma, 0.05)
    assert any_of.tolist() == [False, True, True, False]


def test_breakdown_is_where_zero_enters() -> None:
    betahat, sigma = np.array([0.3, -0.2, 3.0, 3.0]), 0.04 * np.eye(4)
    found = honest_did(betahat, sigma, 2, 2)
    at = ends(betahat, sigma, 2, [found.breakdown - 0.002, found.breakdown])
    assert at[0, 0] > 0 >= at[1, 0]
    none = honest_did(np.array([0.3, -0.2, 0.1, 3.0]), sigma, 2, 2)
    assert none.breakdown == 0.0


def test_the_conditional_test_keeps_its_size_where_the_bias_is_largest() -> None:
    """2,000 simulated studies whose trend turns by all of M: the true effect is rejected in 5 of 100."""
    _, sigma = case(1, 2, 2)
    # slope 1 a year before and 2 after, M = 1
    truth = np.array([-2.0, -1.0, 2.0, 4.0]) + np.array([0, 0, 5.0, 5.0])
    drawn = truth + np.random.default_rng(3).standard_normal((2000, 4)) @ np.linalg.cholesky(sigma).T
    (one,), target = polyhedra("SD", 1.0, 2, 2), np.array([1.0, 0.0])
    rays = multipliers(one, 2, target)
    held = [
        accepted(corners(betahat, sigma, 2, target, one, rays), np.array([5.0]), betahat, sigma, 0.05)[0]
        for betahat in drawn
    ]
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 2000)


def test_what_cannot_be_asked_is_refused() -> None:
    betahat, sigma = case(1)
    with pytest.raises(UsageError, match="has no method"):
        honest_did(betahat, sigma, 3, 3, restriction="RM", method="FLCI")
    with pytest.raises(UsageError, match="no restriction"):
        honest_did(betahat, sigma, 3, 3, restriction="XX")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 or above"):
        honest_did(betahat, sigma, 3, 3, sizes=[-1.0])
    with pytest.raises(UsageError, match="do not fit"):
        honest_did(betahat, sigma, 3, 2)
    with pytest.raises(UsageError, match="needs 2 years"):
        honest_did(betahat[2:], sigma[2:, 2:], 1, 3, restriction="SDRM")
    with pytest.raises(IdentificationError, match="positive definite"):
        honest_did(betahat, np.ones((6, 6)), 3, 3)
