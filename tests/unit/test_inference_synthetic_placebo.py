"""Placebo municipalities: variances by hand, collapse to the t of contrasts, what the panel knows of noise."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means
from lib.smoking import smoking_panel
from scipy import stats

from ipscausal.estimate import Estimate, aggregate, did, synthetic_control, synthetic_did
from ipscausal.estimate.synthetic import SyntheticDid
from ipscausal.inference import Options, apply, joint_covariance
from ipscausal.inference.contrast.placebo_studies import MOST, synthetic_placebos
from ipscausal.inference.contrast.synthetic_placebo import placebo_covariance, shock_variances
from ipscausal.panel import Panel

NEVER = np.inf


def panel(seed: int = 0, g: int = 9, dates: tuple[int, ...] = (2014,), size: int = 100) -> Panel:
    rng = np.random.default_rng(seed)
    mean = 40 + rng.normal(0, 3, (g, 1)) + rng.normal(0, 2, 7) + rng.normal(0, 1, (g, 7))
    return panel_of_means(mean, [*dates, *[NEVER] * (g - len(dates))], np.full((g, 7), size))


def with_noise(of: Panel, variance: float) -> Panel:
    return replace(of, within_variance=np.full(of.weight.shape, variance))


def simple(fit: Estimate) -> Estimate:
    return aggregate(fit, "simple")


@pytest.mark.parametrize("treated", [1, 3])
def test_equal_weights_and_no_known_noise_is_the_exact_t_of_contrasts(treated: int) -> None:
    of = panel(dates=(2014,) * treated)
    equal = simple(synthetic_did(of, donor_weights="equal", year_weights="equal"))
    (row,) = apply("placebo_t", equal, Options())
    change = of.mean[:, 4:].mean(axis=1) - of.mean[:, :4].mean(axis=1)
    mine, others = change[:treated], change[treated:]
    m = len(others)
    error = others.std(ddof=1) * np.sqrt(1 / treated + 1 / m)
    assert row.estimate == pytest.approx(mine.mean() - others.mean())
    assert row.std_error == pytest.approx(error)
    assert row.df == m - 1
    assert row.p_value == pytest.approx(2 * stats.t.sf(abs(mine.mean() - others.mean()) / error, m - 1))
    if treated == 1:
        (collapse,) = apply("collapse", did(of), Options())
        assert row.std_error == pytest.approx(collapse.std_error)


def test_placebos_are_the_estimator_on_each_of_the_others() -> None:
    of = panel(3)
    fit = simple(synthetic_did(of))
    found = synthetic_placebos(fit)
    assert found.cluster == of.municipality[1:]
    for j in (1, 4, 8):
        alone = replace(of, adoption=np.where(np.arange(9) == j, 2014, NEVER)).select(np.arange(9) > 0)
        part = SyntheticDid().fit(alone).parts[0]
        assert found.effect[j - 1, 0] == pytest.approx(part.effect)
        assert found.spread[j - 1, 0] == pytest.approx(1 + part.donor_weight @ part.donor_weight)
    mine = SyntheticDid().fit(of).parts[0]
    assert found.own_spread == pytest.approx(1 + mine.donor_weight @ mine.donor_weight)
    assert found.noise is None


def test_known_noise_by_hand() -> None:
    of = with_noise(panel(4), 400.0)
    found = synthetic_placebos(simple(synthetic_did(of)))
    part = SyntheticDid().fit(of).parts[0]
    years = part.year_weight @ part.year_weight + 1 / 3
    # a cell mean of 100 persons has variance 4
    assert found.own_noise == pytest.approx(4 * years * (1 + part.donor_weight @ part.donor_weight))
    assert found.noise is not None
    assert found.noise.shape == (8, 1)


def test_shock_variance_solves_its_equation() -> None:
    effect, spread = np.array([3.0, -2, 1, 4, -5]), np.array([1.1, 1.2, 1.0, 2.0, 1.5])
    noise = np.array([0.5, 1.0, 2.0, 0.1, 3.0])
    (a,) = shock_variances(effect, spread, noise, np.array([5.0]))
    assert (effect**2 / (a * spread + noise)).sum() == pytest.approx(5)
    assert shock_variances(effect, spread, 99 * noise, np.array([5.0])) == pytest.approx([0])
    none = np.zeros(5)
    assert shock_variances(effect, spread, none, np.array([5.0])) == pytest.approx([np.mean(effect**2 / spread)])


def test_little_known_noise_comes_to_the_t_and_much_to_its_own_normal() -> None:
    of = panel(5)
    fits = [simple(synthetic_did(with_noise(of, variance))) for variance in (1e-6, 1e6)]
    (plain,) = apply("placebo_t", simple(synthetic_did(of)), Options())
    little, much = (apply("placebo_t", fit, Options())[0] for fit in fits)
    assert little.p_value == pytest.approx(plain.p_value, abs=2e-3)
    assert little.conf_low == pytest.approx(plain.conf_low, rel=0.01)
    noise = synthetic_placebos(fits[1]).own_noise
    assert noise is not None
    assert much.std_error == pytest.approx(float(np.sqrt(noise[0])))
    assert much.conf_high == pytest.approx(float(fits[1].coef[0] + stats.norm.ppf(0.975) * np.sqrt(noise[0])))


def test_a_small_treated_municipality_has_the_larger_error() -> None:
    of = panel(6)
    sizes = np.full((9, 7), 900.0)
    errors = []
    for persons in (900.0, 40.0):
        sizes[0] = persons
        sized = with_noise(panel_of_means(of.mean, list(of.adoption), sizes), 7000.0)
        errors.append(apply("placebo_t", simple(synthetic_did(sized)), Options())[0].std_error)
    assert errors[0] is not None
    assert errors[1] is not None
    assert errors[1] > 2.5 * errors[0]


def test_shock_ratio_scales_the_part_of_the_treated() -> None:
    fit = simple(synthetic_did(panel(7)))
    part = SyntheticDid().fit(panel(7)).parts[0]
    donors = part.donor_weight @ part.donor_weight
    one, two = (apply("placebo_t", fit, Options(shock_ratio=ratio))[0] for ratio in (1.0, 2.0))
    assert one.std_error is not None
    assert two.std_error == pytest.approx(one.std_error * np.sqrt((4 + donors) / (1 + donors)))
    assert "2 times as large" in two.assumptions


def test_several_dates_average_over_the_dates() -> None:
    of = panel(8, g=10, dates=(2013, 2015))
    fit = simple(synthetic_did(of))
    found = synthetic_placebos(fit)
    code = found.cluster[3]
    effects = []
    for date in (2013, 2015):
        alone = replace(of, adoption=np.where(np.array(of.municipality) == code, date, NEVER)).select(~of.treated)
        effects.append(SyntheticDid().fit(alone).parts[0].effect)
    # four treated cells of the first date, two of the second
    assert found.effect[3, 0] == pytest.approx((4 * effects[0] + 2 * effects[1]) / 6)


def test_ranks() -> None:
    for fit in (simple(synthetic_did(smoking_panel())), simple(synthetic_control(smoking_panel()))):
        (row,) = apply("placebo_rank", fit, Options())
        found = synthetic_placebos(fit)
        scaled = np.abs(found.effect[:, 0]) / np.sqrt(found.spread[:, 0])
        own = abs(fit.coef[0]) / np.sqrt(found.own_spread[0])
        assert row.rank == 1 + (scaled >= own).sum()
        assert (row.rank_of, row.p_floor) == (39, 1 / 39)
    (row,) = apply("placebo_rank", simple(synthetic_did(panel(1))), Options())
    assert row.status == "cannot_reject"


def test_every_year_has_a_row_and_baselines_say_so() -> None:
    of = panel(2)
    moved = of.mean.copy()
    moved[:, 3] = moved[:, 4:].mean(axis=1)
    fit = synthetic_did(panel_of_means(moved, list(of.adoption)))
    assert fit.cell_weights[3] == pytest.approx(0, abs=1e-4)
    rows = apply("placebo_t", fit, Options())
    assert (rows[3].status, rows[3].p_value) == ("not_identified", None)
    assert "baseline" in rows[3].assumptions
    assert [row.status for row in rows].count("ok") == 6


def test_too_few_donors_and_many() -> None:
    (row,) = apply("placebo_t", simple(synthetic_did(panel(1, g=3))), Options())
    assert row.status == "not_identified"
    many = simple(synthetic_did(panel(1, g=120), donor_weights="equal", year_weights="equal"))
    found = synthetic_placebos(many)
    assert len(found.cluster) == MOST
    assert found.cluster == synthetic_placebos(many).cluster
    assert found.cluster != synthetic_placebos(many, Options(seed=1)).cluster


@pytest.mark.parametrize("variance", [None, 500.0])
def test_the_covariance_has_the_variances_and_the_correlation_of_the_placebos(variance: float | None) -> None:
    of = panel(11, g=12)
    fit = aggregate(synthetic_did(of if variance is None else with_noise(of, variance)), "event")
    found, matrix = synthetic_placebos(fit), placebo_covariance(fit)
    assert np.linalg.eigvalsh(matrix).min() > -1e-10
    if variance is None:
        errors = [row.std_error for row in apply("placebo_t", fit, Options())]
        assert np.sqrt(np.diag(matrix)) == pytest.approx(errors)
        scaled = found.effect / np.sqrt(found.spread)
        assert matrix[1, 5] / np.sqrt(matrix[1, 1] * matrix[5, 5]) == pytest.approx(
            (scaled[:, 1] @ scaled[:, 5]) / np.linalg.norm(scaled[:, 1]) / np.linalg.norm(scaled[:, 5])
        )
    method, joint = joint_covariance(fit)
    assert method == "placebo"
    assert joint == pytest.approx(matrix)


def test_clusters_move_whole_and_take_the_path_of_the_dose() -> None:
    dose = np.zeros((9, 7))
    dose[0, 4:] = [0.3, 0.6, 1.0]
    of = replace(panel(12), cluster=("t", "a", "a", *"bcdefg"), dose=dose)
    seen = []
    fit = synthetic_did(of, donor_weights="equal", year_weights="equal")

    def watched(one: Panel) -> Estimate:
        seen.append(one)
        return synthetic_did(one, donor_weights="equal", year_weights="equal")

    found = synthetic_placebos(replace(fit, refit=watched))
    assert found.cluster == ("a", *"bcdefg")
    assert [int(one.treated.sum()) for one in seen] == [2, 1, 1, 1, 1, 1, 1]
    for one in seen:
        assert one.dose is not None
        assert one.dose[one.treated].tolist() == [dose[0].tolist()] * int(one.treated.sum())
        assert one.dose[~one.treated].max() == 0
    # two of eight are one cluster: 1 for the pair in the place of the treated, the six others a sixth each
    assert found.spread[0, 6] == pytest.approx(1 + 6 / 36)
    # alone against seven of whom two are one cluster
    assert found.spread[1, 6] == pytest.approx(1 + (2 / 7) ** 2 + 5 / 49)
