"""The panel model: closed forms, invariances, its trial, what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.options import Estimand, Options
from ipscausal.inference.shock.grid import Grid, grid_of
from ipscausal.inference.shock.panel_gls import gls_grid
from ipscausal.inference.shock.panel_model import (
    FEW_OTHERS,
    NO_SAMPLING,
    OUTSIDE,
    fixed_covariance,
    panel,
    panel_covariance,
    prepare,
    prepare_model,
)
from ipscausal.inference.shock.posterior import (
    only,
    posterior_of_means,
    scaled_grid,
    shock_design,
    shock_posterior,
    untreated_cells,
)
from ipscausal.inference.shock.simultaneous import sup_t_band

ESTIMANDS: tuple[Estimand, ...] = ("person", "equal", "precision")
NEVER = float("inf")


def some_fit(
    seed: int = 1, adoption: tuple[float, ...] = (2014,), empty: int = 0, constants: float = 0.0, scale: float = 1.0
) -> Estimate:
    rng = np.random.default_rng(seed)
    g, t = 8, 7
    size = rng.integers(40, 500, (g, t)).astype(float)
    y = 60 + rng.normal(0, 4, (g, t)) + 85 * rng.standard_normal((g, t)) / np.sqrt(size)
    y += constants * (rng.normal(0, 1, (g, 1)) + rng.normal(0, 1, t))
    size.ravel()[rng.choice(np.arange(3 * t, g * t), empty, replace=False)] = 0
    within = 85**2 * rng.uniform(0.7, 1.3, (g, t))
    first = [*adoption, *([NEVER] * (g - len(adoption)))]
    return estimate.did(known_noise_panel(scale * y, first, size, scale**2 * within))


def one_point(sigma: float, rho: float) -> Grid:
    return Grid(np.array([sigma]), np.array([rho]), np.zeros(1))


def test_without_shocks_and_with_equal_persons_least_squares_on_persons_is_the_gls_estimate() -> None:
    fit = some_fit(adoption=(2013, 2015), empty=3)
    design = shock_design(fit)
    assert design is not None
    size = np.where(design.observed, fit.cells.persons, 1.0)
    equal = replace(design, covariance=(np.where(design.observed, 85**2 / size, 0.0))[:, :, None] * np.eye(7))
    material = gls_grid(equal, one_point(0.0, 0.0))
    assert material.row[0, 0] == pytest.approx(fit.cell_weights[0], abs=1e-12)
    fixed = fixed_covariance(fit.cell_weights, equal, one_point(0.0, 0.0))
    assert fixed[0, 0, 0] == pytest.approx(material.covariance[0, 0, 0], rel=1e-10)


def test_balanced_equal_noise_by_hand() -> None:
    """One of five, two years before and after: variance (c'Rc sigma^2 + s^2)(1 + 1/4), c = (-1, -1, 1, 1)/2."""
    rng = np.random.default_rng(0)
    fit = estimate.did(
        known_noise_panel(rng.normal(60, 5, (5, 4)), [2012.0, *([NEVER] * 4)], np.full((5, 4), 100.0), np.array(400.0))
    )
    model = prepare_model(fit)
    assert not isinstance(model, str)
    grid, rho = model.gls.grid, model.gls.grid.rho
    moved = 1 + rho / 2 - rho**2 - rho**3 / 2  # c'R(rho)c
    expected = (grid.sigma**2 * moved + 4.0) * 1.25
    assert model.covariance[:, 0, 0] == pytest.approx(expected, rel=1e-12)
    assert np.all(model.gls.covariance[:, 0, 0] <= expected * (1 + 1e-10))
    assert model.gls.covariance[rho == 0, 0, 0] == pytest.approx(expected[rho == 0], rel=1e-10)
    assert model.prior == pytest.approx(grid.log_spacing + np.log(grid.sigma**2 * moved + 0.04) / 2, rel=1e-12)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_trial_of_the_data_themselves_is_the_row(estimand: Estimand) -> None:
    options = Options(estimand=estimand, shock_ratio=1.5)
    rng = np.random.default_rng(4)
    size = rng.integers(50, 400, (9, 6)).astype(float)
    size[5, 1] = size[6, 4] = 0
    pairs = known_noise_panel(
        rng.normal(60, 6, (9, 6)), [2013.0, 2013.0, 2014.0, *([NEVER] * 6)], size, np.full((9, 6), 7000.0),
        cluster=["a", "a", "b", "c", "c", "d", "e", "f", "g"],
    )  # fmt: skip
    for fit in (estimate.did(pairs), estimate.event_study(pairs, (-2, 1)), some_fit(empty=4)):
        rows = panel(fit, options)
        for j, row in enumerate(rows):
            assert row.status == "ok"
            assert prepare(fit, j, options)(own_outcomes(fit)) == pytest.approx([row.p_value], rel=1e-10)
        covariance = panel_covariance(fit, options)
        assert covariance is not None
        assert np.sqrt(np.diag(covariance)) == pytest.approx([row.std_error for row in rows], rel=1e-10)


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 1000),
    st.sampled_from(ESTIMANDS),
    st.sampled_from([(2014.0,), (2013.0, 2015.0, 2013.0)]),
    st.floats(0.01, 100),
    st.integers(0, 4),
)
def test_scale_and_constants_do_not_matter(
    seed: int, estimand: Estimand, adoption: tuple[float, ...], scale: float, empty: int
) -> None:
    options = Options(estimand=estimand)
    plain, other = some_fit(seed, adoption, empty), some_fit(seed, adoption, empty, 50.0, scale)
    (row,), (same,) = panel(plain, options), panel(other, options)
    assert same.p_value == pytest.approx(row.p_value, rel=1e-6)
    assert same.std_error == pytest.approx(scale * row.std_error, rel=1e-6)
    assert same.estimate == pytest.approx(scale * row.estimate, rel=1e-6, abs=1e-6 * scale)
    assert same.conf_high == pytest.approx(scale * row.conf_high, rel=1e-6, abs=1e-6 * scale)


