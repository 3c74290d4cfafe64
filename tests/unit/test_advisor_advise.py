"""The advisor: blind to outcomes after adoption, bound by its rules, and fixed by a digest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_persons, simulated_persons
from lib.size_designs import Column, design, outcomes

import ipscausal as ips
from ipscausal import estimate as estimators
from ipscausal.advisor import THRESHOLDS, Candidate, basis, of_design, of_outcomes
from ipscausal.advisor.advise import _choose
from ipscausal.advisor.untreated import touched
from ipscausal.errors import UsageError
from ipscausal.inference import CONVENTIONAL, METHODS, Choice, Options, guide
from ipscausal.panel import Panel
from ipscausal.study import MethodName

DRAWS = 200


def drawn_panel(seed: int, treated: int = 1, g: int = 11, sd: float = 2.0, size: int | None = None) -> Panel:
    rng = np.random.default_rng(seed)
    one = design(Column("test", g, treated, sd, 0.4, size=size), rng)
    means = outcomes(one, 1, rng)[0]
    return replace(one.panel, y=means * one.sizes, yy=one.panel.yy + means**2 * one.sizes)


def with_covariates(seed: int) -> Panel:
    persons = simulated_persons(seed, {"m00": 2014, "m01": 2015})
    panel = panel_of_persons(persons, ("age", "woman"))
    rng = np.random.default_rng(seed)
    t = len(panel.years)
    person = 400.0 * np.eye(t) + 50.0
    size = np.sqrt(panel.persons)
    covariance = person / (size[:, :, None] * size[:, None, :])
    k = 2
    return replace(
        panel, within_variance=rng.uniform(300, 500, panel.weight.shape), mean_covariance=covariance,
        outcome_covariate_covariance=rng.normal(0, 0.01, (*covariance.shape, k)),
        covariate_covariance=np.einsum("gts,ij->gtsij", covariance / 400, np.eye(k)),
    )  # fmt: skip


def touched_up(panel: Panel, seed: int) -> Panel:
    """Other outcomes of the treated from adoption on, in every place where a panel holds them."""
    rng = np.random.default_rng(seed)
    hidden = touched(panel)
    cells = hidden * rng.normal(0, 1e3, hidden.shape)
    both = (hidden[:, :, None] | hidden[:, None, :]) * rng.normal(
        0, 10, (len(hidden), hidden.shape[1], hidden.shape[1])
    )
    within, covariance, with_y = panel.within_variance, panel.mean_covariance, panel.outcome_covariate_covariance
    return replace(
        panel,
        y=panel.y + cells * panel.weight,
        yy=panel.yy + cells**2 * panel.weight,
        xy=panel.xy + cells[..., None] * panel.x,
        within_variance=None if within is None else np.where(hidden, rng.uniform(0, 1e5, hidden.shape), within),
        mean_covariance=None if covariance is None else covariance + both + np.swapaxes(both, 1, 2),
        outcome_covariate_covariance=None if with_y is None else with_y + both[..., None],
    )


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["one", "three", "means", "covariates"]))
def test_outcomes_after_adoption_change_neither_choice_nor_digest(seed: int, kind: str) -> None:
    panel = {
        "one": lambda: drawn_panel(seed),
        "three": lambda: drawn_panel(seed, treated=3),
        "means": lambda: replace(drawn_panel(seed), within_variance=None),
        "covariates": lambda: with_covariates(seed),
    }[kind]()
    before, after = (ips.advise(one, draws=DRAWS) for one in (panel, touched_up(panel, seed)))
    assert (before.choice, before.digest, before.candidates) == (after.choice, after.digest, after.candidates)
    assert before.diagnostics == after.diagnostics


def test_outcomes_before_adoption_and_of_controls_do_count() -> None:
    panel = drawn_panel(1)
    noisier = replace(
        panel, y=panel.y + ~touched(panel) * np.random.default_rng(2).normal(0, 20, panel.y.shape) * panel.weight
    )
    assert ips.advise(panel, draws=DRAWS).digest != ips.advise(noisier, draws=DRAWS).digest


def test_digest_is_that_of_the_same_panel_seed_and_draws() -> None:
    panel = drawn_panel(3)
    one = ips.advise(panel, draws=DRAWS)
    assert re.fullmatch("[0-9a-f]{64}", one.digest)
    assert ips.advise(panel, draws=DRAWS).digest == one.digest
    assert ips.advise(panel, draws=DRAWS, seed=5).digest != one.digest
    assert ips.advise(panel, draws=DRAWS, level=0.9).digest != one.digest


def test_one_treated_of_eleven_is_quoted_by_the_panel_model_and_never_by_residuals() -> None:
    advice = ips.advise(drawn_panel(4, size=1050), draws=500)
    assert (advice.choice.primary, advice.choice.companion) == ("panel", "re_did")
    assert advice.decided_on == "calibration"
    reasons = {one.method: one.reason for one in advice.candidates}
    assert reasons["ri"] == "floor"
    assert reasons["cr1"] == reasons["cr2"] == reasons["wcr_s"] == "leverage"
    assert reasons["cr3"] == "undefined"
    assert {"ri", CONVENTIONAL} <= set(advice.choice.others)


def test_what_is_chosen_keeps_the_level() -> None:
    for seed, treated in ((5, 1), (6, 2), (7, 3)):
        advice = ips.advise(drawn_panel(seed, treated), draws=500)
        quoted = next(one for one in advice.candidates if one.method == advice.choice.primary)
        assert quoted.kept
        assert quoted.false_positive_rate is not None
        assert quoted.false_positive_rate <= 0.06
        assert quoted.rate_high is not None
        assert quoted.rate_high <= 0.075


def test_highest_power_wins_and_a_tie_goes_to_fewer_assumptions() -> None:
    counted = Choice("sup_t", "ri", ())
    strong, lean = Candidate("panel", None, True, 0.05, 0.06, 0.60), Candidate("wcr_s", None, True, 0.05, 0.06, 0.595)
    weak = Candidate("sup_t", None, True, 0.05, 0.06, 0.30)
    assert _choose(counted, (strong, weak), None, "cr1").primary == "panel"
    assert _choose(counted, (strong, lean, weak), None, "cr1").primary == "wcr_s"
    assert _choose(counted, (strong, weak), None, "cr1").companion == "sup_t"
    rank = Candidate("ri", None, False, 0.05, 0.06, 0.9)
    assert _choose(counted, (rank, weak), None, "cr1").primary == "sup_t"
    liberal = Candidate("panel", "rate", True, 0.2, 0.3, 0.9)
    assert _choose(counted, (liberal,), None, "cr1") == Choice("sup_t", "ri", ())


def test_a_method_fixed_beforehand_is_calibrated_and_not_chosen() -> None:
    advice = ips.advise(drawn_panel(8), draws=DRAWS, primary="lau_li")
    assert advice.choice.primary == "lau_li"
    assert advice.decided_on == "plan"
    assert advice.calibration is not None
    assert advice.calibration.method("lau_li") is not None
    assert advice.choice.companion != "lau_li"
    with pytest.raises(UsageError, match="no method"):
        ips.advise(drawn_panel(8), primary="nonsense")


def test_without_draws_the_guide_decides_from_counts() -> None:
    panel = drawn_panel(9)
    advice = ips.advise(panel, draws=0)
    assert advice.calibration is None
    assert advice.decided_on == "counts"
    assert advice.choice == guide(estimators.did(panel))[0]
    assert "guide" in advice.summary()


def test_the_choice_reaches_the_result() -> None:
    panel = drawn_panel(10)
    advice = ips.advise(panel, draws=DRAWS)
    result = ips.did(panel, choice=advice.choice)
    assert [row.method for row in result.inference] == list(advice.choice.names)
    assert result.inference[0].role == "primary"
    assert next(row.role for row in result.inference if row.method == CONVENTIONAL) == "conventional"
    events = ips.event_study(panel, (-3, 3), choice=advice.choice)
    assert all(events.primary(term.name).method == advice.choice.primary for term in events.estimate.terms)


def test_re_assignment_is_left_out_of_event_studies_with_many_treated() -> None:
    panel = drawn_panel(11, treated=6, g=16)
    choice = Choice("panel", "ri", ("wcr_s", "ri_t", "cr1"))
    events = ips.event_study(panel, (-2, 2), choice=choice)
    assert {row.method for row in events.inference} == {"panel", "wcr_s", "cr1"}
    assert {row.method for row in ips.did(panel, choice=choice).inference} == set(choice.names)


def equal(panel: Panel) -> Panel:
    size = np.full(panel.weight.shape, 300.0)
    return replace(panel, weight=size, persons=size, y=panel.mean * size, yy=panel.mean**2 * size + 7e3 * (size - 1))


def test_diagnostics_of_equal_sizes_are_their_closed_forms() -> None:
    panel = equal(drawn_panel(12))
    known = basis(panel)
    found = {one.key: one for one in of_design(known.fit, 0, known.shocks, Options())}
    g, g0 = 11, 10
    assert found["p_floor_ri"].value == pytest.approx(1 / 11)
    assert found["p_floor_wcr"].value == pytest.approx(2.0**-10)
    assert found["partial_leverage"].value == pytest.approx(g0 / g)
    assert found["effective_clusters"].value == pytest.approx(g0 * g**2 / (g0**3 + 1))
    assert found["cr2_df"].value == pytest.approx(g - 2)
    assert found["size_cv"].value == pytest.approx(0, abs=1e-12)
    levels = {key: one.level for key, one in found.items()}
    assert levels["treated_clusters"] == levels["partial_leverage"] == levels["p_floor_ri"] == "red"
    assert levels["clusters"] == levels["cr2_df"] == "amber"
    assert levels["size_cv"] == "green"
    assert levels["shock_sd"] == "context"


def test_the_design_moulton_factor_is_the_real_error_over_that_of_a_regression_on_person_years() -> None:
    panel = drawn_panel(13, sd=4.0)
    known = basis(panel)
    assert known.shocks is not None
    found = {one.key: one for one in of_design(known.fit, 0, known.shocks, Options())}
    # HC1 on the rows, were every cell mean fitted exactly: N/(N-K) sum x^2 (n-1) s^2 / q^2 with x from dummies
    cells = known.fit.cells
    dummies = np.concatenate([np.kron(np.eye(11), np.ones((len(cells.years), 1))),
                              np.kron(np.ones((11, 1)), np.eye(len(cells.years))[:, 1:])], axis=1)  # fmt: skip
    root = np.sqrt(cells.weight.ravel())
    exposed = cells.exposed.ravel()
    fitted = dummies @ np.linalg.lstsq(dummies * root[:, None], exposed * root, rcond=None)[0]
    x = exposed - fitted
    assert cells.within_variance is not None
    own = x**2 * cells.weight.ravel() * cells.within_variance.ravel()
    conventional = np.sqrt(own.sum()) / (root**2 @ x**2)
    factor = np.sqrt(known.shocks.weight @ known.shocks.index**2) / conventional
    assert found["moulton"].value == pytest.approx(factor, rel=1e-9)
    (row,) = METHODS["hc1"].infer(
        estimators.did(replace(panel, y=panel.weight * fitted.reshape(cells.weight.shape))), Options()
    )
    assert row.std_error == pytest.approx(conventional, rel=0.02)  # n - 1 for n, and N/(N-K)


def test_outcome_diagnostics_by_hand() -> None:
    panel = drawn_panel(14, treated=2)
    fit = estimators.did(panel)
    known = basis(panel)
    found = {one.key: one for one in of_outcomes(fit, 0, known.shocks, Options())}
    without = [estimators.did(panel.select(np.arange(11) != g)).coef[0] for g in range(11)]
    assert found["influence"].low == pytest.approx(min(without), rel=1e-9)
    assert found["influence"].high == pytest.approx(max(without), rel=1e-9)
    change = np.abs(np.array(without) - fit.coef[0]).max() / abs(fit.coef[0])
    assert found["influence"].value == pytest.approx(change, rel=1e-9)
    p = [METHODS[name].infer(fit, Options())[0].p_value for name in ("wcr_c", "wcu_c")]
    assert None not in p
    assert found["wcr_wcu"].value == pytest.approx(abs(p[0] - p[1]))  # type: ignore[operator]


def test_leaving_out_the_only_treated_is_red() -> None:
    panel = drawn_panel(15)
    found = {one.key: one for one in of_outcomes(estimators.did(panel), 0, basis(panel).shocks, Options())}
    assert found["influence"].level == "red"


def test_thresholds_sit_where_they_are_stated() -> None:
    assert [THRESHOLDS["cr2_df"].level(value) for value in (10, 9.9, 4, 3.9)] == ["green", "amber", "amber", "red"]
    assert [THRESHOLDS["wcr_wcu"].level(value) for value in (0.05, 0.051, 0.2, 0.21)] == [
        "green",
        "amber",
        "amber",
        "red",
    ]
    assert [THRESHOLDS["treated_clusters"].level(value) for value in (5, 4, 2, 1)] == ["green", "amber", "amber", "red"]


def test_a_study_may_name_every_method_and_no_other() -> None:
    assert set(get_args(MethodName)) == set(METHODS)
