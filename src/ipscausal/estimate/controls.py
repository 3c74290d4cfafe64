"""Columns of a regression beside its terms, person covariates and years, and what is absorbed per municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel, read_only

Absorbed = Literal["none", "effects", "trends"]
"""What each municipality has of its own: nothing, a constant, or a constant and a linear trend over the years."""

NO_COVARIATE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """e columns, of a person with covariates x in cell (g, t): constant[g, t] + slope[g, t] * x[covariate].

    names: e. constant, slope: (G, T, e). covariate: (e,) position among the panel's person covariates,
    NO_COVARIATE where the column is the same for all persons of a cell (its slope is then not read).
    """

    names: tuple[str, ...]
    constant: FloatArray
    slope: FloatArray
    covariate: IntArray
    absorbed: Absorbed = "effects"

    def __post_init__(self) -> None:
        read_only(self)

    @property
    def of_cells(self) -> IntArray:
        """Positions of the columns that are the same for all persons of a cell."""
        return np.flatnonzero(self.covariate == NO_COVARIATE)

    @property
    def of_persons(self) -> IntArray:
        """Positions of the columns that a person covariate is part of."""
        return np.flatnonzero(self.covariate != NO_COVARIATE)

    def cells_only(self) -> Controls:
        """The same without columns of person covariates."""
        return self.at(self.of_cells)

    def at(self, keep: IntArray | BoolArray) -> Controls:
        """The columns at these positions."""
        keep = np.arange(len(self.names))[keep]
        return Controls(
            tuple(self.names[i] for i in keep),
            self.constant[..., keep],
            self.slope[..., keep],
            self.covariate[keep],
            self.absorbed,
        )


def no_controls(panel: Panel, absorbed: Absorbed = "effects") -> Controls:
    """No column: terms, covariates and years only."""
    none = np.zeros((*panel.weight.shape, 0))
    return Controls((), none, none, np.zeros(0, dtype=np.int64), absorbed)


def cell_controls(names: tuple[str, ...], columns: FloatArray, absorbed: Absorbed = "effects") -> Controls:
    """Columns (G, T, e) that are the same for all persons of a cell."""
    return Controls(names, columns, np.zeros_like(columns), np.full(len(names), NO_COVARIATE, dtype=np.int64), absorbed)


def joined(first: Controls, second: Controls) -> Controls:
    """Both sets of columns; what is absorbed is that of the first."""
    return Controls(
        first.names + second.names,
        np.concatenate([first.constant, second.constant], axis=2),
        np.concatenate([first.slope, second.slope], axis=2),
        np.concatenate([first.covariate, second.covariate]),
        first.absorbed,
    )


def basis(years: IntArray, absorbed: Absorbed) -> FloatArray:
    """(T, d) what is absorbed per municipality as functions of the year, orthogonal on a balanced panel."""
    t = len(years)
    if absorbed == "none":
        return np.zeros((t, 0))
    if absorbed == "effects":
        return np.ones((t, 1))
    centred = years - years.mean()
    return np.column_stack([np.ones(t), centred / max(np.abs(centred).max(), 1.0)])
