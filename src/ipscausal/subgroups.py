"""Subgroups: the panels of all levels of one dimension, and how the means of two levels vary together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.panel import FloatArray, Panel

UNKNOWN = "unknown"
"""The level of persons about whom nothing is known: counted, so that levels sum to the whole, and never interpreted."""


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups:
    """K levels of a dimension, each with a panel over the same G municipalities and T years.

    covariance: (K, K, G, T, T) sampling covariance of the mean of one level in the first year and of another in the
    second, from the persons who change level; blocks of a level with itself are its panel's `mean_covariance`. None
    where it is not known.
    """

    dimension: str
    levels: tuple[str, ...]
    panels: tuple[Panel, ...]
    covariance: FloatArray | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for panels that are not of the same municipalities, years, adoption and outcome."""
        if len(self.levels) != len(self.panels) or len(set(self.levels)) < len(self.levels) or not self.levels:
            raise UsageError(f"{self.dimension}: one panel is needed for each of the levels {', '.join(self.levels)}")
        first = self.panels[0]
        for level, panel in zip(self.levels, self.panels, strict=True):
            same = (
                panel.municipality == first.municipality
                and np.array_equal(panel.years, first.years)
                and np.array_equal(panel.adoption, first.adoption)
                and (panel.outcome, panel.cluster) == (first.outcome, first.cluster)
            )
            if not same:
                raise UsageError(
                    f"{self.dimension}: the panel of {level!r} differs from that of {self.levels[0]!r} in its "
                    "municipalities, years, adoption or outcome",
                    remedy="make all panels from rows for the same municipalities and years; empty cells have weight 0",
                )
        k, (g, t) = len(self.levels), first.weight.shape
        if self.covariance is not None and self.covariance.shape != (k, k, g, t, t):
            raise UsageError(f"{self.dimension}: covariance has shape {self.covariance.shape}")

    @property
    def outcome(self) -> str:
        """Name of the outcome."""
        return self.panels[0].outcome

    @property
    def interpreted(self) -> tuple[int, ...]:
        """Positions of the levels that stand for something, and that hold anybody."""
        return tuple(
            k
            for k, (level, panel) in enumerate(zip(self.levels, self.panels, strict=True))
            if level != UNKNOWN and panel.observed.any()
        )

    def panel(self, level: str) -> Panel:
        """The panel of one level. Raises UsageError for another."""
        if level not in self.levels:
            raise UsageError(f"{self.dimension} has no level {level!r}", remedy=f"levels: {', '.join(self.levels)}")
        return self.panels[self.levels.index(level)]
