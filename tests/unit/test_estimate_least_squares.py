"""The hand-worked case, invariances, and what is not identified. Rows against cells: test_estimate_rows.py."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.panel import Panel

INF = np.inf


def staggered(seed: int = 1) -> Panel:
    return panel_of_persons(simulated_persons(seed, {"m01": 2012, "m04": 2014, "m05": 2014}))


def test_two_by_two_is_the_difference_of_differences() -> None:
    # treated 10 -> 16, controls 4 -> 5 and 8 -> 11 with 1 and 3 persons: 6 - (1 * 1 + 3 * 3) / 4
    mean = np.array([[10.0, 16.0], [4.0, 5.0], [8.0, 11.0]])
    size = np.array([[5.0], [1.0], [3.0]])
    assert estimate.did(panel_of_means(mean, [2011, INF, INF], size)).coef == pytest.approx([3.5])
    assert estimate.did(panel_of_means(mean, [2011, INF, INF])).coef == pytest.approx([4.0])


def test_event_study_by_hand() -> None:
    mean = np.array([[1.0, 2.0, 5.0, 9.0], [3.0, 3.0, 3.0, 3.0], [1.0, 3.0, 5.0, 7.0]])
    fit = estimate.event_study(panel_of_means(mean, [2012, INF, INF]), window=(-2, 1))
    # controls change by 1 a year on average; differences to the year before adoption (value 2)
    assert [term.name for term in fit.terms] == ["event_-2", "event_0", "event_1"]
    assert fit.coef == pytest.approx([(1 - 2) - (2 - 3), (5 - 2) - (4 - 3), (9 - 2) - (5 - 3)])


def test_cell_weights_turn_cell_means_into_coefficients() -> None:
    persons = simulated_persons(3, {"m01": 2012, "m04": 2014})
    for covariates in ((), ("age", "woman")):
        fit = estimate.event_study(panel_of_persons(persons, covariates), window=(-3, 2))
        rebuilt = np.nansum(fit.cell_weights * fit.adjusted_mean, axis=(1, 2))
        assert rebuilt == pytest.approx(fit.coef, abs=1e-10)
        assert fit.cell_weights.sum(axis=2) == pytest.approx(0, abs=1e-12)
        assert fit.cluster_scores.sum(axis=0) == pytest.approx(0, abs=1e-9)


def test_relabelling_and_reordering_municipalities_changes_nothing() -> None:
    panel = staggered()
    order = np.random.default_rng(0).permutation(len(panel.municipality))
    names = tuple(f"x{i}" for i in range(len(order)))
    moved = replace(
        panel, municipality=names, cluster=names, adoption=panel.adoption[order],
        **{name: getattr(panel, name)[order] for name in ("weight", "persons", "y", "yy", "x", "xx", "xy")},
    )  # fmt: skip
    assert estimate.event_study(moved).coef == pytest.approx(estimate.event_study(panel).coef, rel=1e-10)


def test_municipality_and_year_constants_cancel_and_scale_carries_through() -> None:
    panel = staggered()
    rng = np.random.default_rng(0)
    shift = rng.normal(0, 100, (len(panel.municipality), 1)) + rng.normal(0, 100, (1, len(panel.years)))
    moved = replace(panel, y=3 * (panel.y + panel.weight * shift))
    before, after = estimate.did(panel), estimate.did(moved)
    assert after.coef == pytest.approx(3 * before.coef, rel=1e-9)
    assert after.cluster_scores == pytest.approx(3 * before.cluster_scores, rel=1e-7, abs=1e-9)


def test_counts_behind_the_small_sample_factor() -> None:
    panel = staggered()
    fit = estimate.did(panel)
    assert fit.n_observations == panel.persons.sum()
    assert fit.n_parameters == 1 + 7  # exposure, six year dummies and the constant
    assert fit.residual_df == panel.persons.sum() - (1 + 7 + 8)


def test_support_is_the_smallest_arm_year_that_carries_weight() -> None:
    size = np.array([[7.0, 9.0, 8.0, 6.0], [20, 30, 40, 50], [11, 12, 13, 14]])
    panel = panel_of_means(np.arange(12.0).reshape(3, 4) ** 1.5, [2012, INF, INF], size)
    fit = estimate.did(panel)
    assert (fit.support_treated.tolist(), fit.support_control.tolist()) == ([6.0], [31.0])
    event = estimate.event_study(panel, window=(-2, 1))
    assert event.support_treated.tolist() == [7.0, 8.0, 6.0]


def test_endpoints_are_pooled_and_labelled_only_where_years_lie_beyond() -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(4, 7)), [2013, INF, INF, INF])
    binned = estimate.event_study(panel, window=(-2, 3))
    assert [term.label for term in binned.terms] == ["≤ -2", "0", "1", "2", "3"]
    dropped = estimate.event_study(panel, window=(-2, 1), outside="drop")
    assert [term.label for term in dropped.terms] == ["-2", "0", "1"]
    assert dropped.cells.observed[0].tolist() == [False, True, True, True, True, False, False]
    assert dropped.cells.observed[1].all()


def test_dropping_years_outside_equals_a_panel_without_them() -> None:
    # one date: the treated cells that are left out carry year effects of the controls only
    panel = panel_of_means(np.random.default_rng(0).normal(size=(4, 7)), [2013, INF, INF, INF])
    short = panel_of_means(np.array(panel.mean)[:, 1:5], [2013, INF, INF, INF], first_year=2011)
    a = estimate.event_study(panel, window=(-2, 1), outside="drop").coef
    assert a == pytest.approx(estimate.event_study(short, window=(-2, 1)).coef, abs=1e-12)


def test_the_always_treated_and_the_empty_are_left_out_and_named() -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(5, 4)), [2012, INF, INF, 2008, 2010])
    weight = np.array(panel.weight)
    weight[2] = 0
    panel = replace(panel, weight=weight, persons=weight, y=panel.y * (weight > 0))
    fit = estimate.did(panel)
    assert fit.left_out == {"always_treated": ("m003", "m004"), "empty": ("m002",)}
    assert fit.panel.municipality == ("m000", "m001")


def test_an_empty_cell_is_not_a_zero() -> None:
    panel = staggered()
    hole = np.zeros(panel.weight.shape, dtype=bool)
    hole[2, 3] = hole[4, 0] = True
    persons = simulated_persons(1, {"m01": 2012, "m04": 2014, "m05": 2014})
    gone = ((persons.municipality == "m02") & (persons.year == 2013)) | (
        (persons.municipality == "m04") & (persons.year == 2010)
    )
    assert estimate.did(panel.without(hole)).coef == pytest.approx(
        estimate.did(panel_of_persons(persons[~gone])).coef, rel=1e-11
    )


@pytest.mark.parametrize(
    ("adoption", "words"),
    [
        ([INF, INF, INF], "no treated municipality"),
        ([2011, 2011, 2011], "every municipality adopts in the same year"),
        ([2009, INF, INF], "1 exposed in every year were left out"),
    ],
)
def test_designs_without_an_answer_say_why(adoption: list[float], words: str) -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(3, 4)), adoption)
    with pytest.raises(IdentificationError, match=words) as caught:
        estimate.did(panel)
    assert caught.value.remedy


def test_a_treated_municipality_without_years_after_adoption_is_not_an_effect() -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(3, 4)), [2012, INF, INF])
    after = panel.years[None, :] >= panel.adoption[:, None]
    with pytest.raises(IdentificationError, match="observed after adoption"):
        estimate.did(panel.without(after))


def test_a_missing_reference_year_is_named() -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(3, 4)), [2012, INF, INF])
    hole = np.zeros((3, 4), dtype=bool)
    hole[0, 1] = True
    with pytest.raises(IdentificationError, match="event time -1"):
        estimate.event_study(panel.without(hole))


def test_a_covariate_that_does_not_vary_is_named() -> None:
    persons = simulated_persons(5, {"m01": 2012})
    persons["region"] = (persons["municipality"] > "m04").astype(float)
    persons["exposed"] = (persons["year"] >= persons["first"]).astype(float)
    for name in ("region", "exposed"):
        with pytest.raises(IdentificationError, match="does not identify"):
            estimate.did(panel_of_persons(persons, ("age", name)))


def test_everyone_adopting_leaves_the_event_study_collinear() -> None:
    panel = panel_of_means(np.random.default_rng(0).normal(size=(4, 8)), [2013, 2014, 2015, 2016])
    with pytest.raises(IdentificationError, match="does not vary on its own"):
        estimate.event_study(panel, window=(-7, 5))


def test_a_window_must_hold_its_reference() -> None:
    with pytest.raises(UsageError, match="must hold the reference"):
        estimate.event_study(staggered(), window=(-4, 3), reference=-5)


def test_treatment_acts_on_clusters() -> None:
    panel = staggered()
    joined = replace(panel, cluster=("a", "a", *panel.cluster[2:]))
    with pytest.raises(IdentificationError, match="cluster a holds several adoption years"):
        estimate.did(joined)
    pairs = replace(panel, cluster=("a", "b", "a", "c", "d", "d", "e", "e", "e"))
    assert estimate.did(pairs).n_clusters == 5
    assert estimate.did(pairs).n_treated.tolist() == [2]
