"""The figures about the design that a study has: which can be drawn from its rows, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ipscausal.figures.calibration import calibration
from ipscausal.figures.design_labels import calibration_labels, leave_one_out_labels, placebo_labels
from ipscausal.figures.leave_one_out import leave_one_out
from ipscausal.figures.placebo import placebo
from ipscausal.figures.save import Described
from ipscausal.figures.style import Row, Size
from ipscausal.language import Catalogue

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ORDER = ("primary", "companion", "other", "conventional")


@dataclass(frozen=True, slots=True)
class DesignFigure:
    """name: of the table that is drawn; draw: the figure at a size."""

    name: str
    labels: Described
    draw: Callable[[Size], Figure]


def design_figures(
    words: Catalogue, outcome: str, level: float, treated: int, tables: Mapping[str, Sequence[Row]]
) -> tuple[DesignFigure, ...]:
    """Calibration, placebo and leave-one-out of one outcome, each where it has released numbers.

    level: of the intervals; treated: number of treated municipalities; tables: estimates, calibration, placebo and
    leave_one_out. The placebo is drawn whole or not at all: a rank among some of the municipalities is no rank.
    """
    about = {name: [row for row in rows if row["outcome"] == outcome] for name, rows in tables.items()}
    rates, contrasts, without = calibration_order(about["calibration"]), about["placebo"], about["leave_one_out"]
    found: list[DesignFigure] = []
    if any(row["false_positive_rate"] is not None for row in rates):
        labels = calibration_labels(words, outcome, level, rates)
        found.append(DesignFigure("calibration", labels, partial(calibration, rates, labels)))
    if contrasts and all(row["contrast"] is not None for row in contrasts):
        placebos = placebo_labels(words, outcome, contrasts, treated)
        found.append(DesignFigure("placebo", placebos, partial(placebo, contrasts, placebos)))
    full = next((row["estimate"] for row in about["estimates"] if _is_primary(row)), None)
    if full is not None and any(row["estimate"] is not None for row in without):
        gaps = leave_one_out_labels(words, outcome, without, full)
        found.append(DesignFigure("leave_one_out", gaps, partial(leave_one_out, without, gaps)))
    return tuple(found)


def calibration_order(rows: Sequence[Row]) -> list[Row]:
    """Primary and companion first, the others by their rate, the conventional method last."""
    return sorted(rows, key=lambda row: (_ORDER.index(row["role"]), row["false_positive_rate"] or 0.0))


def _is_primary(row: Row) -> bool:
    return row["term"] == "att" and row["role"] == "primary"
