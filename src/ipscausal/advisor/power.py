"""What a study could find, before a year of data is bought: minimum detectable effects over a grid of designs.

All municipalities have the same number of persons each year, one adoption date, and no person counts in two years.
Var(b) = (kappa(rho) sigma^2 + s^2/n (1/T0 + 1/T1)) (1/G1 + 1/G0), kappa(rho) = c'R(rho)c with c = 1/T1 after adoption
and -1/T0 before. With equal sizes the collapsed t test with G - 2 degrees of freedom is exact, so that its power is a
noncentral t probability. A method that also learns from the years (`panel`) lies between that and the power with known
shocks; its own comes from simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import comb, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

from ipscausal import estimate as estimators
from ipscausal.advisor.calibration import POWER, first_reaching
from ipscausal.advisor.posterior import Posterior
from ipscausal.advisor.simulate import rejections, world
from ipscausal.errors import UsageError
from ipscausal.inference import METHODS, Options
from ipscausal.inference.shock.grid import kappa
from ipscausal.panel import FloatArray, Panel

if TYPE_CHECKING:
    import pandas as pd

Numbers = float | Sequence[float]
Counts = int | Sequence[int]
TRIED = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.5, 9.0)  # effects in standard deviations of the coefficient
START = 2001  # any calendar year

FEWEST_DRAWS = 100


@dataclass(frozen=True, slots=True)
class DesignPower:
    """One design. treated, controls: municipalities; persons: a year and municipality; sd: of persons and of shocks.

    std_dev: of the estimate. mde_known: effect found with 80 % probability if the size of shocks were known; mde: by
    the t test with G - 2 degrees of freedom; mde_simulated: by `method`, None without one or above the effects tried.
    p_floor: smallest p-value a rank can give. false_positive_rate: how often `method` finds an effect of zero.
    """

    treated: int
    controls: int
    years_before: int
    years_after: int
    persons: float
    person_sd: float
    shock_sd: float
    rho: float
    std_dev: float
    mde_known: float
    mde: float
    p_floor: float
    method: str | None
    mde_simulated: float | None
    false_positive_rate: float | None


@dataclass(frozen=True, slots=True)
class Power:
    """Designs in the order of the grid, the last argument changing fastest. target: probability of detection."""

    rows: tuple[DesignPower, ...]
    level: float
    target: float
    draws: int
    seed: int

    def tidy(self) -> pd.DataFrame:
        """One row per design."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows])


@dataclass(frozen=True, slots=True, eq=False)
class ShockBelief:
    """Standard deviations and correlations of shocks (K,) with weights (K,) adding up to one: one point if known."""

    sigma: FloatArray
    rho: FloatArray
    weight: FloatArray


def power(
    *,
    treated: Counts,
    controls: Counts,
    years_before: Counts,
    years_after: Counts,
    persons: Numbers,
    person_sd: Numbers,
    shock_sd: Numbers | None = None,
    rho: Numbers | None = None,
    belief: ShockBelief | None = None,
    method: str | None = None,
    draws: int = 1000,
    level: float = 0.95,
    target: float = POWER,
    seed: int = 20261121,
) -> Power:
    """Minimum detectable effects of every combination of the numbers given, in the unit of the standard deviations.

    shock_sd, rho: municipality-year shocks; or `belief`, over which power is then averaged. method: one of
    `ipscausal.inference.METHODS` that is simulated besides, with so many draws.
    Raises UsageError for a design that identifies nothing and for a method that cannot be calibrated.
    """
    if (belief is None) == (shock_sd is None or rho is None):
        raise UsageError("give the shocks once", remedy="either shock_sd and rho, or shocks judged from a panel")
    if method is not None and (method not in METHODS or METHODS[method].prepare is None):
        able = ", ".join(name for name, one in METHODS.items() if one.prepare is not None)
        raise UsageError(f"{method} cannot be simulated", remedy=f"those that can: {able}")
    shocks = (
        [belief] if belief is not None
        else [_point(sd, r) for sd, r in product(_numbers(shock_sd), _numbers(rho))]
    )  # fmt: skip
    grid = product(*map(_numbers, (treated, controls, years_before, years_after, persons, person_sd)), shocks)
    if not 0.5 <= target < 1:
        raise UsageError(f"target={target!r} is no probability to detect with", remedy="write 0.80")
    if method and draws < FEWEST_DRAWS:
        raise UsageError(f"draws={draws} is too few to judge power by", remedy=f"use {FEWEST_DRAWS} or more")
    options = Options(level=level, seed=seed, draws=999)
    rows = tuple(_design(design, options, target, method, draws) for design in _checked(grid))
    return Power(rows, level, target, draws if method else 0, seed)


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    treated: int
    controls: int
    before: int
    after: int
    persons: float
    person_sd: float
    shocks: ShockBelief


