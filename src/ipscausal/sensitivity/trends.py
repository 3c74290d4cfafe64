"""Could trends that differ explain the effect, and would the years before have shown it?"""

from __future__ import annotations

from math import inf

from ipscausal.sensitivity.check import Check, Verdict
from ipscausal.sensitivity.event_coefficients import EventCoefficients
from ipscausal.sensitivity.honest import HonestDiD, family_of, largest_slope_change
from ipscausal.sensitivity.pretrend_power import TrendPower


def honest_check(found: HonestDiD, events: EventCoefficients, name: str = "honest_did") -> Check:
    """How much trends may differ before the effect can be zero. value: that M; low, high: interval at M = 1.

    M is in multiples of what was seen before adoption: of the largest change for relative magnitudes, of the upper
    bound of the largest change of slope for smoothness. Passed at 1 or more; not passed below; cannot tell where the
    effect is not shown even under parallel trends.
    """
    unit = 1.0
    if family_of(found.restriction) == "SD":
        unit = largest_slope_change(events.coef, events.covariance, events.n_pre, found.level)
    at_one = min(found.intervals, key=lambda one: abs(one.size - unit))
    verdict: Verdict = "passed" if found.breakdown >= unit else "not passed"
    if found.breakdown == 0 or found.conf_low <= 0 <= found.conf_high:
        verdict = "cannot tell"
    return Check(
        name, "honest_did", verdict, found.breakdown / unit if found.breakdown < inf else None, at_one.low, at_one.high,
        {"effect": found.estimate, "restriction": found.restriction, "at": at_one.size / unit},
    )  # fmt: skip


def pretrend_check(found: TrendPower, effect: float, p_value: float | None, level: float, name: str) -> Check:
    """Whether a linear trend that explains the effect would have been found before adoption. value: the hidden bias.

    found: at the power asked for (usually 80 per cent). p_value: of the test of the years before. Not passed when that
    test finds a trend; passed when a trend as large as the effect would have been found with that power; else cannot
    tell: silence before adoption proves nothing. low, high: bias without regard to the test, and given that it passed.
    """
    verdict: Verdict = "passed" if abs(found.target_bias) < abs(effect) else "cannot tell"
    if p_value is None:
        verdict = "cannot tell"
    elif p_value <= 1 - level:
        verdict = "not passed"
    ends = sorted([found.target_bias, found.target_conditional])
    return Check(
        name, "pretrend_power", verdict, found.target_bias, ends[0], ends[1],
        {"effect": effect, "slope": found.slope, "power": found.power, "p": p_value},
    )  # fmt: skip
