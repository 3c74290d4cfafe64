"""Leverage of clusters and their effective number: closed forms, and what they sum to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.inference import leverage


@settings(deadline=None, max_examples=30)
@given(treated=st.integers(1, 8), control=st.integers(1, 12), before=st.integers(1, 4), after=st.integers(1, 4))
def test_equal_sizes_and_one_date(treated: int, control: int, before: int, after: int) -> None:
    g = treated + control
    panel = panel_of_means(np.zeros((g, before + after)), [2010 + before] * treated + [np.inf] * control)
    ours = leverage(estimate.did(panel))
    expected = [control / (g * treated)] * treated + [treated / (g * control)] * control
    assert ours.partial[:, 0] == pytest.approx(expected, rel=1e-9)
    effective = treated * control * g**2 / (control**3 + treated**3)
    assert ours.effective == pytest.approx([effective], rel=1e-9)
    # T - 1 year effects are spread evenly, exposure as its partial leverage says
    years = (before + after - 1) / g
    assert ours.cluster_leverage == pytest.approx(years + np.array(expected), rel=1e-9)


def test_sums_and_covariates() -> None:
    fit = estimate.event_study(
        panel_of_persons(simulated_persons(3, {"m01": 2012, "m04": 2014}), ("age", "woman")), (-2, 1)
    )
    ours = leverage(fit)
    assert ours.cluster == fit.cluster
    assert ours.partial.sum(axis=0) == pytest.approx(np.ones(len(fit.terms)), rel=1e-9)
    assert ours.cluster_leverage.sum() == pytest.approx(len(fit.equations.columns), rel=1e-9)
    assert (ours.effective > 1).all()
    assert (ours.effective < fit.n_clusters).all()
    with pytest.raises(ValueError, match="read-only"):
        ours.partial[0, 0] = 0.0
