"""Specification curve by hand, and the public calls of the sensitivity analysis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lib.known_noise import known_noise_panel
from matplotlib.figure import Figure

import ipscausal as ips
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did
from ipscausal.figures.specification_curve import choices_drawn
from ipscausal.inference import Inference
from ipscausal.panel import Panel
from ipscausal.sensitivity import Specification, honest_did, specification_curve

SHAPE = (16, 12)


def panel(effect: float, unit: str = "") -> Panel:
    rng = np.random.default_rng(6)
    mean = 50 + rng.normal(0, 0.7, SHAPE)
    mean[:5, 7:] += effect
    made = known_noise_panel(mean, [2017.0] * 5 + [np.inf] * 11, np.full(SHAPE, 800.0), np.full(SHAPE, 400.0))
    return replace(made, unit=unit)


FITS = {effect: did(panel(effect)) for effect in (-2.0, 0.0, 1.0, 4.0, 9.0)}


def judge(estimate: Estimate) -> Inference:
    """Two on either side, whatever the estimate."""
    b = float(estimate.coef[0])
    return Inference("att", "by_hand", b, "ok", "", 0.95, p_value=0.01, conf_low=b - 2, conf_high=b + 2)


def asked(*effects: float | None) -> list[Specification]:
    return [
        Specification(f"s{i}", {"effect": str(effect)}, None if effect is None else FITS[effect])
        for i, effect in enumerate(effects)
    ]


def test_agreement_by_hand() -> None:
    """Main 4: of 9, 1 and -2 two agree in sign; 9 alone is told from zero as 4 is."""
    shift = float(FITS[0.0].coef[0])
    assert abs(shift) < 0.5
    curve = specification_curve(asked(4.0, 9.0, 1.0, -2.0, None), judge)
    assert curve.same_sign == pytest.approx(2 / 3)
    sides = {row.name: row.side for row in curve.rows}
    low = "below" if shift < 0 else "not told apart"
    assert sides == {"s0": "above", "s1": "above", "s2": "not told apart", "s3": low, "s4": None}
    assert curve.same_verdict == pytest.approx(1 / 3)
    assert curve.median == pytest.approx(shift + 2.5)
    assert (curve.lowest, curve.highest) == pytest.approx((shift - 2, shift + 9))
    assert (curve.count, curve.unjudged, curve.main) == (4, 0, "s0")
    assert [row.name for row in curve.rows] == ["s3", "s2", "s0", "s1", "s4"]


def test_estimates_in_another_unit_agree_in_sign_only() -> None:
    other = Specification("hours", {"effect": "x"}, did(panel(50.0, unit="hours")))
    curve = specification_curve([*asked(4.0, 1.0), other], judge)
    assert curve.highest < 5
    assert curve.same_sign == 1.0
    assert curve.count == 3


def test_alone_there_is_nothing_to_agree_with() -> None:
    curve = specification_curve(asked(4.0), judge)
    assert curve.same_sign is None
    assert curve.same_verdict is None


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(UsageError, match="names of their own"):
        specification_curve([*asked(4.0), *asked(1.0)], judge)
    with pytest.raises(UsageError, match="names of their own"):
        specification_curve(asked(4.0), judge, main="other")
    with pytest.raises(UsageError, match="names of their own"):
        specification_curve([], judge)
    with pytest.raises(UsageError, match="same dimensions"):
        specification_curve([*asked(4.0), Specification("x", {"years": "all"}, FITS[1.0])], judge)
    with pytest.raises(UsageError, match="no estimate"):
        specification_curve(asked(None, 4.0), judge)


RESULT = ips.event_study(panel(4.0), window=(-6, 4))


def test_honest_did_of_a_result() -> None:
    found = ips.honest_did(RESULT, sizes=[0.0, 0.5, 1.0])
    table = found.tidy()
    assert table["size"].isna().tolist() == [True, False, False, False]
    assert table["method"].tolist() == ["plain", "C-LF", "C-LF", "C-LF"]
    assert (np.diff(table["conf_high"].iloc[1:]) > 0).all()
    np.testing.assert_allclose(table["conf_low"].iloc[0], table["conf_low"].iloc[1], atol=0.01)
    text = found.summary()
    assert "if trends are parallel" in text
    assert "covariance panel" in text
    assert f"{found.breakdown:.2f}" in text
    assert isinstance(found.plot(), Figure)
    single = ips.honest_did(RESULT, at=2, sizes=[0.0])
    assert single.numbers.estimate == pytest.approx(RESULT.primary("event_2").estimate)
    of_panel = ips.honest_did(panel(4.0), sizes=[0.0])
    assert of_panel.numbers.intervals == ips.honest_did(ips.event_study(panel(4.0)), sizes=[0.0]).numbers.intervals
    with pytest.raises(UsageError, match="is no event study"):
        ips.honest_did(1.0)  # type: ignore[arg-type]


def test_an_empty_set_is_said_and_drawn() -> None:
    """The last year before shows a fall; that it goes on and that the bias is upwards contradict each other."""
    numbers = honest_did(
        np.array([9.0, 9, 0, 0]), 0.01 * np.eye(4), 2, 2, restriction="SDPB", method="C-LF", sizes=[0.0, 20.0]
    )
    found = replace(ips.honest_did(RESULT, sizes=[0.0]), numbers=numbers)
    assert found.tidy()["conf_low"].isna().tolist() == [False, True, False]
    assert "M = 0.00: no value goes with the data" in found.summary()
    assert isinstance(found.plot(), Figure)


def test_pretrend_power_of_a_result() -> None:
    found = ips.pretrend_power(RESULT, powers=(0.5, 0.8))
    table = found.tidy()
    assert set(table["power"]) == {0.5, 0.8}
    before = table[table["event_time"] < -1]
    assert before["conditional"].isna().all()
    np.testing.assert_allclose(table["bias"], table["slope"] * (table["event_time"] + 1))
    assert "found with 80% probability" in found.summary()
    assert isinstance(found.plot(), Figure)


def test_specification_curve_of_results() -> None:
    results = {"main": ips.did(panel(4.0)), "early": FITS[1.0], "lost": None}
    choices = {name: {"years": name, "same": "x"} for name in results}
    found = ips.specification_curve(results, choices)
    table = found.tidy()
    assert table["years"].tolist() == ["early", "main", "lost"]
    assert table["is_main"].tolist() == [False, True, False]
    text = found.summary()
    assert "2 specifications of 3" in text
    assert "no estimate: lost" in text
    assert isinstance(found.plot(), Figure)
    rows = [{"choices": choices[name]} for name in ("early", "main")]
    assert choices_drawn(rows) == [("years", "early"), ("years", "main")]
    with pytest.raises(UsageError, match="not there"):
        ips.specification_curve(results, {"other": {}})
    with pytest.raises(UsageError, match="no specification"):
        ips.specification_curve({})


def test_identification_errors_reach_the_user() -> None:
    with pytest.raises(IdentificationError, match="without gaps"):
        ips.honest_did(ips.event_study(panel(1.0), window=(-2, 3)))
