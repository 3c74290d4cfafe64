"""Cells give what the person rows give: coefficients and CR1 against linearmodels and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lib.panels import panel_of_persons, simulated_persons
from linearmodels.iv.absorbing import AbsorbingLS

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import covariance_cr0, covariance_cr1

TOLERANCE = 1e-10
COVARIATES = [(), ("age",), ("age", "woman")]
DESIGNS = [{"m01": 2013}, {"m01": 2013, "m04": 2013, "m07": 2013}, {"m01": 2012, "m04": 2014, "m05": 2014}]


def regressors(persons: pd.DataFrame, fit: Estimate) -> pd.DataFrame:
    time = persons["year"] - persons["first"]
    columns = {t.name: ((time >= t.first) & (time <= t.last)).astype(float) for t in fit.terms}
    return pd.DataFrame(columns)


@pytest.mark.parametrize("covariates", COVARIATES)
@pytest.mark.parametrize("adoption", DESIGNS)
def test_did_and_event_study_as_on_the_rows(adoption: dict[str, int], covariates: tuple[str, ...]) -> None:
    persons = simulated_persons(11, adoption)
    panel = panel_of_persons(persons, covariates)
    for fit in (estimate.did(panel), estimate.event_study(panel, window=(-3, 2))):
        x = pd.concat([regressors(persons, fit), persons[list(covariates)].astype(float)], axis=1)
        groups = persons["municipality"].astype("category")
        dummies = pd.get_dummies(persons[["municipality", "year"]].astype(str), dtype=float)
        ols = sm.OLS(persons["y"], pd.concat([x, dummies.drop(columns="year_2010")], axis=1)).fit(
            cov_type="cluster", cov_kwds={"groups": groups.cat.codes}
        )
        absorbed = AbsorbingLS(
            persons["y"], x, absorb=pd.DataFrame({"m": groups, "t": persons["year"].astype("category")})
        ).fit(cov_type="clustered", clusters=groups.cat.codes, debiased=False)
        names = [term.name for term in fit.terms]
        assert fit.coef == pytest.approx(ols.params[names].to_numpy(), rel=TOLERANCE, abs=TOLERANCE)
        assert fit.coef == pytest.approx(absorbed.params[names].to_numpy(), rel=TOLERANCE, abs=TOLERANCE)
        # statsmodels counts every column, municipality effects included; ours counts slopes and year effects
        g, n = 9, len(persons)
        theirs = ols.cov_params().loc[names, names].to_numpy() / ((n - 1) / (n - ols.model.exog.shape[1]))
        ours = covariance_cr1(fit) / ((n - 1) / (n - fit.n_parameters))
        assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-10)
        assert covariance_cr0(fit) * g / (g - 1) == pytest.approx(ours, rel=1e-12)
        assert covariance_cr0(fit) == pytest.approx(absorbed.cov.loc[names, names].to_numpy(), rel=1e-8, abs=1e-10)
        assert fit.n_parameters == x.shape[1] + 7
        assert fit.residual_df == n - ols.model.exog.shape[1]


def test_bread_of_a_weighted_panel_equals_weighted_least_squares_on_cells() -> None:
    persons = simulated_persons(2, {"m02": 2012})
    panel = panel_of_persons(persons)
    cells = persons.groupby(["municipality", "year"], as_index=False).agg(
        y=("y", "mean"), n=("y", "size"), first=("first", "first")
    )
    x = pd.concat(
        [
            (cells["year"] >= cells["first"]).astype(float).rename("att"),
            pd.get_dummies(cells[["municipality", "year"]].astype(str), dtype=float).drop(columns="year_2010"),
        ],
        axis=1,
    )
    wls = sm.WLS(cells["y"], x, weights=cells["n"]).fit()
    fit = estimate.did(panel)
    assert fit.coef == pytest.approx([wls.params["att"]], rel=1e-11)
    assert fit.equations.bread[0, 0] == pytest.approx(wls.normalized_cov_params.loc["att", "att"], rel=1e-10)
    residual = np.asarray(wls.resid).reshape(9, 7)
    time = panel.years[None, :] >= panel.adoption[:, None]
    assert (fit.equations.scores[:, 0]) == pytest.approx((panel.weight * residual * time).sum(axis=1), abs=1e-8)
