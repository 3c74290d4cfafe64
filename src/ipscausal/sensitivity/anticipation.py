"""Did the effect begin before the start?"""

from __future__ import annotations

from ipscausal.errors import UsageError
from ipscausal.sensitivity.check import Check
from ipscausal.sensitivity.placebo_dates import earlier_dates
from ipscausal.sensitivity.subject import Subject


def anticipation(subject: Subject, years: int = 2, name: str = "anticipation") -> Check:
    """The last 1, 2, .. `years` years before adoption against the years before them, without the years after.

    value: the largest of these effects. Raises UsageError without a year to ask about.
    """
    if years < 1:
        raise UsageError(f"anticipation of {years} years is none", remedy="ask about 1 year or more")
    return earlier_dates(subject, tuple(range(1, years + 1)), name, "anticipation")
