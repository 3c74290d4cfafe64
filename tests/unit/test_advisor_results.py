"""What a calibration looks like from outside: tables, text, figure; choices in a study file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lib.size_designs import Column, design, outcomes

import ipscausal as ips
from ipscausal.advisor.calibration import first_reaching
from ipscausal.errors import StudyError, UsageError
from ipscausal.study import InferenceChoice
from ipscausal.study_file import parse_study
from synthetic_registry.scenario import scenario
from synthetic_registry.study_file import study_text


@pytest.fixture(scope="module")
def result() -> ips.Result:
    rng = np.random.default_rng(1)
    one = design(Column("test", 11, 1, 2.0, 0.4), rng)
    means = outcomes(one, 1, rng)[0]
    return ips.did(replace(one.panel, y=means * one.sizes, yy=one.panel.yy + means**2 * one.sizes))


@pytest.fixture(scope="module")
def found(result: ips.Result) -> ips.api.Calibration:
    return ips.calibrate(result, ["panel", "cr1", "cr3"], draws=400)


def test_tables_have_one_row_a_method_and_empty_where_there_is_none(found: ips.api.Calibration) -> None:
    table = found.tidy(effect=-3.0).set_index("method")
    assert table.index.tolist() == ["panel", "cr1", "cr3"]
    assert table.loc["cr3"].drop(["effect", "draws"]).isna().all()
    row = found.method("cr1")
    assert row is not None
    assert table.loc["cr1", "power"] == row.power_at(3.0)
    assert table.loc["cr1", "effect"] == 3.0
    assert (table["rate_low"] <= table["rate_high"]).loc[["panel", "cr1"]].all()
    assert table.loc["cr1", "monte_carlo_se"] == pytest.approx(
        np.sqrt(row.false_positive_rate * (1 - row.false_positive_rate) / 400)
    )
    curves = found.power_curves()
    assert set(curves["method"]) == {"panel", "cr1"}
    assert len(curves) == 18


def test_power_rises_with_the_effect_and_is_unknown_beyond_it(found: ips.api.Calibration) -> None:
    row = found.method("panel")
    assert row is not None
    assert row.power_at(0.0) == row.false_positive_rate
    assert row.power_at(2 * max(row.effects)) is None
    assert row.power[-1] > row.power[0]


def test_text_and_figure(found: ips.api.Calibration, result: ips.Result) -> None:
    text = found.summary()
    assert "cr3: no p-value on this design" in text
    assert "plausible range" in text
    figure = found.plot()
    assert len(figure.axes) == 2
    assert found.effect == result.estimate.coef[0]


def test_an_event_study_is_refused_and_an_unknown_method_named(result: ips.Result) -> None:
    with pytest.raises(UsageError, match="event study"):
        ips.calibrate(ips.event_study(result.estimate.panel, (-2, 2)), draws=100)
    with pytest.raises(UsageError, match="cr9"):
        ips.calibrate(result, ["cr9"], draws=100)


def test_eighty_percent_is_found_between_two_effects() -> None:
    effects = np.array([1.0, 2.0, 3.0])
    assert first_reaching(effects, np.array([0.2, 0.7, 0.9]), 0.05) == pytest.approx(2.5)
    assert first_reaching(effects, np.array([0.85, 0.9, 1.0]), 0.05) == pytest.approx(0.75 / 0.80)
    assert first_reaching(effects, np.array([0.1, 0.2, 0.3]), 0.05) is None


def study(inference: str) -> str:
    text = study_text(scenario("reference-study"))
    before, after = text.split("[inference]\n")
    return f"{before}[inference]\n{inference}\n\n# work" + after.split("# work", 1)[1]


def test_the_commented_study_states_the_defaults() -> None:
    read = parse_study(study_text(scenario("reference-study"))).inference
    assert read == InferenceChoice()


def test_a_study_may_fix_the_method_and_the_draws() -> None:
    read = parse_study(study('primary = "re_did"\ncalibration_draws = 0')).inference
    assert (read.primary, read.calibration_draws) == ("re_did", 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('primary = "redid"', 'did you mean "re_did"'),
        ('primary = "advice"', '"advise"'),
        ("calibration_draws = 50", "at least 100"),
        ("calibration_draws = -1", "calibration_draws"),
    ],
)
def test_mistakes_are_told_with_what_could_stand_there(line: str, told: str) -> None:
    with pytest.raises(StudyError) as raised:
        parse_study(study(line))
    assert told in "\n".join(raised.value.problems)
