"""Minimum detectable effects against the normal formula, the noncentral t and simulated panels."""

from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest
from lib.panels import panel_of_means
from scipy import stats

import ipscausal as ips
from ipscausal.advisor.power import ShockBelief
from ipscausal.advisor.power import power as over_belief
from ipscausal.errors import UsageError

DESIGN = {"treated": 1, "controls": 10, "years_before": 6, "years_after": 4, "persons": 300, "person_sd": 85}
SHOCKS = {"shock_sd": 2.0, "rho": 0.4}


def test_without_persistence_the_standard_deviation_is_the_formula() -> None:
    row = ips.power(**DESIGN, shock_sd=2.0, rho=0.0).rows[0]
    contrast = (4.0 + 85**2 / 300) * (1 / 6 + 1 / 4)
    sd = sqrt(contrast * (1 + 1 / 10))
    assert row.std_dev == pytest.approx(sd)
    power = stats.norm.sf(stats.norm.ppf(0.975) - row.mde_known / sd) + stats.norm.cdf(
        -1.959963984540054 - row.mde_known / sd
    )
    assert power == pytest.approx(0.8, abs=1e-9)
    assert row.mde_known == pytest.approx((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * sd, rel=1e-3)
    assert row.p_floor == pytest.approx(1 / 11)


def test_persistence_enters_by_the_contrast_of_an_ar1() -> None:
    row = ips.power(**DESIGN | {"person_sd": 0.0}, **SHOCKS).rows[0]
    c = np.r_[np.full(6, -1 / 6), np.full(4, 1 / 4)]
    r = 0.4 ** np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    assert row.std_dev == pytest.approx(2 * sqrt(c @ r @ c * 1.1))
    assert c @ r @ c == pytest.approx(0.686, abs=5e-4)  # the published value at rho = .4 with 6 and 4 years


def test_the_t_column_is_what_simulated_panels_give() -> None:
    row = ips.power(**DESIGN, **SHOCKS, method="collapse", draws=4000).rows[0]
    assert row.mde_simulated == pytest.approx(row.mde, rel=0.05)
    assert row.mde_known < row.mde


def test_a_belief_averages_power_over_its_points() -> None:
    points = {"sigma": np.array([1.0, 5.0]), "rho": np.array([0.0, 0.4])}
    mixed = over_belief(**DESIGN, belief=ShockBelief(**points, weight=np.array([0.5, 0.5]))).rows[0]
    low, high = (
        over_belief(**DESIGN, belief=ShockBelief(**points, weight=np.array(weight))).rows[0]
        for weight in ([1.0, 0.0], [0.0, 1.0])
    )
    assert low.mde < mixed.mde < high.mde

    def found(effect: float, sd: float) -> float:
        critical = stats.t.ppf(0.975, 9)
        return float(stats.nct.sf(critical, 9, effect / sd) + stats.nct.cdf(-critical, 9, effect / sd))

    assert (found(mixed.mde, low.std_dev) + found(mixed.mde, high.std_dev)) / 2 == pytest.approx(0.8, abs=1e-6)


def test_the_grid_has_every_combination_and_more_of_anything_helps() -> None:
    table = ips.power(**DESIGN | {"treated": (1, 2, 3), "controls": (10, 30), "persons": (300, 1050)}, **SHOCKS).tidy()
    assert len(table) == 12
    one = table[(table.controls == 10) & (table.persons == 300)]
    assert one["mde"].is_monotonic_decreasing
    assert one["p_floor"].tolist() == pytest.approx([1 / 11, 1 / comb(12, 2), 1 / comb(13, 3)])
    for name in ("controls", "persons"):
        others = [column for column in ("treated", "controls", "persons") if column != name]
        assert (table.sort_values(name).groupby(others)["mde"].diff().dropna() < 0).all()


def test_shocks_may_come_from_a_panel() -> None:
    means = np.random.default_rng(1).normal(0, 2, (12, 8))
    panel = panel_of_means(means, [2015.0] + [np.inf] * 11, np.full((12, 8), 400.0))
    row = ips.power(panel, **DESIGN).rows[0]
    assert row.shock_sd > 0
    assert ips.power(ips.did(panel), **DESIGN).rows[0] == row


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"treated": 0}, "nothing to judge by"),
        ({"controls": 1}, "nothing to judge by"),
        ({"persons": 0}, "above 0"),
        ({"rho": 1.0}, "correlations"),
        ({"person_sd": 0.0, "shock_sd": 0.0}, "nothing varies"),
        ({"shock_sd": None}, "once"),
        ({"method": "cr9"}, "cannot be simulated"),
    ],
)
def test_what_makes_no_design_is_refused(changes: dict, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        ips.power(**DESIGN | SHOCKS | changes)
