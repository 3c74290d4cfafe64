"""How the answer varies over every declared way of asking for it (Simonsohn, Simmons and Nelson 2020).

Shares of agreement are over specifications that give an estimate, the main one not counted: it agrees with itself.
Agreement in verdict: the interval says the same of zero (above, below, or not told apart from it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import Inference
from ipscausal.sensitivity.check import interval
from ipscausal.sensitivity.subject import Judge

Side = Literal["above", "below", "not told apart"]


@dataclass(frozen=True, slots=True, eq=False)
class Specification:
    """One way of asking. choices: dimension -> what was chosen. estimate: None where it could not be estimated."""

    name: str
    choices: Mapping[str, str]
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class SpecificationRow:
    """A specification with its estimate and primary interval; None where there is none. side: of zero."""

    name: str
    choices: Mapping[str, str]
    estimator: str
    unit: str
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    method: str
    side: Side | None
    is_main: bool


@dataclass(frozen=True, slots=True)
class SpecificationCurve:
    """rows: by estimate, those without one last. main: name of the main specification.

    same_sign, same_verdict: shares of the others that agree with it, None without others. median, lowest, highest:
    over all estimates in the main one's unit. count: specifications with an estimate; unjudged: those without interval.
    """

    rows: tuple[SpecificationRow, ...]
    main: str
    same_sign: float | None
    same_verdict: float | None
    median: float
    lowest: float
    highest: float
    count: int
    unjudged: int


def specification_curve(
    specifications: Sequence[Specification], judge: Judge, main: str | None = None
) -> SpecificationCurve:
    """The curve of the first coefficient of every specification.

    judge: the primary row of an estimate. main: name of the main specification, the first by default.
    Raises UsageError for names given twice or unknown, choices of different dimensions, or a main one without estimate.
    """
    names = [one.name for one in specifications]
    chosen = names[0] if main is None and names else main
    if chosen not in names or len(set(names)) < len(names):
        raise UsageError(
            f"{len(names)} specifications need names of their own, {chosen!r} among them",
            remedy="name every specification once, and one of them as the main one",
        )
    dimensions = {tuple(sorted(one.choices)) for one in specifications}
    if len(dimensions) > 1:
        raise UsageError(
            "specifications must choose in the same dimensions",
            problems=tuple(", ".join(one) or "no choices" for one in sorted(dimensions)),
        )
    rows = [_row(one, judge, one.name == chosen) for one in specifications]
    first = next(row for row in rows if row.is_main)
    if first.estimate is None:
        raise UsageError(f"the main specification {chosen!r} has no estimate", remedy="choose another as the main one")
    ordered = sorted(rows, key=lambda row: np.inf if row.estimate is None else row.estimate)
    known = [row for row in rows if row.estimate is not None]
    alike = [row.estimate for row in known if row.estimate is not None and row.unit == first.unit]
    others = [row for row in known if not row.is_main]
    judged = [row for row in others if row.side is not None]
    same_sign = [np.sign(row.estimate or 0.0) == np.sign(first.estimate) for row in others]
    return SpecificationCurve(
        rows=tuple(ordered),
        main=first.name,
        same_sign=float(np.mean(same_sign)) if others else None,
        same_verdict=float(np.mean([row.side == first.side for row in judged])) if judged and first.side else None,
        median=float(np.median(alike)),
        lowest=min(alike),
        highest=max(alike),
        count=len(known),
        unjudged=sum(row.side is None for row in known),
    )


def _row(one: Specification, judge: Judge, is_main: bool) -> SpecificationRow:
    if one.estimate is None:
        return SpecificationRow(one.name, one.choices, "", "", None, None, None, "", None, is_main)
    row = judge(one.estimate)
    low, high = interval(row) or (None, None)
    return SpecificationRow(
        one.name,
        one.choices,
        one.estimate.estimator,
        one.estimate.panel.unit,
        float(one.estimate.coef[0]),
        low,
        high,
        row.method,
        _side(row),
        is_main,
    )


def _side(row: Inference) -> Side | None:
    ends = interval(row)
    if ends is None:
        return None
    return "above" if ends[0] > 0 else "below" if ends[1] < 0 else "not told apart"
