"""Choices that every method reads from one place."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from numbers import Integral, Real
from typing import Any, Literal, get_args

from ipscausal.errors import UsageError

TRIAL_DRAWS = 999  # sampled draws at most where a method is repeated over simulated data sets
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

    def __post_init__(self) -> None:
        """Raises UsageError naming every value that is not one."""
        problems = [
            said
            for wrong, said in (
                (not _number(self.level) or not 0.5 <= self.level <= 0.9999, f"level={self.level!r}: write 0.95"),
                (not _whole(self.draws) or self.draws < 1, f"draws={self.draws!r}: a whole number above 0"),
                (not _whole(self.seed) or self.seed < 0, f"seed={self.seed!r}: a whole number, 0 or above"),
                (not _number(self.shock_ratio) or not 0 <= self.shock_ratio < inf,
                 f"shock_ratio={self.shock_ratio!r}: 0 or above, 1 for equal shocks"),
                (self.estimand not in get_args(Estimand), f"estimand={self.estimand!r}: person, equal or precision"),
                (self.signs is not None and self.signs not in get_args(Signs),
                 f"signs={self.signs!r}: rademacher, webb or None"),
            )
            if wrong
        ]  # fmt: skip
        if problems:
            raise UsageError("inference was asked something it cannot do", problems=tuple(problems))

    @property
    def shocks_in_words(self) -> str:
        """How large the treated municipalities' shocks are taken to be, to follow "those of the treated"."""
        return "no larger" if self.shock_ratio == 1 else f"{self.shock_ratio:g} times as large"


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
