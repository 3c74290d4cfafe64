"""Treatment paths: when a municipality first leaves the dose it started with, in which direction, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

PROBLEMS = 5  # municipalities named in an error
Crossing = Literal["drop", "keep"]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """G municipalities over S consecutive calendar years, of which the panel may hold some only.

    column: (T,) position of the panel's years among the S. usable: (G, S) cells with an outcome that the paths allow.
    weight, mean: (G, S), zero where there is no cell. dose: (G, S), the last known one where a year has no cell.
    first: (G,) position of the adoption year, inf = never; baseline: (G,) the dose before it; direction: (G,) 1.0 for
    doses above the baseline from then on, -1.0 for doses below.
    """

    column: IntArray
    usable: BoolArray
    weight: FloatArray
    mean: FloatArray
    dose: FloatArray
    first: FloatArray
    baseline: FloatArray
    direction: FloatArray


def treatment_paths(panel: Panel, crossing: Crossing) -> Paths:
    """The paths of `panel.dose`, or of the step from adoption on where the panel has no dose.

    crossing: "drop" leaves out the years of a municipality from the one on in which its dose has been both above and
    below its baseline (no sign of its effect is then defined), "keep" uses them.
    Raises IdentificationError where the dose changes before the adoption year or without one.
    """
    column = (panel.years - panel.years[0]).astype(np.int64)
    shape = len(panel.municipality), int(column[-1]) + 1
    observed, weight, mean, received = np.zeros(shape, dtype=bool), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    observed[:, column], weight[:, column] = panel.observed, panel.weight
    mean[:, column] = np.nan_to_num(panel.mean)
    received[:, column] = panel.exposed if panel.dose is None else panel.dose
    dose = _carried(received, observed)
    first = panel.adoption - panel.years[0]
    before = np.arange(shape[1]) < first[:, None]
    baseline = dose[:, 0]
    early = (observed & before & (dose != baseline[:, None])).any(axis=1)
    if early.any():
        named = [panel.municipality[g] for g in np.flatnonzero(early)[:PROBLEMS]]
        raise IdentificationError(
            f"the dose of {int(early.sum())} municipalities changes before their adoption year",
            problems=tuple(f"{code}: more than one dose before adoption" for code in named),
            remedy="leave the adoption year out of Panel.from_frame: it is then the first year of another dose",
        )
    away = np.where(before | ~observed, 0.0, dose - baseline[:, None])
    usable = observed
    if crossing == "drop":
        above, below = np.logical_or.accumulate(away > 0, axis=1), np.logical_or.accumulate(away < 0, axis=1)
        usable = observed & ~(above & below)
    direction = np.where(np.where(usable, away, 0.0).sum(axis=1) < 0, -1.0, 1.0)
    return Paths(column, usable, weight, mean, dose, first, baseline, direction)


def _carried(values: FloatArray, known: BoolArray) -> FloatArray:
    """(G, S) values with the last known one in years without, the first known one before it."""
    position = np.where(known, np.arange(known.shape[1]), -1)
    last = np.maximum.accumulate(position, axis=1)
    start = np.argmax(known, axis=1)
    return np.take_along_axis(values, np.where(last < 0, start[:, None], last), axis=1)
