"""Sun-Abraham and extended two-way fixed effects: by hand, on person rows, in collapse cases; who is left out."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from lib.staggered import INF, PANELS, drawn, ols_of_rows, reordered, shifted

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate
from ipscausal.inference import covariance_cr0
from ipscausal.panel import Panel

MEANS = np.array([[1.0, 4, 6, 9], [1, 3, 8, 10], [1, 2, 2, 4]])
BY_HAND = panel_of_means(MEANS, [2011, 2012, INF])
ESTIMATORS = {
    "sun_abraham": estimate.sun_abraham,
    "not_yet": estimate.etwfe,
    "never": partial(estimate.etwfe, comparison="never"),
    "cohorts": partial(estimate.etwfe, effects="cohort"),
    "stacked": partial(estimate.stacked, window=(-2, 1)),
    "variance": partial(estimate.stacked, window=(-2, 1), weights="variance"),
}


def effects(fit: Estimate) -> dict[str, float]:
    return dict(zip((term.name for term in fit.terms), fit.coef, strict=True))


def test_sun_abraham_by_hand() -> None:
    """Each value less that of the year before adoption, less the same change of the never treated."""
    fit = estimate.sun_abraham(BY_HAND)
    assert effects(fit) == pytest.approx(
        {
            "att_2011_2011": (4 - 1) - (2 - 1),
            "att_2011_2012": (6 - 1) - (2 - 1),
            "att_2011_2013": (9 - 1) - (4 - 1),
            "att_2012_2010": (1 - 3) - (1 - 2),
            "att_2012_2012": (8 - 3) - (2 - 2),
            "att_2012_2013": (10 - 3) - (4 - 2),
        }
    )
    assert aggregate(fit, "simple").coef == pytest.approx([(2 + 4 + 5 + 5 + 5) / 5])
    assert effects(aggregate(fit, "event")) == pytest.approx(
        {"event_-2": -1, "event_0": (2 + 5) / 2, "event_1": (4 + 5) / 2, "event_2": 5}
    )


def test_extended_two_way_by_hand() -> None:
    """Untreated cells: the second and third change by 2 and 1 to 2011, on average 1.5; the third alone gives the rest.

    Constants: 1 of the first, 1.25 of the second, 0.75 of the third; years 0, 1.5, 1.25, 3.25.
    """
    fit = estimate.etwfe(BY_HAND)
    assert effects(fit) == pytest.approx(
        {
            "att_2011_2011": 4 - 1 - 1.5,
            "att_2011_2012": 6 - 1 - 1.25,
            "att_2011_2013": 9 - 1 - 3.25,
            "att_2012_2012": 8 - 1.25 - 1.25,
            "att_2012_2013": 10 - 1.25 - 3.25,
        }
    )
    assert fit.share == pytest.approx(np.ones(5))


def test_the_last_cohort_as_comparison_by_hand() -> None:
    """Only 2011 is left: the first changed by 3, the second, treated from 2012 on, by 2."""
    last = estimate.sun_abraham(BY_HAND, comparison="last cohort")
    assert effects(last) == pytest.approx({"att_2011_2011": 3 - 2})
    assert last.left_out == {"never_treated": ("m002",)}
    assert last.cells.observed.tolist() == [[True, True, False, False]] * 2
    assert effects(estimate.etwfe(panel_of_means(MEANS[:2], [2011, 2012]))) == pytest.approx({"att_2011_2011": 1})
    assert effects(last.refit(last.panel)) == effects(last)


@settings(deadline=None, max_examples=15)
@given(panel=PANELS)
def test_with_the_never_treated_alone_it_is_sun_abraham(panel: Panel) -> None:
    never, event = estimate.etwfe(panel, comparison="never"), estimate.sun_abraham(panel)
    assert effects(never) == pytest.approx(effects(event), abs=1e-12)
    assert never.contributions == pytest.approx(event.contributions, abs=1e-12)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_with_equal_cells_it_is_imputation_and_group_time_effects(seed: int) -> None:
    """Wooldridge (2021), proposition 5.1; and by "never" the comparisons with the year before adoption."""
    panel = drawn(seed, sizes=False)
    assert effects(estimate.etwfe(panel)) == pytest.approx(effects(estimate.imputation(panel)), abs=1e-9)
    two_by_two = effects(estimate.att_gt(panel, base_period="universal"))
    ours = effects(estimate.sun_abraham(panel))
    assert ours == pytest.approx({name: two_by_two[name] for name in ours}, abs=1e-9)


@pytest.mark.parametrize("sizes", [True, False])
def test_one_cohort_is_the_event_study_and_the_difference_in_differences(sizes: bool) -> None:
    panel = drawn(3, sizes, adoption=[2013, 2013, 2013, INF, INF, INF, INF])
    events = estimate.event_study(panel, window=(-3, 3))
    ours = aggregate(estimate.sun_abraham(panel), "event")
    assert effects(ours) == pytest.approx(effects(events), abs=1e-10)
    assert covariance_cr0(ours) == pytest.approx(covariance_cr0(events), rel=1e-9)
    if not sizes:
        did, average = estimate.did(panel), aggregate(estimate.etwfe(panel), "simple")
        assert average.coef == pytest.approx(did.coef, abs=1e-12)
        # the average takes a residual per year away from the treated; contributions differ by it, and sum to zero
        assert average.contributions.sum() == pytest.approx(0, abs=1e-12)
        for weights in ("corrective", "variance", "none"):
            stack = estimate.stacked(panel, window=(-3, 3), weights=weights)
            assert effects(stack) == pytest.approx(effects(events), abs=1e-10)
            assert covariance_cr0(stack) == pytest.approx(covariance_cr0(events), rel=1e-9)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_constant_effects_make_all_agree(name: str) -> None:
    panel = drawn(5)
    exposed = panel.exposed
    rng = np.random.default_rng(0)
    means = rng.normal(size=(8, 1)) + rng.normal(size=(1, 7)) + 4.0 * exposed
    constant = replace(panel, y=panel.weight * means)
    fit = ESTIMATORS[name](constant)
    after = np.array([term.first >= 0 for term in fit.terms])
    assert estimate.did(constant).coef == pytest.approx([4.0])
    if name != "cohorts":  # there the sizes of municipalities, which change, move the estimate
        assert fit.coef[after] == pytest.approx(4.0)
        assert fit.coef[~after] == pytest.approx(0.0, abs=1e-10)


@settings(deadline=None, max_examples=10)
@given(panel=PANELS, seed=st.integers(0, 1000))
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "cohorts"])
def test_order_names_and_constants_do_not_matter(name: str, panel: Panel, seed: int) -> None:
    fit = ESTIMATORS[name](panel)
    assert effects(ESTIMATORS[name](reordered(panel, seed))) == pytest.approx(effects(fit), abs=1e-9)
    moved = ESTIMATORS[name](shifted(panel, seed))
    assert moved.coef == pytest.approx(3 * fit.coef, abs=1e-8)
    assert moved.contributions == pytest.approx(3 * fit.contributions, abs=1e-8)
    rebuilt = np.nansum(fit.cell_weights * fit.adjusted_mean, axis=(1, 2))
    assert rebuilt == pytest.approx(fit.coef, abs=1e-10)
    assert fit.cell_weights.sum(axis=2) == pytest.approx(0, abs=1e-10)
    assert fit.cell_weights.sum(axis=1) == pytest.approx(0, abs=1e-10)
    assert fit.contributions.sum(axis=0) == pytest.approx(0, abs=1e-9)


def cell_columns(rows: pd.DataFrame, fit: Estimate) -> pd.DataFrame:
    return pd.DataFrame(
        {t.name: ((rows["first"] == t.cohort) & (rows["year"] == t.year)).astype(float) for t in fit.terms}
    )


@pytest.mark.parametrize("comparison", ["never", "not_yet"])
def test_person_covariates_as_on_the_rows(comparison: str) -> None:
    """Slopes of age and of being a woman by year, by cohort and in every treated cohort and year."""
    rows = simulated_persons(4, {"m01": 2012, "m02": 2012, "m04": 2014}, 9, range(2010, 2016), 20)
    fit = estimate.etwfe(panel_of_persons(rows, ("age", "woman")), comparison=comparison)
    terms = cell_columns(rows, fit)
    columns = [terms]
    for name in ("age", "woman"):
        x = rows[name].astype(float)
        centred = pd.DataFrame({t: terms[t] * (x - x[terms[t] > 0].mean()) for t in terms}).add_suffix(name)
        years = pd.get_dummies(rows["year"], dtype=float).mul(x, axis=0).add_prefix(name)
        cohorts = pd.get_dummies(rows["first"], dtype=float).mul(x, axis=0).add_prefix(name)
        columns += [centred, years, cohorts]
    theirs = ols_of_rows(rows, pd.concat(columns, axis=1), ("municipality", "year"))
    names = list(terms)
    assert fit.coef == pytest.approx(theirs.params[names].to_numpy(), rel=1e-8)
    g, n, k = 9, len(rows), theirs.model.exog.shape[1]
    factor = g / (g - 1) * (n - 1) / (n - k)
    assert covariance_cr0(fit) * factor == pytest.approx(theirs.cov_params().loc[names, names].to_numpy(), rel=1e-7)
    assert fit.residual_df == n - k
    rebuilt = np.nansum(fit.cell_weights * fit.adjusted_mean, axis=(1, 2))
    assert rebuilt == pytest.approx(fit.coef, abs=1e-9)
    without = estimate.etwfe(panel_of_persons(rows, ("age", "woman")), comparison=comparison, person_covariates=())
    plain = ols_of_rows(rows, terms, ("municipality", "year"))
    assert without.coef == pytest.approx(plain.params[names].to_numpy(), rel=1e-9)


def test_sun_abraham_with_person_covariates_as_on_the_rows() -> None:
    rows = simulated_persons(8, {"m01": 2012, "m02": 2012, "m04": 2014}, 9, range(2010, 2016), 12)
    fit = estimate.sun_abraham(panel_of_persons(rows, ("age",)))
    columns = pd.concat([cell_columns(rows, fit), rows[["age"]].astype(float)], axis=1)
    theirs = ols_of_rows(rows, columns, ("municipality", "year"))
    assert fit.coef == pytest.approx(theirs.params[: len(fit.terms)].to_numpy(), rel=1e-9)
    assert fit.slopes == pytest.approx([theirs.params["age"]], rel=1e-9)


def test_municipality_covariates_that_change_as_on_the_rows() -> None:
    """A covariate that changes over the years keeps its level and its slopes by cohort; sizes and holes differ."""
    panel = drawn(6, holes=3)
    z = np.random.default_rng(1).normal(size=panel.weight.shape) + np.arange(8)[:, None]
    fit = estimate.etwfe(replace(panel, unit_covariates=("z",), z=z[..., None]))
    g, t = np.nonzero(panel.observed)
    rows = pd.DataFrame(
        {"municipality": g.astype(str), "year": panel.years[t], "first": panel.adoption[g], "z": z[g, t]}
    )
    weight = np.sqrt(panel.weight[g, t])
    terms = cell_columns(rows, fit)
    centred = terms.apply(lambda d: d * (rows["z"] - np.average(rows["z"], weights=d * weight**2)))
    blocks = [terms, centred.add_suffix("z")]
    blocks += [pd.get_dummies(rows[by], dtype=float).mul(rows["z"], axis=0).add_prefix("z") for by in ("year", "first")]
    blocks += [pd.get_dummies(rows["municipality"], dtype=float), pd.get_dummies(rows["year"], dtype=float)]
    x = pd.concat(blocks, axis=1).to_numpy() * weight[:, None]
    theirs = np.linalg.lstsq(x, panel.mean[g, t] * weight, rcond=None)[0]
    assert fit.coef == pytest.approx(theirs[: len(fit.terms)], rel=1e-8)


def test_a_year_without_untreated_cells_speaks_for_nobody() -> None:
    panel = drawn(2, adoption=[2012, 2012, 2013, 2013, 2014, 2014])
    fit = estimate.etwfe(panel)
    assert {term.name for term in fit.terms} == {"att_2012_2012", "att_2012_2013", "att_2013_2013"}
    assert fit.cells.observed.any(axis=0).tolist() == [True] * 4 + [False] * 3
    assert estimate.etwfe(panel, anticipation=1).design.terms[-1].name == "att_2013_2012"
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[4:, 2] = True
    assert "att_2012_2012" not in effects(estimate.sun_abraham(drawn(2).without(np.vstack([hole, hole[4:]]))))


def test_anticipation_moves_the_reference() -> None:
    panel = drawn(2)
    with pytest.raises(UsageError, match="reference -1 is not before adoption less 1 years of anticipation"):
        estimate.sun_abraham(panel, anticipation=1)
    fit = estimate.sun_abraham(panel, anticipation=1, reference=-2)
    assert {term.event_time for term in fit.terms if term.cohort == 2012} == {-1, 0, 1, 2, 3, 4}
    again = estimate.etwfe(panel, anticipation=1, comparison="never")
    assert effects(again) == pytest.approx(effects(fit))
    assert aggregate(fit, "simple").terms[0].first == 0


def test_cohorts_without_a_year_of_reference_and_unknown_covariates_are_left_out_and_named() -> None:
    panel = drawn(2)
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[4, 4] = True
    fit = estimate.sun_abraham(panel.without(hole))
    assert fit.left_out == {"without_reference": ("m004",)}
    assert "without_reference" not in estimate.etwfe(panel.without(hole)).left_out
    z = np.ones((8, 7, 1)) * np.arange(8)[:, None, None]
    z[1] = np.nan
    known = replace(panel, unit_covariates=("z",), z=z)
    assert estimate.etwfe(known).left_out == {"missing_covariate": ("m001",)}
    assert estimate.etwfe(known, municipality_covariates=()).left_out == {}


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (partial(estimate.sun_abraham, comparison="not_yet"), UsageError, "comparison='not_yet' is not known"),
        (partial(estimate.etwfe, comparison="last cohort"), UsageError, "comparison='last cohort' is not known"),
        (partial(estimate.etwfe, effects="state"), UsageError, "effects='state' is not known"),
        (partial(estimate.etwfe, anticipation=-1), UsageError, "anticipation -1 is negative"),
        (partial(estimate.etwfe, municipality_covariates=("x",)), UsageError, "no covariate x in the panel"),
        (partial(estimate.etwfe, anticipation=6), IdentificationError, "in its years of reference"),
    ],
)
def test_wrong_options_say_what_is_wrong(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(drawn(1))


@pytest.mark.parametrize(
    ("adoption", "words"),
    [
        ([INF, INF, INF], "no treated municipality inside the window"),
        ([2012, 2013, 2013], "no municipality is never treated"),
    ],
)
def test_designs_without_comparison_say_why(adoption: list[float], words: str) -> None:
    with pytest.raises(IdentificationError, match=words):
        estimate.sun_abraham(drawn(1, adoption=adoption))


def test_a_single_adoption_year_without_never_treated_has_no_comparison() -> None:
    for call in (estimate.etwfe, partial(estimate.sun_abraham, comparison="last cohort")):
        with pytest.raises(IdentificationError, match="every municipality adopts in the same year"):
            call(drawn(1, adoption=[2012, 2012, 2012]))
