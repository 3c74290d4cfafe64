"""CR2: what it refuses, what it warns of, closed forms with one treated, invariances of the whole family."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.inference import (
    METHODS,
    Inference,
    Options,
    covariance_cr0,
    covariance_cr2,
    cr2,
    cr3,
    jackknife_error,
    leave_one_out,
    leverage,
)
from ipscausal.panel import Panel

INF = np.inf
FAMILY = ("hc1", "cr0", "cr1", "cr1s", "cr2", "cr3")


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), g=st.integers(4, 14), before=st.integers(1, 5), after=st.integers(1, 4))
def test_closed_forms_with_one_treated(seed: int, g: int, before: int, after: int) -> None:
    """Equal sizes: CR0, CR2 and its degrees of freedom describe the controls; the treated contributes nothing."""
    mean = np.random.default_rng(seed).normal(50, 5, (g, before + after))
    fit = estimate.did(panel_of_means(mean, [2010 + before, *[INF] * (g - 1)]))
    contrast = mean[:, before:].mean(axis=1) - mean[:, :before].mean(axis=1)
    spread, b = contrast[1:].std(ddof=1), contrast[0] - contrast[1:].mean()
    assert fit.coef[0] == pytest.approx(b, rel=1e-9, abs=1e-9)
    assert abs(fit.cluster_scores[0, 0]) < 1e-9
    honest = spread * np.sqrt(g / (g - 1))
    plain = np.sqrt(covariance_cr0(fit)[0, 0])
    assert plain == pytest.approx(spread * np.sqrt(g - 2) / (g - 1), rel=1e-8)
    # t with G/(G-1) is too large by exactly this
    assert honest / (plain * np.sqrt(g / (g - 1))) == pytest.approx((g - 1) / np.sqrt(g - 2), rel=1e-8)
    (row,) = cr2(fit)
    assert row.std_error == pytest.approx(spread / np.sqrt(g - 1), rel=1e-8)
    assert row.df == pytest.approx(g - 2, rel=1e-8)
    assert row.status == "known_invalid"
    assert row.hidden.p_value is None
    assert cr3(fit)[0].status == "not_identified"
    generalised = jackknife_error(np.nan_to_num(leave_one_out(fit)), fit.coef)[0]
    assert abs(fit.coef[0]) / generalised <= np.sqrt(g / (g - 1)) * (1 + 1e-12)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), treated=st.integers(1, 3), scale=st.floats(0.01, 1000))
def test_invariances(seed: int, treated: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(5, 300, (8, 6)).astype(float)
    mean, adoption = rng.normal(50, 5, (8, 6)), np.array([*rng.integers(2011, 2015, treated), *[INF] * (8 - treated)])

    def panel(mean: np.ndarray, order: np.ndarray | None = None, factor: float = 1.0) -> Panel:
        rows = np.arange(8) if order is None else order
        plain = panel_of_means(mean[rows], list(adoption[rows]), size[rows])
        variance = np.full((8, 6), 400.0)[rows] * factor**2
        return replace(plain, within_variance=variance, yy=plain.yy + (plain.persons - 1) * variance)

    base = rows_of(panel(mean))
    moved = rows_of(panel(mean + rng.normal(0, 20, (8, 1)) + rng.normal(0, 20, (1, 6))))
    relabelled = rows_of(panel(mean, rng.permutation(8)))
    scaled = rows_of(panel(mean * scale, factor=scale))
    for name in FAMILY:
        for other, factor in ((moved, 1.0), (relabelled, 1.0), (scaled, scale)):
            assert other[name].status == base[name].status
            assert other[name].estimate == pytest.approx((base[name].estimate or 0) * factor, rel=1e-7, abs=1e-8)
            if base[name].std_error is not None:
                assert other[name].std_error == pytest.approx((base[name].std_error or 0) * factor, rel=1e-7)
                assert other[name].df == pytest.approx(base[name].df, rel=1e-7)
                assert other[name].p_value == pytest.approx(base[name].p_value, rel=1e-5, abs=1e-12)


def rows_of(panel: Panel) -> dict[str, Inference]:
    fit = estimate.did(panel)
    return {name: METHODS[name].infer(fit, Options())[0] for name in FAMILY}


def test_splitting_a_person_in_half_changes_nothing_but_n() -> None:
    """Analytic weights: a cell of two rows with half the weight each is the same cell."""
    rng = np.random.default_rng(4)
    mean, weight = rng.normal(0, 1, (7, 6)), rng.uniform(0.5, 3, (7, 6))
    plain = panel_of_means(mean, [2013, 2013, 2014, *[INF] * 4], weight)
    whole = estimate.did(replace(plain, weighting="analytic", persons=np.ones((7, 6))))
    halves = estimate.did(replace(plain, weighting="analytic", persons=np.full((7, 6), 2.0)))
    assert halves.coef == pytest.approx(whole.coef, rel=1e-12)
    for name in ("cr0", "cr2", "cr3"):
        assert METHODS[name].infer(halves, Options()) == METHODS[name].infer(whole, Options())
    assert METHODS["cr1"].infer(halves, Options())[0].std_error != METHODS["cr1"].infer(whole, Options())[0].std_error


def test_one_cluster_with_most_of_the_variation_is_refused() -> None:
    mean = np.random.default_rng(5).normal(0, 1, (12, 6))
    size = np.full((12, 6), 20.0)
    size[0] = 3000
    size[2:] = 3000
    fit = estimate.did(panel_of_means(mean, [2013, 2013, *[INF] * 10], size))
    assert leverage(fit).partial.max() > 0.8
    (row,) = cr2(fit)
    assert row.status == "known_invalid"
    assert "80 per cent" in row.assumptions


def test_few_degrees_of_freedom_are_said_to_be_few() -> None:
    mean = np.random.default_rng(6).normal(0, 1, (12, 6))
    two, six = (cr2(estimate.did(panel_of_means(mean, [2013] * n + [INF] * (12 - n))))[0] for n in (2, 6))
    assert (two.status, six.status) == ("ok", "ok")
    assert two.df is not None
    assert two.df < 4
    assert "unreliable" in two.assumptions
    assert "unreliable" not in six.assumptions
    assert six.p_value == pytest.approx(2 * stats.t.sf(abs(six.statistic or 0), six.df))


def test_one_of_each_leaves_nothing_to_judge_by() -> None:
    fit = estimate.did(panel_of_means(np.random.default_rng(7).normal(0, 1, (2, 6)), [2013, INF]))
    (row,) = cr2(fit)
    assert (row.status, row.std_error, row.df) == ("not_identified", None, None)
    prepare = METHODS["cr2"].prepare
    assert prepare is not None
    assert np.isnan(prepare(fit, 0, Options())(np.zeros((3, 2, 6)))).all()


def test_covariance_of_an_event_study() -> None:
    fit = estimate.event_study(
        panel_of_means(np.random.default_rng(8).normal(0, 1, (9, 6)), [2012, 2013, 2013, *[INF] * 6]), (-2, 2)
    )
    covariance = covariance_cr2(fit)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([row.std_error for row in cr2(fit)], rel=1e-12)
    assert np.linalg.eigvalsh(covariance)[0] > -1e-12
