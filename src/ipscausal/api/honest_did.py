"""`honest_did`: how different trends may be before the effect is gone, as table, text and figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any, Literal

from ipscausal import sensitivity
from ipscausal.advisor import choose_estimators
from ipscausal.api.result import Result
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate, aggregate
from ipscausal.estimate.named import effects_over_time
from ipscausal.inference import Options
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import Panel
from ipscausal.periods import Period
from ipscausal.sensitivity import EventCoefficients, HonestDiD, HonestMethod, Restriction

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

At = int | Literal["average"]
SAID = 5  # intervals that a summary lists
NUMBERS = ("size", "conf_low", "conf_high", "identified_low", "identified_high")


@dataclass(frozen=True, slots=True, eq=False)
class TrendSensitivity:
    """The intervals of one effect under ever larger differences in trends (Rambachan and Roth 2023).

    at: the event time of the effect, or "average" from adoption on. events: the coefficients and covariance used.
    """

    numbers: HonestDiD
    events: EventCoefficients
    at: At
    outcome: str
    unit: str
    period: Period = field(default="year", repr=False)

    @property
    def breakdown(self) -> float:
        """The smallest M at which zero is not rejected; 0 from the beginning, infinite at none."""
        return self.numbers.breakdown

    def rows(self) -> list[dict[str, Any]]:
        """One row per M, the plain interval (size None) first; ends that do not exist are None."""
        found = self.numbers
        shared: dict[str, Any] = {
            "estimate": found.estimate, "restriction": found.restriction, "method": found.method
        }  # fmt: skip
        ends = [(None, found.conf_low, found.conf_high, None, None)] + [
            (one.size, one.low, one.high, one.identified_low, one.identified_high) for one in found.intervals
        ]
        rows = [shared | dict(zip(NUMBERS, map(_finite, row), strict=True)) for row in ends]
        return [rows[0] | {"method": "plain"}, *rows[1:]]

    def tidy(self) -> pd.DataFrame:
        """One row per M with the interval and the identified set at the estimates; the plain interval first."""
        import pandas as pd

        return pd.DataFrame(self.rows()).astype(dict.fromkeys(NUMBERS, "float64"))

    def summary(self) -> str:
        """The effect, what is allowed, about five of the intervals, and where zero enters."""
        from ipscausal import figures

        words, found = self._words, self.numbers
        t = words.text
        lines = [
            t("sensitivity.honest.head", outcome=_named(self.outcome, self.unit),
              target=figures.target_text(words, self.at), estimate=found.estimate, low=found.conf_low,
              high=found.conf_high),
            t("sensitivity.honest.allowed", restriction=figures.restriction_text(words, found.restriction),
              method=found.method, covariance=self.events.covariance_method),
        ]  # fmt: skip
        for one in found.intervals[:: ceil(len(found.intervals) / SAID)]:
            key = "sensitivity.honest.row" if isfinite(one.low) else "sensitivity.honest.row_empty"
            lines.append("  " + t(key, size=one.size, low=one.low, high=one.high))
        return "\n".join([*lines, figures.breakdown_text(words, found.breakdown)])

    def plot(self) -> Figure:
        """Interval by M, and where zero enters."""
        from ipscausal import figures

        rows, found = self.rows(), self.numbers
        labels = figures.breakdown_labels(self._words, self.outcome, found.restriction, self.at, found.breakdown, rows)
        return figures.breakdown(rows, _finite(found.breakdown), labels)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def honest_did(
    subject: Result | Estimate | Panel,
    *,
    restriction: Restriction = "RM",
    at: At = "average",
    sizes: Sequence[float] | None = None,
    method: HonestMethod | None = None,
    options: Options | None = None,
) -> TrendSensitivity:
    """How different trends may be before the effect is gone (Rambachan and Roth 2023, Review of Economic Studies 90).

    subject: a panel, whose event study is taken (two-way fixed effects, or group-time effects where there are several
    starting years), an event study, or effects by cohort and year against one year of reference, which are averaged by
    event time. The covariance is that of `joint_covariance`: with few treated municipalities never one of residuals.
    It is taken as known, which with few municipalities and unknown sampling noise ("collapse") it is not: intervals are
    then too short.
    restriction: RM (changes after the start at most M times the largest before), SD (slopes change by at most M a
    year), SDRM (slopes change by at most M times the largest change before); with PB or NB (bias upwards, downwards) or
    I, D (differences increasing, decreasing) behind it. at: an event time, or the average from adoption on.
    sizes: values of M. method: FLCI, C-F, C-LF or conditional, by default what the authors recommend.

    Raises UsageError for an estimate without event times against one reference, or what the restriction does not have;
    IdentificationError where the years before or the covariance do not suffice.
    """
    fit, asked = event_study_of(subject, options)
    events = sensitivity.event_coefficients(fit, asked)
    target = events.average_after() if at == "average" else events.at(at)
    numbers = sensitivity.honest_did(
        events.coef, events.covariance, events.n_pre, len(events.after), target, restriction=restriction, sizes=sizes,
        method=method, level=asked.level, seed=asked.seed,
    )  # fmt: skip
    return TrendSensitivity(numbers, events, at, fit.panel.outcome, fit.panel.unit, fit.panel.period)


def event_study_of(subject: Result | Estimate | Panel, options: Options | None) -> tuple[Estimate, Options]:
    """The estimate by event time behind a result, an estimate or a panel, and the options to judge it by."""
    if isinstance(subject, Panel):
        return effects_over_time(choose_estimators(subject).primary, subject), options or Options()
    if not isinstance(subject, Result | Estimate):
        raise UsageError(f"a {type(subject).__name__} is no event study", remedy="use ips.event_study(panel)")
    fit = subject.estimate if isinstance(subject, Result) else subject
    asked = options or (subject.options if isinstance(subject, Result) else Options())
    by_cohort = all(term.cohort is not None and term.year is not None for term in fit.terms)
    return (aggregate(fit, "event") if by_cohort else fit), asked


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


def _named(outcome: str, unit: str) -> str:
    return f"{outcome} ({unit})" if unit else outcome
