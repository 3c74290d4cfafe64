"""How sure the answer is, in one grade read off the released numbers, and the words that the grade allows.

Nothing here claims more than the design bears: a number that has no interval, that moved before the start or whose
interval holds zero is never a finding; one that leaves zero out is firm only where a second method and the checks
agree.
"""

from __future__ import annotations

from typing import Literal

from ipscausal.report.released import Released, Row
from ipscausal.report.said import Numbers, Said, has_interval

Grade = Literal["no_interval", "apart", "open", "fragile", "agrees"]
BREAKDOWNS = ("breakdown_sd", "breakdown_ratio", "breakdown_lau_li")
BEFORE_THE_START = ("pretrend_power", "placebo_dates", "anticipation")
"""Questions of checks that ask whether the arms moved alike before the start."""
WARNING = ("amber", "red")
TESTED = ("ok", "conservative")
"""Statuses of a test that can reject."""


def in_plain_words(numbers: Numbers) -> dict[str, Said]:
    """The lines on certainty and on use."""
    primary = numbers.released.effect(numbers.released.outcome)
    if primary is None:
        return {}
    found = grade(numbers.released)
    bounds = numbers.shown(low=primary["conf_low"], high=primary["conf_high"], cautious=_cautious(primary))
    told = {
        **numbers.common,
        **bounds,
        "why": [numbers.words.raw(f"certainty.why_{why}") for why in doubts(numbers.released)],
    }
    lines: dict[str, Said] = {}
    for line in ("certainty", "use"):
        whole, short = (numbers.words.text(f"{group}.{found}", **told) for group in (line, f"{line}.short"))
        lines[line] = (whole,), (short,)
    return lines


def grade(released: Released) -> Grade:
    """The grade of the primary effect, which has an estimate that may leave."""
    primary = released.effect(released.outcome)
    if primary is None or not has_interval(primary) or primary["status"] not in TESTED:
        return "no_interval"
    if apart(released):
        return "apart"
    if not _leaves_zero_out(primary, released.level):
        return "open"
    return "fragile" if doubts(released) else "agrees"


def doubts(released: Released) -> tuple[str, ...]:
    """What stands against an interval without zero, by the catalogue's names."""
    companion = released.effect(released.outcome, "companion")
    checks = released.rows("sensitivity", outcome=released.outcome)
    found = {
        "companion": companion is None
        or not has_interval(companion)
        or companion["status"] not in TESTED
        or not _leaves_zero_out(companion, released.level),
        "inseparable": inseparable(released),
        "checks": any(row["verdict"] == "not passed" for row in checks),
        "unchecked": not any(row["verdict"] == "passed" and row["question"] in BEFORE_THE_START for row in checks),
        "rate": _finds_too_often(released),
        "estimators": any(row["differs"] == "yes" for row in released.rows("estimators", outcome=released.outcome)),
    }
    return tuple(name for name, stands in found.items() if stands)


def apart(released: Released) -> tuple[Row, ...]:
    """The checks that found the arms moving apart before the start: then no interval says what the programme did."""
    rows = released.rows("sensitivity", outcome=released.outcome)
    return tuple(row for row in rows if row["verdict"] == "not passed" and row["question"] in BEFORE_THE_START)


def inseparable(released: Released) -> bool:
    """Whether yearly shocks of a size that this panel may have could make the effect."""
    breakdowns = [released.diagnostic(key) for key in BREAKDOWNS]
    return sum(row is not None and row["level"] in WARNING for row in breakdowns) >= 2


def _leaves_zero_out(row: Row, level: float) -> bool:
    """Interval and test agree that zero is out, and the test could have said so."""
    size = round(1 - level, 12)
    reachable = row["p_floor"] is None or row["p_floor"] < size
    return reachable and row["p_value"] < size and not row["conf_low"] <= 0 <= row["conf_high"]


def _finds_too_often(released: Released) -> bool:
    """Whether the primary method surely finds more effects in panels without any than its level allows."""
    rows = released.rows("calibration", outcome=released.outcome, role="primary")
    return any(row["rate_low"] is not None and row["rate_low"] > round(1 - released.level, 12) for row in rows)


def _cautious(primary: Row) -> float | None:
    """The end of the interval next to zero."""
    ends = [primary[name] for name in ("conf_low", "conf_high")]
    return None if None in ends else min(ends, key=abs)
