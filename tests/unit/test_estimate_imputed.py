"""Imputation and two-stage: by hand, on rows, in collapse cases and under changes that must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.imputed_rows import Rows, mask
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did, imputation, imputation_pretrends, two_stage
from ipscausal.panel import Panel

INF = float("inf")
ADOPTION = {"m00": 2012, "m01": 2012, "m02": 2013, "m03": 2013, "m04": 2015}


def static(estimate: Estimate) -> tuple[float, np.ndarray]:
    """Average over terms after adoption and its contributions by municipality."""
    after = np.array([term.event_time >= 0 for term in estimate.terms])
    share = np.where(after, estimate.share, 0.0) / estimate.share[after].sum()
    coef = float(share @ estimate.coef)
    own = estimate.contributions @ share
    if estimate.share_scores is None:
        return coef, own
    return coef, own + estimate.share_scores[:, after] @ (estimate.coef - coef)[after] / estimate.share[after].sum()


def staggered(seed: int, effect: float = 4.0, noise: float = 1.0) -> tuple[np.ndarray, list[float]]:
    """(10, 7) means from 2010 on, two cohorts and five never treated."""
    rng = np.random.default_rng(seed)
    adoption = [2012.0, 2012.0, 2012.0, 2014.0, 2014.0, INF, INF, INF, INF, INF]
    exposed = np.arange(2010, 2017) >= np.array(adoption)[:, None]
    mean = rng.normal(50, 5, (10, 1)) + rng.normal(0, 3, (1, 7)) + effect * exposed + rng.normal(0, 1, (10, 7)) * noise
    return mean, adoption


def test_by_hand():
    # untreated cells give year effects 0, 4/3, 8/3 and level 4/3 for the adopter: 10 - 4/3 - 8/3 = 6
    panel = panel_of_means(np.array([[1.0, 3, 10], [2, 3, 5], [4, 5, 6]]), [2012, INF, INF])
    estimate = imputation(panel)
    assert [term.name for term in estimate.terms] == ["att_2012_2012"]
    assert estimate.coef == pytest.approx([6.0], rel=1e-12)
    weights = [[-0.5, -0.5, 1], [0.25, 0.25, -0.5], [0.25, 0.25, -0.5]]
    assert estimate.cell_weights[0] == pytest.approx(np.array(weights), abs=1e-12)
    # changes of the two others, 2.5 and 1.5, lie 0.5 from their mean; the adopter is its own average
    assert estimate.contributions[:, 0] == pytest.approx([0.0, -0.25, 0.25], abs=1e-12)
    assert two_stage(panel).coef[-1] == pytest.approx(6.0, rel=1e-12)


@pytest.mark.parametrize("covariates", [(), ("age", "woman")])
def test_cells_hold_what_the_rows_hold(covariates):
    persons = simulated_persons(3, ADOPTION)
    rows = Rows(persons, covariates)
    panel = panel_of_persons(persons, covariates)
    imputed, staged = imputation(panel), two_stage(panel)
    for j, term in enumerate(imputed.terms):
        coef, contributions = rows.imputation(rows.group == term.cohort * 10_000 + term.year)
        assert imputed.coef[j] == pytest.approx(coef, rel=1e-9)
        assert imputed.contributions[:, j] == pytest.approx(contributions, abs=1e-9)
    masks = [rows.group == term.cohort * 10_000 + term.year for term in staged.terms]
    coef, contributions = rows.two_stage(masks)
    assert staged.coef == pytest.approx(coef, rel=1e-9, abs=1e-10)
    assert staged.contributions == pytest.approx(contributions, abs=1e-9)
    assert np.einsum("qgt,gt->q", staged.cell_weights, staged.adjusted_mean) == pytest.approx(staged.coef, abs=1e-10)
    assert imputed.contributions.sum(axis=0) == pytest.approx(0, abs=1e-9)


def test_variance_of_an_average_is_that_of_its_own_weights():
    persons = simulated_persons(4, ADOPTION)
    rows, panel = Rows(persons), panel_of_persons(persons)
    after = mask(rows, lambda time: time >= 0)
    for estimate, (coef, contributions) in (
        (imputation(panel), rows.imputation(after)),
        (two_stage(panel), (c[..., 0] for c in rows.two_stage([after]))),
    ):
        mine, own = static(estimate)
        assert mine == pytest.approx(float(coef), rel=1e-9)
        assert own == pytest.approx(contributions, abs=1e-10)


@pytest.mark.parametrize("estimator", [imputation, two_stage])
@pytest.mark.parametrize("persons", [False, True])
def test_one_date_is_two_way_fixed_effects(estimator, persons):
    mean, _ = staggered(1)
    adoption = [2013.0] * 4 + [INF] * 6
    size = np.random.default_rng(2).integers(20, 90, (10, 1)) if persons else None
    panel = panel_of_means(mean, adoption, size)
    fixed = did(panel)
    coef, contributions = static(estimator(panel))
    assert coef == pytest.approx(fixed.coef[0], rel=1e-10)
    if estimator is two_stage:
        # residuals of the second stage alone differ from those of the regression; squares agree for controls
        assert contributions[4:] == pytest.approx(fixed.contributions[4:, 0], abs=1e-10)


@given(
    seed=st.integers(0, 10_000), effect=st.floats(-20, 20), holes=st.floats(0, 0.25), weighted=st.sampled_from([0, 1])
)
@settings(max_examples=40, deadline=None)
def test_constant_effects_are_found_exactly_with_holes_and_weights(seed, effect, holes, weighted):
    mean, adoption = staggered(seed, effect, noise=0.0)
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 60, mean.shape) if weighted else np.ones(mean.shape, dtype=int)
    panel = panel_of_means(mean, adoption, size)
    panel = panel.without(rng.random(mean.shape) < holes)
    for estimator in (imputation, two_stage):
        try:
            estimate = estimator(panel)
        except IdentificationError:
            continue
        for term, coef in zip(estimate.terms, estimate.coef, strict=True):
            assert coef == pytest.approx(effect if term.event_time >= 0 else 0.0, abs=1e-8)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_order_names_and_constants_do_not_matter(seed):
    mean, adoption = staggered(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(adoption))
    shifted = mean + rng.normal(0, 100, (10, 1)) + rng.normal(0, 100, (1, 7))
    for estimator in (imputation, two_stage):
        plain = estimator(panel_of_means(mean, adoption))
        moved = estimator(panel_of_means(shifted[order], [adoption[g] for g in order]))
        assert moved.coef == pytest.approx(plain.coef, abs=1e-8)
        assert moved.contributions == pytest.approx(plain.contributions[order], abs=1e-8)
        again = plain.refit(panel_of_means(3 * mean, adoption))
        assert again.coef == pytest.approx(3 * plain.coef, abs=1e-8)


def test_without_never_treated_the_last_cohorts_years_have_no_prediction():
    mean, _ = staggered(5)
    panel = panel_of_means(mean, [2012.0] * 5 + [2015.0] * 5)
    terms = {(term.cohort, term.year) for term in imputation(panel).terms}
    assert terms == {(2012, 2012), (2012, 2013), (2012, 2014)}
    with pytest.raises(IdentificationError):
        imputation(panel_of_means(mean, [2012.0] * 10))


def test_unlinked_blocks_predict_nothing_across():
    # the first three are seen to 2012, the never treated from 2013 on: no year links them
    mean, adoption = staggered(6)
    early = np.arange(2010, 2017) <= 2012
    hidden = np.zeros(mean.shape, dtype=bool)
    hidden[5:] = early
    hidden[3:5] = early
    terms = {(term.cohort, term.year) for term in imputation(panel_of_means(mean, adoption).without(hidden)).terms}
    assert {cohort for cohort, _ in terms} == {2014}


def test_anticipation_is_an_earlier_adoption():
    mean, adoption = staggered(7)
    panel = panel_of_means(mean, adoption)
    ahead = imputation(panel, anticipation=1)
    earlier = imputation(panel_of_means(mean, [date - 1 for date in adoption]))
    assert [term.event_time + 1 for term in ahead.terms] == [term.event_time for term in earlier.terms]
    assert ahead.coef == pytest.approx(earlier.coef, abs=1e-10)
    assert ahead.contributions == pytest.approx(earlier.contributions, abs=1e-10)
    with pytest.raises(UsageError):
        imputation(panel, anticipation=-1)


def test_who_is_left_out_is_told():
    mean, adoption = staggered(8)
    panel = panel_of_means(mean, [2010.0, 2011.0, *adoption[2:]])
    assert imputation(panel).left_out == {"always_treated": ("m000",)}
    ahead = imputation(panel, anticipation=1)
    assert ahead.left_out == {"always_treated": ("m000",), "no_untreated_year": ("m001",)}
    # a single untreated year predicts: the municipality keeps its effect
    assert (2011, 2011) in {(term.cohort, term.year) for term in imputation(panel).terms}


def test_a_cell_of_one_municipality_holds_no_chance_of_its_own():
    mean, _ = staggered(9)
    panel: Panel = panel_of_means(mean, [2012.0, *[INF] * 9])
    imputed, staged = imputation(panel), two_stage(panel)
    after = [j for j, term in enumerate(staged.terms) if term.event_time >= 0]
    assert imputed.contributions == pytest.approx(staged.contributions[:, after], abs=1e-12)
    assert imputed.n_treated.tolist() == [1] * 5


def test_pretrends_use_no_treated_cell():
    mean, adoption = staggered(10)
    panel = panel_of_means(mean, adoption)
    leads = imputation_pretrends(panel, leads=2)
    assert [(term.name, term.event_time) for term in leads.terms] == [("event_-2", -2), ("event_-1", -1)]
    exposed = panel.exposed.astype(bool)
    assert not (leads.cell_weights[:, exposed]).any()
    other = imputation_pretrends(panel_of_means(np.where(exposed, 0.0, mean), adoption), leads=2)
    assert other.coef == pytest.approx(leads.coef, abs=1e-10)
    assert leads.refit(panel).coef == pytest.approx(leads.coef, abs=1e-12)


def test_pretrends_by_hand():
    # one cohort: the lead is the change of the last year before adoption less that of the never treated
    panel = panel_of_means(np.array([[1.0, 2, 5, 90], [0, 2, 3, 4], [0, 0, 1, 2]]), [2013, INF, INF])
    assert imputation_pretrends(panel, leads=1).coef == pytest.approx([(5 - 1.5) - (2 - 0.5)], rel=1e-12)


def test_pretrends_need_earlier_years():
    mean, adoption = staggered(11)
    panel = panel_of_means(mean, adoption)
    with pytest.raises(IdentificationError):
        imputation_pretrends(panel, leads=4)
    with pytest.raises(UsageError):
        imputation_pretrends(panel, leads=0)
    ahead = imputation_pretrends(panel, leads=1, anticipation=1)
    assert [term.event_time for term in ahead.terms] == [-2]
