"""Effects of first switches, their placebos and the average total effect per unit of dose, as an `Estimate`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import clusters, effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.switching.comparisons import Comparison, Horizon, Kind, horizon
from ipscausal.estimate.switching.paths import Crossing, Paths, treatment_paths
from ipscausal.panel import BoolArray, FloatArray, Panel

AVERAGE = "average_total_effect"
Normalized = Literal["no", "yes"]
Switchers = Literal["all", "in", "out"]
Composition = Literal["each", "same"]


@dataclass(frozen=True, slots=True)
class _Row:
    """One coefficient: weighted sums of switchers, divided by `scale`; who is behind it."""

    term: Term
    cell_weights: FloatArray
    deviations: FloatArray
    scale: float
    switchers: BoolArray


def switching(
    panel: Panel,
    *,
    effects: int | None = None,
    placebos: int | None = None,
    normalized: Normalized = "no",
    comparison: Comparison = "not yet switched",
    switchers: Switchers = "all",
    composition: Composition = "each",
    crossing: Crossing = "drop",
) -> Estimate:
    """Effects by time since the first switch, for treatments that switch on and off or are graded.

    The path is `panel.dose`, or the step at adoption without one. Terms: event_-l (placebos), event_0, event_1, ... and
    average_total_effect. event_{l-1} is the effect of l years on the path taken at the switch, against staying at the
    dose before it; the average total effect is their sum over switchers and years, per unit of dose received in them.
    effects, placebos: at most so many, by default all that have a comparison. Placebo l needs effect l.
    normalized "yes": each effect per unit of dose summed over the years since the switch.
    comparison: municipalities with the same first dose "not yet switched" in that year, or "never switched".
    switchers: "all", to a higher dose ("in") or to a lower one ("out"). composition "same": only switchers for whom
    every effect exists. crossing: see `treatment_paths`.
    Contributions follow the variance of did_multiplegt_dyn, conservative because it is taken within cohorts, and sum to
    zero except where a cohort of one is held against the mean of cohort and comparison. With a step that is never
    undone the effects equal the event study of Callaway & Sant'Anna with the not yet treated as comparison.

    Source: de Chaisemartin & D'Haultfoeuille (2024), Difference-in-differences estimators of intertemporal treatment
    effects, Review of Economics and Statistics. Raises UsageError for an unknown option and for person covariates,
    IdentificationError without a switcher that has a comparison.
    """
    for value, choices in (
        (normalized, Normalized), (comparison, Comparison), (switchers, Switchers), (composition, Composition),
        (crossing, Crossing),
    ):  # fmt: skip
        if value not in get_args(choices):
            raise UsageError(f"{value!r} is not known", remedy="use " + " or ".join(map(repr, get_args(choices))))
    if panel.covariates:
        raise UsageError("switching does not adjust for person covariates", remedy="build the panel without them")
    refit = partial(
        switching, effects=effects, placebos=placebos, normalized=normalized, comparison=comparison,
        switchers=switchers, composition=composition, crossing=crossing,
    )  # fmt: skip
    seen: BoolArray = np.asarray(panel.observed.any(axis=1))
    left_out = {} if seen.all() else {"empty": tuple(str(code) for code in np.array(panel.municipality)[~seen])}
    panel = panel.select(seen)
    paths = treatment_paths(panel, crossing)
    eligible = np.isfinite(paths.first)
    if switchers != "all":
        eligible &= paths.direction == (1.0 if switchers == "in" else -1.0)
    after = _horizons(panel, paths, "effect", effects, comparison, eligible)
    if composition == "same" and after:
        eligible = np.logical_and.reduce([one.switchers for one in after.values()])
        after = _horizons(panel, paths, "effect", effects, comparison, eligible)
    if not after:
        raise IdentificationError(
            "no municipality changes its dose while another with the same first dose keeps it",
            remedy="look at the doses of the first year: graded ones may have to be rounded into a few levels",
        )
    before = _horizons(panel, paths, "placebo", placebos, comparison, eligible)
    ever = np.logical_or.reduce([one.switchers for one in after.values()])
    one_way = bool((paths.direction[ever] > 0).all()) and len(np.unique(paths.baseline)) == 1
    rows = _rows(before, after, normalized, one_way)
    scale = np.array([row.scale for row in rows])
    if np.any(scale <= 0):
        raise IdentificationError(
            "the switchers received no dose in these years", remedy='use normalized="no", or check the adoption years'
        )
    weights = np.stack([row.cell_weights for row in rows])[:, :, paths.column] / scale[:, None, None]
    estimate = effects_from_weights(
        "switching", panel, Design(tuple(row.term for row in rows), Term("event_-1", -1, -1, -1, "-1")), weights,
        np.stack([row.deviations for row in rows], axis=1) / scale,
        refit=refit, cells=panel.without((weights == 0).all(axis=0)), left_out=left_out,
    )  # fmt: skip
    behind = [len(np.unique(estimate.cluster_of[row.switchers])) for row in rows]
    return replace(estimate, n_treated=np.array(behind, dtype=np.int64))


def _horizons(
    panel: Panel, paths: Paths, kind: Kind, most: int | None, comparison: Comparison, eligible: BoolArray
) -> dict[int, Horizon]:
    """By number, those that have a switcher with a comparison."""
    cluster_of = clusters(panel)[1]
    longest = paths.usable.shape[1] - 1
    numbers = range(1, (longest if most is None else min(most, longest)) + 1)
    found = {lag: horizon(paths, lag, kind, comparison, eligible, cluster_of) for lag in numbers}
    return {lag: one for lag, one in found.items() if one.switchers.any()}


def _rows(before: dict[int, Horizon], after: dict[int, Horizon], normalized: Normalized, one_way: bool) -> list[_Row]:
    """Placebos from the earliest event time on, effects, and the average total effect.

    one_way: all leave the same dose in the same direction.
    """
    dated = [(-1 - lag, one) for lag, one in reversed(before.items())] + [(lag - 1, one) for lag, one in after.items()]
    rows = [_row(f"event_{time}", time, time, [one], one.path if normalized == "yes" else one.total, one_way)
            for time, one in dated]  # fmt: skip
    effects = list(after.values())
    average = _row(AVERAGE, None, max(after) - 1, effects, sum(one.dose for one in effects), one_way)
    return [*rows, average]


def _row(name: str, time: int | None, last: int, horizons: list[Horizon], scale: float, one_way: bool) -> _Row:
    mean = one_way and np.isclose(scale, sum(one.total for one in horizons), rtol=1e-12, atol=0)
    term = Term(
        name, time, 0 if time is None else time, last, "" if time is None else str(time),
        form="mean" if mean else "combination",
    )  # fmt: skip
    return _Row(
        term,
        np.sum([one.cell_weights for one in horizons], axis=0),
        np.sum([one.deviations for one in horizons], axis=0),
        scale,
        np.logical_or.reduce([one.switchers for one in horizons]),
    )
