"""Inference on estimators other than two-way fixed effects: by contributions, cell weights, and running them again."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate as estimators
from ipscausal.errors import UsageError
from ipscausal.estimate.named import average_effect
from ipscausal.inference import METHODS, Options, apply, conventional, dear, guide, leave_one_out, leverage
from ipscausal.inference.contrast.contrasts import contrasts, linear_forms, own_outcomes
from ipscausal.panel import Panel

OPTIONS = Options(draws=199)
INF = np.inf


def small(treated: int = 2, dates: tuple[float, ...] = (2014.0, 2014.0), g: int = 8, t: int = 6) -> Panel:
    rng = np.random.default_rng(11)
    adoption = [*dates[:treated], *[INF] * (g - treated)]
    panel = panel_of_means(rng.normal(50, 3, (g, t)), adoption, np.full((g, t), 30.0), 2011)
    return replace(panel, within_variance=np.full((g, t), 400.0))


def test_analytic_is_the_root_of_the_sum_of_squared_contributions() -> None:
    fit = average_effect("att_gt", small())
    row = apply("analytic", fit, OPTIONS)[0]
    assert row.std_error == pytest.approx(np.sqrt((fit.contributions[:, 0] ** 2).sum()), rel=1e-12)
    assert row.df is None
    assert row.status == "known_invalid"  # two treated


def test_re_assignment_runs_the_estimator_on_every_set_of_municipalities() -> None:
    panel = small()
    fit = average_effect("att_gt", panel)
    row = apply("ri", fit, OPTIONS)[0]
    found = []
    for pair in combinations(range(8), 2):
        adoption = np.full(8, INF)
        adoption[list(pair)] = 2014.0
        found.append(average_effect("att_gt", replace(panel, adoption=adoption)).coef[0])
    rank = int((np.abs(found) >= abs(fit.coef[0]) * (1 - 1e-9)).sum())
    assert (row.rank, row.rank_of) == (rank, 28)
    assert row.p_value == pytest.approx(rank / 28)
    assert row.p_floor == pytest.approx(1 / 28)


def test_whole_paths_move_with_their_doses() -> None:
    panel = small(3, (2013.0, 2014.0, 2014.0))
    dose = panel.exposed * np.array([1.0, 2.0, 3.0, *[0.0] * 5])[:, None]
    fit = estimators.dose_response(replace(panel, dose=dose), form="groups")
    row = apply("ri", fit, OPTIONS)[0]
    assert row.rank_of == 8 * 7 * 6  # three paths of their own


def test_the_jackknife_leaves_each_municipality_out_and_estimates_again() -> None:
    panel = small(3, (2013.0, 2014.0, 2014.0))
    fit = average_effect("imputation", panel)
    without = [average_effect("imputation", panel.select(np.arange(8) != g)).coef[0] for g in range(8)]
    assert leave_one_out(fit)[:, 0] == pytest.approx(without, rel=1e-12)
    row = apply("cr3", fit, OPTIONS)[0]
    spread = np.array(without) - fit.coef[0]
    assert row.std_error == pytest.approx(np.sqrt(7 / 8 * (spread**2).sum()), rel=1e-12)


def test_what_an_estimate_lacks_is_said_and_nothing_is_printed() -> None:
    fit = average_effect("imputation", small())
    for name in ("cr1", "cr2", "wcr_s", "hc1", "ri_t", "conley_taber"):
        row = apply(name, fit, OPTIONS)[0]
        assert row.status == "not_identified"
        assert row.p_value is None
        assert row.assumptions.startswith("Not computed: ")
        assert METHODS[name].trial(fit, 0, OPTIONS)(own_outcomes(fit)) == pytest.approx([np.nan], nan_ok=True)
    with pytest.raises(UsageError, match="not one regression"):
        _ = fit.regression


@pytest.mark.parametrize("name", ["panel", "re_did", "sampling", "sup_t", "collapse"])
def test_where_the_weights_are_those_of_the_plain_regression_so_is_the_inference(name: str) -> None:
    """One date, equal sizes: imputation has the cell weights of two-way fixed effects, and says the same."""
    panel = small(2)
    plain, imputed = estimators.did(panel), average_effect("imputation", panel)
    assert imputed.cell_weights == pytest.approx(plain.cell_weights, abs=1e-12)
    first, second = apply(name, plain, OPTIONS)[0], apply(name, imputed, OPTIONS)[0]
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9)
    if name != "panel":  # which judges shocks by untreated cells only where effects may differ
        assert second.p_value == pytest.approx(first.p_value, rel=1e-6)


def test_a_municipality_contrast_is_its_own_part_of_the_cell_weights() -> None:
    """Equal sizes, never-treated comparison: the estimate is the mean of the treated contrasts less the controls'."""
    panel = small(3, (2013.0, 2014.0, 2014.0))
    fit = estimators.aggregate(estimators.att_gt(panel, weights="municipalities", base_period="universal"), "event")
    for j, term in enumerate(fit.terms):
        if term.first < 0:
            continue
        forms = linear_forms(fit, j)
        found = contrasts(forms, own_outcomes(fit))
        assert found.difference[0] == pytest.approx(fit.coef[j], rel=1e-9), term.name
        assert forms.vectors.sum(axis=1) == pytest.approx(0, abs=1e-12)


