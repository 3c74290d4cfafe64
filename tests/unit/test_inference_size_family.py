"""sup-t: closed forms, collapse cases, dropped years, staggered dates, containment."""

import itertools

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import collapse_covariance, covariance_cr0, covariance_cr1, sup_t
from ipscausal.inference.contrast.contrasts import cluster_means, linear_forms, own_outcomes
from ipscausal.inference.contrast.size_family import Family, size_family

INF = np.inf
RNG = np.random.default_rng(42)
MEAN = RNG.normal(60, 5, (11, 8))
SIZE = RNG.integers(40, 1500, (11, 8)).astype(float)


def one_treated(size: np.ndarray | None = None) -> Estimate:
    return estimate.did(panel_of_means(MEAN, [2015, *[INF] * 10], size))


def family_at(fit: Estimate, term: int, ratios: np.ndarray) -> Family:
    forms = linear_forms(fit, term)
    return size_family(forms, cluster_means(forms, own_outcomes(fit)), ratios[None])


def t_of(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Pooled two-sample t statistic and its p."""
    test = stats.ttest_ind(first, second)
    return float(test.statistic), float(test.pvalue)


def test_equal_sizes_give_the_collapse_t_and_cr1_is_inflated_by_the_closed_form() -> None:
    fit = one_treated(np.full((11, 8), 200.0))
    (row,) = sup_t(fit)
    change = MEAN[:, 5:].mean(axis=1) - MEAN[:, :5].mean(axis=1)
    honest = change[1:].std(ddof=1) * np.sqrt(1 + 1 / 10)
    assert row.statistic == pytest.approx((change[0] - change[1:].mean()) / honest, rel=1e-9)
    assert row.std_error == pytest.approx(honest, rel=1e-9)
    assert (row.df, row.status) == (9, "ok")
    t_cr0 = fit.coef[0] / np.sqrt(covariance_cr0(fit)[0, 0] * 11 / 10)
    assert t_cr0 == pytest.approx((row.statistic or 0) * 10 / np.sqrt(9), rel=1e-9)
    assert fit.cluster_scores[0, 0] == pytest.approx(0, abs=1e-10)


def test_several_treated_on_one_date_give_the_pooled_two_sample_t() -> None:
    fit = estimate.did(panel_of_means(MEAN, [2015, 2015, 2015, *[INF] * 8]))
    change = MEAN[:, 5:].mean(axis=1) - MEAN[:, :5].mean(axis=1)
    (row,) = sup_t(fit)
    statistic, p = t_of(change[:3], change[3:])
    assert row.statistic == pytest.approx(statistic, rel=1e-9)
    assert row.p_value == pytest.approx(p, rel=1e-9)


def test_the_union_holds_every_member_and_the_estimate() -> None:
    for seed, treated in itertools.product(range(15), (1, 3)):
        rng = np.random.default_rng(seed)
        panel = panel_of_means(
            rng.normal(60, 6, (9, 6)),
            [2013] * treated + [INF] * (9 - treated),
            rng.integers(20, 2000, (9, 6)).astype(float),
        )
        for fit in (estimate.did(panel), estimate.event_study(panel, window=(-3, 2))):
            for j, row in enumerate(sup_t(fit)):
                family = family_at(fit, j, np.array([0, 0.013, 0.7, 3.3, 90, INF]))
                assert row.conf_low is not None
                assert row.conf_high is not None
                assert row.p_value is not None
                assert row.conf_low <= row.estimate <= row.conf_high  # type: ignore[operator]
                quantile = stats.t.ppf(0.975, family.df)
                slack = 1e-3 * (row.conf_high - row.conf_low)
                assert row.conf_low <= (family.estimate - quantile * family.std_error).min() + slack
                assert row.conf_high >= (family.estimate + quantile * family.std_error).max() - slack
                assert row.p_value >= family.p_value.max() - 1e-3
                # p and interval tell the same story
                assert (row.p_value < 0.05) == (row.conf_low > 0 or row.conf_high < 0)


def test_members_of_opposite_sign_leave_no_evidence() -> None:
    # a large control rises, many small ones fall: the sign of the effect depends on the weighting
    mean = np.zeros((8, 2))
    mean[:, 1] = [1.0, 3.0, *[-2.0 + 0.1 * i for i in range(6)]]
    size = np.array([[100.0], [100_000.0], *[[10.0]] * 6])
    (row,) = sup_t(estimate.did(panel_of_means(mean, [2011, *[INF] * 7], size)))
    assert (row.p_value, row.statistic) == (1.0, 0.0)
    assert row.conf_low is not None
    assert row.conf_high is not None
    assert row.conf_low < 0 < row.conf_high


def test_size_enters_only_through_ratios_and_outcome_scales() -> None:
    (a,), (b,) = sup_t(one_treated(SIZE)), sup_t(one_treated(SIZE * 7))
    assert (a.conf_low, a.conf_high, a.p_value) == pytest.approx((b.conf_low, b.conf_high, b.p_value), rel=1e-9)
    scaled = estimate.did(panel_of_means(-3 * MEAN, [2015, *[INF] * 10], SIZE))
    (c,) = sup_t(scaled)
    assert a.conf_low is not None
    assert a.conf_high is not None
    assert (c.conf_low, c.conf_high) == pytest.approx((-3 * a.conf_high, -3 * a.conf_low), rel=1e-9)
    assert c.p_value == pytest.approx(a.p_value, rel=1e-9)


def test_event_times_have_their_own_contrast() -> None:
    fit = estimate.event_study(panel_of_means(MEAN, [2015, *[INF] * 10]), window=(-3, 1))
    rows = {row.term: row for row in sup_t(fit)}
    for name, years in {"event_-3": [0, 1, 2], "event_-2": [3], "event_0": [5], "event_1": [6, 7]}.items():
        change = MEAN[:, years].mean(axis=1) - MEAN[:, 4]
        statistic = (change[0] - change[1:].mean()) / (change[1:].std(ddof=1) * np.sqrt(1.1))
        assert rows[name].statistic == pytest.approx(statistic, rel=1e-9)
        assert rows[name].estimate == pytest.approx(change[0] - change[1:].mean(), rel=1e-9)


def test_collapse_covariance_of_an_event_study() -> None:
    fit = estimate.event_study(panel_of_means(MEAN, [2015, *[INF] * 10]), window=(-3, 1))
    change = np.column_stack([MEAN[:, y].mean(axis=1) - MEAN[:, 4] for y in ([0, 1, 2], [3], [5], [6, 7])])
    expected = np.cov(change[1:].T) * (1 + 1 / 10)
    assert collapse_covariance(fit) == pytest.approx(expected, rel=1e-9)
    errors = [row.std_error for row in sup_t(fit)]
    assert np.sqrt(np.diag(expected)) == pytest.approx(errors, rel=1e-9)
    # CR1 understates by (G-1)/sqrt(G-2) where sizes are equal
    ratio = np.diag(expected) / (np.diag(covariance_cr0(fit)) * 11 / 10)
    assert ratio == pytest.approx(100 / 9, rel=1e-8)
    assert covariance_cr1(fit).shape == (4, 4)


def test_two_dates_by_hand() -> None:
    fit = estimate.did(panel_of_means(MEAN, [2013, 2016, *[INF] * 9]))
    t = np.arange(8)
    c = np.stack([np.where(t >= s, 1 / (8 - s), -1 / s) for s in (3, 6)])
    change = MEAN @ c.T
    never = MEAN[2:] @ c.mean(axis=0)
    family = family_at(fit, 0, np.array([INF]))
    # shocks only: variance of a contrast proportional to c'c
    norm, average = (c**2).sum(axis=1), 0
    share = (1 / norm) / (1 / norm).sum()
    average = share @ c
    never = MEAN[2:] @ average
    scale = never.var(ddof=1) / (average @ average)
    error = np.sqrt(scale * (1 / (1 / norm).sum() + average @ average / 9))
    effect = share @ np.array([change[0, 0], change[1, 1]]) - never.mean()
    assert family.estimate[0, 0] == pytest.approx(effect, rel=1e-10)
    assert family.std_error[0, 0] == pytest.approx(error, rel=1e-10)
    assert family.df == 8
    (row,) = sup_t(fit)
    assert row.conf_low is not None
    assert row.conf_high is not None
    assert row.conf_low <= fit.coef[0] <= row.conf_high


def test_missing_cells_drop_the_municipality_from_that_contrast_only() -> None:
    panel = panel_of_means(MEAN, [2015, *[INF] * 10], SIZE)
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[4, 0] = True
    fit = estimate.event_study(panel.without(hole), window=(-5, 2))
    rows = {row.term: row for row in sup_t(fit)}
    assert rows["event_-5"].n_dropped == 1
    assert rows["event_-5"].df == 8
    assert rows["event_0"].n_dropped == 0
    assert rows["event_0"].df == 9
    # a treated municipality uses the years it has
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[0, 0] = True
    (row,) = sup_t(estimate.did(panel.without(hole)))
    assert (row.n_dropped, row.df) == (0, 9)


def test_extremes_over_the_family_do_not_hang_on_the_grid() -> None:
    dense = np.concatenate([[0.0], np.geomspace(1e-5, 1e5, 200_001), [INF]])
    for seed in range(5):
        rng = np.random.default_rng(seed)
        size = rng.integers(30, 1500, (11, 1)) * np.ones((1, 9))
        fit = estimate.did(panel_of_means(rng.normal(0, 80, (11, 9)) / np.sqrt(size), [2015, *[INF] * 10], size))
        family = family_at(fit, 0, dense)
        (row,) = sup_t(fit)
        reach = float(stats.t.ppf(0.975, 9)) * family.std_error
        assert row.p_value is not None
        assert row.conf_low is not None
        assert row.p_value >= family.p_value.max() - 1e-6
        assert row.conf_low <= (family.estimate - reach).min() + 1e-6 * float(reach.max())


def test_person_covariates_enter_through_adjusted_means() -> None:
    persons = simulated_persons(4, {"m02": 2013})
    fit = estimate.did(panel_of_persons(persons, ("age", "woman")))
    slopes = fit.equations.solution[1:3]
    persons["y"] = persons["y"] - persons[["age", "woman"]].to_numpy() @ slopes
    plain = estimate.did(panel_of_persons(persons))
    (a,), (b,) = sup_t(fit), sup_t(plain)
    assert (a.conf_low, a.conf_high, a.p_value) == pytest.approx((b.conf_low, b.conf_high, b.p_value), rel=1e-8)


def test_no_residual_no_number() -> None:
    (row,) = sup_t(estimate.did(panel_of_means(MEAN[:2], [2015, INF])))
    assert (row.status, row.p_value, row.conf_low) == ("not_identified", None, None)
    everyone = estimate.did(panel_of_means(MEAN, [2012, *[2015] * 10]))
    assert sup_t(everyone)[0].status == "not_identified"
