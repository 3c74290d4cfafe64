"""The dose of a municipality: one number for the years from its adoption on."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import FloatArray, Panel

DoseOf = Literal["mean", "first", "largest"]
NAMED = 5  # municipalities named in an error


def cell_doses(panel: Panel) -> FloatArray:
    """(G, T) the dose, or the 0/1 step at adoption where the panel has none."""
    return panel.exposed if panel.dose is None else panel.dose


def municipality_doses(panel: Panel, dose_of: DoseOf) -> FloatArray:
    """(G,) mean, first or largest dose over observed years from adoption on; 0 for the never treated.

    Raises IdentificationError where there is a dose before adoption: years are then not compared with none.
    """
    dose, after = cell_doses(panel), panel.observed & (panel.exposed > 0)
    early = (panel.observed & ~after & (dose != 0)).any(axis=1)
    if early.any():
        named = [panel.municipality[g] for g in np.flatnonzero(early)[:NAMED]]
        raise IdentificationError(
            f"{int(early.sum())} municipalities have a dose before their adoption year, or without one",
            problems=tuple(f"{code}: dose other than 0" for code in named),
            remedy='use switching(panel), which starts from any dose, or form="two_way"',
        )
    count = after.sum(axis=1)
    if dose_of == "largest":
        return np.where(count > 0, np.where(after, dose, -np.inf).max(axis=1), 0.0)
    if dose_of == "first":
        return np.where(count > 0, np.take_along_axis(dose, after.argmax(axis=1)[:, None], axis=1)[:, 0], 0.0)
    return np.where(after, dose, 0.0).sum(axis=1) / np.maximum(count, 1)
