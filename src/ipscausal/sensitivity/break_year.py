"""Is the effect a break in the data that hit the treated municipalities otherwise?"""

from __future__ import annotations

import numpy as np

from ipscausal.sensitivity.check import Check, of_alternative, of_placebos
from ipscausal.sensitivity.placebo_dates import FEWEST
from ipscausal.sensitivity.subject import Subject, before_adoption


def break_year(subject: Subject, year: int, name: str = "break_year") -> Check:
    """A declared break (a new register, a reform of rules) in a calendar year.

    Before the first adoption the break is asked for a placebo effect, on data from before adoption. From the first
    adoption on it cannot be told from an effect that grows: the effect is then estimated on the years before the break
    and must be found there by itself. value: the placebo effect, or that effect.
    """
    panel = subject.panel
    dates = panel.adoption[panel.treated]
    if year < dates.min(initial=np.inf):
        moved = np.where(panel.treated, float(year), np.inf)
        enough = min((panel.years < year).sum(), ((panel.years >= year) & (panel.years < dates.min())).sum()) >= FEWEST
        row = subject.again(before_adoption(panel, moved)) if enough else None
        verdict = of_placebos([row], subject.size)
    else:
        row = subject.again(panel.of_years(panel.years < year))
        verdict = of_alternative(subject.row, row, subject.size)
    shown = None if row is None else row.hidden
    return Check(
        name,
        "break_year",
        verdict,
        None if shown is None else shown.estimate,
        None if shown is None else shown.conf_low,
        None if shown is None else shown.conf_high,
        {"effect": subject.effect, "year": year},
    )
