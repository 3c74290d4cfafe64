"""Diagnostics of one coefficient: a value, the range where there is one, and a level from one table of thresholds.

`of_design` needs no outcome of the treated after adoption, `of_outcomes` does. A diagnostic that a panel cannot give
has no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.advisor.calibration import HIGH, LOW
from ipscausal.advisor.posterior import Posterior
from ipscausal.estimate import Estimate
from ipscausal.inference import Inference, Options, apply, dear, lau_li_breakdown, leave_one_out, leverage
from ipscausal.inference.shock.mixture import weighted_quantile
from ipscausal.inference.shock.re_did import re_did_breakdown
from ipscausal.inference.shock.shocks import (
    breakdown_shock_sd,
    icc_year,
    moulton_factor,
    person_level_error,
)
from ipscausal.inference.shock.volatility import volatility_ratio

Level = Literal["green", "amber", "red", "context"]
NOISIER = 1.5  # shocks of the treated relative to the others that a ratio is held against


@dataclass(frozen=True, slots=True)
class Threshold:
    """Beyond `amber` or `red` a value is a warning; `above` says on which side beyond is."""

    side: Literal["above", "below"]
    amber: float
    red: float

    def level(self, value: float) -> Level:
        """The level of a value; a value on the threshold is on its good side."""
        sign = 1 if self.side == "above" else -1
        if sign * value > sign * self.red:
            return "red"
        return "amber" if sign * value > sign * self.amber else "green"


THRESHOLDS = {
    "clusters": Threshold("below", 30, 3),
    "treated_clusters": Threshold("below", 5, 2),
    "control_clusters": Threshold("below", 10, 5),
    "p_floor_ri": Threshold("above", 0.01, 0.05),
    "p_floor_wcr": Threshold("above", 0.01, 0.05),
    "effective_clusters": Threshold("below", 20, 5),
    "partial_leverage": Threshold("above", 0.25, 0.50),
    "leverage": Threshold("above", 3, 5),
    "cr2_df": Threshold("below", 10, 4),
    "size_cv": Threshold("above", 0.5, 1.5),
    "moulton": Threshold("above", 1.2, 1.5),
    "implied_rate": Threshold("above", 0.10, 0.19),
    "influence": Threshold("above", 0.5, np.inf),
    "wcr_wcu": Threshold("above", 0.05, 0.20),
    "breakdown_ratio": Threshold("below", 2, 1),
    "breakdown_lau_li": Threshold("below", 2, 1),
}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """key: as in the catalogues. low, high: a range where there is one. level: how much of a warning it is."""

    key: str
    value: float | None
    level: Level
    low: float | None = None
    high: float | None = None


def of_design(fit: Estimate, j: int, shocks: Posterior | None, options: Options) -> tuple[Diagnostic, ...]:
    """Diagnostics known before any outcome after adoption, shocks by their posterior from untreated cells."""
    return (*_counts(fit, j, options), *(_shocks(fit, j, shocks, options) if shocks is not None else ()))


def of_outcomes(fit: Estimate, j: int, shocks: Posterior | None, options: Options) -> tuple[Diagnostic, ...]:
    """Diagnostics that use the outcomes after adoption: influence, disagreement, breakdowns."""
    rows = [*_influence(fit, j), *_disagreement(fit, j, options), *_breakdowns(fit, j, shocks, options)]
    ratio = volatility_ratio(fit, options)
    if ratio is not None:
        level: Level = "red" if ratio.ratio > NOISIER else "amber" if ratio.high >= NOISIER else "green"
        rows.append(Diagnostic("volatility_ratio", ratio.ratio, level, ratio.low, ratio.high))
    return tuple(rows)


def _judged(key: str, value: float, low: float | None = None, high: float | None = None) -> Diagnostic:
    return Diagnostic(key, float(value), THRESHOLDS[key].level(value), low, high)


def _counts(fit: Estimate, j: int, options: Options) -> Iterator[Diagnostic]:
    treated = int(fit.n_treated[j])
    yield _judged("clusters", fit.n_clusters)
    yield _judged("treated_clusters", treated)
    yield _judged("control_clusters", fit.n_clusters - fit.n_treated_clusters)
    for key, method in (("p_floor_ri", "ri"), ("p_floor_wcr", "wcr_c")):
        if method in dear(fit):
            continue
        row = _row(fit, j, method, options)
        if row.p_floor:
            yield _judged(key, row.p_floor)
    spread = leverage(fit)
    yield _judged("effective_clusters", spread.effective[j])
    yield _judged("partial_leverage", spread.partial[:, j].max())
    if spread.cluster_leverage is not None:
        yield _judged("leverage", spread.cluster_leverage.max() / spread.cluster_leverage.mean())
    df = _row(fit, j, "cr2", options).df
    if df is not None:
        yield _judged("cr2_df", df)
    sizes = np.zeros(fit.n_clusters)
    np.add.at(sizes, fit.cluster_of, fit.cells.persons.sum(axis=1))
    yield _judged("size_cv", sizes.std(ddof=1) / sizes.mean())


def _shocks(fit: Estimate, j: int, shocks: Posterior, options: Options) -> Iterator[Diagnostic]:
    for key, values in (("shock_sd", shocks.sigma), ("shock_rho", shocks.rho)):
        low, high = (weighted_quantile(values, shocks.weight, p) for p in (LOW, HIGH))
        yield Diagnostic(key, float(shocks.weight @ values), "context", low, high)
    if shocks.noise != "known":
        return
    icc = icc_year(fit, float(shocks.weight @ shocks.sigma**2))
    if icc is not None:
        yield Diagnostic("icc_year", icc, "context")
    error = person_level_error(fit, j)
    if error is not None and error > 0:
        factor = moulton_factor(fit, j, shocks.sigma, shocks.rho, shocks.weight, error, options)
        if factor is not None:
            yield _judged("moulton", factor.factor, factor.factor_low, factor.factor_high)
            yield _judged("implied_rate", factor.rate, factor.rate_low, factor.rate_high)


def _influence(fit: Estimate, j: int) -> Iterator[Diagnostic]:
    without, full = leave_one_out(fit)[:, j], float(fit.coef[j])
    known = without[np.isfinite(without)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (None, None)
    change = float(np.abs(known - full).max() / abs(full)) if len(known) and full != 0 else None
    lost = len(known) < len(without)
    flips = bool((np.sign(known) * np.sign(full) < 0).any())
    if lost or flips or change is None:
        yield Diagnostic("influence", change, "red", low, high)
    else:
        yield _judged("influence", change, low, high)


def _disagreement(fit: Estimate, j: int, options: Options) -> Iterator[Diagnostic]:
    pair = [_row(fit, j, method, options).p_value for method in ("wcr_c", "wcu_c")]
    if pair[0] is not None and pair[1] is not None:
        yield _judged("wcr_wcu", abs(pair[0] - pair[1]))


def _breakdowns(fit: Estimate, j: int, shocks: Posterior | None, options: Options) -> Iterator[Diagnostic]:
    limit = breakdown_shock_sd(fit, j, options)
    if limit is not None and shocks is not None:
        value = limit.smallest
        usual = float(shocks.weight @ shocks.sigma)
        high = weighted_quantile(shocks.sigma, shocks.weight, HIGH)
        level: Level = "red" if value < usual else "amber" if value < high else "green"
        yield Diagnostic("breakdown_sd", value, level)
    for key, ratio in (
        ("breakdown_ratio", re_did_breakdown(fit, j, options)),
        ("breakdown_lau_li", lau_li_breakdown(fit, j, options.level)),
    ):
        if ratio is not None:
            # without a finite one the result survives whatever the treated's shocks
            yield _judged(key, ratio) if np.isfinite(ratio) else Diagnostic(key, None, "green")


def _row(fit: Estimate, j: int, method: str, options: Options) -> Inference:
    return apply(method, fit, options)[j]
