"""Event-study coefficients for questions about trends: which years, against which reference, with which covariance."""

from __future__ import annotations

import numpy as np
import pytest
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import aggregate, att_gt, did, event_study
from ipscausal.inference import Options, covariance_cr1, joint_covariance
from ipscausal.sensitivity import event_coefficients

RNG = np.random.default_rng(8)
SHAPE = (14, 10)
START = [2015.0] * 3 + [np.inf] * 11
PANEL = known_noise_panel(RNG.normal(50, 2, SHAPE), START, np.full(SHAPE, 400.0), np.full(SHAPE, 300.0))


def test_coefficients_in_order_without_pooled_ends() -> None:
    fit = event_study(PANEL, window=(-4, 3))
    events = event_coefficients(fit)
    # event times -5 to 4 exist: the ends of the window pool two each
    assert (events.before, events.reference, events.after) == ((-3, -2), -1, (0, 1, 2))
    names = [term.name for term in fit.terms]
    kept = [names.index(f"event_{time}") for time in events.times]
    np.testing.assert_allclose(events.coef, fit.coef[kept])
    method, covariance = joint_covariance(fit, Options())
    assert events.covariance_method == method == "panel"
    np.testing.assert_allclose(events.covariance, covariance[np.ix_(kept, kept)])


def test_the_reference_of_the_estimate_does_not_matter() -> None:
    plain = event_coefficients(event_study(PANEL, window=(-5, 4)))
    other = event_coefficients(event_study(PANEL, window=(-5, 4), reference=-3))
    assert plain.times == other.times == (-5, -4, -3, -2, 0, 1, 2, 3, 4)
    np.testing.assert_allclose(plain.coef, other.coef, atol=1e-9)
    # the panel model takes the scale of its grid of shocks from the first coefficient
    np.testing.assert_allclose(plain.covariance, other.covariance, rtol=2e-3)


def test_years_of_anticipation_come_after_the_reference() -> None:
    events = event_coefficients(event_study(PANEL, window=(-5, 4), reference=-2, anticipation=1))
    assert events.reference == -2
    assert events.after == (-1, 0, 1, 2, 3, 4)
    np.testing.assert_allclose(events.average_after(), [0, 0.2, 0.2, 0.2, 0.2, 0.2])
    np.testing.assert_array_equal(events.at(1), [0, 0, 1, 0, 0, 0])
    with pytest.raises(UsageError, match="no effect at event time 9"):
        events.at(9)


def test_the_covariance_is_never_that_of_residuals_with_one_treated() -> None:
    alone = PANEL.select(np.isin(np.arange(14), [0, *range(3, 14)]))
    fit = event_study(alone, window=(-5, 4))
    events = event_coefficients(fit)
    residuals = np.diag(covariance_cr1(fit))
    assert (np.diag(events.covariance) > 3 * residuals).all()
    means = panel_of_means(PANEL.mean, START)
    assert event_coefficients(event_study(means, window=(-5, 4))).covariance_method == "collapse"


def test_group_times_against_one_reference_equal_the_event_study() -> None:
    plain = event_coefficients(event_study(PANEL, window=(-5, 4)))
    grouped = event_coefficients(aggregate(att_gt(PANEL, base_period="universal"), "event"))
    np.testing.assert_allclose(grouped.coef, plain.coef, atol=1e-9)
    with pytest.raises(UsageError, match="one year of reference"):
        event_coefficients(aggregate(att_gt(PANEL), "event"))
    with pytest.raises(UsageError, match="one year of reference"):
        event_coefficients(did(PANEL))


def test_gaps_and_missing_sides_are_refused() -> None:
    hole = PANEL.of_years(PANEL.years != 2012)
    with pytest.raises(IdentificationError, match="without gaps"):
        event_coefficients(event_study(hole, window=(-5, 4)))
    with pytest.raises(IdentificationError, match="without gaps"):
        event_coefficients(event_study(PANEL, window=(-2, 4)))
    few = panel_of_means(PANEL.mean[[0, 3]], [2015.0, np.inf])
    with pytest.raises(IdentificationError, match="no joint covariance"):
        event_coefficients(event_study(few, window=(-5, 4)))
