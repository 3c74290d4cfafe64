"""Municipality trends and covariates by year against dummies on person rows; what they cost; what they cannot do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from lib.staggered import INF, drawn, ols_of_rows, shifted

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, VarianceCost, variance_cost
from ipscausal.inference import METHODS, Options, covariance_cr0, leave_one_out
from ipscausal.panel import Panel

ADOPTION = {"m01": 2012, "m02": 2012, "m04": 2014}
OPTIONS: tuple[dict[str, Any], ...] = (
    {"trends": "municipality"},
    {"interacted": ("age",)},
    {"trends": "municipality", "interacted": ("woman", "age")},
)


def rows_and_panel(seed: int) -> tuple[pd.DataFrame, Panel]:
    rows = simulated_persons(seed, ADOPTION, 9, range(2009, 2017), 12)
    rows = rows[~((rows["municipality"] == "m07") & (rows["year"] == 2011))].reset_index(drop=True)
    return rows, panel_of_persons(rows, ("age", "woman"))


def columns(rows: pd.DataFrame, fit: Estimate, trends: str = "none", interacted: tuple[str, ...] = ()) -> pd.DataFrame:
    time = rows["year"] - rows["first"]
    terms = pd.DataFrame({t.name: ((time >= t.first) & (time <= t.last)).astype(float) for t in fit.terms})
    blocks = [terms, rows[["age", "woman"]].astype(float)]
    for name in interacted:
        years = pd.get_dummies(rows["year"], dtype=float).iloc[:, 1:]
        blocks.append(years.mul(rows[name], axis=0).add_prefix(name))
    if trends == "municipality":
        own = pd.get_dummies(rows["municipality"], dtype=float).iloc[:, 1:]
        # the trend of the first municipality is that of the years, of which one more then has to go
        blocks.append(own.mul(rows["year"] - 2012.0, axis=0).add_prefix("trend"))
    return pd.concat(blocks, axis=1)


@pytest.mark.parametrize("options", OPTIONS)
def test_as_with_every_dummy_on_the_rows(options: dict[str, Any]) -> None:
    rows, panel = rows_and_panel(21)
    for fit in (estimate.did(panel, **options), estimate.event_study(panel, window=(-2, 1), **options)):
        x = columns(rows, fit, **options)
        theirs = ols_of_rows(rows, x, ("municipality", "year"))
        names = [term.name for term in fit.terms]
        assert fit.coef == pytest.approx(theirs.params[names].to_numpy(), rel=1e-8)
        g, n, k = 9, len(rows), theirs.model.exog.shape[1]
        factor = g / (g - 1) * (n - 1) / (n - k)
        assert covariance_cr0(fit) * factor == pytest.approx(theirs.cov_params().loc[names, names].to_numpy(), rel=1e-7)
        assert fit.residual_df == n - k
        bread = np.diag(fit.regression.bread)[: len(names)]
        assert bread == pytest.approx(np.diag(theirs.normalized_cov_params.loc[names, names]), rel=1e-8)
        rebuilt = np.nansum(fit.cell_weights * fit.adjusted_mean, axis=(1, 2))
        assert rebuilt == pytest.approx(fit.coef, abs=1e-9)
        assert fit.estimator == "twfe_adjusted"
        assert not fit.is_two_way


def test_the_cost_in_variance_is_the_ratio_of_two_designs() -> None:
    rows, panel = rows_and_panel(22)
    fit = estimate.did(panel, trends="municipality", interacted=("age",))
    x = columns(rows, fit, "municipality", ("age",))
    wide = ols_of_rows(rows, x, ("municipality", "year")).normalized_cov_params.loc["att", "att"]
    plain = ols_of_rows(rows, columns(rows, fit), ("municipality", "year")).normalized_cov_params.loc["att", "att"]
    cost = variance_cost(fit)
    assert isinstance(cost, VarianceCost)
    assert cost.ratio == pytest.approx([wide / plain], rel=1e-8)
    assert cost.ratio[0] > 1
    assert (cost.terms, cost.trends, cost.interacted) == (("att",), "municipality", ("age",))
    nothing = variance_cost(estimate.did(panel))
    assert (nothing.ratio.tolist(), nothing.trends, nothing.interacted) == ([1.0], "none", ())


def test_the_cost_of_a_trend_by_hand() -> None:
    """Four years, two before: the step (-1, -1, 1, 1) / 2 has a variation of 1, of which the trend takes 4/5."""
    panel = panel_of_means(np.random.default_rng(0).normal(size=(6, 4)), [2012, 2012, INF, INF, INF, INF])
    assert variance_cost(estimate.did(panel, trends="municipality")).ratio == pytest.approx([5.0])


def test_a_trend_by_hand() -> None:
    """Changes of 1, 1 and then 5 against none: the jump is the step left when the line has been fitted to both."""
    means = np.array([[0.0, 1, 2, 7, 8, 9], [3, 3, 3, 3, 3, 3]])
    panel = panel_of_means(means, [2013, INF])
    assert estimate.did(panel).coef == pytest.approx([8 - 1])
    assert estimate.did(panel, trends="municipality").coef == pytest.approx([4.0])


def test_trends_of_municipalities_cancel() -> None:
    panel = drawn(3, holes=3)
    slope = np.random.default_rng(0).normal(0, 50, (8, 1)) * (panel.years - 2010.0)
    moved = shifted(replace(panel, y=panel.y + panel.weight * slope), 1)
    fit, again = (estimate.did(p, trends="municipality") for p in (panel, moved))
    assert again.coef == pytest.approx(3 * fit.coef, rel=1e-8)
    assert again.contributions == pytest.approx(3 * fit.contributions, abs=1e-8)
    trend = (fit.cell_weights * (panel.years - 2010.0)).sum(axis=2)
    assert trend == pytest.approx(0, abs=1e-10)
    assert estimate.did(moved).coef != pytest.approx(3 * estimate.did(panel).coef, rel=0.1)


def test_covariates_of_municipalities_by_year() -> None:
    panel = drawn(9, holes=3)
    value = np.random.default_rng(1).normal(size=8) + 5
    known = replace(panel, unit_covariates=("z",), z=np.repeat(value[:, None], 7, axis=1)[..., None])
    fit = estimate.did(known, interacted=("z",))
    g, t = np.nonzero(panel.observed)
    weight = np.sqrt(panel.weight[g, t])
    x = np.column_stack(
        [panel.exposed[g, t], np.eye(8)[g], np.eye(7)[t][:, 1:], np.eye(7)[t][:, 1:] * value[g][:, None]]
    )
    theirs = np.linalg.lstsq(x * weight[:, None], panel.mean[g, t] * weight, rcond=None)[0]
    assert fit.coef == pytest.approx(theirs[:1], rel=1e-9)
    assert variance_cost(fit).interacted == ("z",)
    gap = np.array(known.z)
    gap[1, 3] = np.nan
    without = estimate.did(replace(known, z=gap), interacted=("z",))
    assert without.left_out == {"missing_covariate": ("m001",)}
    assert without.refit(without.panel).coef == pytest.approx(without.coef)
    assert estimate.did(replace(known, z=gap)).left_out == {}


@pytest.mark.parametrize("options", OPTIONS)
def test_inference_on_regressions_speaks_of_the_regression_as_it_ran(options: dict[str, Any]) -> None:
    rows, panel = rows_and_panel(23)
    fit = estimate.did(panel, **options)
    for c, code in enumerate(panel.municipality):
        rest = rows[rows["municipality"] != code]
        again = estimate.did(panel_of_persons(rest, ("age", "woman")), **options)
        assert leave_one_out(fit)[c] == pytest.approx(again.coef, rel=1e-8)
    for name in ("cr1", "cr2", "wcr_s"):
        (row,) = METHODS[name].infer(fit, Options(draws=99))
        assert row.p_value is not None or row.status == "known_invalid"


def test_what_cannot_be_done_is_said() -> None:
    panel = drawn(1)
    with pytest.raises(IdentificationError, match="does not identify event_"):
        estimate.event_study(panel, window=(-5, 4), trends="municipality")
    with pytest.raises(UsageError, match="trends='linear' is not known"):
        estimate.did(panel, trends="linear")
    with pytest.raises(UsageError, match="covariates to interact: income not in the panel"):
        estimate.did(panel, interacted=("income",))
    with pytest.raises(IdentificationError, match="does not identify att"):
        estimate.did(panel_of_means(np.ones((4, 2)), [2011, 2011, INF, INF]), trends="municipality")
