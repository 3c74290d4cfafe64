"""What a calibration found: for each method, how often it rejects without an effect and with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipscausal.advisor.simulate import Rejections
from ipscausal.panel import BoolArray, FloatArray
from ipscausal.periods import Period

if TYPE_CHECKING:
    import pandas as pd

POWER = 0.80  # probability of detection that the minimum detectable effect is about
LOW, HIGH = 0.1, 0.9  # percentiles of the posterior between which a rate is called plausible


@dataclass(frozen=True, slots=True)
class PlaceboCount:
    """k of n pseudo-studies on real outcomes rejected; pseudo-studies share data, so that k / n is no rate."""

    k: int
    n: int


@dataclass(frozen=True, slots=True)
class MethodCalibration:
    """One method on simulated copies of the panel.

    false_positive_rate: share of copies without an effect in which p < 1 - level, with its Monte Carlo standard error;
    rate_low, rate_high: smallest and largest rate between the 10th and 90th percentile of the posterior of the shocks;
    by_decile: (10,) rates by tenth of that posterior. power: (E,) share of copies with each effect that were found.
    mde: effect found with probability 80 %, None above the largest effect tried; space, time: placebo counts on real
    outcomes, None where there are none. All are None where the method gives no p-value on this design.
    """

    method: str
    false_positive_rate: float | None
    rate_low: float | None
    rate_high: float | None
    monte_carlo_se: float | None
    by_decile: tuple[float, ...]
    effects: tuple[float, ...]
    power: tuple[float, ...]
    mde: float | None
    space: PlaceboCount | None = None
    time: PlaceboCount | None = None

    def power_at(self, effect: float) -> float | None:
        """Power at an effect of either sign, by interpolation; None where it was not simulated."""
        if self.false_positive_rate is None or not self.power or abs(effect) > max(self.effects):
            return None
        return float(np.interp(abs(effect), (0.0, *self.effects), (self.false_positive_rate, *self.power)))


@dataclass(frozen=True, slots=True)
class Shocks:
    """What untreated cells say of municipality-year shocks: posterior mean and the middle 80 %, in the outcome's unit.

    noise: whether sampling noise was known from persons or fitted from sizes.
    """

    sd: float
    sd_low: float
    sd_high: float
    rho: float
    rho_low: float
    rho_high: float
    noise: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Methods in the order asked for. draws, power_draws: data sets behind rates and powers."""

    rows: tuple[MethodCalibration, ...]
    term: str
    outcome: str
    unit: str
    level: float
    draws: int
    power_draws: int
    seed: int
    shocks: Shocks
    period: Period = field(default="year", repr=False)

    def method(self, name: str) -> MethodCalibration | None:
        """The row of a method, None where it was not calibrated."""
        return next((row for row in self.rows if row.method == name), None)

    def records(self, effect: float | None = None) -> list[dict[str, Any]]:
        """One flat row per method; power at `effect` where one is given; missing is None."""
        return [
            {
                "method": row.method,
                "false_positive_rate": row.false_positive_rate,
                "rate_low": row.rate_low,
                "rate_high": row.rate_high,
                "monte_carlo_se": row.monte_carlo_se,
                "power": None if effect is None else row.power_at(effect),
                "effect": None if effect is None else abs(effect),
                "mde": row.mde,
                "draws": self.draws,
                "placebo_space_k": row.space.k if row.space else None,
                "placebo_space_n": row.space.n if row.space else None,
                "placebo_time_k": row.time.k if row.time else None,
                "placebo_time_n": row.time.n if row.time else None,
            }
            for row in self.rows
        ]

    def tidy(self, effect: float | None = None) -> pd.DataFrame:
        """`records` as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.records(effect))

    def power_curves(self) -> pd.DataFrame:
        """One row per method and effect: method, effect, power; the effect 0 is the false-positive rate."""
        import pandas as pd

        rows = [
            {"method": row.method, "effect": effect, "power": power}
            for row in self.rows
            if row.false_positive_rate is not None
            for effect, power in zip((0.0, *row.effects), (row.false_positive_rate, *row.power), strict=True)
        ]
        return pd.DataFrame(rows, columns=["method", "effect", "power"])

    def summary(self) -> str:
        """A short text: each method's false positives in panels like this one without an effect."""
        alpha = 1 - self.level
        lines = [
            f"{self.outcome}, {self.term}: {self.draws:,} simulated copies of the panel without an effect; share with "
            f"p below {alpha:.2g}",
            f"municipality-{self.period} shocks of sd {self.shocks.sd:.3g} (80 % range {self.shocks.sd_low:.3g} to "
            f"{self.shocks.sd_high:.3g}), sampling noise {self.shocks.noise}",
        ]
        lines += [f"  {_line(row)}" for row in self.rows]
        return "\n".join(lines)


