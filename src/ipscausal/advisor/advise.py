"""Which method to quote on this panel, decided on outcomes that no treatment can have touched, and fixed by a digest.

The candidates are those of the decision guide. One that gives no p-value on this design, cannot reach the level, rests
on too few degrees of freedom or judges by residuals where one cluster carries the coefficient is dropped; the others
are calibrated on copies of the panel without an effect. Among those that keep the level (false-positive rate at most
1.2 alpha on average and 1.5 alpha at the plausible worst) the one with the highest power is quoted, and beside it the
best that does without an assumption of the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ipscausal.advisor.advice import WHY, Advice, Candidate, Decision, Reason
from ipscausal.advisor.assumptions import ASSUMES, NO_SHOCKS, RESIDUAL, TIME_SERIES
from ipscausal.advisor.calibrate import DRAWS, Average, basis, calibrate
from ipscausal.advisor.calibration import Calibration, MethodCalibration
from ipscausal.advisor.diagnostics import of_design
from ipscausal.advisor.simulate import Progress
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Choice, Inference, Options, apply, conventional, guide
from ipscausal.inference.choose import MANY_TREATED
from ipscausal.inference.cluster.bias_reduced import FEW_DF
from ipscausal.inference.cluster.leverage import DOMINANT, leverage
from ipscausal.inference.row import unreachable
from ipscausal.panel import Panel

MEAN_LIMIT, WORST_LIMIT = 1.2, 1.5  # times alpha
TIE = 0.01  # difference in mean power that settles nothing
MEMBERS = {"sup_t": ("collapse", "collapse_n")}  # two of the intervals it is the union of: no second opinion
NEVER_QUOTED = ("undefined", "leverage", "shocks", "invalid")  # a plan does not make them valid
RANK = "ri"  # shown as a rank whatever it can reject
WEIGHED = ("sup_t", "collapse", "ri", "ri_size", "wcr_s", "cr2", "cr3", "hc1")


def advise(
    panel: Panel,
    *,
    draws: int = DRAWS,
    options: Options | None = None,
    anticipation: int = 0,
    average: Average | None = None,
    primary: str | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    calibration: Calibration | None = None,
) -> Advice:
    """The choice of methods for a panel, before its outcomes after adoption are looked at.

    Those outcomes are masked before anything is computed: changing them changes neither choice nor digest. average: the
    estimator of the one effect in question, two-way fixed effects by default. primary: a
    method fixed beforehand, which is then calibrated and not chosen. With draws = 0, and where untreated cells are too
    few to calibrate on, the decision guide chooses from counts. calibration: one made before of the same panel with
    the same draws, options and estimator, which is then not made again.
    Raises UsageError for an unknown method, IdentificationError as `did`.
    """
    options = options or Options()
    if primary is not None and primary not in METHODS:
        raise UsageError(f"no method {primary!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    known = basis(panel, anticipation, average)
    fit = known.fit
    counted = guide(fit)[0]
    weighed = WEIGHED if fit.n_treated[0] < MANY_TREATED and fit.is_two_way else ()
    names = tuple(dict.fromkeys([*([primary] if primary else []), *counted.names, *weighed]))
    rows = {name: apply(name, fit, options)[0] for name in names}
    if primary is not None and (wrong := _refused(rows[primary], fit)) in NEVER_QUOTED:
        raise UsageError(
            f"primary = {primary!r} cannot be quoted here: {WHY[wrong]}",
            remedy='leave it to the advisor (primary = "advise") or name a method that `ipscausal calibrate` keeps',
        )
    refused = {name: reason for name in names if (reason := _refused(rows[name], fit)) is not None}
    found = None
    if draws and known.shocks is not None:
        able = [name for name in names if refused.get(name) not in ("undefined", "not_calibrated")]
        found = calibration
        if found is None:
            found = calibrate(known, able, draws=draws, options=options, threads=threads, progress=progress)
    candidates = tuple(_candidate(rows[name], refused.get(name), found) for name in names)
    choice = _choose(counted, candidates, primary, conventional(fit)) if found is not None else _fixed(counted, primary)
    kept = found is not None and any(one.kept and one.method == choice.primary for one in candidates)
    decided: Decision = "plan" if primary is not None else "calibration" if kept else "counts"
    facts = _facts(fit)
    digest = _digest(facts, candidates, choice, decided, draws, options)
    beforehand = of_design(fit, 0, known.shocks, options)
    return Advice(choice, candidates, found, beforehand, decided, digest, facts, known.shocks)


def _refused(row: Inference, fit: Estimate) -> Reason | None:
    """What rules a method out whatever its false-positive rate; read off its row, of which only the design is used."""
    if METHODS[row.method].prepare is None:
        return "not_calibrated"
    if row.status == "not_identified":
        return "undefined"
    if unreachable(row.p_floor, row.level):
        return "floor"
    if NO_SHOCKS in ASSUMES.get(row.method, frozenset()):
        return "shocks"
    if row.method == "cr2" and row.df is not None and row.df < FEW_DF:
        return "df"
    if row.method in RESIDUAL and (fit.n_treated[0] == 1 or leverage(fit).partial[:, 0].max() > DOMINANT):
        return "leverage"
    return "invalid" if row.status == "known_invalid" else None


def _candidate(judged: Inference, refused: Reason | None, found: Calibration | None) -> Candidate:
    name, interval = judged.method, judged.conf_low is not None
    row = found.method(name) if found is not None else None
    if row is None or row.false_positive_rate is None or row.rate_high is None:
        undefined = found is not None and refused is None
        return Candidate(name, "undefined" if undefined else refused, interval, None, None, None)
    alpha = 1 - judged.level
    liberal = row.false_positive_rate > MEAN_LIMIT * alpha or row.rate_high > WORST_LIMIT * alpha
    reason: Reason | None = refused or ("rate" if liberal else None)
    return Candidate(name, reason, interval, row.false_positive_rate, row.rate_high, _mean_power(row))


def _mean_power(row: MethodCalibration) -> float:
    return float(np.mean(row.power))


def _choose(counted: Choice, candidates: Sequence[Candidate], primary: str | None, usual: str) -> Choice:
    """Highest power among the kept, ties to fewer assumptions; where none is kept the guide's choice stands."""
    # the conventional method is shown for comparison, not weighed against those that are meant for few clusters
    kept = [one for one in candidates if one.kept and one.method != usual]
    # what is quoted has an interval, since a rank alone says nothing about size, and speaks of the study's own estimand
    with_interval = [one for one in kept if one.interval]
    quotable = [one for one in with_interval if METHODS[one.method].about == "coefficient"] or with_interval
    first = primary or (_best(quotable).method if quotable else counted.primary)
    rest = [one for one in kept if one.method != first]
    others = [one for one in rest if one.interval and _different(one.method, first)]
    others = others or [one for one in rest if one.interval and one.method not in MEMBERS.get(first, ())]
    # where none keeps the level the guide's companion stands, or if that was dropped one that was not
    dropped = {one.method for one in candidates if one.reason not in (None, "floor")}
    remaining = [one.method for one in candidates if one.method not in dropped]
    fallback = [name for name in (counted.companion, counted.primary, *remaining) if name != first]
    second = _best(others).method if others else next((x for x in fallback if x not in dropped), fallback[0])
    ordered = sorted(rest, key=lambda one: -(one.power or 0.0))
    further = [one.method for one in ordered if one.method != second]
    seen = {one.method for one in candidates if one.reason != "undefined"}
    further += [name for name in (RANK, usual) if name in seen]
    return Choice(first, second, tuple(name for name in dict.fromkeys(further) if name not in (first, second)))


