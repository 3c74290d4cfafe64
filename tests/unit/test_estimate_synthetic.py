"""Synthetic comparisons: cases worked by hand, collapse to difference-in-differences, what must not matter."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did, synthetic_control, synthetic_did
from ipscausal.estimate.synthetic import SyntheticControl, SyntheticDid
from ipscausal.panel import Panel

NEVER = np.inf
Estimator = Callable[[Panel], Estimate]


def overall(fit: Estimate) -> float:
    """Mean over treated cells."""
    assert fit.share is not None
    weight = fit.share * np.array([(term.event_time or 0) >= 0 for term in fit.terms])
    return float(fit.coef @ weight / weight.sum())


def noisy(seed: int, g: int = 12, t: int = 8, dates: tuple[float, ...] = (2014,)) -> Panel:
    rng = np.random.default_rng(seed)
    mean = 40 + rng.normal(0, 5, (g, 1)) + rng.normal(0, 2, t) + rng.normal(0, 1, (g, t)).cumsum(axis=1)
    return panel_of_means(mean, [*dates, *[NEVER] * (g - len(dates))], rng.integers(30, 300, (g, t)))


def test_a_donor_equal_to_the_treated_is_taken_and_the_effect_read_off() -> None:
    path = np.array([10.0, 13.0, 11.0, 12.0, 15.0, 14.0])
    effect = np.array([0, 0, 0, 0, 3.0, 5.0])
    mean = np.stack([path + effect, path[::-1], path, 2 * path])
    panel = panel_of_means(mean, [2014, NEVER, NEVER, NEVER])
    fit, part = synthetic_control(panel), SyntheticControl().fit(panel).parts[0]
    assert fit.coef == pytest.approx(effect, abs=1e-6)
    assert part.donor_weight == pytest.approx([0, 1, 0], abs=1e-6)
    assert part.rmspe_before == pytest.approx(0, abs=1e-6)
    assert part.rmspe_after == pytest.approx(np.sqrt(17))
    assert SyntheticControl().fit(panel).donor_weights(part)["m002"] == pytest.approx(1, abs=1e-6)
    assert [term.name for term in fit.terms][:2] == ["att_2014_2010", "att_2014_2011"]


def test_halfway_between_two_donors() -> None:
    mean = np.array([[2.0, 3, 10], [0, 0, 1], [4, 6, 3], [90, 0, 50]])
    panel = panel_of_means(mean, [2012, NEVER, NEVER, NEVER])
    assert synthetic_control(panel).coef == pytest.approx([0, 0, 8], abs=1e-5)


def test_shifted_is_moved_to_the_level_of_the_treated() -> None:
    path = np.array([1.0, 4, 2, 3, 7, 6])
    mean = np.stack([path + 100 + np.r_[0, 0, 0, 0, 2, 2], path, -path, np.zeros(6)])
    panel = panel_of_means(mean, [2014, NEVER, NEVER, NEVER])
    for shifted in (synthetic_control(panel, level="shifted"), synthetic_did(panel, donor_weights="equal")):
        assert np.abs(shifted.cell_weights.sum(axis=2)).max() < 1e-12
    assert synthetic_control(panel, level="shifted").coef == pytest.approx([0, 0, 0, 0, 2, 2], abs=1e-5)
    assert synthetic_control(panel).coef.max() > 90


def test_the_baseline_is_the_weighted_years() -> None:
    panel = noisy(1)
    fit, part = synthetic_did(panel), SyntheticDid().fit(panel).parts[0]
    gap = part.observed - part.raw
    assert fit.coef == pytest.approx(gap - part.year_weight @ gap)
    assert part.year_weight[:4].sum() == pytest.approx(1)
    assert overall(fit) == pytest.approx(part.effect)


def test_equal_weights_are_difference_in_differences() -> None:
    rng = np.random.default_rng(0)
    panel = panel_of_means(rng.normal(size=(9, 7)), [2013, 2013, *[NEVER] * 7])
    equal = synthetic_did(panel, donor_weights="equal", year_weights="equal")
    assert overall(equal) == pytest.approx(did(panel).coef[0], rel=1e-12)
    weights = equal.cell_weights[[term.event_time is not None and term.event_time >= 0 for term in equal.terms]]
    assert weights.mean(axis=0) == pytest.approx(did(panel).cell_weights[0], abs=1e-14)


def test_cohorts_are_estimated_alone_and_averaged_by_treated_cells() -> None:
    panel = noisy(4, g=14, t=9, dates=(2013, 2015, 2015, 2017))
    whole = synthetic_did(panel)
    total, cells = 0.0, 0
    for date in (2013, 2015, 2017):
        alone = synthetic_did(panel.select(~panel.treated | (panel.adoption == date)))
        n = int((panel.adoption == date).sum() * (2018 - date + 1))
        total, cells = total + n * overall(alone), cells + n
        mine = [term.cohort == date for term in whole.terms]
        assert whole.coef[mine] == pytest.approx(alone.coef)
    assert overall(whole) == pytest.approx(total / cells)
    own = synthetic_control(panel)
    separate = [synthetic_control(panel.select(~panel.treated | (np.arange(14) == g))).coef for g in (1, 2)]
    assert own.coef[[term.cohort == 2015 for term in own.terms]] == pytest.approx(np.mean(separate, axis=0))


def test_persons_as_weights() -> None:
    panel = noisy(6, dates=(2014, 2014))
    part = SyntheticDid(average="persons").fit(panel).parts[0]
    persons = panel.persons[:2, 4:].mean(axis=1)
    assert part.arm.treated_weight == pytest.approx(persons / persons.sum())
    assert synthetic_did(panel, average="persons").share == pytest.approx(persons.sum())


@pytest.mark.parametrize("estimator", [synthetic_did, synthetic_control, SyntheticControl(level="shifted")])
def test_weights_give_the_effects_and_contributions_cancel(estimator: Estimator) -> None:
    fit = estimator(noisy(2, dates=(2013, 2015, 2015)))
    assert np.einsum("qgt,gt->q", fit.cell_weights, fit.adjusted_mean) == pytest.approx(fit.coef)
    assert np.abs(fit.contributions.sum(axis=0)).max() < 1e-12
    assert np.abs(fit.cell_weights.sum(axis=1)).max() < 1e-12
    assert fit.weights_from == "outcomes"
    assert fit.refit(fit.panel).coef == pytest.approx(fit.coef, abs=1e-12)


@pytest.mark.parametrize(
    ("estimator", "constants"),
    [
        (synthetic_did, "municipality"),
        (synthetic_did, "trend"),
        (SyntheticDid(noise="within_year"), "both"),
        (SyntheticControl(level="shifted"), "both"),
        (SyntheticControl(level="shifted", bias_correction="ridge"), "both"),
        (synthetic_control, "year"),
    ],
)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_constants_and_order_do_not_matter(estimator: Estimator, constants: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    panel = noisy(seed, dates=(2014, 2015))
    of_municipality, of_year = rng.normal(0, 9, (12, 1)), rng.normal(0, 9, 8)
    moved = {
        "municipality": of_municipality, "year": of_year, "both": of_municipality + of_year,
        "trend": of_municipality + 3.0 * np.arange(8),
    }[constants]  # fmt: skip
    mean = panel.mean + np.broadcast_to(moved, (12, 8))
    order = rng.permutation(12)
    # sorted codes: another name is another place
    shuffled = panel_of_means(mean[order], list(panel.adoption[order]), panel.persons[order])
    assert estimator(shuffled).coef == pytest.approx(estimator(panel).coef, abs=2e-5)


def test_the_unit_of_the_outcome_scales() -> None:
    panel = noisy(8)
    thousand = panel_of_means(1000 * panel.mean, list(panel.adoption), panel.persons)
    for estimator in (synthetic_did, synthetic_control, SyntheticControl(bias_correction="ridge")):
        assert estimator(thousand).coef == pytest.approx(1000 * estimator(panel).coef, rel=1e-6, abs=1e-3)


def test_municipality_covariates_count_as_a_year_of_outcomes() -> None:
    mean = np.array([[5.0, 5, 9], [4, 4, 4], [6, 6, 6], [4.9, 5.3, 7]])
    panel = panel_of_means(mean, [2012, NEVER, NEVER, NEVER])
    z = np.zeros((4, 3, 1))
    z[:, :, 0] = np.array([1.0, 0, 2, 9])[:, None]
    with_z = replace(panel, unit_covariates=("lpop",), z=z)
    without = SyntheticControl().fit(with_z).parts[0].donor_weight
    weights = SyntheticControl(covariates=("lpop",)).fit(with_z).parts[0].donor_weight
    assert weights == pytest.approx([0.5, 0.5, 0], abs=1e-3)
    assert without == pytest.approx([0.5, 0.5, 0], abs=1e-3)
    far = z.copy()
    far[0] = 9.0
    weights = SyntheticControl(covariates=("lpop",)).fit(replace(with_z, z=far)).parts[0].donor_weight
    assert weights[2] > 0.5
    with pytest.raises(UsageError, match="area"):
        synthetic_control(with_z, covariates=("area",))
    far[1] = np.nan
    with pytest.raises(IdentificationError, match="missing"):
        synthetic_control(replace(with_z, z=far), covariates=("lpop",))


def test_person_covariates_leave_by_untreated_slopes() -> None:
    persons = simulated_persons(3, {"m00": 2014})
    plain, aged = panel_of_persons(persons), panel_of_persons(persons, ("age",))
    fit = synthetic_did(aged)
    # the effect in treated cells must not move the slope
    shifted = persons.assign(y=persons["y"] + 50.0 * (persons["first"] <= persons["year"]))
    again = synthetic_did(panel_of_persons(shifted, ("age",)))
    assert again.slopes == pytest.approx(fit.slopes, rel=1e-12)
    assert overall(again) - overall(fit) == pytest.approx(50, rel=1e-9)
    assert fit.slopes[0] == pytest.approx(0.9, abs=0.25)
    assert overall(fit) != pytest.approx(overall(synthetic_did(plain)), rel=1e-6)


def test_who_is_left_out_is_said() -> None:
    panel = noisy(9, dates=(2014, 2011, 2010))
    empty = np.zeros((12, 8), dtype=bool)
    empty[5, 3] = True
    fit = synthetic_did(panel.without(empty))
    assert fit.left_out == {
        "always_treated": ("m002",), "incomplete": ("m005",), "too_few_years_before": ("m001",),
    }  # fmt: skip
    assert {term.cohort for term in fit.terms} == {2014}
    with pytest.raises(IdentificationError, match="two never-treated"):
        synthetic_did(panel.select(np.arange(12) < 4))
    with pytest.raises(IdentificationError, match="no treated"):
        synthetic_did(noisy(9, dates=(2011,)))


def test_anticipation_is_neither_fitted_on_nor_counted() -> None:
    panel = noisy(10, dates=(2015,))
    disturbed = panel.mean.copy()
    disturbed[0, 4] += 30
    other = panel_of_means(disturbed, list(panel.adoption), panel.persons)
    before, after = (synthetic_did(one, anticipation=1) for one in (panel, other))
    assert overall(after) == pytest.approx(overall(before), rel=1e-12)
    assert after.coef[4] - before.coef[4] == pytest.approx(30)
    assert overall(synthetic_did(other)) != pytest.approx(overall(synthetic_did(panel)), rel=1e-3)


def test_options_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        SyntheticDid(solver="fast", average="rows", anticipation=-1)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3


def test_donors_that_do_not_move_count_equally() -> None:
    mean = np.full((6, 6), 5.0)
    mean[:, 4:] = np.array([9.0, 5, 6, 7, 8, 9])[:, None]
    for solver in ("exact", "frank_wolfe"):
        fit = synthetic_did(panel_of_means(mean, [2014, *[NEVER] * 5]), solver=solver)  # type: ignore[arg-type]
        assert fit.coef == pytest.approx([0, 0, 0, 0, 2, 2], abs=1e-9)
