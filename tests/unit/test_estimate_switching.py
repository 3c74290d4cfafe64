"""Treatments that switch on and off or are graded: by hand, where they collapse, and what must change nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, event_study, switching
from ipscausal.panel import Panel

# a switches on and off again, c switches off; b and d keep the doses 0 and 1
DOSES = [[0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]]
OUTCOMES = [[1, 5, 6, 3], [2, 3, 4, 6], [8, 11, 7, 6], [9, 10, 12, 13]]


def panel_of(
    outcomes: Sequence[Sequence[float]] | np.ndarray,
    doses: Sequence[Sequence[float]] | np.ndarray,
    persons: Sequence[Sequence[float]] | np.ndarray | None = None,
) -> Panel:
    mean, dose = np.asarray(outcomes, dtype=float), np.asarray(doses, dtype=float)
    g, t = mean.shape
    frame = pd.DataFrame(
        {
            "g": np.repeat([f"m{i:02d}" for i in range(g)], t), "year": np.tile(2010 + np.arange(t), g),
            "y": mean.ravel(), "dose": dose.ravel(), "n": 1.0 if persons is None else np.ravel(persons),
        }
    )  # fmt: skip
    named = None if persons is None else "n"
    return Panel.from_frame(frame, municipality="g", year="year", outcome="y", dose="dose", persons=named)


def by_name(fit: Estimate) -> dict[str, float]:
    return dict(zip((term.name for term in fit.terms), fit.coef.tolist(), strict=True))


def test_by_hand() -> None:
    """a against b: 3, 3, -2. c against d, sign turned: 6, 8, placebo 2. Doses received: 1, 1, 0 and 1, 1."""
    panel = panel_of(OUTCOMES, DOSES)
    assert by_name(switching(panel)) == pytest.approx(
        {"event_-2": 2.0, "event_0": 4.5, "event_1": 5.5, "event_2": -2.0, "average_total_effect": 18 / 4}
    )
    assert by_name(switching(panel, normalized="yes", placebos=0)) == pytest.approx(
        {"event_0": 4.5, "event_1": 11 / 4, "event_2": -1.0, "average_total_effect": 18 / 4}
    )
    assert by_name(switching(panel, switchers="out")) == pytest.approx(
        {"event_-2": 2.0, "event_0": 6.0, "event_1": 8.0, "average_total_effect": 7.0}
    )
    assert by_name(switching(panel, composition="same")) == pytest.approx(
        {"event_0": 3.0, "event_1": 3.0, "event_2": -2.0, "average_total_effect": 2.0}
    )
    assert by_name(switching(panel, effects=1, switchers="in")) == pytest.approx(
        {"event_0": 3.0, "average_total_effect": 3.0}
    )
    assert switching(panel).n_treated.tolist() == [1, 2, 2, 1, 2]


def test_the_comparison_keeps_the_dose_until_then_or_for_good() -> None:
    """b switches a year after a: compared with it in the first year only where the not yet switched count."""
    outcomes, doses = [[0, 4, 9], [0, 1, 1], [0, 3, 5]], [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    either = by_name(switching(panel_of(outcomes, doses), placebos=0, switchers="in"))
    never = by_name(switching(panel_of(outcomes, doses), placebos=0, comparison="never switched"))
    assert either["event_0"] == pytest.approx(((4 - 2) + (0 - 2)) / 2)
    assert never["event_0"] == pytest.approx(((4 - 3) + (0 - 2)) / 2)
    assert either["event_1"] == never["event_1"] == pytest.approx(9 - 5)


def test_switchers_weigh_by_their_persons_in_the_year_of_the_effect() -> None:
    """Effects 5 and 1 of municipalities with 30 and 10 persons; comparison changes 0 (10 persons) and 4 (30)."""
    panel = panel_of(
        [[0, 8], [0, 4], [0, 0], [0, 4]], [[0, 1], [0, 1], [0, 0], [0, 0]], [[5, 30], [99, 10], [40, 10], [1, 30]]
    )
    assert by_name(switching(panel))["event_0"] == pytest.approx((30 * (8 - 3) + 10 * (4 - 3)) / 40)


def test_contributions_by_hand() -> None:
    """Two switchers change by 5 and 3, the comparison by 1, 2 and 3: cohort means 4 and 2, n / (n - 1) = 2 and 3/2."""
    panel = panel_of([[0, 5], [0, 3], [0, 1], [0, 2], [0, 3]], [[0, 1], [0, 1], [0, 0], [0, 0], [0, 0]])
    ours = switching(panel).contributions[:, 0]
    assert ours == pytest.approx([2**0.5 / 2, -(2**0.5) / 2, 1.5**0.5 / 3, 0, -(1.5**0.5) / 3])


def test_a_cohort_of_one_is_held_against_the_mean_of_both() -> None:
    """One switcher changes by 5, the comparison by 1 and 3; all three change by 3 on average, 3 / 2 their factor."""
    panel = panel_of([[0, 5], [0, 1], [0, 3]], [[0, 1], [0, 0], [0, 0]])
    ours = switching(panel).contributions[:, 0]
    assert ours == pytest.approx([(5 - 3) * 1.5**0.5, (2 - 1) / 2 * 2**0.5, (2 - 3) / 2 * 2**0.5])


def test_a_path_that_crosses_its_baseline_ends_there() -> None:
    outcomes, doses = [[0, 3, 9], [0, 1, 2]], [[1, 2, 0], [1, 1, 1]]
    panel = panel_of(outcomes, doses)
    assert by_name(switching(panel)) == pytest.approx({"event_0": 2.0, "average_total_effect": 2.0})
    with pytest.raises(IdentificationError, match="received no dose"):
        switching(panel, crossing="keep")
    doses[0] = [1, 3, 0]
    kept = switching(panel_of(outcomes, doses), crossing="keep")
    assert by_name(kept) == pytest.approx({"event_0": 2.0, "event_1": 7.0, "average_total_effect": 9.0})


def test_a_missing_year_leaves_the_comparisons_that_need_it() -> None:
    persons = np.ones((4, 4))
    persons[0, 2] = 0.0
    fit = switching(panel_of(OUTCOMES, DOSES, persons))
    assert by_name(fit) == pytest.approx(
        {"event_-2": 2.0, "event_0": 4.5, "event_1": 8.0, "event_2": -2.0, "average_total_effect": (3 - 2 + 6 + 8) / 3}
    )
    persons[:, 2] = 0.0
    closed = panel_of(OUTCOMES, DOSES, persons)
    gap = closed.of_years(closed.years != 2012)
    assert by_name(switching(gap, switchers="in"))["event_2"] == pytest.approx(-2.0)
    assert "event_1" not in by_name(switching(gap, switchers="in"))


def test_one_date_equals_the_event_study_with_its_residuals() -> None:
    rng = np.random.default_rng(5)
    panel = panel_of_means(rng.normal(size=(9, 7)), [2014] * 4 + [np.inf] * 5)
    fit, least_squares = switching(panel, placebos=0), event_study(panel, window=(-4, 2))
    after = [i for i, term in enumerate(least_squares.terms) if term.event_time is not None and term.event_time >= 0]
    np.testing.assert_allclose(fit.coef[:-1], least_squares.coef[after], rtol=0, atol=1e-12)
    factor = np.sqrt(np.r_[[4 / 3] * 4, [5 / 4] * 5])[:, None]
    np.testing.assert_allclose(
        fit.contributions[:, :-1], least_squares.contributions[:, after] * factor, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(fit.coef[-1], fit.coef[:-1].mean())


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    g, t = draw(st.integers(6, 14)), draw(st.integers(3, 7))
    levels = draw(st.sampled_from([2, 3]))
    dose = np.repeat(rng.integers(0, levels, (g, 1)), t, axis=1)
    for row in range(g):
        for year in np.flatnonzero(rng.random(t - 1) < 0.3) + 1:
            dose[row, year:] = rng.integers(0, levels)
    persons = rng.integers(0 if draw(st.booleans()) else 1, 40, (g, t))
    dose[0], dose[1], persons[:2] = 0, (np.arange(t) > 0), 10
    return panel_of(rng.normal(size=(g, t)), dose, persons)


@settings(max_examples=40, deadline=None)
@given(panels(), st.integers(0, 1000))
def test_constants_of_municipalities_and_years_and_the_order_of_rows_change_nothing(panel: Panel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fit = switching(panel)
    used = np.nan_to_num(fit.adjusted_mean)
    np.testing.assert_allclose(np.einsum("qgt,gt->q", fit.cell_weights, used), fit.coef, rtol=0, atol=1e-12)
    np.testing.assert_allclose(fit.cell_weights.sum(axis=1), 0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(fit.cell_weights.sum(axis=2), 0, rtol=0, atol=1e-12)
    g, t = panel.y.shape
    shifted = panel.mean + 9 * rng.normal(size=(g, 1)) + 9 * rng.normal(size=t)
    moved = replace(panel, y=np.nan_to_num(shifted) * panel.weight)
    order = rng.permutation(g)
    rows = {
        name: getattr(moved, name)[order]
        for name in ("adoption", "weight", "persons", "y", "yy", "dose", "x", "xy", "xx")
    }
    again = switching(replace(moved, **rows))
    assert again.terms == fit.terms
    np.testing.assert_allclose(again.coef, fit.coef, rtol=0, atol=1e-10)
    codes = np.array([panel.municipality.index(code) for code in fit.panel.municipality])
    if len(codes) == g:
        np.testing.assert_allclose(again.contributions, fit.contributions[order], rtol=0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(panels(), st.sampled_from([0.01, 25.0]))
def test_the_unit_of_the_dose_matters_to_effects_per_unit_only(panel: Panel, unit: float) -> None:
    assert panel.dose is not None
    scaled = replace(panel, dose=panel.dose * unit)
    np.testing.assert_allclose(switching(scaled).coef[:-1], switching(panel).coef[:-1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        switching(scaled, normalized="yes").coef * unit, switching(panel, normalized="yes").coef, rtol=1e-9, atol=1e-12
    )


@settings(max_examples=25, deadline=None)
@given(panels(), st.floats(-3, 3))
def test_an_effect_per_unit_of_dose_is_found_by_the_average_total_effect(panel: Panel, effect: float) -> None:
    assert panel.dose is not None
    mean = effect * panel.dose + np.arange(len(panel.municipality))[:, None] + np.arange(len(panel.years)) ** 2
    fit = switching(replace(panel, y=mean * panel.weight))
    assert fit.coef[-1] == pytest.approx(effect, abs=1e-9)
    placebos = [value for term, value in zip(fit.terms, fit.coef, strict=True) if (term.event_time or 0) < 0]
    assert placebos == pytest.approx([0.0] * len(placebos), abs=1e-9)


def test_refit_keeps_the_options() -> None:
    panel = panel_of(OUTCOMES, DOSES)
    fit = switching(panel, effects=1, placebos=0, switchers="out")
    assert by_name(fit.refit(replace(panel, y=2 * panel.y))) == pytest.approx(
        {"event_0": 12.0, "average_total_effect": 12.0}
    )


def test_what_cannot_be_estimated_is_refused() -> None:
    panel = panel_of(OUTCOMES, DOSES)
    with pytest.raises(UsageError, match="'never' is not known"):
        switching(panel, comparison="never")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="person covariates"):
        switching(panel_of_persons(simulated_persons(1, {"m00": 2013}), ("age",)))
    with pytest.raises(IdentificationError, match="changes its dose while another"):
        switching(panel_of(OUTCOMES, np.ones((4, 4))))
    with pytest.raises(IdentificationError, match="2 municipalities changes before their adoption year") as raised:
        switching(replace(panel, adoption=np.full(4, np.inf)))
    assert "m02: more than one dose before adoption" in str(raised.value)
