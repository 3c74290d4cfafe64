"""The public calls of regressions with trends, interactions and effects by cohort, and what is told beside them."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means
from lib.staggered import INF, drawn

import ipscausal as ips
from ipscausal import estimate
from ipscausal.language import LANGUAGES, catalogue


def codes(result: ips.Result) -> dict[str, dict[str, object]]:
    return {notice.code: dict(notice.values) for notice in result.notices}


def test_trends_are_told_with_their_cost() -> None:
    panel = drawn(1)
    result = ips.did(panel, trends="municipality")
    cost = estimate.variance_cost(estimate.did(panel, trends="municipality")).ratio[0]
    assert codes(result)["variance_cost_trends"] == {"ratio": pytest.approx(cost)}
    assert f"multiply the variance of the effect by {cost:.1f}" in result.summary()
    assert "variance_cost_trends" not in codes(ips.did(panel))
    assert result.tidy()["estimate"].iloc[0] == estimate.did(panel, trends="municipality").coef[0]


def test_interactions_are_told_with_their_cost() -> None:
    z = np.random.default_rng(0).normal(size=(8, 1, 1)) * np.ones((1, 7, 1))
    z[6] = np.nan
    panel = replace(drawn(1), unit_covariates=("density",), z=z)
    result = ips.did(panel, interacted=("density",))
    assert codes(result)["variance_cost_interacted"]["covariates"] == "density"
    assert codes(result)["missing_covariate_left_out"] == {"count": 1}
    both = ips.event_study(panel, window=(-2, 1), trends="municipality", interacted=("density",))
    ratio = codes(both)["variance_cost_both"]["ratio"]
    fit = estimate.event_study(panel, window=(-2, 1), trends="municipality", interacted=("density",))
    assert ratio == pytest.approx(estimate.variance_cost(fit).ratio.max())


def test_who_is_left_out_is_counted_and_worded() -> None:
    assert codes(ips.sun_abraham(drawn(1), comparison="last cohort"))["never_treated_left_out"] == {"count": 3}
    late = drawn(1, adoption=[2011, 2011, 2013, 2013, INF, INF])
    assert codes(ips.stacked(late, window=(-2, 1)))["outside_window_left_out"] == {"count": 2}
    hole = np.zeros((8, 7), dtype=bool)
    hole[4, 4] = True
    assert codes(ips.sun_abraham(drawn(1).without(hole)))["without_reference_left_out"] == {"count": 1}
    for language in LANGUAGES:
        for reason in ("never_treated", "outside_window", "without_reference", "missing_covariate"):
            words = catalogue(language)
            assert words.notice(f"{reason}_left_out", {"count": 1}) != words.notice(f"{reason}_left_out", {"count": 2})


def test_an_exponential_mean_is_judged_by_its_contributions() -> None:
    means = np.exp(np.random.default_rng(0).normal(size=(12, 5)) / 5)
    panel = panel_of_means(means, [2012, 2012, 2012, 2013, 2013, 2013, *[INF] * 6])
    result = ips.etwfe_poisson(panel).aggregate("simple")
    rows = result.tidy().set_index("method")
    fit = estimate.aggregate(estimate.etwfe_poisson(panel), "simple")
    assert rows.loc["analytic", "std_error"] == pytest.approx(np.sqrt((fit.contributions**2).sum()))
    assert "panel" not in rows.index
