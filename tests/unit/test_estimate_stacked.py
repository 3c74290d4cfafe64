"""The stacked regression by hand, its sub-experiments, and what its weights do."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means
from lib.staggered import INF, drawn, shifted

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import aggregate
from ipscausal.estimate.saturated.stack import corrective, stack
from ipscausal.inference import covariance_cr0

# two adopt in 2011, one in 2013, two never; window of one year before and the year of adoption
MEANS = np.array([[1.0, 5, 0, 0], [2, 8, 0, 0], [3, 4, 6, 15], [1, 2, 4, 7], [0, 3, 3, 4]])
BY_HAND = panel_of_means(MEANS, [2011, 2011, 2013, INF, INF])


def test_by_hand() -> None:
    """2011: changes 4 and 6 against 1 (the later adopter), 1 and 3; 2013: change 9 against 3 and 1."""
    first, second = 5 - 5 / 3, 9 - 2
    fit = estimate.stacked(BY_HAND, window=(-1, 0))
    assert [term.name for term in fit.terms] == ["att_2011_2011", "att_2013_2013"]
    assert fit.coef == pytest.approx([first, second])
    assert fit.share == pytest.approx([2, 1])
    assert fit.n_observations == 2 * (5 + 3)
    assert aggregate(fit, "event").coef == pytest.approx([(2 * first + second) / 3])
    call = partial(estimate.stacked, BY_HAND, window=(-1, 0))
    assert call(weights="corrective").coef == pytest.approx([(2 * first + second) / 3])
    # unweighted: average change of the treated less that of comparisons, (4 + 6 + 9) / 3 and (1 + 1 + 3 + 3 + 1) / 5
    assert call(weights="none").coef == pytest.approx([19 / 3 - 9 / 5])
    # precision of a difference of two means: 2 * 3 / 5 and 1 * 2 / 3
    assert call(weights="variance").coef == pytest.approx([(6 / 5 * first + 2 / 3 * second) / (6 / 5 + 2 / 3)])
    never = estimate.stacked(BY_HAND, window=(-1, 0), comparison="never")
    assert never.coef == pytest.approx([5 - 2, second])


def test_corrective_weights_by_hand() -> None:
    """The comparisons are 3 and 2 of 5, the treated 2 and 1 of 3: weights 10/9 and 5/6."""
    laid = corrective(stack(BY_HAND, (-1, 0), "not_yet", 0))
    weight = laid.cells.weight[:, 0]
    assert weight[laid.cells.treated] == pytest.approx([1, 1, 1])
    assert weight[~laid.cells.treated] == pytest.approx([10 / 9] * 3 + [5 / 6] * 2)


def test_who_is_in_a_sub_experiment() -> None:
    """The window inside the panel, comparisons clean in all of it, every year observed."""
    panel = drawn(1)
    laid = stack(panel, (-2, 1), "not_yet", 0)
    assert np.unique(laid.cohort).tolist() == [2012, 2013, 2015]
    members = {c: laid.municipality[laid.cohort == c].tolist() for c in np.unique(laid.cohort)}
    assert members[2012] == [0, 1, 4, 5, 6, 7]  # those of 2013 adopt inside the window
    assert members[2015] == [4, 5, 6, 7]
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[5, 2] = True
    without = stack(panel.without(hole), (-2, 1), "not_yet", 0)
    assert 5 not in without.municipality[without.cohort == 2012]
    assert 5 in without.municipality[without.cohort == 2015]
    assert np.unique(stack(panel, (-3, 1), "not_yet", 0).cohort).tolist() == [2013, 2015]
    assert 4 not in stack(panel, (-2, 1), "not_yet", 2).municipality[:4]


def test_cohorts_outside_the_window_are_named_and_comparisons_stay_untreated() -> None:
    panel = drawn(1, adoption=[2011, 2011, 2013, 2013, 2016, INF])
    fit = estimate.stacked(panel, window=(-2, 1))
    assert fit.left_out == {"outside_window": ("m000", "m001")}
    # the cohort of 2016 has no year after adoption here: it is a comparison
    assert {term.cohort for term in fit.terms} == {2013}
    assert fit.cells.treated.tolist() == [True, True, False, False]
    assert fit.panel.adoption[2] == 2016


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), sizes=st.booleans(), holes=st.integers(0, 4))
def test_corrective_weights_average_by_the_treated(seed: int, sizes: bool, holes: int) -> None:
    panel = drawn(seed, sizes, holes)
    by_treated = aggregate(estimate.stacked(panel, window=(-2, 1)), "event")
    weighted = estimate.stacked(panel, window=(-2, 1), weights="corrective")
    assert weighted.coef == pytest.approx(by_treated.coef, abs=1e-10)
    moved = estimate.stacked(shifted(panel, seed), window=(-2, 1), weights="corrective")
    assert moved.coef == pytest.approx(3 * weighted.coef, abs=1e-8)


def test_an_odd_calendar_year_widens_the_error_of_common_effects_only() -> None:
    panel = drawn(4)
    odd = shifted(panel, 1)
    plain, moved = (estimate.stacked(p, window=(-2, 1), weights="corrective") for p in (panel, odd))
    assert np.diag(covariance_cr0(moved)).min() > 100 * np.diag(9 * covariance_cr0(plain)).max()
    ours, again = (aggregate(estimate.stacked(p, window=(-2, 1)), "event") for p in (panel, odd))
    assert covariance_cr0(again) == pytest.approx(9 * covariance_cr0(ours), rel=1e-6)


def test_wrong_options_and_windows_say_what_is_wrong() -> None:
    panel = drawn(1)
    with pytest.raises(UsageError, match=r"window \(0, 2\) must hold the reference -1"):
        estimate.stacked(panel, window=(0, 2))
    with pytest.raises(UsageError, match="'equal' is not known"):
        estimate.stacked(panel, weights="equal")
    with pytest.raises(UsageError, match="'last cohort' is not known"):
        estimate.stacked(panel, comparison="last cohort")
    with pytest.raises(IdentificationError, match="no cohort has the years -5 to 4 around its adoption"):
        estimate.stacked(panel, window=(-5, 4))