def test_leverage_by_cell_weights_is_that_of_the_regression() -> None:
    panel = panel_of_persons(simulated_persons(2, {"m00": 2013, "m01": 2014}))
    fit = estimators.did(panel)
    stripped = replace(fit, equations=None)
    assert leverage(stripped).partial == pytest.approx(leverage(fit).partial, rel=1e-8)
    assert leverage(stripped).cluster_leverage is None


@pytest.mark.parametrize(
    ("name", "treated"),
    [
        *((name, n) for name in ("att_gt", "imputation", "etwfe", "switching", "synthetic_did") for n in (1, 3)),
        ("efficient", 3),  # a cohort of one has no variance
    ],
)
def test_the_guide_quotes_a_method_that_gives_an_interval(name: str, treated: int) -> None:
    panel = small(treated, (2014.0,) * treated, g=14, t=8)
    fit = average_effect(name, panel)
    choice = guide(fit)[0]
    assert conventional(fit) == ("cr1" if fit.equations is not None else "analytic")
    assert not set(choice.names) & dear(fit)
    row = apply(choice.primary, fit, OPTIONS)[0]
    if name != "efficient":  # whose contributions know too little of three treated
        assert row.conf_low is not None
        assert row.status in ("ok", "conservative")


def test_small_cohorts_do_not_judge_themselves() -> None:
    """Four cohorts of two: eight are treated, but each is judged by one other."""
    rng = np.random.default_rng(3)
    adoption = [2013.0, 2013, 2014, 2014, 2015, 2015, 2016, 2016, *[INF] * 16]
    panel = panel_of_means(rng.normal(50, 3, (24, 8)), adoption, np.full((24, 8), 30.0), 2011)
    for name in ("att_gt", "imputation", "etwfe", "efficient"):
        fit = average_effect(name, panel)
        assert fit.n_smaller_arm.tolist() == [8]
        assert fit.n_residual.tolist() == [2]
        assert apply("analytic", fit, OPTIONS)[0].status == "known_invalid"
        assert apply("multiplier", fit, OPTIONS)[0].status == "known_invalid"
        assert guide(fit)[0].primary in ("sup_t", "cr3")
    assert estimators.did(panel).n_residual.tolist() == [8]


def test_contrasts_do_not_answer_for_a_comparison_weighted_by_covariates() -> None:
    rng = np.random.default_rng(4)
    z = np.repeat(np.r_[2.0, 2.2, 1.8, rng.normal(0, 1, 21)][:, None], 8, axis=1)[..., None]
    panel = panel_of_means(rng.normal(50, 1, (24, 8)), [2015.0] * 3 + [INF] * 21, np.full((24, 8), 30.0), 2011)
    adjusted = replace(panel, unit_covariates=("z",), z=z)
    fit = estimators.aggregate(estimators.att_gt(adjusted, method="or"), "simple")
    assert apply("sup_t", fit, OPTIONS)[0].status == "not_identified"
    plain = estimators.aggregate(estimators.att_gt(panel), "simple")
    assert apply("sup_t", plain, OPTIONS)[0].status == "ok"
