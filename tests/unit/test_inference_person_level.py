"""HC1 on persons: by hand, what it needs, and that it is never a verdict."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from scipy import stats

from ipscausal import estimate
from ipscausal.inference import Options, hc1
from ipscausal.panel import Panel

INF = np.inf


def two_by_two(variance: float | None) -> Panel:
    """Ten persons in every cell; the treated rise by 6, the control by 2."""
    panel = panel_of_means(np.array([[0.0, 6.0], [0.0, 2.0]]), [2011, INF], np.full((2, 2), 10.0))
    return panel if variance is None else replace(panel, within_variance=np.full((2, 2), variance))


def test_by_hand() -> None:
    """The cells are fitted exactly: V = N/(N-K) x sum of (n-1) s^2 / n^2 over four cells, N = 40, K = 4."""
    (row,) = hc1(estimate.did(two_by_two(50.0)), Options(level=0.9))
    assert row.std_error == pytest.approx(np.sqrt(40 / 36 * 4 * 9 * 50 / 100))
    assert (row.estimate, row.df, row.status) == (pytest.approx(4), 36, "known_invalid")
    assert row.conf_high == pytest.approx(4 + stats.t.ppf(0.95, 36) * (row.std_error or 0))
    assert row.hidden.p_value is None
    assert "ignores municipalities" in row.assumptions


def test_persons_are_needed() -> None:
    (row,) = hc1(estimate.did(two_by_two(None)))
    assert (row.status, row.std_error) == ("not_identified", None)
    assert "no variance of persons" in row.assumptions
    weighted = replace(two_by_two(50.0), weighting="analytic")
    assert hc1(estimate.did(weighted))[0].status == "not_identified"
    panel = panel_of_persons(simulated_persons(1, {"m01": 2013}), ("age",))
    (row,) = hc1(estimate.did(replace(panel, within_variance=np.ones(panel.weight.shape))))
    assert row.status == "not_identified"
    assert "covariates" in row.assumptions