def _best(kept: Sequence[Candidate]) -> Candidate:
    highest = max(one.power or 0.0 for one in kept)
    near = [one for one in kept if (one.power or 0.0) >= highest - TIE]
    return min(near, key=lambda one: (len(ASSUMES.get(one.method, ())), -(one.power or 0.0)))


def _different(name: str, first: str) -> bool:
    """Whether a method does without something the first assumes; a model of time series is what to do without."""
    if name in MEMBERS.get(first, ()):
        return False
    own, theirs = ASSUMES.get(name, frozenset()), ASSUMES.get(first, frozenset())
    return TIME_SERIES not in own if TIME_SERIES in theirs else bool(theirs - own)


def _fixed(counted: Choice, primary: str | None) -> Choice:
    if primary is None or primary == counted.primary:
        return counted
    rest = tuple(name for name in counted.names if name != primary)
    return Choice(primary, rest[0], rest[1:])


def _facts(fit: Estimate) -> dict[str, Any]:
    """What is known before outcomes: counts, years, sizes."""
    panel = fit.panel
    sizes = fit.cells.persons[fit.cells.observed]
    return {
        "clusters": fit.n_clusters,
        "treated": fit.n_treated_clusters,
        "adoption": sorted(int(year) for year in panel.adoption[panel.treated]),
        "years": [int(year) for year in panel.years],
        "cells": int(fit.cells.observed.sum()),
        "persons": [round(float(value), 6) for value in np.quantile(sizes, (0, 0.5, 1))],
        "weighting": panel.weighting,
        "outcome": panel.outcome,
    }


def _digest(
    facts: dict[str, Any], candidates: Sequence[Candidate], choice: Choice, decided: Decision, draws: int,
    options: Options,
) -> str:  # fmt: skip
    """SHA-256 of what was decided and on what; rates in whole percent, so that rounding elsewhere changes nothing."""
    document = {
        "facts": facts,
        "candidates": [[one.method, one.reason, _percent(one.false_positive_rate)] for one in candidates],
        "choice": [choice.primary, choice.companion, list(choice.others)],
        "decided_on": decided,
        "draws": draws,
        "seed": options.seed,
        "level": round(options.level, 12),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _percent(rate: float | None) -> int | None:
    return None if rate is None else round(100 * rate)
