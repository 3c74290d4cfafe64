"""p-values over several outcomes: hand-worked steps and what links the procedures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.inference.wild.multiple import holm, romano_wolf_max_t, romano_wolf_min_p
from ipscausal.inference.wild.signs import WEBB, drawn, every_sign

P = np.array([0.04, 0.01, 0.03, 0.6])


def test_holm_by_hand() -> None:
    assert holm(P) == pytest.approx([0.09, 0.04, 0.09, 0.6])


def test_step_down_by_hand() -> None:
    """Eight vectors, the first the data. Largest of both: 4 6 1 2 5 3 2 1; of the second alone: 2 1 1 2 5 0 1 1."""
    t = np.array([4.0, 2.0])
    draws = np.array([[4.0, 6, 1, 0, 1, 3, 2, 0], [2.0, 1, 1, 2, 5, 0, 1, 1]])
    assert romano_wolf_max_t(t, draws, every_sign(4)).tolist() == [3 / 8, 3 / 8]
    # each |t*| by its rank among its own eight: the data are second and third
    first = [sum(d >= x for d in draws[0]) for x in draws[0]]
    second = [sum(d >= x for d in draws[1]) for x in draws[1]]
    assert (first[0], second[0]) == (2, 3)
    joint = sum(min(a, b) <= 2 for a, b in zip(first, second, strict=True)) / 8
    assert romano_wolf_min_p(t, draws, every_sign(4)).tolist() == [joint, max(joint, 3 / 8)]


def test_sampled_data_are_one_more_draw() -> None:
    signs = drawn(4, WEBB, 9, 1, "Webb")
    t, draws = np.array([5.0]), np.arange(9.0)[None]
    assert romano_wolf_max_t(t, draws, signs).tolist() == [(1 + 4) / 10]
    assert romano_wolf_min_p(t, draws, signs).tolist() == [(1 + 4) / 10]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), outcomes=st.integers(1, 5))
def test_order_of_the_procedures(seed: int, outcomes: int) -> None:
    """Raw p, min p, Holm, Bonferroni never decrease in that order; labels do not matter."""
    rng, signs = np.random.default_rng(seed), every_sign(7)
    draws = np.abs(rng.normal(0, 1, (outcomes, 64)) * rng.uniform(0.5, 3, (outcomes, 1)))
    t = draws[:, 0]
    p = (draws >= t[:, None] * (1 - 1e-9)).mean(axis=1)
    steps = romano_wolf_min_p(t, draws, signs)
    assert (steps >= p).all()
    assert (romano_wolf_max_t(t, draws, signs) >= p).all()
    assert (steps <= holm(p) + 1e-12).all()
    assert (holm(p) <= np.minimum(1, p * len(p))).all()
    order = rng.permutation(outcomes)
    assert romano_wolf_min_p(t[order], draws[order], signs).tolist() == steps[order].tolist()
    assert (
        romano_wolf_max_t(t[order], draws[order], signs).tolist() == romano_wolf_max_t(t, draws, signs)[order].tolist()
    )
