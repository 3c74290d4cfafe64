"""CR0, CR1, CR1S, the Wald test and the choice of methods."""

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from scipy import stats

from ipscausal import estimate
from ipscausal.inference import (
    Options,
    covariance_cr0,
    covariance_cr1,
    cr0,
    cr1,
    cr1s,
    few_treated,
    judge,
    pre_trend_wald,
)

INF = np.inf
RNG = np.random.default_rng(11)


def many_treated() -> estimate.Estimate:
    mean = RNG.normal(0, 1, (20, 8))
    return estimate.event_study(panel_of_means(mean, [2014] * 8 + [INF] * 12), window=(-4, 3))


def test_the_three_factors() -> None:
    persons = simulated_persons(1, {f"m{g:02d}": 2013 for g in range(5)}, municipalities=10)
    fit = estimate.did(panel_of_persons(persons, ("age",)))
    g, n, k = 10, fit.n_observations, 2 + 7
    assert covariance_cr1(fit) == pytest.approx(covariance_cr0(fit) * g / (g - 1) * (n - 1) / (n - k), rel=1e-12)
    (row,) = cr1(fit, Options(level=0.9))
    half = stats.t.ppf(0.95, 9) * row.std_error
    assert (row.conf_low, row.conf_high) == pytest.approx((fit.coef[0] - half, fit.coef[0] + half))
    assert (row.df, row.level, row.status) == (9, 0.9, "ok")
    plain, (stata,) = np.sqrt(covariance_cr0(fit)[0, 0]), cr1s(fit)
    assert cr0(fit)[0].std_error == pytest.approx(plain, rel=1e-12)
    # ten municipality effects are counted, one of which is the constant
    assert stata.std_error == pytest.approx(plain * np.sqrt(g / (g - 1) * (n - 1) / (n - k - 9)), rel=1e-12)
    assert len({cr0(fit)[0].small_sample, row.small_sample, stata.small_sample}) == 3


def test_fewer_than_five_treated_make_cr1_invalid_and_hide_its_p() -> None:
    mean = RNG.normal(0, 1, (12, 6))
    for treated, status in ((1, "known_invalid"), (4, "known_invalid"), (5, "ok")):
        (row,) = cr1(estimate.did(panel_of_means(mean, [2013] * treated + [INF] * (12 - treated))))
        assert row.status == status
        assert ("Fewer than five" in row.assumptions) == (status == "known_invalid")
        assert (row.hidden.p_value is None) == (status == "known_invalid")
        assert row.hidden.std_error == row.std_error


def test_the_verdict_on_a_thin_event_time_is_its_own() -> None:
    """Six treated, one of them early: only that one reaches event time 5."""
    fit = estimate.event_study(
        panel_of_means(RNG.normal(0, 1, (20, 8)), [2012, *[2014] * 5, *[INF] * 14]), window=(-2, 5)
    )
    status = {row.term: row.status for row in cr1(fit)}
    assert (status["event_0"], status["event_5"]) == ("ok", "known_invalid")
    assert few_treated(fit)
    primary = {row.term: row.method for row in judge(fit, Options(draws=99, seed=1)).rows if row.role == "primary"}
    assert primary["event_0"] != primary["event_5"]


def test_with_few_treated_the_conventional_row_is_last_and_marked() -> None:
    one = estimate.did(panel_of_means(RNG.normal(0, 1, (11, 6)), [2013, *[INF] * 10]))
    rows = judge(one, Options(draws=99, seed=1)).rows
    assert (rows[-1].method, rows[-1].role, rows[-1].status) == ("cr1", "conventional", "known_invalid")
    few = judge(
        estimate.event_study(panel_of_means(RNG.normal(0, 1, (9, 6)), [2013, *[INF] * 8]), (-3, 2)),
        Options(draws=99, seed=1),
    )
    assert [(row.method, row.status) for row in few.pre_trend] == [
        ("joint_rank", "cannot_reject"), ("cr1_wald", "known_invalid"),
    ]  # fmt: skip
    assert [row.method for row in judge(many_treated(), Options(draws=99, seed=1)).pre_trend] == ["wald"]


def test_wald_test_by_hand_and_with_one_restriction() -> None:
    fit = many_treated()
    row = pre_trend_wald(fit)
    b, v = fit.coef[:3], covariance_cr1(fit)[:3, :3]
    assert row.statistic == pytest.approx(b @ np.linalg.inv(v) @ b / 3, rel=1e-9)
    assert row.p_value == pytest.approx(stats.f.sf(row.statistic or 0, 3, 19))
    short = estimate.event_study(fit.panel, window=(-2, 3))
    (first, *_), wald = cr1(short), pre_trend_wald(short)
    assert wald.statistic == pytest.approx((first.statistic or 0) ** 2, rel=1e-9)
    assert wald.p_value == pytest.approx(first.p_value, rel=1e-9)


def test_wald_test_with_more_restrictions_than_clusters_gives_none() -> None:
    fit = estimate.event_study(panel_of_means(RNG.normal(0, 1, (6, 12)), [2020, 2020, 2020, 2020, 2020, INF]), (-9, 1))
    row = pre_trend_wald(fit)
    assert (row.status, row.p_value) == ("not_identified", None)