@settings(deadline=None, max_examples=10)
@given(st.permutations(range(8)), st.sampled_from(ESTIMANDS))
def test_order_and_names_of_municipalities_do_not_matter(order: list[int], estimand: Estimand) -> None:
    fit, options = some_fit(3, (2013, 2015), 3), Options(estimand=estimand)
    cells = fit.panel
    moved = replace(
        cells, municipality=tuple(f"x{i}" for i in range(8)), cluster=tuple(f"x{i}" for i in range(8)),
        **{name: getattr(cells, name)[order] for name in
           ("adoption", "weight", "persons", "y", "yy", "x", "xx", "xy", "within_variance")},
    )  # fmt: skip
    (row,), (same,) = panel(fit, options), panel(estimate.did(moved), options)
    assert same.p_value == pytest.approx(row.p_value, rel=1e-9)
    assert same.std_error == pytest.approx(row.std_error, rel=1e-9)


def test_noisier_treated_municipalities_widen_the_interval() -> None:
    widths = [panel(some_fit(), Options(shock_ratio=ratio))[0].std_error for ratio in (0.5, 1.0, 2.0)]
    assert all(np.diff(np.array(widths, dtype=float)) > 0)


def test_posterior_of_untreated_cells_ignores_what_follows_adoption() -> None:
    fit = some_fit(2, (2014.0, 2014.0))
    cells = untreated_cells(fit)
    assert cells.sum() == 8 * 7 - 2 * 3
    before = shock_posterior(fit, cells=cells)
    wild = fit.panel.y + fit.panel.weight * 40 * ~cells * np.random.default_rng(0).random((8, 7))
    after = shock_posterior(estimate.did(replace(fit.panel, y=wild)), cells=cells)
    assert before is not None
    assert after is not None
    assert after.weight == pytest.approx(before.weight, rel=1e-9)
    assert before.residual_df == cells.sum() - 8 - 6
    design = shock_design(fit)
    assert design is not None
    assert len(only(design, cells).columns) == 0
    prior = before.weight / np.exp(before.log_likelihood - before.log_likelihood.max())
    again = posterior_of_means(own_outcomes(fit)[0], only(design, cells), scaled_grid(design), np.log(prior))
    assert again.sigma == pytest.approx(before.sigma, rel=1e-9)


