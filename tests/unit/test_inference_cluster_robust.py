"""CR1, Wald, CR3, the choice of methods and the false-positive rate of CR1."""

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from scipy import stats

from ipscausal import estimate
from ipscausal.inference import (
    Options,
    covariance_cr0,
    covariance_cr1,
    cr1,
    cr1_false_positive_rate,
    cr3,
    few_treated,
    judge,
    leave_one_out,
    pre_trend_wald,
)

INF = np.inf
RNG = np.random.default_rng(11)


def many_treated() -> estimate.Estimate:
    mean = RNG.normal(0, 1, (20, 8))
    return estimate.event_study(panel_of_means(mean, [2014] * 8 + [INF] * 12), window=(-4, 3))


def test_cr1_is_cr0_with_the_factor_named() -> None:
    fit = estimate.did(panel_of_persons(simulated_persons(1, {f"m{g:02d}": 2013 for g in range(5)}), ("age",)))
    g, n, k = 9, fit.n_observations, 2 + 7
    assert covariance_cr1(fit) == pytest.approx(covariance_cr0(fit) * g / (g - 1) * (n - 1) / (n - k), rel=1e-12)
    (row,) = cr1(fit, Options(level=0.9))
    half = stats.t.ppf(0.95, 8) * row.std_error
    assert (row.conf_low, row.conf_high) == pytest.approx((fit.coef[0] - half, fit.coef[0] + half))
    assert (row.df, row.level, row.status) == (8, 0.9, "ok")


def test_fewer_than_five_treated_make_cr1_invalid_and_hide_its_p() -> None:
    mean = RNG.normal(0, 1, (12, 6))
    for treated, status in ((1, "known_invalid"), (4, "known_invalid"), (5, "ok")):
        (row,) = cr1(estimate.did(panel_of_means(mean, [2013] * treated + [INF] * (12 - treated))))
        assert row.status == status
        assert (row.hidden.p_value is None) == (status == "known_invalid")
        assert row.hidden.std_error == row.std_error


def test_the_verdict_on_a_thin_event_time_is_its_own() -> None:
    """Six treated, one of them early: only that one reaches event time 4."""
    fit = estimate.event_study(
        panel_of_means(RNG.normal(0, 1, (20, 8)), [2012, *[2014] * 5, *[INF] * 14]), window=(-2, 5)
    )
    primary: dict[str, str] = {}
    for row in judge(fit, Options(draws=99, seed=1)).rows:
        if row.role == "primary":
            primary[row.term] = row.method
    assert dict(zip([t.name for t in fit.terms], fit.n_treated.tolist(), strict=True))["event_5"] == 1
    assert primary["event_0"] == "cr1"
    assert primary["event_5"] == "sup_t"
    assert few_treated(fit)


def test_order_of_methods() -> None:
    one = estimate.did(panel_of_means(RNG.normal(0, 1, (11, 6)), [2013, *[INF] * 10]))
    verdicts = judge(one, Options(draws=99, seed=1))
    assert [(row.method, row.status) for row in verdicts.rows] == [
        ("sup_t", "ok"), ("ri", "cannot_reject"), ("cr3", "not_identified"), ("cr1", "known_invalid"),
    ]  # fmt: skip
    assert verdicts.pre_trend == ()
    many = judge(many_treated(), Options(draws=99, seed=1))
    assert {row.method for row in many.rows} == {"cr1", "cr3"}
    assert [row.method for row in many.pre_trend] == ["wald"]
    few = judge(
        estimate.event_study(panel_of_means(RNG.normal(0, 1, (9, 6)), [2013, *[INF] * 8]), (-3, 2)),
        Options(draws=99, seed=1),
    )
    assert [(row.method, row.status) for row in few.pre_trend] == [
        ("joint_rank", "cannot_reject"), ("cr1_wald", "known_invalid"),
    ]  # fmt: skip


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


def test_jackknife_is_a_refit_without_each_municipality() -> None:
    persons = simulated_persons(8, {"m01": 2012, "m04": 2014, "m05": 2014})
    fit = estimate.event_study(panel_of_persons(persons, ("age",)), window=(-2, 1))
    without = leave_one_out(fit)
    for i, code in enumerate(fit.cluster):
        rest = estimate.event_study(
            panel_of_persons(persons[persons["municipality"] != code], ("age",)), window=(-2, 1)
        )
        assert without[i] == pytest.approx(rest.coef, rel=1e-8)
    row = cr3(fit)[2]
    assert row.std_error == pytest.approx(np.sqrt(8 / 9 * ((without[:, 2] - fit.coef[2]) ** 2).sum()), rel=1e-10)


def test_jackknife_of_one_event_time_can_be_lost_alone() -> None:
    fit = estimate.event_study(panel_of_means(RNG.normal(0, 1, (8, 7)), [2012, 2014, 2014, *[INF] * 5]), (-2, 4))
    status = {row.term: row.status for row in cr3(fit)}
    assert status["event_4"] == status["event_3"] == "not_identified"
    assert status["event_0"] == status["event_-2"] == "ok"


@pytest.mark.parametrize(("g", "rate"), [(5, 0.316), (11, 0.521), (31, 0.717), (101, 0.844)])
def test_false_positive_rate_with_one_treated(g: int, rate: float) -> None:
    assert cr1_false_positive_rate(g, 1) == pytest.approx(rate, abs=5e-4)
    closed = 2 * stats.t.sf(stats.t.ppf(0.975, g - 1) * np.sqrt(g - 2) / (g - 1), g - 2)
    assert cr1_false_positive_rate(g, 1) == pytest.approx(closed, rel=1e-12)


@pytest.mark.parametrize(
    ("g", "treated", "level"), [(11, 2, 0.95), (11, 3, 0.95), (8, 4, 0.90), (30, 5, 0.99), (9, 8, 0.95)]
)
def test_false_positive_rate_against_simulation(g: int, treated: int, level: float) -> None:
    draws = 200_000
    w = np.random.default_rng(5).standard_normal((draws, g))
    first, rest = w[:, :treated], w[:, treated:]
    spread = ((first - first.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / treated**2
    spread += ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (g - treated) ** 2
    t = (first.mean(axis=1) - rest.mean(axis=1)) / np.sqrt(g / (g - 1) * spread)
    seen = np.mean(np.abs(t) > stats.t.ppf((1 + level) / 2, g - 1))
    rate = cr1_false_positive_rate(g, treated, level)
    assert rate == pytest.approx(seen, abs=4 * np.sqrt(rate * (1 - rate) / draws))


def test_false_positive_rate_falls_with_treated_and_tends_to_the_nominal() -> None:
    rates = [cr1_false_positive_rate(11, treated) for treated in (1, 2, 3, 5)]
    assert rates == sorted(rates, reverse=True)
    # unequal sizes make the simulated rates of two and three of eleven somewhat higher (24 and 15 per cent)
    assert 0.15 < rates[1] < 0.25
    assert 0.08 < rates[2] < 0.17
    assert cr1_false_positive_rate(2000, 1000) == pytest.approx(0.05, abs=2e-3)
    with pytest.raises(ValueError, match="at least three"):
        cr1_false_positive_rate(2, 1)