def _line(row: MethodCalibration) -> str:
    if row.false_positive_rate is None:
        return f"{row.method}: no p-value on this design"
    parts = [f"{row.method}: {row.false_positive_rate:.1%} (plausible range {row.rate_low:.1%} to {row.rate_high:.1%})"]
    parts.append("minimum detectable effect " + (f"{row.mde:.3g}" if row.mde is not None else "above those tried"))
    for count, where in ((row.space, "untreated municipalities"), (row.time, "earlier dates")):
        if count:
            parts.append(f"{count.k} of {count.n} {where} rejected")
    return "; ".join(parts)


def rate_rows(
    names: Sequence[str],
    run: Rejections,
    space: Mapping[str, PlaceboCount],
    time: Mapping[str, PlaceboCount],
) -> tuple[MethodCalibration, ...]:
    """Tabulate what was rejected, method by method."""
    rows = []
    for name in names:
        counts = {"space": space.get(name), "time": time.get(name)}
        if name in run.undefined:
            rows.append(MethodCalibration(name, None, None, None, None, (), (), (), None, **counts))
            continue
        rejected, effects = run.null[name], run.effects
        rate, (low, high) = float(rejected.mean()), _range(rejected)
        power = run.found[name].mean(axis=1)
        rows.append(
            MethodCalibration(
                method=name,
                false_positive_rate=rate,
                rate_low=low,
                rate_high=high,
                monte_carlo_se=float(np.sqrt(rate * (1 - rate) / len(rejected))),
                by_decile=tuple(float(part.mean()) for part in np.array_split(rejected, 10)),
                effects=tuple(map(float, effects)),
                power=tuple(map(float, power)),
                mde=first_reaching(effects, power, rate),
                **counts,
            )
        )
    return tuple(rows)


def _range(rejected: BoolArray) -> tuple[float, float]:
    """Extremes between the 10th and 90th percentile of a parabola through the rejections by percentile.

    A tenth of the draws alone would add its Monte Carlo error to the range; the parabola borrows from its neighbours.
    """
    share = (np.arange(len(rejected)) + 0.5) / len(rejected)
    curve = np.polynomial.Polynomial.fit(share, rejected.astype(np.float64), 2)
    values = np.clip(curve(np.linspace(LOW, HIGH, 81)), 0.0, 1.0)
    return float(values.min()), float(values.max())


def first_reaching(effects: FloatArray, power: FloatArray, rate: float, target: float = POWER) -> float | None:
    """Smallest effect found with probability `target`, by interpolation from `rate` at no effect; None if none is."""
    effects, power = np.concatenate([[0.0], effects]), np.concatenate([[rate], power])
    reached = np.flatnonzero(power >= target)
    if len(reached) == 0:
        return None
    i = int(reached[0])
    if i == 0:
        return 0.0
    step = (target - power[i - 1]) / (power[i] - power[i - 1])
    return float(effects[i - 1] + step * (effects[i] - effects[i - 1]))
