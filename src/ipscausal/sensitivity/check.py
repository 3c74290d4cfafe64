"""One attack on the answer, and by which rule it counts as withstood.

A check passes only if it could have failed. Three rules, for three kinds of question:

- something that must be zero (`of_placebos`): a placebo effect. Not passed when one is found (Bonferroni over several);
  passed when every interval rules out, in both directions, an effect as large as the estimate; else cannot tell: a
  bias as large as the whole effect would not have shown.
- the same question put otherwise (`of_alternative`): other municipalities, years, persons or definitions. Passed when
  the effect is found again on its own, the interval on the same side of zero; not passed when half the effect is ruled
  out; else cannot tell. Where the answer itself is "none shown", an alternative that shows one is not passed, and one
  that does not settles nothing.
- the same answer with a piece left out (`of_changes`): not passed when the effect changes by half or more, passed when
  every piece can be left out and none does that, cannot tell where the answer is "none shown" or a piece cannot be
  spared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from ipscausal.inference import Inference
from ipscausal.language import Catalogue, check_sentence
from ipscausal.panel import FloatArray

Verdict = Literal["passed", "not passed", "cannot tell"]
Question = Literal[
    "honest_did", "pretrend_power", "placebo_dates", "placebo_municipalities", "placebo_outcome", "placebo_population",
    "without_municipality", "without_year", "comparison_group", "anticipation", "window", "years_excluded",
    "break_year", "movers", "baseline_cohort", "outcome_definition", "spillover",
]  # fmt: skip
QUESTIONS: tuple[Question, ...] = get_args(Question)
HALF = 0.5  # the share of the effect whose loss changes the answer


@dataclass(frozen=True, slots=True)
class Check:
    """One question put to the answer.

    name: what the study calls the check. question: which kind it is. value, low, high: the number it turns on, with its
    interval where it has one. values: the other numbers of its sentences.
    """

    name: str
    question: Question
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    values: Mapping[str, float | int | str | None] = field(default_factory=dict)


def sentence(check: Check, words: Catalogue, scale: float = 1.0) -> str:
    """What the check found, in the language of the catalogue; effects are multiplied by `scale` for display."""
    numbers = {"value": check.value, "low": check.low, "high": check.high, **check.values}
    return check_sentence(words, check.question, check.verdict, numbers, check.name, scale)


def interval(row: Inference | None) -> tuple[float, float] | None:
    """The interval of a row, None where it has none that means anything."""
    if row is None:
        return None
    shown = row.hidden
    if shown.conf_low is None or shown.conf_high is None or shown.estimate is None:
        return None
    return shown.conf_low, shown.conf_high


def excludes_zero(row: Inference | None) -> bool:
    """Whether the interval lies on one side of zero; False without an interval."""
    ends = interval(row)
    return ends is not None and (ends[0] > 0 or ends[1] < 0)


def of_placebos(rows: Sequence[Inference | None], size: float | Sequence[float]) -> Verdict:
    """The verdict on effects that must be zero; size: an effect that matters, above 0, of all or of each."""
    found = [row.hidden for row in rows if row is not None]
    p_values = [row.p_value for row in found if row.p_value is not None]
    if any(p <= (1 - found[0].level) / len(rows) for p in p_values):
        return "not passed"
    ends = [interval(row) for row in rows]
    sizes = [size] * len(rows) if isinstance(size, float | int) else size
    sharp = all(pair is not None and -own < pair[0] and pair[1] < own for pair, own in zip(ends, sizes, strict=True))
    return "passed" if ends and sharp else "cannot tell"


def of_alternative(main: Inference, other: Inference | None, size: float) -> Verdict:
    """The verdict on the same question put otherwise; size: the estimate in the other's unit (see the module)."""
    ends = interval(other)
    if ends is None or main.estimate is None:
        return "cannot tell"
    if not excludes_zero(main):
        return "not passed" if excludes_zero(other) else "cannot tell"
    low, high = ends if main.estimate > 0 else (-ends[1], -ends[0])
    if high < HALF * size:
        return "not passed"
    return "passed" if low > 0 else "cannot tell"


def of_changes(main: Inference, estimates: FloatArray) -> Verdict:
    """The verdict on estimates (n,) with a piece left out each, NaN where it cannot be spared (see the module)."""
    if not excludes_zero(main) or main.estimate is None or not len(estimates):
        return "cannot tell"
    change = np.abs(estimates / main.estimate - 1)
    if np.nanmax(change, initial=0.0) >= HALF:
        return "not passed"
    return "passed" if np.isfinite(change).all() else "cannot tell"
