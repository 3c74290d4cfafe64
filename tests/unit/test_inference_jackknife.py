"""CR3 and what each cluster does to a coefficient."""

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.inference import Options, cr3, influence, jackknife_error, leave_one_out
from ipscausal.inference.cluster.jackknife import jackknife_rows

INF = np.inf
RNG = np.random.default_rng(12)


def test_by_hand() -> None:
    """Two years, two treated and two controls: contrasts 4 and 8 less 1 and 3, so 4; without each 6, 2, 3 and 5."""
    mean = np.array([[0.0, 4.0], [0.0, 8.0], [0.0, 1.0], [0.0, 3.0]])
    fit = estimate.did(panel_of_means(mean, [2011, 2011, INF, INF]))
    assert leave_one_out(fit)[:, 0] == pytest.approx([6, 2, 3, 5])
    (row,) = cr3(fit)
    assert (row.estimate, row.std_error, row.df) == pytest.approx((4, np.sqrt(3 / 4 * 10), 3))
    assert row.status == "known_invalid"
    one = influence(fit, leave_one_out(fit))
    assert one.cluster == fit.cluster
    assert one.change[:, 0] == pytest.approx([2, -2, -1, 1])
    assert not one.flips_sign.any()


def test_jackknife_is_a_refit_without_each_municipality() -> None:
    persons = simulated_persons(8, {"m01": 2012, "m04": 2014, "m05": 2014})
    fit = estimate.event_study(panel_of_persons(persons, ("age",)), window=(-2, 1))
    without = leave_one_out(fit)
    for i, code in enumerate(fit.cluster):
        rest = estimate.event_study(
            panel_of_persons(persons[persons["municipality"] != code], ("age",)), window=(-2, 1)
        )
        assert without[i] == pytest.approx(rest.coef, rel=1e-8)
    row = cr3(fit)[2]
    assert row.std_error == pytest.approx(np.sqrt(8 / 9 * ((without[:, 2] - fit.coef[2]) ** 2).sum()), rel=1e-10)


def test_jackknife_of_one_event_time_can_be_lost_alone() -> None:
    fit = estimate.event_study(panel_of_means(RNG.normal(0, 1, (8, 7)), [2012, 2014, 2014, *[INF] * 5]), (-2, 4))
    status = {row.term: row.status for row in cr3(fit)}
    assert status["event_4"] == status["event_3"] == "not_identified"
    assert status["event_0"] == status["event_-2"] == "ok"


def test_influence_tells_a_change_of_sign_and_a_coefficient_that_is_gone() -> None:
    mean = np.array([[0.0, 9.0], [0.0, -1.0], [0.0, 1.0], [0.0, 2.0]])
    fit = estimate.did(panel_of_means(mean, [2011, 2011, INF, INF]))
    seen = influence(fit, leave_one_out(fit))
    assert seen.flips_sign[:, 0].tolist() == [True, False, False, False]
    alone = estimate.did(panel_of_means(mean, [2011, INF, INF, INF]))
    gone = influence(alone, leave_one_out(alone))
    assert np.isnan(gone.without[0, 0])
    assert np.isnan(gone.change[0, 0])
    assert not gone.flips_sign[0, 0]
    with pytest.raises(ValueError, match="read-only"):
        gone.without[0, 0] = 1.0


def test_any_estimator_may_bring_its_own_leave_one_out_coefficients() -> None:
    fit = estimate.did(panel_of_means(RNG.normal(0, 1, (9, 6)), [2013] * 3 + [INF] * 6))
    own = leave_one_out(fit)
    assert jackknife_rows(fit, own, Options(level=0.9)) == cr3(fit, Options(level=0.9))
    shifted = jackknife_rows(replace(fit, coef=fit.coef + 5), own + 5, Options())[0]
    assert shifted.std_error == pytest.approx(cr3(fit)[0].std_error, rel=1e-12)
    assert shifted.estimate == pytest.approx(fit.coef[0] + 5)
    own[4] = np.nan
    assert jackknife_rows(fit, own, Options())[0].status == "not_identified"


def test_centred_at_the_mean_the_error_is_no_larger() -> None:
    fit = estimate.did(panel_of_persons(simulated_persons(9, {"m01": 2012, "m04": 2014, "m05": 2014})))
    without = leave_one_out(fit)
    assert jackknife_error(without, without.mean(axis=0))[0] < jackknife_error(without, fit.coef)[0]


def test_status_by_number_treated() -> None:
    mean = RNG.normal(0, 1, (10, 6))
    for treated, status in ((1, "not_identified"), (2, "known_invalid"), (3, "ok"), (9, "not_identified")):
        (row,) = cr3(estimate.did(panel_of_means(mean, [2013] * treated + [INF] * (10 - treated))))
        assert row.status == status
        assert (row.hidden.p_value is None) == (status != "ok")
