"""The simulation engine against closed forms, brute force and its own invariances."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means
from lib.size_designs import Column, design, outcomes
from scipy import stats

from ipscausal import estimate as estimators
from ipscausal.advisor import basis, calibrate
from ipscausal.advisor.placebo import counts, in_space, in_time
from ipscausal.advisor.posterior import Posterior, posterior
from ipscausal.advisor.simulate import CHUNK, rejections, world
from ipscausal.advisor.simulate import outcomes as simulated
from ipscausal.advisor.untreated import masked, touched, untreated
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.inference import METHODS, Options, cr1_false_positive_rate
from ipscausal.inference.shock.posterior import shock_posterior, untreated_cells
from ipscausal.panel import Panel

INF = np.inf


def drawn_panel(seed: int, treated: int = 1, sd: float = 2.0, g: int = 11) -> Panel:
    rng = np.random.default_rng(seed)
    one = design(Column("test", g, treated, sd, 0.4), rng)
    means = outcomes(one, 1, rng)[0]
    return replace(one.panel, y=means * one.sizes, yy=one.panel.yy + means**2 * one.sizes)


def equal_sizes(panel: Panel, n: float = 300.0) -> Panel:
    size, mean = np.full(panel.weight.shape, n), panel.mean
    return replace(
        panel, weight=size, persons=size, y=mean * size, yy=mean**2 * size + 85.0**2 * (size - 1),
        within_variance=np.full(size.shape, 85.0**2),
    )  # fmt: skip


def without_persons(panel: Panel) -> Panel:
    return replace(panel, within_variance=None)


@pytest.mark.parametrize(("g", "treated"), [(11, 1), (8, 3)])
def test_cr1_rejects_as_often_as_its_closed_form_says(g: int, treated: int) -> None:
    found = calibrate(basis(equal_sizes(drawn_panel(1, treated, g=g))), ["cr1"], draws=4000).method("cr1")
    truth = cr1_false_positive_rate(g, treated)
    assert found is not None
    assert found.false_positive_rate == pytest.approx(truth, abs=4 * np.sqrt(truth * (1 - truth) / 4000))


def test_the_collapsed_t_test_keeps_its_level_exactly_with_equal_sizes() -> None:
    panel = equal_sizes(drawn_panel(2))
    row = calibrate(basis(panel), ["collapse"], draws=4000).method("collapse")
    assert row is not None
    assert row.false_positive_rate == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 4000))


def test_power_of_the_collapsed_t_test_is_a_noncentral_t_probability() -> None:
    known = basis(equal_sizes(drawn_panel(3)))
    assert known.shocks is not None
    one = np.argmax(known.shocks.weight)
    point = replace(
        known.shocks, **{name: getattr(known.shocks, name)[[one]] for name in ("sigma", "rho", "phi", "index")},
        weight=np.ones(1),
    )  # fmt: skip
    row = calibrate(replace(known, shocks=point), ["collapse"], draws=4000).method("collapse")
    assert row is not None
    shift = np.array(row.effects) / point.index[0]
    critical = stats.t.ppf(0.975, 9)
    truth = stats.nct.sf(critical, 9, shift) + stats.nct.cdf(-critical, 9, shift)
    np.testing.assert_allclose(row.power, truth, atol=4 * np.sqrt(0.25 / 1000))
    at = np.interp(0.8, truth, row.effects)
    assert row.mde == pytest.approx(at, rel=0.06)


def test_the_panel_method_is_calibrated_below_seven_percent() -> None:
    row = calibrate(basis(drawn_panel(4)), ["panel"], draws=1000).method("panel")
    assert row is not None
    assert row.false_positive_rate is not None
    assert row.false_positive_rate < 0.07


def test_simulated_outcomes_have_the_variance_they_are_ordered_by() -> None:
    known = basis(drawn_panel(5, treated=2))
    assert known.shocks is not None
    drawn = world(known.shocks, 3000, 7)
    means = np.concatenate([simulated(known.fit, drawn, chunk) for chunk in range(12)])
    standard = np.einsum("bgt,gt->b", means, known.fit.cell_weights[0]) / drawn.index
    assert np.var(standard) == pytest.approx(1.0, abs=4 * np.sqrt(2 / 3000))
    assert np.all(np.diff(drawn.index) >= 0)


def test_empty_cells_stay_empty_and_shocks_persist_over_gaps() -> None:
    panel = drawn_panel(6)
    gone = np.zeros(panel.weight.shape, dtype=bool)
    gone[4, 2] = True
    known = basis(panel.without(gone))
    assert known.shocks is not None
    assert np.all(simulated(known.fit, world(known.shocks, 300, 1), 0)[:, 4, 2] == 0)
    years = panel.years.copy()
    years[4:] += 2
    point = Posterior(np.array([3.0]), np.array([0.8]), np.ones(1), np.ones(1), np.ones(1),
                      np.zeros((11, len(years), len(years))), "known")  # fmt: skip
    gapped = estimators.did(replace(panel, years=years, adoption=panel.adoption + 2))
    shock = np.concatenate([simulated(gapped, world(point, 2000, 3), chunk) for chunk in range(8)])[:, 0]
    assert np.corrcoef(shock[:, 3], shock[:, 4])[0, 1] == pytest.approx(0.8**3, abs=0.06)
    assert shock[:, 3].std() == pytest.approx(3.0, rel=0.06)


def test_the_posterior_of_untreated_cells_is_that_of_the_panel_model() -> None:
    panel = drawn_panel(7)
    pre = replace(panel, within_variance=masked(panel).within_variance)
    fit = estimators.did(pre)
    ours = posterior(fit, 0, untreated(masked(panel)))
    theirs = shock_posterior(fit, cells=untreated_cells(fit))
    assert theirs is not None
    np.testing.assert_allclose(ours.weight, theirs.weight, rtol=1e-8, atol=1e-14)
    assert ours.weight @ ours.sigma == pytest.approx(theirs.sigma, rel=1e-10)


def test_noise_fitted_from_sizes_finds_what_was_put_in() -> None:
    panel = without_persons(drawn_panel(8, sd=0.0, g=60))
    known = basis(panel)
    assert known.shocks is not None
    assert known.shocks.noise == "fitted from sizes"
    person_sd = np.sqrt(known.shocks.weight @ known.shocks.phi)
    assert person_sd == pytest.approx(85.0, rel=0.1)


def test_neither_threads_nor_other_methods_change_a_result() -> None:
    known = basis(drawn_panel(9))
    alone = calibrate(known, ["cr1"], draws=600)
    assert calibrate(known, ["cr1"], draws=600, threads=2) == alone
    assert calibrate(known, ["sup_t", "cr1"], draws=600).method("cr1") == alone.method("cr1")


def test_progress_counts_data_sets_and_ends_at_all_of_them() -> None:
    heard: list[tuple[int, int]] = []
    calibrate(basis(drawn_panel(10)), ["cr1"], draws=600, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(CHUNK, 600), (2 * CHUNK, 600), (600, 600)]


@settings(deadline=None, max_examples=5)
@given(scale=st.sampled_from([0.01, 3.0, 1000.0]), shift=st.floats(-50, 50))
def test_scaling_the_outcome_scales_effects_and_leaves_rates(scale: float, shift: float) -> None:
    panel = drawn_panel(11)
    mean = scale * (panel.mean + shift)
    moved = replace(
        panel, y=mean * panel.weight, yy=mean**2 * panel.weight, within_variance=scale**2 * panel.within_variance
    )
    first, second = (calibrate(basis(one), ["cr1", "collapse"], draws=300) for one in (panel, moved))
    for a, b in zip(first.rows, second.rows, strict=True):
        assert (a.false_positive_rate, a.power) == (b.false_positive_rate, b.power)
        np.testing.assert_allclose(np.array(b.effects), scale * np.array(a.effects), rtol=1e-6)
    assert second.shocks.sd == pytest.approx(scale * first.shocks.sd, rel=1e-6)


def test_placebos_in_space_are_counted_by_brute_force() -> None:
    panel, options = drawn_panel(12, g=9), Options()
    studies = list(in_space(panel, estimators.did, 1))
    assert len(studies) == 8
    rejected = 0
    controls = [code for code, treated in zip(panel.municipality, panel.treated, strict=True) if not treated]
    for code in controls:
        kept = panel.select(~panel.treated)
        adoption = np.where(np.array(kept.municipality) == code, panel.adoption[panel.treated][0], INF)
        row = METHODS["cr1"].infer(estimators.did(replace(kept, adoption=adoption)), options)[0]
        assert row.p_value is not None
        rejected += row.p_value < 0.05
    assert counts(studies, ["cr1"], options)["cr1"].k == rejected
    assert counts(studies, ["cr1"], options)["cr1"].n == 8


def test_several_treated_give_every_set_of_controls_or_a_seeded_sample() -> None:
    few = list(in_space(drawn_panel(13, treated=2, g=8), estimators.did, 1))
    assert len(few) == 15
    assert all(study.n_treated_clusters == 2 for study in few)
    many = [tuple(study.panel.adoption) for study in in_space(drawn_panel(13, treated=3, g=14), estimators.did, 1)]
    assert len(set(many)) == len(many) == 40
    assert many == [
        tuple(study.panel.adoption) for study in in_space(drawn_panel(13, treated=3, g=14), estimators.did, 1)
    ]


def test_placebos_in_time_end_before_the_first_start() -> None:
    panel = drawn_panel(14)
    start = int(panel.adoption.min())
    studies = list(in_time(panel, estimators.did, 0))
    assert [int(study.panel.adoption.min()) for study in studies] == list(range(int(panel.years[0]) + 2, start - 1))
    assert all(study.panel.years.max() == start - 1 for study in studies)
    ahead = list(in_time(panel, partial(estimators.did, anticipation=1), 1))
    assert all(study.panel.years.max() == start - 2 for study in ahead)


def test_masking_hides_what_was_touched_and_nothing_else() -> None:
    panel = drawn_panel(15)
    hidden = touched(panel, 1)
    assert hidden.sum() == 5
    seen = masked(panel, 1)
    assert np.all(seen.y[hidden] == 0)
    np.testing.assert_allclose(seen.y[~hidden], panel.y[~hidden], rtol=1e-12)
    assert panel.within_variance is not None
    assert seen.within_variance is not None
    np.testing.assert_array_equal(seen.within_variance[~hidden], panel.within_variance[~hidden])


def test_panels_that_show_no_shocks_are_refused_with_a_reason() -> None:
    flat = panel_of_means(np.zeros((4, 5)), [2012, INF, INF, INF])
    with pytest.raises(IdentificationError, match="vary"):
        calibrate(basis(flat), ["cr1"], draws=100)
    with pytest.raises(UsageError, match="too few"):
        calibrate(basis(drawn_panel(16)), ["cr1"], draws=50)
    with pytest.raises(UsageError, match="no method"):
        calibrate(basis(drawn_panel(16)), ["cr9"])


def test_a_method_without_p_values_has_no_rate() -> None:
    known = basis(drawn_panel(17))
    row = calibrate(known, ["cr3"], draws=100).method("cr3")
    assert row is not None
    assert row.false_positive_rate is None
    assert row.power_at(1.0) is None
    run = rejections(known.fit, 0, world(known.shocks, 100, 1), {"none": lambda y: np.full(len(y), np.nan)},
                     np.array([1.0]), 0.05)  # fmt: skip
    assert run.undefined == {"none"}
