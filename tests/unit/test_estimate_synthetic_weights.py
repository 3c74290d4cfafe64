"""Weights on the simplex: solutions known by hand, the conditions of the minimum, and the steps towards it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipscausal.estimate.synthetic.augment import augmented_weights, corrected
from ipscausal.estimate.synthetic.frank_wolfe import frank_wolfe, frank_wolfe_weights
from ipscausal.estimate.synthetic.predictors import Level
from ipscausal.estimate.synthetic.simplex import simplex_least_squares


def test_between_two_points() -> None:
    a = np.array([[0.0, 4.0]])
    assert simplex_least_squares(a, np.array([1.0]), 0.0) == pytest.approx([0.75, 0.25])
    # beyond the second point the second point is the closest
    assert simplex_least_squares(a, np.array([9.0]), 0.0) == pytest.approx([0.0, 1.0])
    # (4x - 1)^2 + r (x^2 + (1 - x)^2): 32 x - 8 + 4 r x - 2 r = 0
    assert simplex_least_squares(a, np.array([1.0]), 8.0)[1] == pytest.approx(24 / 64)


def test_one_column_equal_to_the_target_takes_all() -> None:
    a = np.array([[1.0, 5.0, 2.0], [3.0, 1.0, 8.0], [2.0, 2.0, 2.0]])
    assert simplex_least_squares(a, a[:, 1].copy(), 0.0) == pytest.approx([0, 1, 0])
    assert simplex_least_squares(a[:, :1], a[:, 1], 0.0) == pytest.approx([1.0])


def test_among_equal_fits_the_ridge_takes_the_most_even() -> None:
    a = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert simplex_least_squares(a, np.array([1.0]), 1e-9) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0], abs=1e-6)


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 12), st.sampled_from([0.0, 1e-6, 1.0, 50.0]))
def test_conditions_of_the_minimum(seed: int, p: int, n: int, ridge: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, p)), rng.normal(size=n)
    x = simplex_least_squares(a, b, ridge)
    assert x.min() >= 0
    assert x.sum() == pytest.approx(1)
    gradient = a.T @ (a @ x - b) + ridge * x
    # on the support all derivatives are equal, elsewhere none is smaller
    assert (gradient - gradient @ x).min() > -1e-9 * (1 + np.abs(gradient).max())
    if ridge > 0:  # else there may be several
        assert simplex_least_squares(1000 * a, 1000 * b, 1e6 * ridge) == pytest.approx(x, abs=1e-5)


def test_the_steps_approach_the_exact_solution() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 9, 5)), rng.normal(size=(2, 9))
    zeta, least = np.array([0.3, 1.0]), np.array([1e-9, 1e-9])
    found = frank_wolfe_weights(a, b, zeta, least)
    for i in range(2):
        assert found[i] == pytest.approx(simplex_least_squares(a[i], b[i], 9 * zeta[i] ** 2), abs=1e-4)
        alone = frank_wolfe_weights(a[[i]], b[[i]], zeta[[i]], least[[i]])[0]
        assert alone == pytest.approx(found[i], abs=1e-12)


def test_one_step_by_hand() -> None:
    # from (1/2, 1/2) towards the first column: fitted 1, error 1, gradient (0, 2), full step 1
    a, b = np.array([[[0.0, 2.0]]]), np.array([[0.0]])
    x = frank_wolfe(a, b, np.zeros(1), np.array([[0.5, 0.5]]), np.zeros(1), 1)
    assert x == pytest.approx(np.array([[1.0, 0.0]]))


def test_correction_makes_up_the_rest_where_donors_span_it() -> None:
    rng = np.random.default_rng(5)
    donors, target = rng.normal(size=(8, 3)), np.array([4.0, -2.0, 1.0])
    plain = simplex_least_squares(donors.T, target, 0.0)
    weights = corrected(donors, target, plain, np.array([0.0, 1e12]))
    assert weights.sum(axis=1) == pytest.approx([1, 1])
    assert weights[0] @ donors == pytest.approx(target)
    assert weights[1] == pytest.approx(plain, abs=1e-9)
    # (X'X + lambda I)^-1 written out
    x = donors - donors.mean(axis=0)
    by_hand = plain + x @ np.linalg.solve(x.T @ x + 2.0 * np.eye(3), target - plain @ donors)
    assert corrected(donors, target, plain, np.array([2.0]))[0] == pytest.approx(by_hand)


def nearest(x: np.ndarray, x1: np.ndarray) -> np.ndarray:
    return simplex_least_squares(x.T, x1, 1e-9)


@pytest.mark.parametrize("level", ["matched", "shifted"])
def test_the_penalty_predicts_years_left_out(level: Level) -> None:
    rng = np.random.default_rng(7)
    raw = rng.normal(size=(9, 6)) + np.arange(9)[:, None] * np.linspace(0.2, 1, 6)
    raw[-1] += 5

    def made(of: np.ndarray) -> np.ndarray:
        return of - of.mean(axis=1, keepdims=True) if level == "shifted" else of

    whole = made(raw)
    weights, penalty = augmented_weights(whole[:-1], whole[-1], 6, level, nearest)
    # the same written out: years left out one by one, from the outcomes as they were
    x = whole[:-1] - whole[:-1].mean(axis=0)
    grid = np.linalg.norm(x, 2) ** 2 * np.logspace(0, -8, 20)
    errors = np.zeros((6, 20))
    for year in range(6):
        rest = made(np.delete(raw, year, axis=1))
        level_of = np.delete(raw, year, axis=1).mean(axis=1) if level == "shifted" else np.zeros(9)
        plain, centred = nearest(rest[:-1], rest[-1]), rest[:-1] - rest[:-1].mean(axis=0)
        for place, candidate in enumerate(grid):
            ridge = np.linalg.inv(centred.T @ centred + candidate * np.eye(5))
            w = plain + centred @ ridge @ (rest[-1] - plain @ rest[:-1])
            held = raw[:, year] - level_of
            errors[year, place] = (held[-1] - w @ held[:-1]) ** 2
    mean, best = errors.mean(axis=0), errors.mean(axis=0).argmin()
    allowed = mean <= mean[best] + errors[:, best].std(ddof=1) / np.sqrt(6)
    assert penalty == pytest.approx(grid[allowed].max())
    plain = nearest(whole[:-1], whole[-1])
    ridge = np.linalg.inv(x.T @ x + penalty * np.eye(6))
    assert weights == pytest.approx(plain + x @ ridge @ (whole[-1] - plain @ whole[:-1]))
    assert weights.min() < 0