def _checked(grid: Iterator[tuple]) -> Iterator[_Design]:
    for g1, g0, before, after, persons, sd, shocks in grid:
        counts = (int(g1), int(g0), int(before), int(after))
        if min(counts) < 1 or counts[0] + counts[1] < 3:
            raise UsageError(
                f"{g1:g} treated and {g0:g} controls, {before:g} years before and {after:g} after: nothing to judge by",
                remedy="at least one of each, and three municipalities",
            )
        if persons <= 0 or sd < 0 or shocks.sigma.min() < 0 or np.abs(shocks.rho).max() >= 1:
            raise UsageError(
                "persons must be above 0, standard deviations not below 0, correlations between -1 and 1",
                remedy="look at the numbers given",
            )
        yield _Design(*counts, float(persons), float(sd), shocks)


def _design(one: _Design, options: Options, target: float, method: str | None, draws: int) -> DesignPower:
    deviation = _deviations(one)
    g = one.treated + one.controls
    weight = one.shocks.weight
    typical = sqrt(float(weight @ deviation**2))
    critical = float(stats.t.ppf((1 + options.level) / 2, g - 2))
    normal = float(stats.norm.ppf((1 + options.level) / 2))

    def by_t(effect: float) -> float:
        shift = effect / deviation
        return float(weight @ (stats.nct.sf(critical, g - 2, shift) + stats.nct.cdf(-critical, g - 2, shift)))

    def known(effect: float) -> float:
        shift = effect / deviation
        return float(weight @ (stats.norm.sf(normal - shift) + stats.norm.cdf(-normal - shift)))

    sets = comb(g, one.treated)
    return DesignPower(
        one.treated, one.controls, one.before, one.after, one.persons, one.person_sd,
        float(weight @ one.shocks.sigma), float(weight @ one.shocks.rho), typical,
        _solve(known, target, typical), _solve(by_t, target, typical),
        (2 if one.treated == one.controls else 1) / sets,
        method, *(_simulated(one, options, target, method, draws, typical) if method else (None, None)),
    )  # fmt: skip


def _contrast(one: _Design) -> FloatArray:
    return np.concatenate([np.full(one.before, -1 / one.before), np.full(one.after, 1 / one.after)])


def _deviations(one: _Design) -> FloatArray:
    """(K,) standard deviation of the estimate at each point of the belief. Raises UsageError where it is zero."""
    c, years = _contrast(one), np.arange(one.before + one.after)
    shock = one.shocks.sigma**2 * kappa(c[None], one.shocks.rho, years)
    noise = float(c @ c) * one.person_sd**2 / one.persons
    deviation = np.sqrt((shock + noise) * (1 / one.treated + 1 / one.controls))
    if deviation.min() == 0:
        raise UsageError("nothing varies: every effect would be found", remedy="give person_sd or shock_sd above 0")
    return np.asarray(deviation)


def _solve(power_of: Callable[[float], float], target: float, scale: float) -> float:
    """The effect with power `target`; power rises with the effect."""
    high = scale
    while power_of(high) < target:
        high *= 2
    return float(optimize.brentq(lambda effect: power_of(effect) - target, 0.0, high))


def _simulated(
    one: _Design, options: Options, target: float, method: str, draws: int, typical: float
) -> tuple[float | None, float | None]:  # fmt: skip
    """The effect that `method` finds with power `target` in simulated panels of the design, and its rate without."""
    fit = estimators.did(_panel(one))
    prepare = METHODS[method].prepare
    if prepare is None:
        return None, None
    g, t = fit.cells.weight.shape
    sampling = np.broadcast_to(np.eye(t) * one.person_sd**2 / one.persons, (g, t, t))
    shocks = one.shocks
    known = np.ones(len(shocks.sigma))
    points = Posterior(shocks.sigma, shocks.rho, known, shocks.weight, _deviations(one), sampling, "known")
    drawn = world(points, draws, options.seed)
    run = rejections(
        fit, 0, drawn, {method: prepare(fit, 0, options)}, typical * np.array(TRIED), 1 - options.level, power_every=1
    )
    rate = float(run.null[method].mean())
    return first_reaching(run.effects, run.found[method].mean(axis=1), rate, target), rate


def _panel(one: _Design) -> Panel:
    """The design as a panel whose means are zero."""
    g, t = one.treated + one.controls, one.before + one.after
    size, nothing = np.full((g, t), one.persons), np.zeros((g, t))
    codes = tuple(f"m{i:04d}" for i in range(g))
    within = np.full((g, t), one.person_sd**2)
    return Panel(
        municipality=codes, years=np.arange(START, START + t),
        adoption=np.where(np.arange(g) < one.treated, float(START + one.before), np.inf),
        outcome="outcome", unit="", weighting="persons", weight=size, persons=size, y=nothing,
        yy=within * np.maximum(size - 1, 0), covariates=(), x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)),
        xy=np.zeros((g, t, 0)), cluster=codes, within_variance=within,
    )  # fmt: skip


def belief_of(shocks: Posterior) -> ShockBelief:
    """What a panel's untreated cells say of shocks, for studies like it."""
    return ShockBelief(shocks.sigma, shocks.rho, shocks.weight)


def _point(sigma: float, rho: float) -> ShockBelief:
    return ShockBelief(np.array([float(sigma)]), np.array([float(rho)]), np.ones(1))


def _numbers(value: Numbers | None) -> tuple[float, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Sequence) else (value,)
