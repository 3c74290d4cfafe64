"""The interval of a sampled p-value."""

import pytest
from scipy import stats

from ipscausal.inference.monte_carlo import draws_interval


@pytest.mark.parametrize(("count", "draws"), [(0, 9), (9, 9), (3, 9), (12, 999), (0, 9999), (4711, 9999)])
def test_interval_is_clopper_pearson(count: int, draws: int) -> None:
    theirs = stats.binomtest(count, draws).proportion_ci(0.95, method="exact")
    assert draws_interval(count, draws) == pytest.approx((theirs.low, theirs.high), abs=1e-10)
