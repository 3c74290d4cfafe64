"""One treated municipality: the exact size of the t test under any variances, the rearrangement test from its parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means
from scipy import integrate, optimize, stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Inference, Options, lau_li_breakdown
from ipscausal.inference.contrast.contrasts import linear_forms, own_outcomes
from ipscausal.inference.contrast.single_treated import (
    breakdown_ratio,
    closed_form_limit,
    error_bound,
    rearrangement_weight,
    standing,
    widening,
)

NEVER = float("inf")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


def fit_of(seed: int, controls: int, effect: float = 0.0, size: np.ndarray | None = None) -> Estimate:
    mean = np.random.default_rng(seed).normal(60, 3, (controls + 1, 8))
    mean[0, 5:] += effect
    return estimate.did(panel_of_means(mean, [2015, *[NEVER] * controls], size))


def row(name: str, fit: Estimate, options: Options) -> Inference:
    return METHODS[name].infer(fit, options)[0]


def exact_size(deviations: np.ndarray, rho: float, critical: float) -> float:
    """P(|T| > critical) when controls have these standard deviations and the treated rho times the smallest.

    (W_1 - mean)^2 - critical^2 S^2 is a quadratic form with one positive eigenvalue l; with c_i = -l_i/l the rest,
    P(z^2 > sum c_i z_i^2) = (2/pi) int_0^{pi/2} prod (1 + c_i / sin^2)^(-1/2) (Craig's formula of the normal tail).
    """
    m = len(deviations)
    contrast = np.append(1.0, np.full(m, -1 / m))
    form = np.outer(contrast, contrast)
    form[1:, 1:] -= critical**2 * (np.eye(m) - 1 / m) / (m - 1)
    sd = np.append(rho * deviations.min(), deviations) / deviations.max()
    eigen = np.linalg.eigvalsh(sd[:, None] * form * sd)
    if eigen[-1] <= 1e-12 * -eigen[0]:
        return 0.0
    c = np.maximum(-eigen[:-1] / eigen[-1], 0)
    angle = (NODES + 1) * np.pi / 4
    return float(WEIGHTS @ np.prod((1 + c[:, None] / np.sin(angle) ** 2) ** -0.5, axis=0) / 2)


@settings(deadline=None, max_examples=80)
@given(
    logs=st.lists(st.floats(0, 6), min_size=2, max_size=12),
    rho=st.sampled_from([0.5, 1.0, 1.5, 2.0, 4.0]),
    alpha=st.sampled_from([0.01, 0.05, 0.06]),
    share=st.floats(0, 1),
)
def test_no_variances_of_the_controls_make_the_t_test_reject_too_often(
    logs: list[float], rho: float, alpha: float, share: float
) -> None:
    assert alpha <= closed_form_limit(rho)
    critical = widening(len(logs), rho) * stats.t.ppf(1 - alpha / 2, len(logs) - 1)
    # the treated as volatile as allowed, and less
    for volatility in (rho, share * rho):
        assert exact_size(np.exp(np.array(logs)), volatility, critical) <= alpha * (1 + 1e-6)
    # and the bound is attained by equal ones
    assert exact_size(np.ones(len(logs)), rho, critical) == pytest.approx(alpha, rel=1e-6)


def test_rho_of_one_is_the_collapse_and_rho_two_is_wider() -> None:
    fit = fit_of(1, 10, effect=3)
    one, two = row("lau_li", fit, Options()), row("lau_li", fit, Options(shock_ratio=2))
    collapse = row("collapse", fit, Options())
    assert (one.p_value, one.conf_low, one.conf_high) == pytest.approx(
        (collapse.p_value, collapse.conf_low, collapse.conf_high), rel=1e-9
    )
    assert one.std_error is not None
    assert two.std_error == pytest.approx(one.std_error * np.sqrt(4.1 / 1.1), rel=1e-9)


def test_at_the_breakdown_ratio_the_test_just_rejects() -> None:
    fit = fit_of(3, 9, effect=14)
    ratio = lau_li_breakdown(fit, 0, 0.95)
    assert ratio is not None
    assert ratio > 0.5
    assert row("lau_li", fit, Options(shock_ratio=ratio)).p_value == pytest.approx(0.05, rel=1e-9)
    assert lau_li_breakdown(fit_of(3, 9), 0, 0.95) == pytest.approx(
        breakdown_ratio(_t(fit_of(3, 9)), 9, 0.95), abs=1e-12
    )
    assert breakdown_ratio(0.1, 9, 0.95) == 0


def _t(fit: Estimate) -> float:
    seen = standing(linear_forms(fit, 0), own_outcomes(fit))
    return float(seen.difference[0] / seen.spread[0])


@pytest.mark.parametrize(
    ("rho", "level", "given"),
    [(1.0, 0.9, False), (1.0, 0.95, True), (0.3, 0.95, False), (0.3, 0.96, True), (0.1, 0.99, False)],
)
def test_beyond_the_published_limit_there_is_no_number(rho: float, level: float, given: bool) -> None:
    found = row("lau_li", fit_of(2, 10), Options(level=level, shock_ratio=rho))
    assert (found.p_value is not None) is given
    assert given or "not established" in found.assumptions


@pytest.mark.parametrize(("m", "rho"), [(14, 2.0), (10, 1.0), (25, 3.0)])
def test_the_error_bound_from_its_three_parts(m: int, rho: float) -> None:
    bound = error_bound(m, rho)
    for position in (0, 3000, 6049, 10_000):
        w = position / 10_000
        middle = integrate.quad(lambda y, w=w: stats.norm.cdf((1 - w) * rho * y) ** (m - 1) * stats.norm.pdf(y), 0, 12)
        grid = np.linspace(0, 2, 4001)
        last = (stats.norm.cdf(np.sqrt(m - 1) * w * grid) ** (m - 1) + 2 * stats.norm.cdf(-m * grid)).min()
        assert bound[position] == pytest.approx(2.0 ** -(m + 1) + middle[0] + last, abs=2e-6)


def test_rejection_p_value_and_interval_tell_one_story() -> None:
    rejected = 0
    for seed in range(40):
        fit = fit_of(seed, 20, effect=seed / 2)
        options = Options(level=0.9 if seed % 2 else 0.95)
        found = row("hagemann", fit, options)
        seen = standing(linear_forms(fit, 0), own_outcomes(fit))
        weight = rearrangement_weight(20, (1 - options.level) / 2, 1.0)
        assert weight is not None
        rejects = bool((1 - weight) * seen.difference[0] > seen.highest[0])
        rejected += rejects
        assert found.p_value is not None
        assert found.conf_low is not None
        assert (found.p_value <= 1 - options.level) == rejects == (found.conf_low > 0)
    assert 5 < rejected < 40


def test_the_p_value_is_the_smallest_error_at_which_the_test_rejects() -> None:
    fit = fit_of(7, 20, effect=12)
    found, seen = row("hagemann", fit, Options()), standing(linear_forms(fit, 0), own_outcomes(fit))

    def rejects(alpha: float) -> bool:
        weight = rearrangement_weight(20, alpha / 2, 1.0)
        return weight is not None and bool((1 - weight) * seen.difference[0] > seen.highest[0])

    assert found.p_value is not None
    smallest = optimize.bisect(lambda a: 1.0 if rejects(a) else -1.0, 1e-6, 0.999, xtol=1e-10)
    assert found.p_value == pytest.approx(smallest, abs=1e-8)


def test_the_rearrangement_test_keeps_its_level_when_the_treated_is_as_volatile_as_allowed() -> None:
    fit = fit_of(0, 16)
    prepare = METHODS["hagemann"].prepare
    assert prepare is not None
    trial = prepare(fit, 0, Options(shock_ratio=2))
    rng = np.random.default_rng(5)
    deviation = np.append(2.0, rng.uniform(1, 4, 16))[:, None]
    share = np.mean(trial(rng.normal(size=(8000, 17, 8)) * deviation) <= 0.05)
    assert share < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 8000)


def test_what_is_refused_and_what_is_said() -> None:
    several = estimate.did(panel_of_means(np.random.default_rng(0).normal(60, 3, (9, 8)), [2015] * 2 + [NEVER] * 7))
    for name in ("lau_li", "hagemann"):
        assert row(name, several, Options()).status == "not_identified"
        assert "exactly one" in row(name, several, Options()).assumptions
    few = row("hagemann", fit_of(0, 10), Options(shock_ratio=2))
    assert (few.status, few.p_value) == ("not_identified", None)
    assert "10 controls and shock ratio 2" in few.assumptions
    assert lau_li_breakdown(several, 0, 0.95) is None
    size = np.full((11, 8), 400.0)
    size[0] = 50
    small = row("lau_li", fit_of(0, 10, size=size), Options())
    assert small.status == "known_invalid"
    assert "2.8" in small.assumptions
    assert row("lau_li", fit_of(0, 10, size=size), Options(shock_ratio=3)).status == "ok"
