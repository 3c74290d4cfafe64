"""Where an assumption fails the checks say which: scenarios with a diverging trend and with an early effect.

Panel-level: the study's effect by two-way fixed effects, judged as it would be quoted, and put in doubt.
"""

from __future__ import annotations

import numpy as np
import pytest
from lib.national import Drawn, drawn

from ipscausal import api, estimate, sensitivity
from ipscausal.inference import Options
from ipscausal.sensitivity import Check

LEVEL = 0.95


def doubts(data: Drawn) -> dict[str, Check]:
    """The checks that speak of trends and of early effects."""
    answer = sensitivity.subject(data.panel, estimate.did, sensitivity.primary_judge(Options()))
    events = api.event_study(data.panel, (-6, 3))
    seen = sensitivity.event_coefficients(events.estimate, events.options)
    known = (seen.coef, seen.covariance)
    honest = sensitivity.honest_did(*known, seen.n_pre, len(seen.after), seen.average_after())
    (tried,) = sensitivity.pretrend_power(*known, seen.before, seen.after, seen.average_after(), powers=(0.8,))
    p = events.pre_trend[0].p_value
    return {
        "honest_did": sensitivity.honest_check(honest, seen),
        "pretrend_power": sensitivity.pretrend_check(tried, answer.effect, p, LEVEL, "pretrend_power"),
        "anticipation": sensitivity.anticipation(answer),
        "without_municipality": sensitivity.without_municipality(answer),
    }


def share(verdicts: list[dict[str, Check]], name: str, verdict: str) -> float:
    return float(np.mean([one[name].verdict == verdict for one in verdicts]))


def test_a_trend_is_found_in_the_years_before() -> None:
    data = drawn("diverging-trends", 1)
    found = doubts(data)
    assert data.truth["overall"]["att"] == 0
    assert found["pretrend_power"].values["effect"] > 5
    assert found["pretrend_power"].verdict == "not passed"
    assert found["honest_did"].verdict != "passed"
    # nothing is wrong with any one municipality, and no check says so
    assert found["without_municipality"].verdict == "passed"


def test_an_early_effect_is_found_in_the_year_before() -> None:
    found = doubts(drawn("anticipation", 1))
    assert found["anticipation"].verdict == "not passed"
    assert found["anticipation"].value == pytest.approx(5.0, abs=3.0)
    assert found["without_municipality"].verdict == "passed"


@pytest.mark.slow
def test_over_seeds_the_fault_is_found_in_nine_of_ten() -> None:
    """Binomial: at least 15 of 20 when nine of ten are found (0.2 % below)."""
    trends = [doubts(drawn("diverging-trends", seed)) for seed in range(20)]
    early = [doubts(drawn("anticipation", seed)) for seed in range(20)]
    assert share(trends, "pretrend_power", "not passed") >= 0.75
    assert share(trends, "honest_did", "passed") <= 0.05
    assert share(early, "anticipation", "not passed") >= 0.75
    assert share(early, "anticipation", "passed") <= 0.05
