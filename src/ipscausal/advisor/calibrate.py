"""How often would each method reject on panels like this one, without an effect and with one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ipscausal.advisor import placebo
from ipscausal.advisor.calibration import HIGH, LOW, Calibration, Shocks, rate_rows
from ipscausal.advisor.posterior import Posterior, posterior
from ipscausal.advisor.simulate import Progress, rejections, world
from ipscausal.advisor.untreated import masked, untreated
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did
from ipscausal.inference import METHODS, Options, guide
from ipscausal.inference.shock.mixture import weighted_quantile
from ipscausal.panel import Panel

# effects tried where none are named, as multiples of the coefficient's standard deviation
EFFECTS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5, 6.0)
POWER_EVERY = 4
DRAWS = 2000
TRIAL_DRAWS = 999
FEWEST = 100


Average = Callable[[Panel], Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """A panel whose touched outcomes are masked, its design, and the shocks its untreated cells show.

    average: the estimator of the one effect that methods are tried on. shocks: None where those cells are too few, and
    `lacking` says why.
    """

    hidden: Panel
    fit: Estimate
    average: Average
    anticipation: int
    shocks: Posterior | None
    lacking: str = ""


def basis(panel: Panel, anticipation: int = 0, average: Average | None = None) -> Basis:
    """What may be known before outcomes after adoption.

    average: the estimator of one effect, two-way fixed effects by default. Raises IdentificationError as it does.
    """
    average = average or partial(did, anticipation=anticipation)
    hidden = masked(panel, anticipation)
    fit = average(hidden)
    try:
        shocks = posterior(fit, 0, untreated(fit.panel, anticipation))
    except IdentificationError as error:
        return Basis(hidden, fit, average, anticipation, None, error.message)
    return Basis(hidden, fit, average, anticipation, shocks)


def calibrate(
    known: Basis,
    methods: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    options: Options | None = None,
    effects: Sequence[float] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Calibration:
    """False-positive rate and power of methods for the average effect, on simulated copies of the panel.

    methods: names of `ipscausal.inference.METHODS`; those of the decision guide unless given. Methods that cannot be
    calibrated are left out of the guide's, and refused when named. effects: sizes at which power is simulated, in the
    outcome's unit. progress is told (done, total) data sets.
    Raises UsageError for unknown methods and too few draws, IdentificationError where untreated cells are too few to
    judge shocks by.
    """
    options = options or Options()
    if draws < FEWEST:
        raise UsageError(
            f"draws={draws} is too few to judge a rate by", remedy=f"use {FEWEST} or more, {DRAWS} by default"
        )
    if known.shocks is None:
        raise IdentificationError(known.lacking, remedy="more years before adoption, or more comparison municipalities")
    # a distribution sampled anew for every data set need not be as fine as one that is printed
    trying = replace(options, draws=min(options.draws, TRIAL_DRAWS))
    fit, shocks = known.fit, known.shocks
    names = _named(methods) if methods is not None else calibrated(guide(fit)[0].names)
    trials = {name: METHODS[name].trial(fit, 0, trying) for name in names}
    sizes = np.array(sorted(map(abs, effects))) if effects else typical(shocks) * np.array(EFFECTS)
    drawn = world(shocks, draws, options.seed)
    run = rejections(
        fit, 0, drawn, trials, sizes, 1 - options.level, power_every=POWER_EVERY, threads=threads, progress=progress
    )
    space = list(placebo.in_space(known.hidden, known.average, options.seed))
    time = list(placebo.in_time(known.hidden, known.average, known.anticipation))
    rows = rate_rows(names, run, placebo.counts(space, names, trying), placebo.counts(time, names, trying))
    per_method = next(iter(run.found.values())).shape[1] if run.found else 0
    return Calibration(
        rows, fit.terms[0].name, fit.panel.outcome, fit.panel.unit, options.level, draws, per_method, options.seed,
        described(shocks), fit.panel.period,
    )  # fmt: skip


def calibrated(names: Sequence[str]) -> tuple[str, ...]:
    """Those of the methods that can be calibrated."""
    return tuple(name for name in names if METHODS[name].prepare is not None)


def typical(shocks: Posterior) -> float:
    """Standard deviation of the coefficient over the posterior: root of its mean variance, outer 5 % cut off."""
    inside = shocks.index <= weighted_quantile(shocks.index, shocks.weight, 0.95)
    return float(np.sqrt((shocks.weight * shocks.index**2)[inside].sum() / shocks.weight[inside].sum()))


def described(shocks: Posterior) -> Shocks:
    """Posterior means and the middle 80 %."""
    sd, rho = (
        [float(shocks.weight @ values), *(weighted_quantile(values, shocks.weight, p) for p in (LOW, HIGH))]
        for values in (shocks.sigma, shocks.rho)
    )
    return Shocks(sd[0], sd[1], sd[2], rho[0], rho[1], rho[2], shocks.noise)


def _named(methods: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise UsageError(f"no method {unknown[0]!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    fixed = [name for name in methods if METHODS[name].prepare is None]
    if fixed:
        able = ", ".join(calibrated(tuple(METHODS)))
        raise UsageError(f"{fixed[0]} cannot be calibrated", remedy=f"those that can: {able}")
    return tuple(dict.fromkeys(methods))
