"""Would an effect have been found at earlier dates, when there was none?"""

from __future__ import annotations

import numpy as np

from ipscausal.inference import Inference
from ipscausal.panel import Panel
from ipscausal.sensitivity.check import Check, Question, of_placebos
from ipscausal.sensitivity.subject import Subject, before_adoption

FEWEST = 2  # years that must lie on either side of a placebo date: one year's chance is no trend


def placebo_dates(subject: Subject, name: str = "placebo_dates") -> Check:
    """Every earlier adoption date that leaves two years on either side, on data from before the true adoption only.

    All treated municipalities are moved by the same number of years. value: the largest placebo effect.
    """
    return earlier_dates(subject, possible_shifts(subject.panel), name, "placebo_dates")


def earlier_dates(subject: Subject, shifts: tuple[int, ...], name: str, question: Question) -> Check:
    """Placebo adoptions so many years (above 0) before the true ones, and the verdict of `of_placebos`."""
    panel = subject.panel
    moved = [before_adoption(panel, panel.adoption - shift) for shift in shifts]
    rows = [subject.again(one) for one in moved]
    sizes = [subject.size] * len(rows)
    if question == "placebo_dates":
        # a trend that explains the effect makes less of it between years that lie closer together
        sizes = [subject.size * min(1.0, years_apart(one) / years_apart(panel)) for one in moved]
    largest = _largest(rows)
    row = None if largest is None else rows[largest]
    return Check(
        name,
        question,
        of_placebos(rows, sizes),
        *(None if row is None else row.estimate, *_ends(row)),
        {
            "effect": subject.effect,
            "count": len(rows),
            "years": None if largest is None else shifts[largest],
            "sharp": sum(of_placebos([one], own) == "passed" for one, own in zip(rows, sizes, strict=True)),
        },
    )


def years_apart(panel: Panel) -> float:
    """Mean year of the treated municipalities' cells from adoption on, less that of their cells before; NaN without."""
    seen = panel.observed & panel.treated[:, None]
    after, before = seen & (panel.exposed == 1), seen & (panel.exposed == 0)
    if not after.any() or not before.any():
        return float("nan")
    years = np.broadcast_to(panel.years, seen.shape)
    return float(years[after].mean() - years[before].mean())


def possible_shifts(panel: Panel) -> tuple[int, ...]:
    """Years by which adoption can be moved back with `FEWEST` years with cells on either side for every treated."""
    seen = panel.observed & (panel.exposed == 0)
    counts = [panel.years[cells] for cells in seen[panel.treated]]
    longest = max((len(years) for years in counts), default=0)
    dates = panel.adoption[panel.treated]
    return tuple(
        shift
        for shift in range(1, 2 * longest)
        if all(
            min((years < date - shift).sum(), (years >= date - shift).sum()) >= FEWEST
            for years, date in zip(counts, dates, strict=True)
        )
    )


def _largest(rows: list[Inference | None]) -> int | None:
    size = np.array([np.nan if row is None or row.estimate is None else abs(row.estimate) for row in rows])
    return None if not len(size) or np.isnan(size).all() else int(np.nanargmax(size))


def _ends(row: Inference | None) -> tuple[float | None, float | None]:
    return (None, None) if row is None else (row.hidden.conf_low, row.hidden.conf_high)
