"""Two-way fixed effects taken apart: by hand, exact identities, and the smallest heterogeneity by optimisation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from scipy.optimize import minimize

from ipscausal.errors import IdentificationError
from ipscausal.estimate import bacon, did, twfe_weights
from ipscausal.panel import Panel

INF = float("inf")
ADOPTION = {"m00": 2011, "m01": 2011, "m02": 2012, "m03": 2014, "m04": 2014, "m05": 2015}


def staggered(seed: int, never: int = 3) -> tuple[np.ndarray, list[float]]:
    rng = np.random.default_rng(seed)
    adoption = [2011.0, 2011.0, 2012.0, 2014.0, 2014.0, 2014.0, *[INF] * never]
    return rng.normal(50, 5, (len(adoption), 6)), adoption


def with_outcome(panel: Panel, mean: np.ndarray) -> Panel:
    """The panel with these (G, T) cell means, the same for all persons of a cell."""
    y = panel.weight * mean
    return replace(panel, y=y, yy=y * mean, xy=panel.x * mean[..., None], within_variance=None)


def test_bacon_by_hand():
    # early adopts in the 2nd of 3 years, late in the 3rd, one is never treated
    panel = panel_of_means(np.array([[1.0, 4, 9], [2, 3, 7], [1, 1, 2]]), [2011, 2012, INF])
    found = bacon(panel)
    rows = {(row.treated, row.control): row for row in found.comparisons}
    estimates = {key: row.estimate for key, row in rows.items()}
    # changes of the adopter less those of the other: 5.5 and 0.5, 4.5 and 1, 3 and 1, 4 and 5
    assert estimates == pytest.approx({(2011, None): 5, (2012, None): 3.5, (2011, 2012): 2, (2012, 2011): -1})
    # exposed 2/3 and 1/3 of the years: 2/9, 2/9, 1/3 * 1/3, 1/3 * 1/3, over their sum of 6/9
    weights = {key: row.weight for key, row in rows.items()}
    assert weights == pytest.approx(
        {(2011, None): 1 / 3, (2012, None): 1 / 3, (2011, 2012): 1 / 6, (2012, 2011): 1 / 6}
    )
    assert rows[2012, 2011].kind == "later_earlier"
    assert (rows[2012, 2011].years_before, rows[2012, 2011].years_after) == ((2011, 2011), (2012, 2012))
    assert found.coefficient == pytest.approx(3.0, rel=1e-12)
    assert found.twfe == pytest.approx(3.0, rel=1e-12)
    assert [(kind.count, round(kind.weight, 12)) for kind in found.kinds] == [
        (2, round(2 / 3, 12)), (1, round(1 / 6, 12)), (1, round(1 / 6, 12))
    ]  # fmt: skip


def test_one_date_is_one_comparison():
    mean, _ = staggered(1)
    panel = panel_of_means(mean, [2013.0] * 4 + [INF] * 5)
    (row,) = bacon(panel).comparisons
    assert (row.weight, row.kind, row.n_treated, row.n_control) == (1.0, "treated_never", 4, 5)
    assert row.estimate == pytest.approx(did(panel).coef[0], rel=1e-10)
    weights = twfe_weights(panel)
    assert weights.weight[:4, 3:] == pytest.approx(1 / 12, rel=1e-10)
    assert (weights.n_negative, weights.sigma_zero, weights.sigma_reversed) == (0, np.inf, np.inf)


@given(seed=st.integers(0, 10_000), never=st.integers(0, 4), weighted=st.sampled_from([0, 1]))
@settings(max_examples=40, deadline=None)
def test_comparisons_add_up_to_the_coefficient(seed, never, weighted):
    mean, adoption = staggered(seed, never)
    size = np.random.default_rng(seed).integers(1, 90, (len(mean), 1)) if weighted else None
    found = bacon(panel_of_means(mean, adoption, size))
    assert sum(row.weight for row in found.comparisons) == pytest.approx(1, rel=1e-12)
    assert min(row.weight for row in found.comparisons) > 0
    assert found.coefficient == pytest.approx(found.twfe, abs=1e-9)
    assert sum(kind.weight for kind in found.kinds) == pytest.approx(1, rel=1e-12)
    order = np.random.default_rng(seed).permutation(len(mean))
    sizes = None if size is None else size[order]
    shifted = mean[order] + 10.0 * np.arange(len(mean))[:, None] + np.arange(6) ** 2
    moved = bacon(panel_of_means(shifted, [adoption[g] for g in order], sizes))
    assert [row.estimate for row in moved.comparisons] == pytest.approx(
        [row.estimate for row in found.comparisons], abs=1e-9
    )


def test_bacon_says_what_it_did_with_sizes_and_gaps():
    mean, adoption = staggered(2)
    size = np.random.default_rng(2).integers(20, 60, mean.shape)
    panel = panel_of_means(mean, adoption, size)
    averaged = bacon(panel)
    assert averaged.weighting == "averaged"
    constant = bacon(panel_of_means(mean, adoption, np.broadcast_to(size.mean(axis=1)[:, None], size.shape)))
    assert averaged.coefficient == pytest.approx(constant.twfe, rel=1e-10)
    assert averaged.coefficient != pytest.approx(averaged.twfe, rel=1e-6)
    holes = np.zeros(mean.shape, dtype=bool)
    holes[2, 3] = True
    gap = bacon(panel_of_means(mean, adoption).without(holes))
    assert gap.left_out == {"unbalanced": ("m002",)}
    assert {row.treated for row in gap.comparisons} == {2011, 2014}
    holes[:, 3] = True
    with pytest.raises(IdentificationError):
        bacon(panel_of_means(mean, adoption).without(holes & (np.arange(6) == 3)))


def test_bacon_with_person_covariates_compares_adjusted_means():
    persons = simulated_persons(3, ADOPTION, years=range(2010, 2016))
    found = bacon(panel_of_persons(persons, ("age", "woman")))
    estimate = did(panel_of_persons(persons, ("age", "woman")))
    size = np.broadcast_to(estimate.cells.weight.mean(axis=1)[:, None], estimate.cells.weight.shape)
    adoption = estimate.panel.adoption.tolist()
    assert found.coefficient == pytest.approx(did(panel_of_means(estimate.adjusted_mean, adoption, size)).coef[0])


def test_weights_by_hand_of_an_effect_that_turns_the_sign():
    # three years, one adopts in the 2nd, the other in the 3rd: the early cell of the last year has weight -1/2
    panel = panel_of_means(np.array([[0.0, 1, 4], [0, 0, 1]]), [2011, 2012])
    weights = twfe_weights(panel)
    assert weights.weight == pytest.approx(np.array([[np.nan, 1, -0.5], [np.nan, np.nan, 0.5]]), nan_ok=True)
    assert weights.coefficient == pytest.approx(-0.5)  # effects 1, 4 and 1: 1 - 2 + 1/2
    assert weights.negative == (("m000", 2012, pytest.approx(-0.5)),)
    assert (weights.n_treated_cells, weights.n_negative, weights.sum_negative) == (3, 1, pytest.approx(-0.5))
    assert [(row.cohort, row.year, row.negative) for row in weights.cohorts] == [
        (2011, 2011, 0), (2011, 2012, 1), (2012, 2012, 0)
    ]  # fmt: skip
    # ratios 3, -3/2, 3/2, shares 1/3: spread 3.5 of (2, -5/2, 1/2)
    assert weights.sigma_zero == pytest.approx(0.5 / np.sqrt(3.5))


@given(seed=st.integers(0, 10_000), holes=st.floats(0, 0.2))
@settings(max_examples=30, deadline=None)
def test_the_coefficient_is_the_weighted_sum_of_any_effects(seed, holes):
    mean, adoption = staggered(seed)
    rng = np.random.default_rng(seed)
    panel = panel_of_means(mean, adoption, rng.integers(1, 60, mean.shape)).without(rng.random(mean.shape) < holes)
    weights = twfe_weights(panel)
    used = did(panel).panel
    effect = rng.normal(0, 5, used.weight.shape)
    outcome = effect * used.exposed + rng.normal(0, 9, (len(effect), 1)) + rng.normal(0, 9, (1, 6))
    treated = np.isfinite(weights.weight)
    assert did(with_outcome(used, outcome)).coef[0] == pytest.approx((weights.weight * effect)[treated].sum(), abs=1e-8)
    assert weights.weight[treated].sum() == pytest.approx(1, rel=1e-10)
    assert weights.share[treated].sum() == pytest.approx(1, rel=1e-10)


def test_person_covariates_change_the_weights():
    panel = panel_of_persons(simulated_persons(4, ADOPTION, years=range(2010, 2016)), ("age", "woman"))
    weights = twfe_weights(panel)
    effect = np.random.default_rng(4).normal(0, 5, panel.weight.shape)
    treated = np.isfinite(weights.weight)
    found = did(with_outcome(panel, effect * panel.exposed)).coef[0]
    assert found == pytest.approx((weights.weight * effect)[treated].sum(), rel=1e-9)
    plain = twfe_weights(panel_of_persons(simulated_persons(4, ADOPTION, years=range(2010, 2016))))
    assert not np.allclose(plain.weight[treated], weights.weight[treated], rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_smallest_heterogeneity_by_optimisation(seed):
    mean, adoption = staggered(seed, never=0)
    weights = twfe_weights(panel_of_means(mean, adoption))
    assert weights.n_negative > 0
    treated = np.isfinite(weights.weight)
    w, p, beta = weights.weight[treated], weights.share[treated], abs(weights.coefficient)

    def spread(effect: np.ndarray) -> float:
        return float(p @ effect**2 - (p @ effect) ** 2)

    reproduces = {"type": "eq", "fun": lambda effect: w @ effect - beta}
    no_average = {"type": "eq", "fun": lambda effect: p @ effect}
    start = np.minimum(w * beta / (w @ w), 0.0)
    zero = minimize(spread, start, constraints=[reproduces, no_average], options={"ftol": 1e-14, "maxiter": 500})
    assert zero.success
    assert np.sqrt(zero.fun) == pytest.approx(weights.sigma_zero, rel=1e-4)
    turned = minimize(
        spread, start, bounds=[(None, 0)] * len(w), constraints=[reproduces], options={"ftol": 1e-14, "maxiter": 500}
    )
    assert turned.success
    assert np.sqrt(turned.fun) == pytest.approx(weights.sigma_reversed, rel=1e-4)
    assert weights.sigma_reversed >= weights.sigma_zero


def test_anticipation_leaves_its_cells_without_weight():
    mean, adoption = staggered(5)
    panel = panel_of_means(mean, adoption)
    ahead = twfe_weights(panel, anticipation=1)
    assert ahead.coefficient == pytest.approx(did(panel, anticipation=1).coef[0], rel=1e-12)
    treated = np.isfinite(ahead.weight)
    assert ahead.weight[treated] == pytest.approx(did(panel, anticipation=1).cell_weights[0][treated], abs=1e-12)
