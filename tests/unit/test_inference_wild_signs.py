"""Which weights the wild cluster bootstrap draws, and how counts become p."""

import numpy as np
import pytest
from scipy import stats

from ipscausal.inference.options import Options
from ipscausal.inference.wild.signs import RESOLUTION, WEBB, choose_signs, drawn, every_sign


@pytest.mark.parametrize("clusters", [2, 3, 8])
def test_every_vector_once_up_to_its_mirror_image(clusters: int) -> None:
    vectors = every_sign(clusters).vectors
    assert vectors.shape == (clusters, 2 ** (clusters - 1))
    assert (np.abs(vectors) == 1).all()
    assert (vectors[0] == 1).all()
    assert (vectors[:, 0] == 1).all()
    assert len(np.unique(np.concatenate([vectors, -vectors], axis=1), axis=1).T) == 2**clusters


def test_default_weights_follow_the_number_of_clusters() -> None:
    assert choose_signs(7, Options()).words == "9999 Webb six-point vectors"
    assert choose_signs(8, Options()).words == "all 128 Rademacher vectors"
    assert 1 / 128 <= RESOLUTION < 1 / 64
    assert choose_signs(17, Options()).seed is None
    sampled = choose_signs(18, Options(draws=500, seed=4))
    assert (sampled.words, sampled.seed, sampled.vectors.shape) == ("500 Rademacher vectors", 4, (18, 500))
    assert set(np.unique(sampled.vectors)) == {-1.0, 1.0}
    assert choose_signs(4, Options(signs="rademacher")).words == "all 8 Rademacher vectors"
    assert choose_signs(12, Options(signs="webb", draws=99)).words == "99 Webb six-point vectors"


def test_webb_points_have_mean_zero_and_variance_one() -> None:
    assert len(np.unique(WEBB)) == 6
    assert WEBB.mean() == pytest.approx(0)
    assert (WEBB**2).mean() == pytest.approx(1)
    seen = drawn(3, WEBB, 6000, 1, "Webb").vectors
    assert np.unique(seen) == pytest.approx(np.sort(WEBB))
    assert (seen == WEBB[0]).mean() == pytest.approx(1 / 6, abs=0.02)


def test_p_from_counts() -> None:
    every, some = every_sign(5), drawn(5, WEBB, 199, 1, "Webb")
    assert every.p_value(np.array([0, 1, 3, 16])).tolist() == [1 / 16, 1 / 16, 3 / 16, 1]
    assert some.p_value(np.array([0, 9, 199])).tolist() == [1 / 200, 10 / 200, 1]
    assert (every.floor, some.floor) == (1 / 16, 1 / 200)
    assert every.monte_carlo(3) is None
    low, high = some.monte_carlo(10) or (0, 0)
    # the ends are where 10 or more, and 10 or fewer, have a chance of 2.5 %
    assert stats.binom.sf(9, 199, low) == pytest.approx(0.025)
    assert stats.binom.cdf(10, 199, high) == pytest.approx(0.025)
    assert some.monte_carlo(0) == pytest.approx((0, 1 - 0.025 ** (1 / 199)))
