"""The exponential mean: by hand, against a generalised linear model on the rows, its weights as derivatives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from lib.staggered import INF, drawn

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.panel import Panel


def positive(seed: int, holes: int = 0) -> Panel:
    panel = drawn(seed, holes=holes)
    mean = np.exp(np.nan_to_num(panel.mean) / 8)
    return replace(panel, y=panel.weight * mean, yy=panel.weight * mean**2)


def test_two_by_two_by_hand() -> None:
    """Without treatment the treated would have grown as the others did, by half: 8 would be 12, not 18."""
    means = np.array([[8.0, 18.0], [4.0, 6.0]])
    fit = estimate.etwfe_poisson(panel_of_means(means, [2011, INF]))
    assert fit.coef == pytest.approx([18 - 8 * 6 / 4])
    # derivatives of y11 - y10 y01 / y00
    assert fit.cell_weights[0] == pytest.approx(np.array([[-6 / 4, 1], [8 * 6 / 16, -8 / 4]]))
    assert fit.weights_from == "outcomes"
    assert fit.equations is None


def test_as_a_generalised_linear_model_on_the_rows() -> None:
    rows = simulated_persons(5, {"m01": 2012, "m02": 2012, "m04": 2014}, 9, range(2010, 2016), 12)
    rows["y"] = np.abs(rows["y"])
    fit = estimate.etwfe_poisson(panel_of_persons(rows))
    terms = pd.DataFrame(
        {t.name: ((rows["first"] == t.cohort) & (rows["year"] == t.year)).astype(float) for t in fit.terms}
    )
    years = pd.get_dummies(rows["year"].astype(str), dtype=float).iloc[:, 1:]
    cohorts = pd.get_dummies(rows["first"].fillna(0).astype(str), prefix="c", dtype=float)
    x = pd.concat([terms, cohorts, years], axis=1)
    theirs = sm.GLM(rows["y"], x, family=sm.families.Poisson()).fit(tol=1e-14)
    fitted = np.asarray(theirs.fittedvalues)
    expected = [(fitted * (1 - np.exp(-theirs.params[name])))[terms[name].to_numpy() > 0].mean() for name in terms]
    assert fit.coef == pytest.approx(expected, rel=1e-8)
    # the delta method on the scores of the rows, by municipality
    codes = np.unique(rows["municipality"], return_inverse=True)[1]
    information = x.to_numpy().T @ (x.to_numpy() * fitted[:, None])
    scores = np.zeros((9, x.shape[1]))
    np.add.at(scores, codes, x.to_numpy() * (rows["y"].to_numpy() - fitted)[:, None])
    gradient = []
    for name in terms:
        on = terms[name].to_numpy() > 0
        treated, without = fitted[on], fitted[on] * np.exp(-theirs.params[name])
        rest = np.where(x.columns.isin(terms.columns), 0.0, x.to_numpy()[on])
        gradient.append((treated[:, None] * x.to_numpy()[on] - without[:, None] * rest).mean(axis=0))
    influence = scores @ np.linalg.inv(information) @ np.array(gradient).T
    assert fit.contributions == pytest.approx(influence, rel=1e-6, abs=1e-8)


def test_weights_are_derivatives_and_give_the_coefficient_back() -> None:
    panel = positive(2, holes=2)
    z = np.repeat(np.random.default_rng(0).normal(size=8)[:, None], 7, axis=1)[..., None]
    panel = replace(panel, unit_covariates=("z",), z=z)
    fit = estimate.etwfe_poisson(panel)
    rebuilt = np.nansum(fit.cell_weights * fit.adjusted_mean, axis=(1, 2))
    assert rebuilt == pytest.approx(fit.coef, rel=1e-8)
    assert fit.contributions.sum(axis=0) == pytest.approx(0, abs=1e-8)
    for g, t in ((0, 1), (4, 5), (7, 6)):
        step = 1e-5 * panel.mean[g, t]
        up, down = (replace(panel, y=panel.y + sign * step * panel.weight[g, t] * at(panel, g, t)) for sign in (1, -1))
        slope = (estimate.etwfe_poisson(up).coef - estimate.etwfe_poisson(down).coef) / (2 * step)
        assert fit.cell_weights[:, g, t] == pytest.approx(slope, rel=1e-5, abs=1e-7)


def at(panel: Panel, g: int, t: int) -> np.ndarray:
    out = np.zeros(panel.weight.shape)
    out[g, t] = 1
    return out


def test_an_effect_in_per_cent_is_found_exactly() -> None:
    """Means that are cohort times year, and 30 per cent more from adoption on: any sizes, any holes."""
    panel = drawn(3, holes=3)
    rng = np.random.default_rng(0)
    level = {cohort: np.exp(rng.normal()) for cohort in np.unique(panel.adoption)}
    untreated = np.array([level[cohort] for cohort in panel.adoption])[:, None] * np.exp(rng.normal(size=7))
    fit = estimate.etwfe_poisson(replace(panel, y=panel.weight * untreated * (1 + 0.3 * panel.exposed)))
    year = {int(y): i for i, y in enumerate(panel.years)}
    first = {int(c): g for g, c in enumerate(panel.adoption) if np.isfinite(c)}
    expected = [0.3 * untreated[first[term.cohort or 0], year[term.year or 0]] for term in fit.terms]
    assert fit.coef == pytest.approx(expected, rel=1e-9)
    assert fit.refit(fit.panel).coef == pytest.approx(fit.coef)


def test_what_cannot_be_done_is_said() -> None:
    panel = positive(1)
    with pytest.raises(UsageError, match="the outcome is negative in some cells"):
        estimate.etwfe_poisson(drawn(1))
    with_age = panel_of_persons(simulated_persons(1, {"m01": 2012}), ("age",))
    with pytest.raises(UsageError, match="an exponential mean with person covariates needs the persons"):
        estimate.etwfe_poisson(with_age)
    nothing = np.where((panel.adoption == 2015)[:, None] & (panel.years == 2016), 0.0, panel.y)
    with pytest.raises(IdentificationError, match="no outcome above zero in att_2015_2016"):
        estimate.etwfe_poisson(replace(panel, y=nothing))
