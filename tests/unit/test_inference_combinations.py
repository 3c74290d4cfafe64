"""Coefficients that are no mean of effects (per unit of dose, signs turned), and who is behind a coefficient."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal.estimate import Estimate, did, dose_response, switching, triple
from ipscausal.inference import METHODS, Options
from ipscausal.inference.registry import apply
from ipscausal.panel import Panel

CONTRASTS = sorted(name for name, method in METHODS.items() if method.needs == "contrasts")
OPTIONS = Options(draws=199)


def graded(unit: float = 1.0) -> Panel:
    rng = np.random.default_rng(6)
    adoption = [2013, 2013, 2014, 2014, *[np.inf] * 9]
    mean, size = 5 * rng.normal(size=(13, 7)), rng.integers(30, 60, (13, 7))
    panel = panel_of_means(mean, adoption, size)
    dose = panel.exposed * np.linspace(60, 120, 13)[:, None] * unit
    return replace(panel, dose=dose, within_variance=np.full(mean.shape, 20.0))


def forms(fit: Estimate) -> dict[str, str]:
    return {term.name: term.form for term in fit.terms}


def test_which_coefficients_are_means_of_effects() -> None:
    panel = graded()
    assert set(forms(switching(panel)).values()) == {"mean", "combination"}
    assert [name for name, form in forms(switching(panel)).items() if form != "mean"] == ["average_total_effect"]
    assert set(forms(switching(panel, normalized="yes")).values()) == {"combination"}
    assert set(forms(switching(replace(panel, dose=None))).values()) == {"mean"}
    # a dose that falls, and one that starts elsewhere
    assert set(forms(switching(replace(panel, dose=1000 - graded().dose))).values()) == {"combination"}  # type: ignore[operator]
    assert forms(dose_response(panel, cuts=(65,))) == {"dose_below_65": "mean", "dose_from_65": "mean"}
    assert forms(dose_response(panel, form="slope", at=(67.5, 300))) == {
        "att": "mean", "slope": "combination", "att_at_67.5": "mean", "att_at_300": "combination",
    }  # fmt: skip
    assert forms(dose_response(panel, form="two_way")) == {"dose": "combination"}
    fit = switching(panel, placebos=0)
    focus = fit.design.focus(fit.cells.event_time, fit.cells.adoption)
    total = (fit.cell_weights * focus).sum(axis=(1, 2))
    np.testing.assert_allclose(total[:-1], 1.0)
    assert total[-1] < 0.02


@pytest.mark.parametrize("name", CONTRASTS)
def test_methods_that_compare_means_leave_other_combinations_alone(name: str) -> None:
    att, slope = apply(name, dose_response(graded(), form="slope"), OPTIONS)
    assert (slope.status, slope.p_value, slope.std_error) == ("not_identified", None, None)
    assert "not a mean of effects" in slope.assumptions
    assert "not a mean of effects" not in att.assumptions


@pytest.mark.parametrize("name", sorted(set(METHODS) - set(CONTRASTS) - {"placebo_rank", "placebo_t"}))
def test_the_unit_of_the_dose_changes_no_p_value(name: str) -> None:
    for ask in (partial(dose_response, form="two_way"), partial(switching, effects=2, placebos=0)):
        (*_, one), (*_, other) = (apply(name, ask(graded(unit)), OPTIONS) for unit in (1.0, 0.01))
        assert one.status == other.status
        assert (one.p_value is None) == (other.p_value is None)
        if one.p_value is not None and one.std_error is not None and other.std_error is not None:
            assert other.p_value == pytest.approx(one.p_value, rel=1e-6)
            assert other.std_error == pytest.approx(one.std_error * 100, rel=1e-6)


def test_support_counts_the_cells_that_carry_weight() -> None:
    """Two treated with 40 and 50 persons, comparison 70 and 80: each dose group rests on its own municipality."""
    size = np.array([[40.0] * 4, [50.0] * 4, [70.0] * 4, [80.0] * 4])
    panel = panel_of_means(np.random.default_rng(1).normal(size=(4, 4)), [2012, 2012, np.inf, np.inf], size)
    panel = replace(panel, dose=panel.exposed * np.array([[80.0], [110.0], [0.0], [0.0]]))
    fit = dose_response(panel, cuts=(100,))
    assert fit.support_treated.tolist() == [40.0, 50.0]
    assert fit.support_control.tolist() == [150.0, 150.0]
    assert did(panel).support_treated.tolist() == [90.0]
    assert triple(panel, panel).support_treated.tolist() == [45.0]
