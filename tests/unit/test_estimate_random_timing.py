"""The estimator under random timing: by hand, collapse cases, and what makes its coefficient efficient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import did, efficient
from ipscausal.estimate.aggregate import aggregate

INF = float("inf")


def staggered(seed: int) -> tuple[np.ndarray, list[float]]:
    rng = np.random.default_rng(seed)
    adoption = [2012.0] * 5 + [2014.0] * 4 + [INF] * 8
    level = rng.normal(0, 4, (17, 1)) + rng.normal(50, 3, (1, 6))
    return level + np.cumsum(rng.normal(0, 1, (17, 6)), axis=1), adoption


def test_by_hand():
    # before: 1, 3 against 0, 2, 1; after: 5, 8 against 1, 4, 2
    panel = panel_of_means(np.array([[1.0, 5], [3, 8], [0, 1], [2, 4], [1, 2]]), [2011, 2011, INF, INF, INF])
    # S_treated = [[2, 3], [3, 4.5]], S_never = [[1, 1.5], [1.5, 7/3]]: Cov = 3/2 + 1.5/3 = 2, Var X = 2/2 + 1/3 = 4/3
    estimate = efficient(panel, variance="neyman")
    assert estimate.coef == pytest.approx([(6.5 - 7 / 3) - 1.5 * (2 - 1)], rel=1e-12)
    after, both, before = 4.5 / 2 + 7 / 9, 2.0, 4 / 3
    assert (estimate.contributions**2).sum() == pytest.approx(after - 2 * 1.5 * both + 1.5**2 * before, rel=1e-12)
    # explained heterogeneity: slopes 1.5 and -1.5 sum to nothing
    assert efficient(panel).contributions == pytest.approx(estimate.contributions, abs=1e-12)
    means = efficient(panel, adjustment=0.0, variance="neyman")
    assert means.coef == pytest.approx([6.5 - 7 / 3], rel=1e-12)


def test_two_years_and_full_adjustment_is_difference_in_differences():
    mean, _ = staggered(1)
    panel = panel_of_means(mean[:, :2], [2011.0] * 9 + [INF] * 8)
    for controls in ("not_yet", "last"):
        estimate = efficient(panel, adjustment=1.0, controls=controls)
        assert estimate.coef == pytest.approx(did(panel).coef, rel=1e-10)
        assert estimate.cell_weights == pytest.approx(did(panel).cell_weights, abs=1e-12)


@given(seed=st.integers(0, 10_000), nudge=st.floats(-2, 2))
@settings(max_examples=25, deadline=None)
def test_no_other_adjustment_has_a_smaller_neyman_variance(seed, nudge):
    panel = panel_of_means(*staggered(seed))
    best = (efficient(panel, estimand="simple", variance="neyman").contributions ** 2).sum()
    other = efficient(panel, estimand="simple", variance="neyman", adjustment=nudge)
    assert best <= (other.contributions**2).sum() + 1e-12
    assert (efficient(panel, estimand="simple").contributions ** 2).sum() <= best + 1e-12


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_order_names_and_year_constants_do_not_matter(seed):
    mean, adoption = staggered(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(adoption))
    plain = efficient(panel_of_means(mean, adoption))
    shifted = mean + rng.normal(0, 100, (1, mean.shape[1]))
    moved = efficient(panel_of_means(shifted[order], [adoption[g] for g in order]))
    assert moved.coef == pytest.approx(plain.coef, abs=1e-8)
    assert moved.contributions == pytest.approx(plain.contributions[order], abs=1e-8)
    assert plain.refit(panel_of_means(2 * mean, adoption)).coef == pytest.approx(2 * plain.coef, abs=1e-8)


@pytest.mark.parametrize("kind", ["simple", "event", "cohort", "calendar", "event_average", "cohort_average",
                                  "calendar_average"])  # fmt: skip
def test_averages_without_a_choice_of_adjustment_are_averages_of_effects(kind):
    panel = panel_of_means(*staggered(2))
    own = efficient(panel, estimand=kind, adjustment=1.0, variance="neyman")
    averaged = aggregate(efficient(panel, adjustment=1.0, variance="neyman"), kind)
    assert [term.name for term in own.terms] == [term.name for term in averaged.terms]
    assert own.coef == pytest.approx(averaged.coef, rel=1e-10)
    assert own.contributions == pytest.approx(averaged.contributions, abs=1e-12)
    assert own.share is None


def test_constant_effects_without_noise_are_found():
    _, adoption = staggered(3)
    rng = np.random.default_rng(3)
    exposed = np.arange(2010, 2016) >= np.array(adoption)[:, None]
    mean = rng.normal(50, 5, (17, 1)) + rng.normal(0, 3, (1, 6)) + 2.5 * exposed
    assert efficient(panel_of_means(mean, adoption)).coef == pytest.approx(2.5, abs=1e-9)


def test_heterogeneity_is_taken_off_only_where_covariances_can_be_inverted():
    mean, adoption = staggered(4)
    panel = panel_of_means(mean, adoption)
    few = panel.select(np.array([True] * 2 + [False] * 3 + [True] * 12))
    for data, same in ((panel, False), (few, True)):
        refined = (efficient(data).contributions ** 2).sum(axis=0)
        neyman = (efficient(data, variance="neyman").contributions ** 2).sum(axis=0)
        first = [term.cohort == 2012 for term in efficient(data).terms]
        assert np.allclose(refined[first], neyman[first], rtol=1e-9) == same


def test_who_is_left_out_is_told():
    mean, adoption = staggered(5)
    panel = panel_of_means(mean, [2010.0, 2013.0, *adoption[2:]])
    holes = np.zeros(mean.shape, dtype=bool)
    holes[16, 2] = True
    estimate = efficient(panel.without(holes))
    assert estimate.left_out == {
        "always_treated": ("m000",), "unbalanced": ("m016",), "alone_in_cohort": ("m001",)
    }  # fmt: skip
    assert len(estimate.panel.municipality) == 14
    with pytest.raises(IdentificationError):
        efficient(panel_of_means(mean, [2012.0] * 17))


def test_without_never_treated_the_last_cohort_is_only_a_comparison():
    mean, _ = staggered(6)
    estimate = efficient(panel_of_means(mean, [2012.0] * 9 + [2014.0] * 8))
    assert {(term.cohort, term.year) for term in estimate.terms} == {(2012, 2012), (2012, 2013)}
    assert not estimate.cells.observed[:, 4:].any()


@pytest.mark.parametrize(
    "options", [{"estimand": "median"}, {"controls": "never"}, {"variance": "hc1"}, {"adjustment": "none"}]
)
def test_unknown_options_are_refused(options):
    with pytest.raises(UsageError):
        efficient(panel_of_means(*staggered(7)), **options)


def test_person_covariates_are_refused():
    persons = simulated_persons(1, {"m00": 2012, "m01": 2012})
    with pytest.raises(UsageError):
        efficient(panel_of_persons(persons, ("age",)))
