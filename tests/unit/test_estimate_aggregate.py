"""Averages of group-time effects by hand."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal import estimate
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate, att_gt

ADOPTION = [np.inf] * 3 + [2012.0] * 2 + [2013.0] * 3


@pytest.fixture(scope="module")
def fit() -> Estimate:
    return att_gt(panel_of_means(np.random.default_rng(4).normal(size=(8, 5)), ADOPTION))


def test_averages_by_hand(fit: Estimate) -> None:
    """Cohorts of 2 and 3 municipalities: 2012 has effects in 2012 to 2014, 2013 in 2013 and 2014."""
    b = {(term.cohort, term.year): float(value) for term, value in zip(fit.terms, fit.coef, strict=True)}
    first = [b[2012, year] for year in (2012, 2013, 2014)]
    second = [b[2013, year] for year in (2013, 2014)]
    assert aggregate(fit, "simple").coef == pytest.approx([(2 * sum(first) + 3 * sum(second)) / 12])
    assert aggregate(fit, "cohort").coef == pytest.approx([np.mean(first), np.mean(second)])
    assert aggregate(fit, "cohort_average").coef == pytest.approx([0.4 * np.mean(first) + 0.6 * np.mean(second)])
    years = [first[0], 0.4 * first[1] + 0.6 * second[0], 0.4 * first[2] + 0.6 * second[1]]
    assert aggregate(fit, "calendar").coef == pytest.approx(years)
    assert aggregate(fit, "calendar_average").coef == pytest.approx([np.mean(years)])
    times = [0.4 * first[0] + 0.6 * second[0], 0.4 * first[1] + 0.6 * second[1], first[2]]
    event = aggregate(fit, "event")
    assert [term.name for term in event.terms] == ["event_-2", "event_-1", "event_0", "event_1", "event_2"]
    assert event.coef[2:] == pytest.approx(times)
    assert aggregate(fit, "event_average").coef == pytest.approx([np.mean(times)])


def test_windows_and_balance(fit: Estimate) -> None:
    event = aggregate(fit, "event")
    cut = aggregate(fit, "event", window=(-1, 1))
    assert [term.event_time for term in cut.terms] == [-1, 0, 1]
    assert cut.coef == pytest.approx(event.coef[1:4])
    same = aggregate(fit, "event", balance=2)
    b = {(term.cohort, term.year): float(value) for term, value in zip(fit.terms, fit.coef, strict=True)}
    assert [term.event_time for term in same.terms] == [-1, 0, 1, 2]
    assert same.coef == pytest.approx([b[2012, year] for year in (2011, 2012, 2013, 2014)])
    (term,) = aggregate(fit, "simple", window=(0, 1)).terms
    assert (term.first, term.last) == (0, 1)


def test_averages_are_linear_in_the_means_and_count_the_right_cells(fit: Estimate) -> None:
    for kind in ("simple", "event", "cohort", "calendar", "event_average", "cohort_average", "calendar_average"):
        average = aggregate(fit, kind)
        assert np.einsum("qgt,gt->q", average.cell_weights, average.adjusted_mean) == pytest.approx(average.coef)
        assert average.contributions.sum(axis=0) == pytest.approx(0.0, abs=1e-12)
        assert average.share is None
    assert list(aggregate(fit, "cohort").n_treated) == [2, 3]
    assert list(aggregate(fit, "calendar").n_treated) == [2, 5, 5]
    assert list(aggregate(fit, "event").n_treated) == [5, 5, 5, 5, 2]


def test_known_shares_have_no_influence(fit: Estimate) -> None:
    known = replace(fit, share_scores=None)
    average = aggregate(known, "simple")
    weights = np.array([(term.event_time or 0) >= 0 for term in fit.terms]) * fit.share
    assert average.contributions[:, 0] == pytest.approx(fit.contributions @ weights / weights.sum())
    assert not np.allclose(average.contributions, aggregate(fit, "simple").contributions)


def test_what_cannot_be_averaged(fit: Estimate) -> None:
    panel = fit.panel
    with pytest.raises(UsageError, match="no effects by cohort and year"):
        aggregate(estimate.did(panel), "simple")
    with pytest.raises(UsageError, match="no effects by cohort and year"):
        aggregate(aggregate(fit, "event"), "simple")
    with pytest.raises(UsageError, match="balanced by event time only"):
        aggregate(fit, "cohort", balance=1)
    with pytest.raises(UsageError, match="kind='dynamic'"):
        aggregate(fit, "dynamic")  # type: ignore[arg-type]
    with pytest.raises(IdentificationError, match="no group-time effect is left"):
        aggregate(fit, "event", window=(7, 9))
    with pytest.raises(IdentificationError, match="no group-time effect is left"):
        aggregate(fit, "event_average", window=(-2, -1))
    with pytest.raises(IdentificationError, match="no group-time effect is left"):
        aggregate(fit, "simple", window=(7, 9))
