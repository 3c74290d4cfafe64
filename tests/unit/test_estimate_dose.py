"""Graded treatment: by hand, against least squares written out, and where it collapses to a yes or no."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate, att_gt, did, dose_response, switching
from ipscausal.panel import Panel

NEVER = np.inf


def panel_of(
    mean: Sequence[Sequence[float]] | np.ndarray,
    adoption: Sequence[float],
    dose: Sequence[float] | np.ndarray,
    size: Sequence[Sequence[float]] | np.ndarray | None = None,
) -> Panel:
    """dose: (G,) received from adoption on."""
    plain = panel_of_means(np.asarray(mean, dtype=float), list(adoption), None if size is None else np.asarray(size))
    return replace(plain, dose=plain.exposed * np.asarray(dose, dtype=float)[:, None])


def by_name(fit: Estimate) -> dict[str, float]:
    return dict(zip((term.name for term in fit.terms), fit.coef.tolist(), strict=True))


def standard_errors(fit: Estimate) -> np.ndarray:
    return np.sqrt((fit.contributions**2).sum(axis=0))


# the comparison changes by 1 and 3: effects 2, 2 at dose 80 and 4, 3 at dose 110
HAND = panel_of(
    [[1, 4, 6], [2, 7, 8], [0, 1, 2], [0, 1, 4]], [2011, 2011, NEVER, NEVER], [80, 110, 0, 0]
)  # fmt: skip


def test_by_hand() -> None:
    assert by_name(dose_response(HAND)) == pytest.approx({"att": 2.75})
    groups = dose_response(HAND, cuts=(100,))
    assert by_name(groups) == pytest.approx({"dose_below_100": 2.0, "dose_from_100": 3.5})
    assert [term.label for term in groups.terms] == ["< 100", "≥ 100"]
    assert groups.n_treated.tolist() == [1, 1]
    bands = dose_response(HAND, cuts=(74, 100, 110, 115))
    assert by_name(bands) == pytest.approx({"dose_74_to_100": 2.0, "dose_110_to_115": 3.5})
    line = dose_response(HAND, form="slope", at=(95, 125))
    assert by_name(line) == pytest.approx({"att": 2.75, "slope": 0.05, "att_at_95": 2.75, "att_at_125": 4.25})
    first = dose_response(HAND, form="slope", window=(0, 0))
    assert by_name(first) == pytest.approx({"att": 3.0, "slope": 2 / 30})


def test_a_window_before_adoption_asks_for_earlier_trends_by_dose() -> None:
    earlier = panel_of(
        [[3, 1, 9, 9], [5, 2, 9, 9], [0, 1, 9, 9]], [2012, 2012, NEVER], [80, 110, 0]
    )  # fmt: skip
    fit = dose_response(earlier, cuts=(100,), window=(-2, -2))
    assert by_name(fit) == pytest.approx({"dose_below_100": (3 - 1) - (0 - 1), "dose_from_100": (5 - 2) - (0 - 1)})


def test_the_dose_of_a_municipality_is_its_mean_first_or_largest() -> None:
    dose = np.zeros((4, 3))
    dose[0], dose[1] = [0, 60, 100], [0, 90, 70]
    moving = replace(HAND, dose=dose)
    slopes = {of: by_name(dose_response(moving, form="slope", dose_of=of))["slope"] for of in ("first", "largest")}  # type: ignore[arg-type]
    assert slopes == pytest.approx({"first": 1.5 / 30, "largest": 1.5 / -10})
    with pytest.raises(IdentificationError, match="do not differ"):
        dose_response(moving, form="slope")


def test_municipalities_weigh_by_their_persons() -> None:
    size = [[9, 10, 10], [9, 30, 30], [9, 5, 20], [9, 15, 20]]
    panel = panel_of([[1, 4, 6], [2, 7, 8], [0, 1, 2], [0, 5, 4]], [2011, 2011, NEVER, NEVER], [80, 110, 0, 0], size)
    # the comparison changes by (5 + 75) / 20 = 4 and by 3
    assert by_name(dose_response(panel)) == pytest.approx({"att": (10 * -1 + 30 * 1 + 10 * 2 + 30 * 3) / 80})


def changes(seed: int) -> tuple[Panel, np.ndarray, np.ndarray]:
    """One date, one year before and one after: a panel, (G,) changes and (G,) doses, 0 for the comparison."""
    rng = np.random.default_rng(seed)
    dose = np.where(np.arange(30) < 14, rng.uniform(25, 125, 30), 0.0)
    mean = rng.normal(size=(30, 2)) + np.outer(0.02 * dose, [0, 1])
    panel = panel_of(mean, np.where(dose > 0, 2011, NEVER).tolist(), dose)
    return panel, mean[:, 1] - mean[:, 0], dose


def test_one_date_equals_least_squares_on_changes_with_its_robust_errors() -> None:
    panel, change, dose = changes(1)
    bands = np.column_stack([dose == 0, (dose > 0) & (dose < 74), (dose >= 74) & (dose < 100), dose >= 100])
    theirs = sm.OLS(change, np.column_stack([np.ones(30), bands[:, 1:]])).fit(cov_type="HC0")
    fit = dose_response(panel, cuts=(74, 100))
    np.testing.assert_allclose(fit.coef, theirs.params[1:], rtol=1e-10)
    np.testing.assert_allclose(standard_errors(fit), theirs.bse[1:], rtol=1e-10)
    treated, centred = (dose > 0).astype(float), np.where(dose > 0, dose - dose[dose > 0].mean(), 0.0)
    line = sm.OLS(change, np.column_stack([np.ones(30), treated, centred])).fit(cov_type="HC0")
    slope = dose_response(panel, form="slope", at=(dose[dose > 0].mean(), 60.0))
    np.testing.assert_allclose(slope.coef[1:3], line.params[[2, 1]], rtol=1e-10)
    np.testing.assert_allclose(standard_errors(slope)[1:3], line.bse[[2, 1]], rtol=1e-10)
    at_60 = line.t_test([0, 1, 60 - dose[dose > 0].mean()])
    np.testing.assert_allclose(slope.coef[3], at_60.effect[0], rtol=1e-10)
    np.testing.assert_allclose(standard_errors(slope)[3], at_60.sd[0, 0], rtol=1e-10)


def test_several_dates_equal_least_squares_on_effects_within_event_times() -> None:
    rng = np.random.default_rng(2)
    adoption = np.array([2012.0] * 5 + [2014.0] * 6 + [NEVER] * 9)
    dose = np.where(np.isfinite(adoption), rng.uniform(25, 125, 20), 0.0)
    panel = panel_of(rng.normal(size=(20, 7)), adoption.tolist(), dose, rng.integers(5, 50, (20, 7)))
    rows = []
    for g in np.flatnonzero(np.isfinite(adoption)):
        base = int(adoption[g]) - 2011
        for t in range(base + 1, 7):
            change = panel.mean[:, t] - panel.mean[:, base]
            usual = np.average(change[11:], weights=panel.weight[11:, t])
            rows.append((t - base - 1, dose[g], change[g] - usual, panel.weight[g, t]))
    frame = pd.DataFrame(rows, columns=["time", "dose", "effect", "weight"])
    dummies = pd.get_dummies(frame["time"]).to_numpy(float)
    theirs = sm.WLS(frame["effect"], np.column_stack([frame["dose"], dummies]), weights=frame["weight"]).fit()
    fit = by_name(dose_response(panel, form="slope"))
    assert fit["slope"] == pytest.approx(theirs.params.iloc[0], rel=1e-10)
    assert fit["att"] == pytest.approx(np.average(frame["effect"], weights=frame["weight"]), rel=1e-10)


def test_two_way_equals_least_squares_with_dummies() -> None:
    rng = np.random.default_rng(3)
    plain = panel_of_means(rng.normal(size=(8, 6)), [2012, 2013, 2014, *[NEVER] * 5])
    panel = replace(plain, dose=plain.exposed * rng.uniform(0.1, 0.6, (8, 6)))
    assert panel.dose is not None
    place, year = np.repeat(np.eye(8), 6, axis=0), np.tile(np.eye(6), (8, 1))
    design = np.column_stack([panel.dose.ravel(), place, year[:, 1:]])
    theirs = sm.OLS(panel.mean.ravel(), design).fit(
        cov_type="cluster", cov_kwds={"groups": np.repeat(np.arange(8), 6), "use_correction": False}
    )
    fit = dose_response(panel, form="two_way")
    assert by_name(fit) == pytest.approx({"dose": theirs.params[0]}, rel=1e-10)
    assert standard_errors(fit)[0] == pytest.approx(theirs.bse[0], rel=1e-9)


def test_without_a_dose_it_is_the_effect_of_yes_or_no() -> None:
    rows = panel_of_means(np.random.default_rng(4).normal(size=(12, 7)), [2012, 2013, 2013, 2015, *[NEVER] * 8])
    comparisons: tuple[Literal["never", "not_yet"], ...] = ("never", "not_yet")
    for comparison in comparisons:
        ours = dose_response(rows, comparison=comparison)
        group_time = aggregate(att_gt(rows, comparison=comparison), "simple")
        np.testing.assert_allclose(ours.coef, group_time.coef, rtol=1e-10)
        np.testing.assert_allclose(ours.cell_weights, group_time.cell_weights, rtol=0, atol=1e-12)
    average = switching(rows, comparison="never switched")
    np.testing.assert_allclose(dose_response(rows).coef, average.coef[-1:], rtol=1e-10)
    persons = panel_of_persons(simulated_persons(5, {"m00": 2012, "m01": 2013}), ("age",))
    ours, plain = dose_response(persons, form="two_way"), did(persons)
    np.testing.assert_allclose(ours.coef, plain.coef, rtol=1e-12)
    np.testing.assert_allclose(ours.contributions, plain.contributions, rtol=0, atol=1e-12)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    g, t = draw(st.integers(6, 15)), draw(st.integers(3, 7))
    adoption = np.where(rng.random(g) < 0.5, rng.integers(2011, 2010 + t, g), NEVER)
    adoption[:4] = [2011, 2011, NEVER, NEVER]
    size = rng.integers(0 if draw(st.booleans()) else 1, 40, (g, t))
    size[:4] = 10
    return panel_of(rng.normal(size=(g, t)), adoption.tolist(), rng.uniform(25, 125, g), size)


FORMS: tuple[dict[str, Any], ...] = (
    {"cuts": (74, 100), "comparison": "not_yet"}, {"form": "slope", "at": (50,)}, {"form": "two_way"},
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(panels(), st.sampled_from(FORMS), st.integers(0, 1000))
def test_constants_of_municipalities_and_years_and_the_order_of_rows_change_nothing(
    panel: Panel, options: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    fit = dose_response(panel, **options)
    used = np.nan_to_num(fit.adjusted_mean)
    np.testing.assert_allclose(np.einsum("qgt,gt->q", fit.cell_weights, used), fit.coef, rtol=0, atol=1e-10)
    for axis in (1, 2):
        np.testing.assert_allclose(fit.cell_weights.sum(axis=axis), 0, rtol=0, atol=1e-10)
    np.testing.assert_allclose(fit.contributions.sum(axis=0), 0, rtol=0, atol=1e-10)
    g, t = panel.y.shape
    shifted = np.nan_to_num(panel.mean + 9 * rng.normal(size=(g, 1)) + 9 * rng.normal(size=t))
    order = rng.permutation(g)
    names = ("adoption", "weight", "persons", "yy", "x", "xx", "xy", "dose")
    rows = {name: getattr(panel, name)[order] for name in names}
    moved = replace(panel, y=(shifted * panel.weight)[order], **rows)
    again = dose_response(moved, **options)
    assert again.terms == fit.terms
    np.testing.assert_allclose(again.coef, fit.coef, rtol=0, atol=1e-9)
    np.testing.assert_allclose(standard_errors(again), standard_errors(fit), rtol=0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(panels(), st.floats(-2, 2))
def test_an_effect_per_unit_of_dose_is_found_in_every_form(panel: Panel, effect: float) -> None:
    assert panel.dose is not None
    mean = effect * panel.dose + np.arange(len(panel.municipality))[:, None] + np.arange(len(panel.years)) ** 2
    exact = replace(panel, y=mean * panel.weight)
    assert by_name(dose_response(exact, form="two_way"))["dose"] == pytest.approx(effect, abs=1e-9)
    line = by_name(dose_response(exact, form="slope", at=(60,)))
    assert line["slope"] == pytest.approx(effect, abs=1e-9)
    assert line["att_at_60"] == pytest.approx(60 * effect, abs=1e-8)


def test_what_a_slope_sees_when_better_places_take_more() -> None:
    """Equal gains from every dose, higher where the dose is: the slope is selection, each group's effect is right."""
    dose, gain = np.array([50.0, 100.0, 0.0, 0.0]), np.array([1.0, 4.0, 0.0, 0.0])
    panel = panel_of(np.column_stack([np.zeros(4), gain]), [2011, 2011, NEVER, NEVER], dose)
    assert by_name(dose_response(panel, cuts=(75,))) == pytest.approx({"dose_below_75": 1.0, "dose_from_75": 4.0})
    assert by_name(dose_response(panel, form="slope"))["slope"] == pytest.approx(3 / 50)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="form='two_way' has no option cuts, window"):
        dose_response(HAND, form="two_way", cuts=(100,), window=(0, 1))
    with pytest.raises(UsageError, match="form='groups' has no option at"):
        dose_response(HAND, at=(100,))
    with pytest.raises(UsageError, match="cuts do not increase"):
        dose_response(HAND, cuts=(100, 74))
    with pytest.raises(UsageError, match="dose_of='last' is not known"):
        dose_response(HAND, dose_of="last")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="form='curve' is not known"):
        dose_response(HAND, form="curve")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="person covariates"):
        dose_response(panel_of_persons(simulated_persons(1, {"m00": 2013}), ("age",)))
    with pytest.raises(IdentificationError, match="2 municipalities have a dose before") as raised:
        dose_response(replace(HAND, dose=np.eye(4, 3)))
    assert "m000: dose other than 0" in str(raised.value)
    with pytest.raises(IdentificationError, match="a year before adoption and a comparison"):
        dose_response(HAND, anticipation=1)
    with pytest.raises(IdentificationError, match="no treated municipality"):
        dose_response(replace(HAND, adoption=np.full(4, NEVER)))


def test_refit_keeps_the_options() -> None:
    fit = dose_response(HAND, cuts=(100,), window=(0, 0))
    assert by_name(fit.refit(replace(HAND, y=2 * HAND.y))) == pytest.approx(
        {"dose_below_100": 4.0, "dose_from_100": 8.0}
    )
