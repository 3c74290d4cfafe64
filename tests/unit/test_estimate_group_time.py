"""Group-time effects by hand, under what must not matter, and where they end in other estimators."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate, att_gt
from ipscausal.panel import Panel

STAGGERED = [np.inf] * 7 + [2012.0] * 4 + [2013.0] * 3 + [2015.0] * 2
SIZES = np.random.default_rng(2).integers(20, 200, (16, 6)).astype(float)


def staggered(seed: int, size: np.ndarray | None = SIZES) -> Panel:
    mean = np.random.default_rng(seed).normal(50, 5, (16, 6))
    return panel_of_means(mean, STAGGERED, size)


def with_covariate(panel: Panel, seed: int = 5) -> Panel:
    z = np.random.default_rng(seed).normal(size=(*panel.weight.shape, 1))
    return replace(panel, unit_covariates=("z",), z=z)


def of_means(fit: Estimate) -> np.ndarray:
    return np.einsum("qgt,gt->q", fit.cell_weights, np.nan_to_num(fit.adjusted_mean))


def test_two_by_two_by_hand() -> None:
    """Changes 5 and 11 with 100 and 300 persons, against 1 and 4 with 200 and 100: 9.5 - 2 = 7.5."""
    mean = np.array([[10.0, 15.0], [20.0, 31.0], [7.0, 8.0], [9.0, 13.0]])
    size = np.array([[100.0, 100.0], [300.0, 300.0], [200.0, 200.0], [100.0, 100.0]])
    panel = panel_of_means(mean, [2011, 2011, np.inf, np.inf], size)
    fit = att_gt(panel)
    assert [term.name for term in fit.terms] == ["att_2011_2011"]
    assert fit.coef == pytest.approx([7.5])
    # treated: share times the change less 9.5; controls: minus share times the change less 2
    assert fit.contributions[:, 0] == pytest.approx([0.25 * -4.5, 0.75 * 1.5, -(2 / 3) * -1, -(1 / 3) * 2])
    assert fit.cell_weights[0] == pytest.approx(
        np.array([[-0.25, 0.25], [-0.75, 0.75], [2 / 3, -2 / 3], [1 / 3, -1 / 3]])
    )
    assert fit.share == pytest.approx([4 / 7])
    once = att_gt(panel, weights="municipalities")
    assert once.coef == pytest.approx([8 - 2.5])
    assert once.share == pytest.approx([0.5])
    assert fit.n_treated == pytest.approx([2])
    assert (fit.support_treated[0], fit.support_control[0]) == (400, 300)


def test_not_yet_treated_and_anticipation_by_hand() -> None:
    """2012 is compared with its own 2010 and 2011; 2014 is a control for as long as it does not anticipate."""
    mean = np.array([[0.0, 1, 4, 9, 9], [0.0, 0, 1, 5, 8], [0.0, 2, 3, 3, 3]])
    panel = panel_of_means(mean, [2012, 2014, np.inf])
    fit = att_gt(panel, comparison="not_yet")
    effects = {(term.cohort, term.year): b for term, b in zip(fit.terms, fit.coef, strict=True)}
    assert effects[2012, 2012] == pytest.approx(3 - (1 + 1) / 2)
    assert effects[2012, 2014] == pytest.approx(8 - 1)
    assert effects[2014, 2013] == pytest.approx(4 - 0)
    early = att_gt(panel, comparison="not_yet", anticipation=1)
    effects = {(term.cohort, term.year): b for term, b in zip(early.terms, early.coef, strict=True)}
    assert effects[2012, 2012] == pytest.approx(4 - (1 + 3) / 2)
    assert effects[2012, 2013] == pytest.approx(9 - 3)
    assert early.design.anticipation == 1


def test_one_cohort_and_one_year_before_is_two_way_fixed_effects() -> None:
    rng = np.random.default_rng(7)
    panel = panel_of_means(rng.normal(size=(9, 4)), [2011] * 3 + [np.inf] * 6, np.full((9, 4), 50.0))
    simple, did = aggregate(att_gt(panel), "simple"), estimate.did(panel)
    assert simple.coef == pytest.approx(did.coef, rel=1e-10)
    assert simple.cell_weights == pytest.approx(did.cell_weights, abs=1e-12)
    assert simple.contributions == pytest.approx(did.contributions, abs=1e-12)


def test_one_cohort_with_the_universal_base_is_the_event_study() -> None:
    rng = np.random.default_rng(8)
    panel = panel_of_means(rng.normal(size=(9, 7)), [2013] * 4 + [np.inf] * 5)
    event = aggregate(att_gt(panel, base_period="universal"), "event")
    theirs = estimate.event_study(panel, window=(-3, 3))
    assert [term.event_time for term in event.terms] == [term.event_time for term in theirs.terms]
    assert event.coef == pytest.approx(theirs.coef, rel=1e-10)
    assert event.contributions == pytest.approx(theirs.contributions, abs=1e-12)
    assert event.design.base.event_time == -1


@pytest.mark.parametrize("method", ["dr", "ipw", "or"])
def test_a_constant_effect_is_every_average(method: str) -> None:
    panel = with_covariate(staggered(1))
    g, t = panel.weight.shape
    mean = np.arange(g)[:, None] * 3.0 + np.arange(t) ** 2 + 4.0 * panel.exposed
    fit = att_gt(replace(panel, y=mean * panel.weight), method=method, impossible="leave_out")
    for kind in ("simple", "cohort", "calendar", "event_average", "cohort_average", "calendar_average"):
        assert aggregate(fit, kind).coef == pytest.approx(4.0, rel=1e-9)
    by_time = aggregate(fit, "event")
    assert by_time.coef == pytest.approx([4.0 * ((term.event_time or 0) >= 0) for term in by_time.terms], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["dr", "or", "ipw"]), st.sampled_from(["never", "not_yet"]))
def test_what_must_not_matter(seed: int, method: str, comparison: str) -> None:
    rng = np.random.default_rng(seed)
    options = {"method": method, "comparison": comparison, "impossible": "leave_out"}
    panel = with_covariate(staggered(seed % 1000), seed)
    fit = att_gt(panel, **options)
    order = rng.permutation(len(panel.municipality))
    shuffled = panel.select(np.ones(16, dtype=bool))
    shuffled = replace(
        panel,
        municipality=tuple(f"other {g}" for g in order),
        cluster=tuple(f"other {g}" for g in order),
        **{name: getattr(panel, name)[order] for name in ("adoption", "weight", "persons", "y", "yy", "z", "x", "xx")},
        xy=panel.xy[order],
    )
    again = att_gt(shuffled, **options)
    assert again.terms == fit.terms
    assert again.coef == pytest.approx(fit.coef, rel=1e-7, abs=1e-8)
    assert again.contributions == pytest.approx(fit.contributions[order], abs=1e-7)
    constants = rng.normal(0, 30, 16)[:, None] + rng.normal(0, 30, 6)
    moved = att_gt(replace(panel, y=panel.y + constants * panel.weight), **options)
    assert moved.coef == pytest.approx(fit.coef, abs=1e-7)
    assert moved.contributions == pytest.approx(fit.contributions, abs=1e-7)
    assert of_means(fit) == pytest.approx(fit.coef, abs=1e-9)
    assert fit.cell_weights.sum(axis=2) == pytest.approx(0.0, abs=1e-12)
    assert fit.cell_weights.sum(axis=1) == pytest.approx(0.0, abs=1e-9)


def test_a_pair_of_years_needs_both_and_an_empty_year_is_no_base() -> None:
    panel = staggered(3)
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[7, 1] = True  # the base year 2011 of a municipality that adopts in 2012
    whole, holed = att_gt(panel), att_gt(panel.without(hole))
    assert holed.terms == whole.terms
    after = [j for j, term in enumerate(whole.terms) if term.cohort == 2012 and (term.event_time or 0) >= 0]
    assert holed.cell_weights[after, 7] == pytest.approx(0.0, abs=0)
    assert np.all(whole.cell_weights[after, 7].any(axis=1))
    others = [j for j, term in enumerate(whole.terms) if term.cohort == 2015]
    assert holed.coef[others] == pytest.approx(whole.coef[others], rel=1e-12)
    year = np.zeros(panel.weight.shape, dtype=bool)
    year[:, 1] = True
    without = att_gt(panel.without(year))
    place = [(term.cohort, term.year) for term in without.terms].index((2012, 2012))
    assert set(np.flatnonzero(without.cell_weights[place].any(axis=0))) == {0, 2}
    cohort = np.zeros(panel.weight.shape, dtype=bool)
    cohort[7:11, 1] = True
    assert {term.cohort for term in att_gt(panel.without(cohort)).terms if (term.event_time or 0) >= 0} == {2013, 2015}


def test_base_year_weights_follow_the_sizes() -> None:
    panel = staggered(4)
    fit = att_gt(panel, weights="base_year")
    j = [(term.cohort, term.year) for term in fit.terms].index((2012, 2014))
    treated = panel.adoption == 2012
    change = panel.mean[:, 4] - panel.mean[:, 1]
    never = np.isinf(panel.adoption)
    expected = np.average(change[treated], weights=panel.weight[treated, 1])
    expected -= np.average(change[never], weights=panel.weight[never, 1])
    assert fit.coef[j] == pytest.approx(expected, rel=1e-12)


def test_a_municipality_without_its_covariate_is_not_compared() -> None:
    panel = with_covariate(staggered(6))
    assert panel.z is not None
    z = panel.z.copy()
    z[0] = np.nan
    fit = att_gt(replace(panel, z=z), method="or")
    keep = np.arange(16) > 0
    expected = att_gt(panel.select(keep), method="or")
    assert fit.coef == pytest.approx(expected.coef, rel=1e-9)
    assert not fit.contributions[0].any()


def test_refit_is_the_same_estimator_on_another_panel() -> None:
    panel = with_covariate(staggered(9))
    options = {"comparison": "not_yet", "method": "or", "base_period": "universal", "weights": "municipalities"}
    keep = np.arange(16) != 8
    fit = att_gt(panel, **options).refit(panel.select(keep))
    assert fit.coef == pytest.approx(att_gt(panel.select(keep), **options).coef, rel=1e-12)
    again = aggregate(att_gt(panel, **options), "event", balance=0).refit(panel.select(keep))
    assert again.coef == pytest.approx(aggregate(fit, "event", balance=0).coef, rel=1e-12)


def test_refusals_say_what_to_do() -> None:
    panel = staggered(1)
    with pytest.raises(UsageError, match="is not a number of years"):
        att_gt(panel, anticipation=-1)
    with pytest.raises(UsageError, match="method='best'"):
        att_gt(panel, method="best")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no municipality covariate 'lpop'"):
        att_gt(panel, municipality_covariates=["lpop"])
    with pytest.raises(UsageError, match="no base year"):
        att_gt(panel, sampling="cross_sections", weights="base_year")
    with pytest.raises(IdentificationError, match="no municipality is never treated"):
        att_gt(panel.select(panel.treated))
    with pytest.raises(IdentificationError, match="same year"):
        att_gt(panel.select(panel.adoption == 2012), comparison="not_yet")
    with pytest.raises(IdentificationError, match="after the first year"):
        att_gt(panel.select(~panel.treated))
    persons = panel_of_persons(simulated_persons(1, {"m00": 2013, "m01": 2014}), ("age",))
    with pytest.raises(UsageError, match='method="or" with sampling="cross_sections"'):
        att_gt(persons)
    assert att_gt(persons, person_covariates=()).panel.covariates == ()


def test_no_overlap_is_named_by_cohort_and_year() -> None:
    panel = staggered(2)
    z = np.repeat(panel.treated[:, None, None] * 1.0, 6, axis=1)
    apart = replace(panel, unit_covariates=("chosen",), z=z)
    with pytest.raises(IdentificationError, match="cohort 2012, year 2011: the covariates tell treated from control"):
        att_gt(apart, method="ipw")
    with pytest.raises(IdentificationError, match="collinear"):
        att_gt(apart, method="or")
    mixed = np.repeat(np.random.default_rng(2).normal(size=(16, 1, 1)), 6, axis=1)
    mixed[11:14] = 10.0  # those of 2013 are like nobody else
    known = replace(panel, unit_covariates=("chosen",), z=mixed)
    with pytest.raises(IdentificationError) as refused:
        att_gt(known, method="ipw")
    assert all(problem.startswith("cohort 2013") for problem in refused.value.problems)
    some = att_gt(known, method="ipw", impossible="leave_out")
    assert {term.cohort for term in some.terms} == {2012, 2015}
