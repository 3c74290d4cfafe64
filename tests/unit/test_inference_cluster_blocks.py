"""Hat matrices of clusters: p x p blocks give what the rows of persons give, effects of any kind included."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.dense import dense, dense_cr2
from lib.panels import panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.inference import METHODS, Options, cr0, cr1, cr1s, cr2, hc1, leave_one_out
from ipscausal.inference.cluster.blocks import blocks
from ipscausal.panel import Panel

DESIGNS = ({"m01": 2012}, {"m01": 2012, "m03": 2012}, {"m01": 2012, "m03": 2013, "m04": 2013})
PERSONS = st.builds(
    lambda seed, design: simulated_persons(seed, DESIGNS[design], 6, range(2010, 2015), 8),
    st.integers(0, 10_000),
    st.integers(0, 2),
)


def with_variance(panel: Panel) -> Panel:
    n = panel.persons
    squares = panel.yy - np.divide(panel.y**2, n, out=np.zeros(n.shape), where=n > 0)
    return replace(panel, within_variance=np.divide(squares, n - 1, out=np.zeros(n.shape), where=n > 1))


@settings(deadline=None, max_examples=20)
@given(persons=PERSONS, covariates=st.sampled_from([(), ("age",), ("age", "woman")]))
def test_persons_and_cells_agree(persons: pd.DataFrame, covariates: tuple[str, ...]) -> None:
    fit = estimate.did(with_variance(panel_of_persons(persons, covariates)))
    rows = dense(persons, fit, covariates)
    codes = pd.Series(rows.cluster).astype("category").cat.codes
    ols = sm.OLS(rows.y, rows.x)
    full = ols.fit(cov_type="cluster", cov_kwds={"groups": codes})
    assert fit.coef[0] == pytest.approx(full.params[0], rel=1e-9)
    assert cr1s(fit)[0].std_error == pytest.approx(full.bse[0], rel=1e-10)
    n, k = len(persons), rows.x.shape[1]
    plain = full.bse[0] / np.sqrt(6 / 5 * (n - 1) / (n - k))
    assert cr0(fit)[0].std_error == pytest.approx(plain, rel=1e-10)
    nested = plain * np.sqrt(6 / 5 * (n - 1) / (n - (k - 5)))
    assert cr1(fit)[0].std_error == pytest.approx(nested, rel=1e-10)
    error, df = dense_cr2(rows, 1)
    assert cr2(fit)[0].std_error == pytest.approx(error[0], rel=1e-10)
    assert cr2(fit)[0].df == pytest.approx(df[0], rel=1e-10)
    if not covariates:
        (row,) = hc1(fit)
        assert row.std_error == pytest.approx(ols.fit(cov_type="HC1").bse[0], rel=1e-10)


@pytest.mark.parametrize("adoption", DESIGNS[1:])
def test_event_studies_and_clusters_of_several_municipalities(adoption: dict[str, int]) -> None:
    persons = simulated_persons(4, adoption, 9, range(2009, 2015), 9)
    panel = panel_of_persons(persons, ("age",))
    pairs = tuple({"m05": "south", "m06": "south", "m07": "north", "m08": "north"}.get(c, c) for c in panel.cluster)
    fit = estimate.event_study(replace(panel, cluster=pairs), window=(-2, 1))
    assert fit.n_clusters == 7
    rows = dense(persons, fit, ("age",))
    errors, df = dense_cr2(rows, len(fit.terms))
    assert [row.std_error for row in cr2(fit)] == pytest.approx(errors, rel=1e-8)
    assert [row.df for row in cr2(fit)] == pytest.approx(df, rel=1e-8)
    for c, label in enumerate(fit.cluster):
        members = [code for code, of in zip(panel.cluster, pairs, strict=True) if of == label]
        rest = persons[~persons["municipality"].isin(members)]
        if np.isnan(leave_one_out(fit)[c]).any():
            continue
        again = estimate.event_study(panel_of_persons(rest, ("age",)), window=(-2, 1))
        assert leave_one_out(fit)[c] == pytest.approx(again.coef, rel=1e-8)


def test_a_cluster_alone_is_seen_in_its_eigenvalues() -> None:
    """One treated: the other six clusters know nothing of the direction in which it differs."""
    own = blocks(estimate.did(panel_of_persons(simulated_persons(5, {"m02": 2013}, 7))))
    assert own.alone.sum(axis=1).tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert own.values.sum() == pytest.approx(own.gram.shape[1], rel=1e-10)
    # power 0 is the plain sandwich for every cluster, alone or not
    bread = np.linalg.inv(own.gram.sum(axis=0))
    for multiplier in own.multipliers(0):
        assert multiplier == pytest.approx(bread[:1], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("method", ["hc1", "cr0", "cr1", "cr1s", "cr2", "cr3"])
@pytest.mark.parametrize("adoption", [*DESIGNS, {f"m0{g}": 2012 for g in range(4)}])
def test_a_trial_of_the_panel_itself_gives_its_p_value(method: str, adoption: dict[str, int]) -> None:
    persons = simulated_persons(6, adoption, 9, range(2009, 2015), 9)
    holes = persons[~((persons["municipality"] == "m07") & (persons["year"] == 2010))]
    panel = with_variance(panel_of_persons(holes))
    paired = tuple("south" if c in ("m05", "m06") else c for c in panel.cluster)
    for fit in (estimate.did(panel), estimate.event_study(replace(panel, cluster=paired), (-2, 1))):
        chosen, means = METHODS[method], np.nan_to_num(fit.adjusted_mean)
        noise = np.random.default_rng(1).normal(size=(3, *means.shape)) * fit.cells.observed
        assert chosen.prepare is not None
        for j, row in enumerate(chosen.infer(fit, Options())):
            trial = chosen.prepare(fit, j, Options())
            p = trial(np.concatenate([means[None], noise]))
            assert p.shape == (4,)
            if row.status == "not_identified":
                assert np.isnan(p).all()
            else:
                assert p[0] == pytest.approx(row.p_value, rel=1e-10)
                # the outcomes of the estimate play no part
                other = replace(fit, adjusted_mean=np.full(means.shape, np.nan), coef=np.zeros(len(fit.coef)))
                assert chosen.prepare(other, j, Options())(noise) == pytest.approx(p[1:], rel=1e-10)


def test_a_trial_leaves_person_covariates_out() -> None:
    persons = simulated_persons(7, {"m01": 2012, "m03": 2012}, 9, range(2009, 2015), 9)
    with_age, without = (estimate.did(panel_of_persons(persons, x)) for x in (("age",), ()))
    noise = np.random.default_rng(2).normal(size=(5, *without.adjusted_mean.shape))
    for name in ("cr0", "cr2", "cr3"):
        prepare = METHODS[name].prepare
        assert prepare is not None
        ours = prepare(with_age, 0, Options())(noise)
        assert ours == pytest.approx(prepare(without, 0, Options())(noise), rel=1e-9)
    prepare = METHODS["hc1"].prepare
    assert prepare is not None
    assert np.isnan(prepare(with_age, 0, Options())(noise)).all()
