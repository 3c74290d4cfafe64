"""Work-years a year: effect in workdays x persons / workdays of one work-year, the interval carried through.

In a panel by quarter effect and persons are those of a quarter, and a year is four such quarters.

The published pair 5.6 and 10.5 workdays with N = 521 and D = 230 gives 12.7 and 23.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipscausal.outcomes import is_workdays
from ipscausal.panel import Panel
from ipscausal.periods import PERIODS_IN_A_YEAR
from ipscausal.study import WorkYears

_COLUMNS = {"estimate": "work_years", "conf_low": "work_years_low", "conf_high": "work_years_high"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """N persons in a period of the panel, D workdays in a work-year, periods in a year; only workdays convert."""

    persons: float
    days_per_work_year: float
    period: str
    periods_in_a_year: int = 1

    def columns(self, row: Mapping[str, Any]) -> dict[str, float | None]:
        """work_years, work_years_low, work_years_high of a row of workdays; None for other outcomes and no number."""
        if not is_workdays(row["outcome"]) or row["unit"] != "days":
            return dict.fromkeys(_COLUMNS.values())
        persons = self.persons * self.periods_in_a_year
        return {
            ours: None if row[theirs] is None else row[theirs] * persons / self.days_per_work_year
            for theirs, ours in _COLUMNS.items()
        }


def conversion(panel: Panel, choice: WorkYears) -> Conversion:
    """N of the study: a number it names, or the mean over exposed periods of the treated recipients.

    That mean is rounded half up to whole persons before anything is multiplied: the printed N is the N used.
    """
    if isinstance(choice.persons, str):
        in_year = (panel.persons * panel.exposed).sum(axis=0)
        persons = float(np.floor(in_year[in_year > 0].mean() + 0.5)) if (in_year > 0).any() else 0.0
    else:
        persons = choice.persons
    return Conversion(persons, choice.days_per_work_year, choice.period, PERIODS_IN_A_YEAR[panel.period])
