"""How often would each method reject on panels like this one, without an effect and with one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipscausal import estimate as estimators
from ipscausal.advisor import placebo
from ipscausal.advisor.calibration import Calibration, PlaceboCount, Shocks, rate_rows
from ipscausal.advisor.posterior import Posterior, posterior
from ipscausal.advisor.simulate import Progress, rejections, world
from ipscausal.advisor.untreated import masked, untreated
from ipscausal.errors import UsageError
from ipscausal.inference import METHODS, Options, guide
from ipscausal.panel import Panel

# effects tried where none are named, as multiples of the coefficient's standard deviation
EFFECTS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5, 6.0)
POWER_EVERY = 4
DRAWS = 2000
TRIAL_DRAWS = 999


def calibrate(
    panel: Panel,
    methods: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    options: Options | None = None,
    effects: Sequence[float] | None = None,
    anticipation: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
) -> Calibration:
    """False-positive rate and power of methods for the average effect, on simulated copies of the panel.

    methods: names of `ipscausal.inference.METHODS`; those of the decision guide unless given. Methods that cannot be
    calibrated are left out of the guide's, and refused when named. effects: sizes at which power is simulated, in the
    outcome's unit. Outcomes of the treated from adoption on are masked before anything is computed. progress is told
    (done, total) data sets.
    Raises UsageError for unknown methods and too few draws, IdentificationError as `did` and where untreated cells are
    too few to judge shocks by.
    """
    options = options or Options()
    # a distribution sampled anew for every data set need not be as fine as one that is printed
    trying = replace(options, draws=min(options.draws, TRIAL_DRAWS))
    if draws < 100:
        raise UsageError(
            f"draws={draws} is too few to judge a rate by", remedy="use at least 100 (2,000 is the default)"
        )
    hidden = masked(panel, anticipation)
    fit = estimators.did(hidden, anticipation)
    shocks = posterior(fit, 0, untreated(fit.panel, anticipation))
    names = _named(methods) if methods is not None else calibrated(guide(fit)[0].names)
    trials = {name: prepare(fit, 0, trying) for name in names if (prepare := METHODS[name].prepare) is not None}
    sizes = np.array(sorted(map(abs, effects))) if effects else typical(shocks) * np.array(EFFECTS)
    drawn = world(shocks, draws, options.seed)
    run = rejections(
        fit, 0, drawn, trials, sizes, 1 - options.level, power_every=POWER_EVERY, threads=threads, progress=progress
    )
    space, time = placebos(hidden, names, trying, anticipation)
    rows = rate_rows(names, run.null, run.found, sizes, run.undefined, space, time)
    per_method = next(iter(run.found.values())).shape[1] if run.found else 0
    return Calibration(
        rows, fit.terms[0].name, panel.outcome, panel.unit, options.level, draws, per_method, options.seed,
        described(shocks),
    )  # fmt: skip


def calibrated(names: Sequence[str]) -> tuple[str, ...]:
    """Those of the methods that can be calibrated."""
    return tuple(name for name in names if METHODS[name].prepare is not None)


def typical(shocks: Posterior) -> float:
    """Standard deviation of the coefficient over the posterior: root of its mean variance, outer 5 % cut off."""
    inside = shocks.index <= shocks.quantile(shocks.index, 0.95)
    return float(np.sqrt((shocks.weight * shocks.index**2)[inside].sum() / shocks.weight[inside].sum()))


def described(shocks: Posterior) -> Shocks:
    """Posterior means and the middle 80 %."""
    sigma, rho = shocks.sigma, shocks.rho
    return Shocks(
        float((shocks.weight * sigma).sum()), shocks.quantile(sigma, 0.1), shocks.quantile(sigma, 0.9),
        float((shocks.weight * rho).sum()), shocks.quantile(rho, 0.1), shocks.quantile(rho, 0.9), shocks.noise,
    )  # fmt: skip


def placebos(
    hidden: Panel, names: Sequence[str], options: Options, anticipation: int
) -> tuple[dict[str, PlaceboCount], dict[str, PlaceboCount]]:
    """Placebo counts in space and in time by method, from a masked panel."""
    space = list(placebo.in_space(hidden, anticipation, options.seed))
    time = list(placebo.in_time(hidden, anticipation))
    return placebo.counts(space, names, options), placebo.counts(time, names, options)


def _named(methods: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise UsageError(f"no method {unknown[0]!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    fixed = [name for name in methods if METHODS[name].prepare is None]
    if fixed:
        able = ", ".join(calibrated(tuple(METHODS)))
        raise UsageError(f"{fixed[0]} cannot be calibrated", remedy=f"those that can: {able}")
    return tuple(dict.fromkeys(methods))