def test_posterior_finds_shocks_of_many_municipalities() -> None:
    rng = np.random.default_rng(8)
    g, t, sigma, rho = 150, 10, 3.0, 0.6
    root = np.linalg.cholesky(rho ** np.abs(np.subtract.outer(np.arange(t), np.arange(t))))
    y = sigma * rng.standard_normal((g, t)) @ root.T + 2.0 * rng.standard_normal((g, t))
    fit = estimate.did(known_noise_panel(y, [2015.0, *([NEVER] * (g - 1))], np.full((g, t), 100.0), np.array(400.0)))
    found = shock_posterior(fit)
    assert found is not None
    assert found.sigma == pytest.approx(sigma, rel=0.1)
    assert found.rho == pytest.approx(rho, abs=0.1)
    assert found.sigma_low <= found.sigma_mode <= found.sigma_high
    assert found.rho_low <= found.rho_mode <= found.rho_high


def test_grid_has_one_point_without_shocks_and_areas_that_add_up() -> None:
    grid = grid_of(np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5]))
    assert list(zip(grid.sigma, grid.rho, strict=True)) == [(0, 0), (1, 0), (1, 0.5), (3, 0), (3, 0.5)]
    assert np.exp(grid.log_spacing) == pytest.approx([1, 0.75, 0.75, 1, 1])


def test_cells_whose_persons_are_all_alike_leave_out_the_point_without_shocks() -> None:
    fit = some_fit()
    within = np.array(fit.panel.within_variance)
    within[3, 2] = 0
    alike = estimate.did(replace(fit.panel, within_variance=within))
    design = shock_design(alike)
    assert design is not None
    assert scaled_grid(design).sigma.min() > 0
    assert panel(alike)[0].p_value == pytest.approx(panel(fit)[0].p_value, abs=0.05)


def test_covariances_of_no_sample_are_brought_to_the_nearest_of_one() -> None:
    """Correlations of 0.9, 0.9 and -0.9 between three years cannot be: the least eigenvalue is -0.8."""
    rng = np.random.default_rng(0)
    three = 4 * np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    cells = known_noise_panel(rng.normal(60, 3, (6, 3)), [2012.0, *([NEVER] * 5)], np.full((6, 3), 90.0), np.array(1.0))
    fit = estimate.did(replace(cells, mean_covariance=np.broadcast_to(three, (6, 3, 3))))
    design = shock_design(fit)
    assert design is not None
    value, vector = np.linalg.eigh(three)
    assert design.covariance[0] == pytest.approx(vector * np.maximum(value, 0) @ vector.T, abs=1e-12)
    assert panel(fit)[0].status == "ok"


def test_what_is_refused() -> None:
    rng = np.random.default_rng(0)
    means, many, one = rng.normal(60, 3, (6, 6)), np.full((6, 6), 90.0), [2013.0, *([NEVER] * 5)]
    for cells, reason in (
        (panel_of_means(means, one), NO_SAMPLING),
        (known_noise_panel(means[:2], one[:2], many[:2], np.array(50.0)), FEW_OTHERS),
        (known_noise_panel(means, one, many, np.array(0.0)), NO_SAMPLING),
        (known_noise_panel(means, one, many * 1e4, np.array(1.0)), OUTSIDE),
    ):
        fit = estimate.did(cells)
        (row,) = panel(fit)
        assert (row.status, row.assumptions) == ("not_identified", reason)
        assert row.p_value is None
        assert np.isnan(prepare(fit, 0, Options())(own_outcomes(fit))).all()


def test_simultaneous_band_lies_between_the_pointwise_and_the_bonferroni_one() -> None:
    fit = estimate.event_study(some_fit(6).panel, (-3, 2))
    band = sup_t_band(fit, Options(draws=40_000))
    rows = panel(fit)
    assert band is not None
    assert band.std_error == pytest.approx([row.std_error for row in rows], rel=1e-10)
    assert band.estimate == pytest.approx(fit.coef, rel=1e-10)
    q = len(fit.terms)
    assert stats.norm.ppf(0.975) < band.critical < 1.25 * stats.norm.ppf(1 - 0.025 / q)
    assert np.all(band.low < [row.conf_low for row in rows])
    assert np.all(band.high > [row.conf_high for row in rows])
    (single,) = panel(some_fit(6))
    alone = sup_t_band(some_fit(6), Options(draws=200_000))
    assert alone is not None
    assert [alone.low[0], alone.high[0]] == pytest.approx([single.conf_low, single.conf_high], abs=0.06)
    assert sup_t_band(fit, Options(draws=40_000)).critical == band.critical  # type: ignore[union-attr]
