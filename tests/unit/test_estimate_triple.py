"""Triple differences: the difference of two populations as a panel, against the saturated three-way regression."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import UsageError
from ipscausal.estimate import did, event_study, switching, triple
from ipscausal.estimate.triple import difference_panel
from ipscausal.inference import sampling_covariance
from ipscausal.panel import Panel

ADOPTION = {"m00": 2012, "m01": 2013, "m02": 2014, "m03": 2014}


def three_way(rows: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """Coefficient of treatment and its influence by municipality: least squares on rows, every dummy written out."""
    young = (rows["population"] == "young").to_numpy(float)
    treated = young * (rows["year"] >= rows["first"])
    place_year = pd.get_dummies(rows["municipality"] + rows["year"].astype(str)).to_numpy(float)
    years = pd.get_dummies(rows["year"]).to_numpy(float)
    places = pd.get_dummies(rows["municipality"], drop_first=True).to_numpy(float)
    design = np.column_stack([treated, place_year, young[:, None] * years, young[:, None] * places])
    fit = sm.OLS(rows["y"].to_numpy(), design).fit()
    own = sm.OLS(design[:, 0], design[:, 1:]).fit().resid
    influence = own * fit.resid / (own @ own)
    return fit.params[0], dict(pd.Series(influence).groupby(rows["municipality"].to_numpy()).sum())


def two_populations(seed: int, **sizes: int) -> pd.DataFrame:
    young = simulated_persons(seed, ADOPTION, **sizes).assign(population="young")
    old = simulated_persons(seed + 1, {}, **sizes).assign(population="old")
    old["first"] = old["municipality"].map(ADOPTION)
    return pd.concat([young, old], ignore_index=True)


def panels(rows: pd.DataFrame) -> tuple[Panel, Panel]:
    young = rows["population"] == "young"
    return panel_of_persons(rows[young]), panel_of_persons(rows[~young])


def test_by_hand() -> None:
    """Two municipalities, two years: young +7 and +1, old +2 and -1: (7 - 1) - (2 - (-1)) = 3."""
    young = panel_of_means(np.array([[1.0, 8.0], [4.0, 5.0]]), [2011, np.inf])
    old = panel_of_means(np.array([[0.0, 2.0], [3.0, 2.0]]), [2011, np.inf])
    assert triple(young, old).coef == pytest.approx([3.0])


def test_persons_weigh_by_both_populations() -> None:
    """30 and 10 persons weigh 7.5; variances 40 and 20 inside cells make the noise 40/30 + 20/10."""
    young = panel_of_means(np.array([[1.0, 8.0], [4.0, 5.0]]), [2011, np.inf], size=np.full((2, 2), 30.0))
    old = panel_of_means(np.array([[0.0, 2.0], [3.0, 2.0]]), [2011, np.inf], size=np.full((2, 2), 10.0))
    young = replace(young, within_variance=np.full((2, 2), 40.0), mean_covariance=np.full((2, 2, 2), 2.0))
    old = replace(old, within_variance=np.full((2, 2), 20.0), mean_covariance=np.full((2, 2, 2), 3.0))
    panel = difference_panel(young, old)
    np.testing.assert_allclose(panel.weight, 7.5)
    assert panel.within_variance is not None
    np.testing.assert_allclose(panel.within_variance / panel.persons, 40 / 30 + 20 / 10)
    assert panel.mean_covariance is not None
    np.testing.assert_array_equal(panel.mean_covariance, 5.0)
    np.testing.assert_allclose(panel.yy, 7.5 * panel.mean**2 + 6.5 * panel.within_variance)
    without_covariance = difference_panel(replace(young, mean_covariance=None), old)
    noise = sampling_covariance(did(without_covariance))
    assert noise is not None
    # cells of fewer than 20 effective persons take the pooled variance, which is the same in all of them here
    np.testing.assert_allclose(np.diagonal(noise.covariance, axis1=1, axis2=2), 40 / 30 + 20 / 10)


@pytest.mark.parametrize("seed", [1, 2])
def test_persons_equal_the_saturated_three_way_regression_on_their_rows(seed: int) -> None:
    rows = two_populations(seed, municipalities=8, years=range(2010, 2016), mean_size=8)
    gone = (rows["municipality"] == "m05") & (rows["year"] == 2013) & (rows["population"] == "old")
    rows = rows[~gone].reset_index(drop=True)
    coefficient, influence = three_way(rows)
    fit = triple(*panels(rows))
    assert fit.coef[0] == pytest.approx(coefficient, rel=1e-10)
    by_code = dict(zip(fit.panel.municipality, fit.contributions[:, 0], strict=True))
    assert by_code == pytest.approx(influence, rel=1e-8, abs=1e-11)


def test_equal_weights_equal_statsmodels_with_its_standard_error_by_municipality() -> None:
    rng = np.random.default_rng(3)
    shape, adoption = (7, 5), [2012, 2013, 2013, np.inf, np.inf, np.inf, np.inf]
    young, old = (panel_of_means(rng.normal(size=shape), adoption) for _ in range(2))
    rows = pd.concat(
        pd.DataFrame(
            {
                "municipality": np.repeat(panel.municipality, 5), "year": np.tile(panel.years, 7),
                "y": panel.mean.ravel(), "first": np.repeat(adoption, 5), "population": name,
            }
        )
        for name, panel in (("young", young), ("old", old))
    ).reset_index(drop=True)  # fmt: skip
    coefficient, influence = three_way(rows)
    fit = triple(young, old)
    assert fit.coef[0] == pytest.approx(coefficient, rel=1e-10)
    assert (fit.contributions**2).sum() == pytest.approx(sum(value**2 for value in influence.values()), rel=1e-9)


@pytest.mark.parametrize("estimate_of", [did, event_study, switching])
def test_equal_weights_subtract_in_every_linear_estimator(estimate_of: object) -> None:
    rng = np.random.default_rng(4)
    shared = rng.normal(0, 10, (9, 8))
    adoption = [2013, 2014, 2016, 2016, *[np.inf] * 5]
    young, old = (panel_of_means(shared + rng.normal(size=(9, 8)), adoption) for _ in range(2))
    assert callable(estimate_of)
    fit, first, second = triple(young, old, estimate_of=estimate_of), estimate_of(young), estimate_of(old)
    np.testing.assert_allclose(fit.coef, first.coef - second.coef, rtol=0, atol=1e-12)
    np.testing.assert_allclose(fit.contributions, first.contributions - second.contributions, rtol=0, atol=1e-11)
    # shocks that both populations share leave: their covariance is counted, variances do not add up
    assert ((fit.contributions**2).sum(axis=0) < 0.2 * (first.contributions**2).sum(axis=0)).all()
    again = fit.refit(difference_panel(young, panel_of_means(np.zeros((9, 8)), adoption)))
    np.testing.assert_allclose(again.coef, first.coef, rtol=0, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.permutations(range(8)))
def test_what_both_populations_share_in_a_municipality_and_year_leaves(
    seed: int, size: float, order: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    adoption = np.array([2012, 2012, 2013, *[np.inf] * 5])
    young, old = rng.normal(size=(8, 5)), rng.normal(size=(8, 5))
    shared = size * rng.normal(size=(8, 5))
    plain = triple(panel_of_means(young, adoption.tolist()), panel_of_means(old, adoption.tolist()))
    # relabelled in the first population, in another order in the second
    first = panel_of_means(young + shared, adoption.tolist())
    second = panel_of_means((old + shared)[order], adoption[order].tolist())
    second = replace(second, municipality=tuple(first.municipality[i] for i in order))
    np.testing.assert_allclose(triple(first, second).coef, plain.coef, rtol=0, atol=1e-10)


def test_populations_that_do_not_match_are_named() -> None:
    means = np.zeros((3, 3))
    young = panel_of_means(means, [2011, np.inf, np.inf])
    with pytest.raises(UsageError, match="another adoption year in 1 municipalities: m001") as raised:
        triple(young, panel_of_means(means, [2011, 2012, np.inf], size=np.ones((3, 3))))
    assert "weights by rows and by persons" in str(raised.value)
    other = panel_of_means(means, [2011, np.inf, np.inf], first_year=2011)
    with pytest.raises(UsageError, match="years in one of them only: 2010, 2013"):
        triple(young, other)
    with pytest.raises(UsageError, match="2 municipalities are in one of them only: m000, other") as raised:
        triple(young, replace(young, municipality=("other", *young.municipality[1:]), unit="days"))
    assert "in '' and in 'days'" in str(raised.value)
