"""Collapse, Ibragimov-Mueller, Welch: textbook tests, the rule of status, what is refused."""

import numpy as np
import pytest
import statsmodels.api as sm
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Inference, Options, sup_t
from ipscausal.inference.contrast.collapse import ALIKE, noise_ratio, status_of
from ipscausal.inference.contrast.contrasts import cluster_means, linear_forms
from ipscausal.inference.contrast.size_family import size_family

NEVER = float("inf")
RNG = np.random.default_rng(17)
MEAN = RNG.normal(60, 5, (11, 8))
SIZE = RNG.integers(40, 1500, (11, 1)) * np.ones((1, 8))


def fit_of(treated: int, size: np.ndarray | None = None, mean: np.ndarray = MEAN) -> Estimate:
    return estimate.did(panel_of_means(mean, [2015] * treated + [NEVER] * (len(mean) - treated), size))


def row(name: str, fit: Estimate) -> Inference:
    return METHODS[name].infer(fit, Options())[0]


def changes(mean: np.ndarray = MEAN) -> np.ndarray:
    return mean[:, 5:].mean(axis=1) - mean[:, :5].mean(axis=1)


@pytest.mark.parametrize("treated", [1, 3])
def test_collapse_is_the_pooled_two_sample_t_whatever_the_sizes(treated: int) -> None:
    expected = stats.ttest_ind(changes()[:treated], changes()[treated:]) if treated > 1 else None
    for size in (None, SIZE):
        found = row("collapse", fit_of(treated, size))
        if expected is not None:
            assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
        w = changes()
        error = w[1:].std(ddof=1) * np.sqrt(1 + 1 / 10)
        if treated == 1:
            assert (found.estimate, found.std_error) == pytest.approx((w[0] - w[1:].mean(), error), rel=1e-9)
        assert found.df == 9


@pytest.mark.parametrize("treated", [1, 3])
def test_collapse_by_size_is_least_squares_weighted_by_size(treated: int) -> None:
    found = row("collapse_n", fit_of(treated, SIZE))
    arm = np.arange(11) < treated
    outside = sm.WLS(changes(), sm.add_constant(arm.astype(float)), weights=SIZE[:, 0]).fit()
    assert (found.estimate, found.std_error, found.p_value) == pytest.approx(
        (outside.params[1], outside.bse[1], outside.pvalues[1]), rel=1e-8
    )


@pytest.mark.parametrize("treated", [1, 3])
def test_one_size_leaves_one_test(treated: int) -> None:
    fit = fit_of(treated, np.full((11, 8), 200.0))
    plain = row("collapse", fit)
    assert row("collapse_n", fit).p_value == pytest.approx(plain.p_value, rel=1e-10)
    assert sup_t(fit)[0].p_value == pytest.approx(plain.p_value, rel=1e-9)
    assert (plain.status, "25 %" in plain.assumptions) == ("ok", False)


def test_sup_t_is_never_below_either_end() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        fit = fit_of(1 + seed % 3, rng.integers(30, 2000, (11, 1)) * np.ones((1, 8)), rng.normal(60, 3, (11, 8)))
        largest = max(row("collapse", fit).p_value or 0, row("collapse_n", fit).p_value or 0)
        assert (sup_t(fit)[0].p_value or 0) >= largest - 1e-9


@pytest.mark.parametrize(
    ("treated_size", "unweighted", "weighted"),
    [(80.0, "known_invalid", "conservative"), (250.0, "ok", "ok"), (1500.0, "conservative", "known_invalid")],
)
def test_status_follows_the_size_of_the_treated(treated_size: float, unweighted: str, weighted: str) -> None:
    size = np.full((11, 8), 250.0)
    size[0] = treated_size
    fit = fit_of(1, size)
    assert (row("collapse", fit).status, row("collapse_n", fit).status) == (unweighted, weighted)
    assert ("25 %" in row("collapse", fit).assumptions) == (treated_size != 250)
    by_hand = (250 / treated_size + 1 / 10) / (1 + 1 / 10)
    assert noise_ratio(linear_forms(fit, 0), np.inf) == pytest.approx(by_hand, rel=1e-10)
    assert [status_of(x) for x in (ALIKE * 1.01, ALIKE * 0.99, 1.01 / ALIKE, 0.99 / ALIKE)] == [
        "known_invalid", "ok", "ok", "conservative",
    ]  # fmt: skip


@pytest.mark.parametrize(("ratio", "shocks"), [(np.inf, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("dates", [(2015,), (2015, 2015), (2013, 2016)])
def test_noise_ratio_is_true_over_claimed_variance(ratio: float, shocks: float, dates: tuple[int, ...]) -> None:
    adoption = [*dates, *[NEVER] * (9 - len(dates))]
    size = np.random.default_rng(2).integers(40, 900, (9, 1)) * np.ones((1, 8))
    fit = estimate.did(panel_of_means(MEAN[:9], adoption, size))
    draws = np.random.default_rng(4).normal(size=(40_000, 9, 8)) * (1.0 if shocks else 1 / np.sqrt(size))
    forms = linear_forms(fit, 0)
    family = size_family(forms, cluster_means(forms, draws), np.array([[ratio]]))
    simulated = (family.estimate**2).mean() / (family.std_error**2).mean()
    assert simulated == pytest.approx(noise_ratio(forms, ratio), rel=0.04)


def test_im_and_welch_are_the_textbook_tests() -> None:
    fit = fit_of(4, SIZE)
    expected = stats.ttest_ind(changes()[:4], changes()[4:], equal_var=False)
    welch, im = row("welch", fit), row("im", fit)
    assert (welch.statistic, welch.df, welch.p_value) == pytest.approx(
        (expected.statistic, expected.df, expected.pvalue), rel=1e-9
    )
    assert (welch.conf_low, welch.conf_high) == pytest.approx(tuple(expected.confidence_interval()), rel=1e-9)
    assert (im.statistic, im.df) == pytest.approx((expected.statistic, 3), rel=1e-9)
    assert im.p_value == pytest.approx(2 * stats.t.sf(abs(expected.statistic), 3), rel=1e-9)
    assert (im.status, welch.status) == ("conservative", "ok")
    assert row("welch", fit_of(2)).status == "known_invalid"


def test_several_dates_compare_each_treated_with_its_own_years() -> None:
    fit = estimate.did(panel_of_means(MEAN, [2013, 2016, 2016, *[NEVER] * 8], SIZE))
    early, late = (np.where(np.arange(8) >= k, 1 / (8 - k), -1 / k) for k in (3, 6))
    average = (early + 2 * late) / 3
    year = MEAN[3:].mean(axis=0)
    beside = [(MEAN[g] - year) @ c for g, c in ((0, early), (1, late), (2, late))]
    expected = stats.ttest_ind(beside, (MEAN[3:] - year) @ average, equal_var=False)
    assert row("welch", fit).p_value == pytest.approx(expected.pvalue, rel=1e-9)
    found = row("collapse", fit)
    assert found.df == 7
    assert "estimated from the controls" in found.assumptions


@pytest.mark.parametrize(
    ("name", "treated", "total"), [("im", 1, 11), ("welch", 1, 11), ("welch", 3, 4), ("collapse", 1, 2)]
)
def test_nothing_to_judge_by_gives_no_number(name: str, treated: int, total: int) -> None:
    fit = fit_of(treated, None, MEAN[:total])
    found, trial = row(name, fit), METHODS[name].prepare
    assert (found.status, found.p_value, found.conf_low) == ("not_identified", None, None)
    assert found.assumptions
    assert trial is not None
    assert np.isnan(trial(fit, 0, Options())(np.zeros((2, total, 8)))).all()
