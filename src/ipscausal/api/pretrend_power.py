"""`pretrend_power`: what the years before can show, as table, text and figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from ipscausal import sensitivity
from ipscausal.api.honest_did import At, event_study_of
from ipscausal.api.result import Result
from ipscausal.estimate import Estimate
from ipscausal.inference import Options
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import Panel
from ipscausal.periods import Period
from ipscausal.sensitivity import EventCoefficients, PreTest, TrendPower

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False)
class PretrendPower:
    """Linear trends that the test of the years before finds with given powers, and what they would do (Roth 2022).

    numbers: one per power. at: the event time of the effect asked for, or "average". effect: its estimate.
    """

    numbers: tuple[TrendPower, ...]
    events: EventCoefficients
    at: At
    effect: float
    level: float
    outcome: str
    unit: str
    period: Period = field(default="year", repr=False)

    def rows(self, one: TrendPower) -> list[dict[str, Any]]:
        """One row per event time under one trend; `conditional` is None before the reference."""
        events = self.events
        half = float(norm.isf((1 - self.level) / 2)) * np.sqrt(np.diag(events.covariance))
        conditional = [None] * events.n_pre + one.conditional.tolist()
        error = [None] * events.n_pre + one.monte_carlo.tolist()
        return [
            {
                "power": one.power, "slope": one.slope, "event_time": time, "estimate": float(events.coef[i]),
                "conf_low": float(events.coef[i] - half[i]), "conf_high": float(events.coef[i] + half[i]),
                "bias": one.slope * (time - events.reference), "conditional": conditional[i], "monte_carlo": error[i],
            }
            for i, time in enumerate(events.times)
        ]  # fmt: skip

    def tidy(self) -> pd.DataFrame:
        """One row per power and event time: estimate, bias of the trend, bias among studies that pass the test."""
        import pandas as pd

        table = pd.DataFrame([row for one in self.numbers for row in self.rows(one)])
        return table.astype({"conditional": "float64", "monte_carlo": "float64"})

    def summary(self) -> str:
        """The effect, and for each power the trend and the bias it hides."""
        from ipscausal import figures

        words = self._words
        lines = [
            words.text("sensitivity.power.head", outcome=self.outcome, target=figures.target_text(words, self.at),
                       estimate=self.effect, before=self.events.n_pre)
        ]  # fmt: skip
        for one in self.numbers:
            lines.append(
                "  " + words.text("sensitivity.power.row", slope=one.slope, power=one.power, bias=one.target_bias,
                                  conditional=one.target_conditional, error=one.target_monte_carlo)
            )  # fmt: skip
        return "\n".join(lines)

    def plot(self) -> Figure:
        """Effects by event time with the trend of the largest power."""
        from ipscausal import figures

        one = max(self.numbers, key=lambda found: found.power)
        about = {"power": one.power, "slope": one.slope, "bias": one.target_bias, "estimate": self.effect}
        labels = figures.hidden_trend_labels(self._words, self.outcome, self.level, about)
        return figures.hidden_trend(self.rows(one), labels)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def pretrend_power(
    subject: Result | Estimate | Panel,
    *,
    at: At = "average",
    powers: tuple[float, ...] = (0.5, 0.8),
    test: PreTest = "individual",
    options: Options | None = None,
) -> PretrendPower:
    """The linear trends that a test of the years before finds with given powers (Roth 2022, AER: Insights 4).

    subject: as in `honest_did`. at: an event time, or the average from adoption on. test: passes when no year before is
    significant by itself ("individual"), or when they are not jointly ("joint").
    Raises UsageError and IdentificationError as `honest_did`, and for powers that no trend has.
    """
    fit, asked = event_study_of(subject, options)
    events = sensitivity.event_coefficients(fit, asked)
    target = events.average_after() if at == "average" else events.at(at)
    numbers = sensitivity.pretrend_power(
        events.coef, events.covariance, *events.from_reference, target, test=test, powers=powers, level=asked.level,
        seed=asked.seed,
    )  # fmt: skip
    effect = float(target @ events.coef[events.n_pre :])
    return PretrendPower(numbers, events, at, effect, asked.level, fit.panel.outcome, fit.panel.unit, fit.panel.period)
