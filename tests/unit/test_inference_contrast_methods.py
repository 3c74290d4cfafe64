"""What holds for every method that sees one contrast per municipality: trials, invariances, event studies."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.known_noise import known_noise_panel

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import Inference, Options
from ipscausal.inference.contrast import (
    collapse,
    conley_taber,
    ferman_pinto,
    heterogeneous,
    single_treated,
    size_family,
)
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.method import Method

NEVER = float("inf")
FAMILIES = (size_family, collapse, heterogeneous, conley_taber, ferman_pinto, single_treated)
METHODS = {method.name: method for family in FAMILIES for method in family.METHODS}
ONE = ("lau_li", "hagemann")
SAMPLED = ("ferman_pinto", "ferman_pinto_known")
FEW_DRAWS = Options(draws=199)
DATES = {"one": [2014.0], "three": [2014.0] * 3, "staggered": [2013.0, 2015.0, 2015.0]}


def panel_parts(seed: int, g: int = 16) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    size = rng.integers(40, 900, (g, 7)).astype(float)
    mean = 60 + rng.normal(0, 3, (g, 7)) + 85 * rng.normal(size=(g, 7)) / np.sqrt(size)
    return mean, size, 85**2 * rng.uniform(0.8, 1.2, (g, 7))


def fit_of(dates: list[float], mean: np.ndarray, size: np.ndarray, within: np.ndarray) -> Estimate:
    adoption = [*dates, *[NEVER] * (len(mean) - len(dates))]
    return estimate.did(known_noise_panel(mean, adoption, size, within))


def p_of(method: Method, fit: Estimate, options: Options = FEW_DRAWS) -> float | None:
    return method.infer(fit, options)[0].p_value


def applies(name: str, dates: list[float]) -> bool:
    return len(dates) == 1 if name in ONE else len(dates) > 1 if name in ("im", "welch") else True


@pytest.mark.parametrize("dates", list(DATES))
@pytest.mark.parametrize("name", list(METHODS))
def test_a_trial_of_the_data_themselves_is_the_row(name: str, dates: str) -> None:
    fit, method = fit_of(DATES[dates], *panel_parts(1)), METHODS[name]
    assert method.prepare is not None
    trial = method.prepare(fit, 0, Options(draws=3000))
    expected = p_of(method, fit, Options(draws=999 if name in SAMPLED else 3000))
    got = trial(own_outcomes(fit))
    assert got.shape == (1,)
    assert (expected is not None) is applies(name, DATES[dates])
    assert got[0] == pytest.approx(np.nan if expected is None else expected, rel=1e-10, nan_ok=True)


@pytest.mark.parametrize("name", list(METHODS))
def test_data_sets_of_a_trial_do_not_touch_each_other(name: str) -> None:
    dates = DATES["one" if name in ONE else "staggered"]
    fit, method = fit_of(dates, *panel_parts(2)), METHODS[name]
    assert method.prepare is not None
    trial = method.prepare(fit, 0, FEW_DRAWS)
    outcomes = np.random.default_rng(3).normal(0, 4, (7, 16, 7))
    together = trial(outcomes)
    assert together == pytest.approx([trial(outcomes[b : b + 1])[0] for b in range(7)], rel=1e-10)
    assert len(np.unique(together)) > 1
    assert ((together > 0) | (name == "conley_taber")).all()
    assert (together <= 1).all()


@pytest.mark.parametrize("name", list(METHODS))
def test_a_trial_reads_the_design_and_not_the_outcomes(name: str) -> None:
    dates = DATES["one" if name in ONE else "three"]
    mean, size, within = panel_parts(4)
    other = np.random.default_rng(9).normal(10, 50, mean.shape)
    method = METHODS[name]
    assert method.prepare is not None
    outcomes = np.random.default_rng(5).normal(0, 4, (4, 16, 7))
    first, second = (
        method.prepare(fit_of(dates, y, size, within), 0, FEW_DRAWS)(outcomes) for y in (mean, other)
    )  # fmt: skip
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", list(METHODS))
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), sign=st.sampled_from([-1, 1]))
def test_constants_and_scale_do_not_matter(name: str, seed: int, scale: float, sign: int) -> None:
    dates = DATES["one" if name in ONE else "staggered"]
    mean, size, within = panel_parts(seed)
    rng = np.random.default_rng(seed)
    moved = sign * scale * mean + rng.normal(0, 20, (16, 1)) + rng.normal(0, 5, 7)
    first, second = fit_of(dates, mean, size, within), fit_of(dates, moved, size, scale**2 * within)
    a, b = (METHODS[name].infer(fit, FEW_DRAWS)[0] for fit in (first, second))
    # a draw on the edge of the observed statistic may fall on either side after rounding
    assert b.p_value == pytest.approx(a.p_value, abs=1.01 / 199 if name in (*SAMPLED, "conley_taber") else 1e-7)
    assert a.estimate is not None
    assert b.estimate == pytest.approx(sign * scale * a.estimate, rel=1e-6, abs=1e-6 * scale)
    if a.conf_low is not None and a.conf_high is not None and name != "conley_taber":
        ends = sorted([sign * scale * a.conf_low, sign * scale * a.conf_high])
        assert [b.conf_low, b.conf_high] == pytest.approx(ends, rel=1e-6, abs=1e-5 * scale)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in SAMPLED])
@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_municipalities_does_not_matter(name: str, seed: int) -> None:
    dates = DATES["one" if name in ONE else "staggered"]
    mean, size, within = panel_parts(seed)
    adoption = np.array([*dates, *[NEVER] * (16 - len(dates))])
    order = np.random.default_rng(seed).permutation(16)
    first = estimate.did(known_noise_panel(mean, list(adoption), size, within))
    second = estimate.did(known_noise_panel(mean[order], list(adoption[order]), size[order], within[order]))
    options = Options(draws=3000)
    assert p_of(METHODS[name], second, options) == pytest.approx(p_of(METHODS[name], first, options), abs=1e-8)


@pytest.mark.parametrize("name", list(METHODS))
def test_an_event_study_has_a_row_for_every_coefficient(name: str) -> None:
    dates = DATES["one" if name in ONE else "three"]
    mean, size, within = panel_parts(6)
    adoption = [*dates, *[NEVER] * (16 - len(dates))]
    fit = estimate.event_study(known_noise_panel(mean, adoption, size, within), window=(-3, 2))
    rows, method = METHODS[name].infer(fit, FEW_DRAWS), METHODS[name]
    assert [row.term for row in rows] == [term.name for term in fit.terms]
    assert method.prepare is not None
    for j, row in enumerate(rows):
        assert row.p_value == pytest.approx(
            method.prepare(fit, j, FEW_DRAWS)(own_outcomes(fit))[0], rel=1e-10
        )  # fmt: skip
        # the coefficient of one event time is the coefficient of a study of that year and the year of reference
        years = [3, int(fit.terms[j].event_time or 0) + 4]
        alone = estimate.did(
            known_noise_panel(mean[:, sorted(years)], [2011 if a < NEVER else a for a in adoption],
                              size[:, sorted(years)], within[:, sorted(years)])
        )  # fmt: skip
        single: Inference = METHODS[name].infer(alone, FEW_DRAWS)[0]
        binned = row.term in ("event_-3", "event_2")
        if not binned and name not in ("sup_t", "conley_taber"):
            assert abs(single.estimate or 0) == pytest.approx(abs(row.estimate or 0), rel=1e-9)
            assert single.p_value == pytest.approx(row.p_value, abs=1e-9)


@pytest.mark.parametrize("name", list(METHODS))
def test_clusters_of_municipalities_with_the_same_means_are_their_union(name: str) -> None:
    dates = DATES["one" if name in ONE else "three"]
    mean, size, within = panel_parts(7)
    adoption = [*dates, *[NEVER] * (16 - len(dates))]
    whole = known_noise_panel(mean, adoption, size, within)
    halves = known_noise_panel(
        np.repeat(mean, 2, axis=0), list(np.repeat(adoption, 2)), np.repeat(size / 2, 2, axis=0),
        np.repeat(within, 2, axis=0),
    )  # fmt: skip
    halves = replace(halves, cluster=tuple(np.repeat(whole.cluster, 2)))
    a, b = (METHODS[name].infer(estimate.did(panel), FEW_DRAWS)[0] for panel in (whole, halves))
    assert b.p_value == pytest.approx(a.p_value, rel=1e-8)
    assert b.estimate == pytest.approx(a.estimate, rel=1e-8)
    assert (a.status, a.n_dropped) == (b.status, b.n_dropped)


@pytest.mark.parametrize("name", list(METHODS))
def test_a_control_without_a_needed_year_counts_as_dropped(name: str) -> None:
    dates = DATES["one" if name in ONE else "three"]
    mean, size, within = panel_parts(8)
    without = np.delete(mean, 10, axis=0), np.delete(size, 10, axis=0), np.delete(within, 10, axis=0)
    size[10, 0] = 0
    with_hole, smaller = fit_of(dates, mean, size, within), fit_of(dates, *without)
    found, expected = (METHODS[name].infer(fit, FEW_DRAWS)[0] for fit in (with_hole, smaller))
    assert (found.n_dropped, expected.n_dropped) == (1, 0)
    if name not in ("sup_t", "conley_taber"):
        # those two rest on the regression, in which the municipality's other years still count
        assert found.p_value == pytest.approx(expected.p_value, rel=1e-9)
