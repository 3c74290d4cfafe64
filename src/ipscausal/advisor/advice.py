"""What the advisor hands on: the choice, what it weighed, and the digest that fixes both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ipscausal.advisor.calibration import Calibration
from ipscausal.advisor.diagnostics import Diagnostic
from ipscausal.advisor.posterior import Posterior
from ipscausal.inference import Choice

Reason = Literal["undefined", "floor", "df", "leverage", "shocks", "invalid", "rate", "not_calibrated"]
Decision = Literal["calibration", "counts", "plan"]

WHY: Mapping[str, str] = {
    "undefined": "gives no p-value on this design",
    "floor": "cannot reach the level: its smallest p lies above it",
    "df": "rests on fewer than 4 degrees of freedom",
    "leverage": "judges by residuals, and one cluster carries the coefficient",
    "shocks": "takes the persons as the only source of chance",
    "invalid": "is known to fail on a design with these sizes and counts",
    "rate": "rejects too often where there is no effect",
    "not_calibrated": "cannot be calibrated",
}
HOW: Mapping[str, str] = {
    "calibration": "calibration on untreated outcomes",
    "counts": "the decision guide, from counts",
    "plan": "the study, beforehand",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method that was weighed. reason: why it was dropped, None where it was kept; interval: whether it gives one.

    false_positive_rate, rate_high: as calibrated; power: mean over the effects tried; None where not calibrated.
    """

    method: str
    reason: Reason | None
    interval: bool
    false_positive_rate: float | None
    rate_high: float | None
    power: float | None

    @property
    def kept(self) -> bool:
        """Calibrated and not dropped."""
        return self.reason is None and self.false_positive_rate is not None


@dataclass(frozen=True, slots=True)
class Advice:
    """choice: for `did(panel, choice=advice.choice)`; candidates in the order weighed.

    calibration: None where the guide decided from counts. decided_on: "calibration", "counts" or "plan". digest:
    SHA-256 of facts, candidates, rates, seed and choice. diagnostics: those of the design.
    facts: what was known beforehand; shocks: what untreated cells say of them, None where they are too few.
    """

    choice: Choice
    candidates: tuple[Candidate, ...]
    calibration: Calibration | None
    diagnostics: tuple[Diagnostic, ...]
    decided_on: Decision
    digest: str
    facts: Mapping[str, Any]
    shocks: Posterior | None

    def summary(self) -> str:
        """A short text: the choice, why the others were not chosen, and the digest."""
        lines = [
            f"primary {self.choice.primary}, companion {self.choice.companion}, decided by {HOW[self.decided_on]}",
            *(f"  {_line(one)}" for one in self.candidates),
            f"digest {self.digest}",
        ]
        return "\n".join(lines)


def _line(one: Candidate) -> str:
    rate = "" if one.false_positive_rate is None else f" {one.false_positive_rate:.1%} false positives,"
    power = "" if one.power is None else f" mean power {one.power:.0%}"
    why = f": {WHY[one.reason]}" if one.reason is not None else ""
    return f"{one.method}:{rate}{power}{why}"
