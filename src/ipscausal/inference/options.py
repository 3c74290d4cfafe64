"""Choices that every method reads from one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Estimand = Literal["person", "equal", "precision"]
Signs = Literal["rademacher", "webb"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a method may be asked, with the defaults of the package; each reads the fields that concern it.

    level: of intervals. draws, seed: where a distribution is sampled rather than enumerated.
    shock_ratio: shocks of the treated municipalities relative to those of the comparison (standard deviations).
    estimand: how treated municipalities are weighted where a method can choose: by persons, equally, by precision.
    signs: bootstrap weights, None = Rademacher, with fewer than eight clusters Webb's six points.
    strata: cluster label -> stratum; treatment is re-assigned within strata only.
    """

    level: float = 0.95
    draws: int = 9999
    seed: int = 20261121
    shock_ratio: float = 1.0
    estimand: Estimand = "person"
    signs: Signs | None = None
    strata: tuple[tuple[str, str], ...] | None = None

    @property
    def shocks_in_words(self) -> str:
        """How large the treated municipalities' shocks are taken to be, to follow "those of the treated"."""
        return "no larger" if self.shock_ratio == 1 else f"{self.shock_ratio:g} times as large"
