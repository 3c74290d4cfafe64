"""A regression told in averages of its effects: what inference takes from it stays that of the regression."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_persons, simulated_persons
from lib.staggered import drawn, ols_of_rows

from ipscausal import estimate
from ipscausal.estimate import Estimate, aggregate
from ipscausal.estimate.saturated.reexpress import reexpress
from ipscausal.inference import METHODS, Options, covariance_cr0, cr2, leave_one_out, sampling_covariance
from ipscausal.inference.cluster.blocks import blocks

KINDS = ("simple", "event", "cohort", "calendar")
WILD = [name for name in METHODS if name.startswith("wc")]


def combination(fit: Estimate, average: Estimate) -> np.ndarray:
    """(r, q) weights of the averages, from the cells they weigh."""
    rows = fit.cell_weights.reshape(len(fit.terms), -1)
    return average.cell_weights.reshape(len(average.terms), -1) @ np.linalg.pinv(rows)


def fits() -> list[Estimate]:
    rows = simulated_persons(3, {"m01": 2012, "m02": 2012, "m04": 2014, "m05": 2014}, 12, range(2010, 2016), 15)
    return [
        estimate.sun_abraham(drawn(4, holes=3)),
        estimate.etwfe(panel_of_persons(rows, ("age",))),
        estimate.stacked(drawn(4), window=(-2, 1)),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_normal_equations_are_those_of_the_averages(kind: str) -> None:
    for fit in fits():
        average = aggregate(fit, kind)
        ours, r = average.regression, len(average.terms)
        assert ours.solution[:r] == pytest.approx(average.coef, abs=1e-10)
        assert ours.scores @ ours.bread[:, :r] == pytest.approx(average.contributions, abs=1e-10)
        assert ours.bread @ ours.gram.sum(axis=0) == pytest.approx(np.eye(len(ours.bread)), abs=1e-8)
        assert ours.scores == pytest.approx(ours.moment - ours.gram @ ours.solution, abs=1e-6)
        assert ours.columns[:r] == tuple(term.name for term in average.terms)
        rebuilt = np.nansum(average.cell_weights * average.adjusted_mean, axis=(1, 2))
        assert rebuilt == pytest.approx(average.coef, abs=1e-9)
        assert average.residual_df == fit.residual_df


@pytest.mark.parametrize("kind", KINDS)
def test_jackknife_and_bias_reduction_are_linear_in_the_effects(kind: str) -> None:
    for fit in fits():
        average = aggregate(fit, kind)
        a = combination(fit, average)
        assert covariance_cr0(average) == pytest.approx(a @ covariance_cr0(fit) @ a.T, rel=1e-6, abs=1e-12)
        deviations = leave_one_out(fit) - fit.coef
        own = leave_one_out(average) - average.coef
        lost = np.isnan(deviations).any(axis=1) | np.isnan(own).any(axis=1)
        assert own[~lost] == pytest.approx((deviations @ a.T)[~lost], rel=1e-6, abs=1e-9)
        assert not lost.all()
        reduced = np.einsum("cqp,cp->cq", blocks(fit).multipliers(0.5), fit.regression.scores) @ a.T
        errors = np.sqrt((reduced**2).sum(axis=0))
        assert [row.std_error for row in cr2(average)] == pytest.approx(errors, rel=1e-6)


def test_an_average_is_the_coefficient_of_the_columns_written_out() -> None:
    """Effects b1 ... bq with average a: y = x1 b1 + ... is y = x1 (a + d1) + ..., the weights w of d summing to 0."""
    rows = simulated_persons(3, {"m01": 2012, "m02": 2012, "m04": 2014, "m05": 2014}, 12, range(2010, 2016), 15)
    fit = estimate.etwfe(panel_of_persons(rows))
    average = aggregate(fit, "simple")
    w = fit.share / fit.share.sum()
    x = np.array([((rows["first"] == t.cohort) & (rows["year"] == t.year)).to_numpy(float) for t in fit.terms]).T
    written = np.column_stack([x.sum(axis=1), x[:, 1:] - np.outer(x[:, 0], w[1:] / w[0])])
    columns = pd.DataFrame(written, columns=["att", *(f"d{i}" for i in range(1, len(w)))])
    theirs = ols_of_rows(rows, columns, ("municipality", "year"))
    assert average.coef == pytest.approx([theirs.params["att"]], rel=1e-9)
    bread = average.regression.bread[0, 0]
    assert bread == pytest.approx(theirs.normalized_cov_params.loc["att", "att"], rel=1e-8)


@pytest.mark.parametrize("method", WILD)
def test_the_bootstrap_does_not_depend_on_how_the_other_effects_are_told(method: str) -> None:
    """The null restricts one average; whatever coordinates the rest has, the restricted model is the same."""
    fit = estimate.etwfe(drawn(6, adoption=[2012, 2012, 2012, 2014, 2014, 2014, *[np.inf] * 4]))
    average = aggregate(fit, "simple")
    a = combination(fit, average)
    q = len(fit.terms)
    told = np.vstack([a, np.random.default_rng(0).normal(size=(q - 1, q))])
    names = ("att", *(f"d{i}" for i in range(1, q)))
    again = replace(average, equations=reexpress(fit.regression, told, names))
    options = Options(draws=199)
    (ours,), (theirs, *_) = METHODS[method].infer(average, options), METHODS[method].infer(again, options)
    assert ours.status == theirs.status
    assert ours.p_value == theirs.p_value
    if ours.conf_low is not None:
        assert ours.conf_low == pytest.approx(theirs.conf_low, rel=1e-6)


@pytest.mark.parametrize("method", ["cr0", "cr1", "cr2", "cr3", "wcr_c", "wcr_s", "wcu_v"])
def test_a_trial_of_the_panel_itself_gives_its_p_value(method: str) -> None:
    """What calibration does with simulated cell means is what the method does with those of the data."""
    panel, options = drawn(4, adoption=[2012.0] * 4 + [2014.0] * 3 + [np.inf] * 4), Options(draws=199)
    chosen = METHODS[method]
    assert chosen.prepare is not None
    cases = (
        aggregate(estimate.sun_abraham(panel), "simple"),
        aggregate(estimate.stacked(panel, window=(-2, 2)), "simple"),
        estimate.stacked(panel, window=(-2, 2), weights="corrective"),
        estimate.did(panel, trends="municipality"),
    )
    for fit in cases:
        trial = chosen.prepare(fit, 0, options)
        row = chosen.infer(fit, options)[0]
        assert trial(np.nan_to_num(fit.adjusted_mean)[None])[0] == pytest.approx(row.p_value, rel=1e-8)


def test_sampling_noise_where_slopes_of_persons_differ_between_cells() -> None:
    """The variance of y less the cell's own slope times age, over its persons."""
    rows = simulated_persons(3, {"m01": 2012, "m02": 2012, "m04": 2014}, 9, range(2010, 2016), 90)
    panel = panel_of_persons(rows, ("age",))
    within = rows.groupby(["municipality", "year"])["y"].var().to_numpy().reshape(9, 6)
    fit = estimate.etwfe(replace(panel, within_variance=within))
    assert fit.slopes.shape == (9, 6, 1)
    assert len(np.unique(fit.slopes[1, :, 0].round(9))) == 6
    g = np.unique(rows["municipality"], return_inverse=True)[1]
    left = rows["y"] - rows["age"] * fit.slopes[g, rows["year"] - 2010, 0]
    cells = left.groupby([rows["municipality"], rows["year"]])
    found = sampling_covariance(aggregate(fit, "simple"))
    assert found is not None
    expected = (cells.var() / cells.size()).to_numpy().reshape(9, 6)
    assert found.n_pooled == 0
    assert np.einsum("gtt->gt", found.covariance) == pytest.approx(expected, rel=1e-9)
