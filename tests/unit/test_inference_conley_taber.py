"""Conley and Taber: residuals of the controls in the treated's place, enumerated and sampled."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Inference, Options
from ipscausal.inference.contrast.conley_taber import conley_taber, contributions, placement
from ipscausal.inference.contrast.contrasts import own_outcomes

NEVER = float("inf")
RNG = np.random.default_rng(23)
MEAN = RNG.normal(60, 5, (9, 8))


def fit_of(adoption: list[float], size: np.ndarray | None = None, mean: np.ndarray = MEAN) -> Estimate:
    return estimate.did(panel_of_means(mean, [*adoption, *[NEVER] * (len(mean) - len(adoption))], size))


def row(fit: Estimate, options: Options = Options()) -> Inference:  # noqa: B008
    return conley_taber(fit, options)[0]


def test_one_treated_is_a_rank_among_the_controls() -> None:
    fit = fit_of([2015])
    change = MEAN[:, 5:].mean(axis=1) - MEAN[:, :5].mean(axis=1)
    residual = change[1:] - change[1:].mean()
    b = change[0] - change[1:].mean()
    found = row(fit)
    assert found.p_value == pytest.approx(np.mean(np.abs(residual) >= abs(b)), abs=1e-12)
    low, high = np.quantile(residual, [0.025, 0.975])
    assert (found.estimate, found.conf_low, found.conf_high) == pytest.approx((b, b - high, b - low), rel=1e-9)
    assert (found.status, found.draws) == ("known_invalid", None)


def test_a_control_far_from_the_rest_leaves_nothing_as_large() -> None:
    mean = MEAN.copy()
    mean[0, 5:] += 100
    assert row(fit_of([2015], mean=mean)).p_value == 0


def regression_residuals(fit: Estimate) -> np.ndarray:
    """(G, T) residuals of the weighted regression with a dummy for every municipality and year, by least squares."""
    cells = fit.cells
    g, t = cells.weight.shape
    exposed = cells.exposed[:, :, None]
    units = np.broadcast_to(np.eye(g)[:, None], (g, t, g))
    years = np.broadcast_to(np.eye(t)[None], (g, t, t))
    x = np.concatenate([exposed, units, years], axis=2).reshape(g * t, -1)
    root = np.sqrt(cells.weight.ravel())
    coef = np.linalg.lstsq(x * root[:, None], cells.mean.ravel() * root, rcond=None)[0]
    return (cells.mean.ravel() - x @ coef).reshape(g, t)


def test_weights_and_dates_enter_as_in_the_regression() -> None:
    size = np.random.default_rng(2).integers(40, 900, (9, 8)).astype(float)
    fit = fit_of([2013, 2016], size)
    residual, exposed = regression_residuals(fit), fit.cells.exposed
    treated, controls = exposed[:2], residual[2:]
    centred = size[:2] * (treated - np.average(treated, axis=1, weights=size[:2])[:, None])
    squares = (centred * treated).sum()
    expected = np.einsum("gt,jt->gj", centred, controls) / squares
    assert contributions(placement(fit, 0), own_outcomes(fit))[0] == pytest.approx(expected, rel=1e-8, abs=1e-10)
    pairs = np.array([expected[0, i] + expected[1, j] for i, j in product(range(7), repeat=2)])
    found = row(fit)
    assert found.p_value == pytest.approx(np.mean(np.abs(pairs) >= abs(fit.coef[0])), abs=1e-12)
    assert found.draws is None


def test_clusters_take_the_place_of_clusters() -> None:
    panel = panel_of_means(MEAN, [2015, *[NEVER] * 8], np.full((9, 8), 100.0))
    fit = estimate.did(replace(panel, cluster=("a", "b", "b", "c", "d", "e", "f", "g", "h")))
    change = MEAN[:, 5:].mean(axis=1) - MEAN[:, :5].mean(axis=1)
    residual = change - change[1:].mean()
    expected = [residual[1:3].mean(), *residual[3:]]
    assert contributions(placement(fit, 0), own_outcomes(fit))[0, 0] == pytest.approx(expected, rel=1e-9)


def test_sampled_draws_come_close_to_all_of_them() -> None:
    fit = fit_of([2015, 2015, 2016])
    every, some = row(fit), row(fit, Options(draws=200))
    assert every.draws is None
    assert (some.draws, some.seed) == (200, Options().seed)
    assert some.p_monte_carlo is not None
    assert every.p_value is not None
    assert some.p_monte_carlo[0] <= every.p_value <= some.p_monte_carlo[1]
    assert row(fit, Options(draws=200)).p_value == some.p_value
    assert row(fit, Options(draws=200, seed=1)).p_value != some.p_value


@pytest.mark.parametrize(("size", "status"), [(200.0, "ok"), (60.0, "known_invalid"), (2000.0, "conservative")])
def test_many_controls_and_equal_sizes_make_it_usable(size: float, status: str) -> None:
    mean, sizes = np.random.default_rng(1).normal(60, 5, (53, 6)), np.full((53, 6), 200.0)
    sizes[0] = size
    fit = estimate.did(panel_of_means(mean, [2013, *[NEVER] * 52], sizes))
    assert row(fit).status == status
    assert conley_taber(estimate.did(panel_of_means(mean[:50], [2013, *[NEVER] * 49], sizes[:50])), Options())[
        0
    ].status == ("known_invalid")


def test_without_two_controls_there_is_no_number() -> None:
    fit = fit_of([2015], mean=MEAN[:2])
    prepare = METHODS["conley_taber"].prepare
    assert prepare is not None
    assert (row(fit).status, row(fit).p_value) == ("not_identified", None)
    assert np.isnan(prepare(fit, 0, Options())(np.zeros((3, 2, 8)))).all()
