"""Work-years: effect in workdays x persons / workdays of one work-year, the interval carried through.

The published pair 5.6 and 10.5 workdays with N = 521 and D = 230 gives 12.7 and 23.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipscausal.outcomes import is_workdays
from ipscausal.panel import Panel
from ipscausal.study import WorkYears

_COLUMNS = {"estimate": "work_years", "conf_low": "work_years_low", "conf_high": "work_years_high"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """N persons in a calendar year and D workdays in a work-year; only workdays convert."""

    persons: float
    days_per_work_year: float
    period: str

    def columns(self, row: Mapping[str, Any]) -> dict[str, float | None]:
        """work_years, work_years_low, work_years_high of a row of workdays; None for other outcomes and no number."""
        if not is_workdays(row["outcome"]) or row["unit"] != "days":
            return dict.fromkeys(_COLUMNS.values())
        return {
            ours: None if row[theirs] is None else row[theirs] * self.persons / self.days_per_work_year
            for theirs, ours in _COLUMNS.items()
        }


def conversion(panel: Panel, choice: WorkYears) -> Conversion:
    """N of the study: a number it names, or the mean over exposed years of the treated recipients.

    That mean is rounded half up to whole persons before anything is multiplied: the printed N is the N used.
    """
    if isinstance(choice.persons, str):
        in_year = (panel.persons * panel.exposed).sum(axis=0)
        persons = float(np.floor(in_year[in_year > 0].mean() + 0.5)) if (in_year > 0).any() else 0.0
    else:
        persons = choice.persons
    return Conversion(persons, choice.days_per_work_year, choice.period)
