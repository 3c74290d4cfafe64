"""The panel model and RE-DiD against independent implementations: dense matrices in R and here."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.known_noise import known_noise_panel
from lib.reference import reference, reference_json
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.contrast.paule_mandel import paule_mandel
from ipscausal.inference.options import Options
from ipscausal.inference.shock.grid import Grid, correlation, grid_of, kappa, log_prior
from ipscausal.inference.shock.mixture import Mixture
from ipscausal.inference.shock.panel_gls import ShockDesign, gls_grid
from ipscausal.inference.shock.panel_model import panel, prepare_model
from ipscausal.inference.shock.posterior import posterior_weight
from ipscausal.inference.shock.re_did import prepare_effects, re_did

DESIGNS = {"d1": {3: 2016}, "d3": {3: 2016, 4: 2016, 7: 2016}, "ds": {2: 2015, 8: 2016, 5: 2017}}
YEARS = np.arange(2013, 2019)
CONTRAST = np.array([-1, -1, -1, 1, 1, 1]) / 3


def golden_design(name: str, pooled: float) -> tuple[np.ndarray, ShockDesign]:
    cells = pd.read_csv(reference("inference/cells.csv"))
    columns = cells[name].to_numpy(float).reshape(1, 8, 6)
    noise = (pooled / cells["n"].to_numpy(float)).reshape(8, 6)
    design = ShockDesign(YEARS, np.ones((8, 6), bool), noise[:, :, None] * np.eye(6), columns, np.ones(8))
    return cells["ybar"].to_numpy(float).reshape(1, 8, 6), design


def golden_fit(name: str) -> Estimate:
    cells = pd.read_csv(reference("inference/cells.csv"))
    first = pd.Series(range(1, 9)).map(DESIGNS[name]).fillna(np.inf).tolist()
    y, n, s2 = (cells[column].to_numpy(float).reshape(8, 6) for column in ("ybar", "n", "s2"))
    return estimate.did(known_noise_panel(y, first, n, s2, first_year=2013))


@pytest.mark.parametrize("name", ["d1", "d3", "ds"])
def test_likelihood_and_coefficient_at_three_points(name: str) -> None:
    golden = reference_json("inference/golden_panel.json")
    y, design = golden_design(name, golden["pooled_s2"])
    material = gls_grid(design, Grid(np.array([0.0, 2.0, 4.0]), np.array([0.0, 0.4, 0.8]), np.zeros(3)))
    wanted = [golden[name][key] for key in ("sigma0_rho0", "sigma2_rho0.4", "sigma4_rho0.8")]
    assert material.coefficients(y)[0, :, 0] == pytest.approx([point["beta"] for point in wanted], rel=1e-9)
    assert np.sqrt(material.covariance[:, 0, 0]) == pytest.approx([point["se"] for point in wanted], rel=1e-9)
    likelihood = material.log_likelihood(y)[0]
    differences = [point["loglik"] - wanted[0]["loglik"] for point in wanted]
    assert likelihood - likelihood[0] == pytest.approx(differences, abs=1e-9)


@pytest.mark.parametrize("name", ["d1", "d3", "ds"])
def test_averages_over_the_grid(name: str) -> None:
    golden: dict[str, Any] = reference_json("inference/golden_panel.json")
    y, design = golden_design(name, golden["pooled_s2"])
    grid = grid_of(np.array(golden["sigma_grid"], float), np.array(golden["rho_grid"]))
    material = gls_grid(design, grid)
    likelihood, moved = material.log_likelihood(y), kappa(CONTRAST[None], grid.rho, YEARS)
    mean, error = material.coefficients(y)[..., 0], np.sqrt(material.covariance[:, 0, 0])
    flat = Mixture(posterior_weight(likelihood, grid.log_spacing), mean, error)
    assert flat.p_value[0] == pytest.approx(golden[name]["grid_p"], rel=1e-10)
    assert flat.average[0] == pytest.approx(golden[name]["grid_beta"], rel=1e-10)
    weight = posterior_weight(likelihood, log_prior(grid, moved, golden[name]["s1"]))
    assert Mixture(weight, mean, error).p_value[0] == pytest.approx(golden[name]["grid_p_boundary_prior"], rel=1e-10)
    assert weight[0] @ (grid.sigma**2 * moved) == pytest.approx(golden[name]["post_mean_A"], rel=1e-10)


@pytest.mark.parametrize("name", ["d1", "d3"])
def test_random_effects_contrasts(name: str) -> None:
    """Treated count equally in the reference, which integrates the fiducial distribution of A numerically."""
    golden = reference_json("inference/golden_few.json")[name]
    fit, options = golden_fit(name), Options(estimand="equal")
    material = prepare_effects(fit, 0, options)
    assert not isinstance(material, str)
    outcomes = own_outcomes(fit)
    control = outcomes[:, material.forms.control_position] @ material.average
    treated = float(material.weight @ (fit.adjusted_mean[material.forms.treated_position] @ CONTRAST))
    variance = paule_mandel(control, material.control_noise[-1])[0]
    assert variance == pytest.approx(golden["paule_mandel_A"], rel=1e-8)
    precision = 1 / (variance + material.control_noise[-1])
    spread = variance * material.loading.sum() + material.treated_noise + 1 / precision.sum()
    t = (treated - precision @ control[0] / precision.sum()) / np.sqrt(spread)
    assert t == pytest.approx(golden["plugin_t"], rel=1e-8)
    assert 2 * stats.t.sf(abs(t), control.shape[1] - 1) == pytest.approx(golden["plugin_p"], rel=1e-8)
    noisier = replace(material, shock_ratio=1.5)
    for quantiles, tolerance in ((200, 1e-4), (20_000, 2e-7)):
        p, wider = (one.mixture(outcomes, quantiles).p_value[0] for one in (material, noisier))
        assert p == pytest.approx(golden["fiducial_p"], abs=tolerance)
        assert wider == pytest.approx(golden["fiducial_p_rho1.5"], abs=tolerance)
    (row,), (ratio,) = re_did(fit, options), re_did(fit, replace(options, shock_ratio=1.5))
    assert row.p_value == pytest.approx(golden["fiducial_p"], abs=1e-4)
    assert ratio.p_value == pytest.approx(golden["fiducial_p_rho1.5"], abs=1e-4)


def dense(
    y: np.ndarray, seen: np.ndarray, column: np.ndarray, noise: np.ndarray, ratio: np.ndarray, sigma: float, rho: float
) -> tuple[float, float, float, np.ndarray]:
    """log REML, coefficient, its standard error and the covariance of all cells, with one matrix for all cells."""
    g, t = y.shape
    shock = sigma**2 * correlation(np.array([rho]), np.arange(t))[0]
    blocks = [ratio[i] ** 2 * shock + noise[i] for i in range(g)]
    whole = np.zeros((g * t, g * t))
    for i, block in enumerate(blocks):
        whole[i * t : (i + 1) * t, i * t : (i + 1) * t] = block
    rows = np.flatnonzero(seen.ravel())
    x = np.column_stack(
        [np.kron(np.eye(g), np.ones((t, 1))), np.kron(np.ones((g, 1)), np.eye(t)[:, 1:]), column.ravel()]
    )
    x, used, v = x[rows], y.ravel()[rows], whole[np.ix_(rows, rows)]
    inverse = np.linalg.inv(v)
    gram = x.T @ inverse @ x
    b = np.linalg.solve(gram, x.T @ inverse @ used)
    e = used - x @ b
    likelihood = -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(gram)[1] + e @ inverse @ e)
    return float(likelihood), float(b[-1]), float(np.sqrt(np.linalg.inv(gram)[-1, -1])), whole


def test_staggered_panel_with_missing_cells_and_persons_over_years() -> None:
    rng = np.random.default_rng(5)
    g, t = 9, 7
    size = rng.integers(30, 400, (g, t)).astype(float)
    size[0, 2] = size[4, :2] = size[7, 6] = size[8, 3] = 0
    adoption = [2013.0, 2015.0, *([np.inf] * (g - 2))]
    persons = rng.normal(0, 1, (g, t, 2 * t))
    noise = persons @ persons.transpose(0, 2, 1) * 3 / np.sqrt(np.maximum(size, 1)).mean()
    cells = known_noise_panel(rng.normal(60, 6, (g, t)), adoption, size, np.full((g, t), 50.0))
    fit = estimate.did(replace(cells, mean_covariance=noise))
    seen = size > 0
    column = (np.arange(2010, 2010 + t) >= np.array(adoption)[:, None]) * seen
    options = Options(estimand="precision", shock_ratio=1.3)
    model = prepare_model(fit, options)
    assert not isinstance(model, str)
    outcomes, ratio = own_outcomes(fit), np.where(np.isfinite(adoption), 1.3, 1.0)
    grid, likelihood = model.gls.grid, model.gls.log_likelihood(outcomes)[0]
    points = [dense(outcomes[0], seen, column, noise, ratio, s, r) for s, r in zip(grid.sigma, grid.rho, strict=True)]
    expected = np.array([point[0] for point in points])
    assert likelihood - likelihood[0] == pytest.approx(expected - expected[0], rel=1e-9, abs=1e-8)
    mean, error = np.array([point[1] for point in points]), np.array([point[2] for point in points])
    assert model.coefficients(outcomes)[0, :, 0] == pytest.approx(mean, rel=1e-8)
    assert np.sqrt(model.covariance[:, 0, 0]) == pytest.approx(error, rel=1e-8)

    weight = np.exp(expected + model.prior - (expected + model.prior).max())
    weight /= weight.sum()
    above = weight @ stats.norm.cdf(mean / error)
    (row,) = panel(fit, options)
    assert row.p_value == pytest.approx(2 * min(above, 1 - above), rel=1e-8)
    assert row.estimate == pytest.approx(weight @ mean, rel=1e-8)

    own = fit.cell_weights[0].ravel()
    variances = np.array([own @ point[3] @ own for point in points])
    above = weight @ stats.norm.cdf(fit.coef[0] / np.sqrt(variances))
    (row,) = panel(fit, replace(options, estimand="person"))
    assert row.p_value == pytest.approx(2 * min(above, 1 - above), rel=1e-8)
    assert row.std_error == pytest.approx(np.sqrt(weight @ variances), rel=1e-8)
    assert row.estimate == fit.coef[0]
