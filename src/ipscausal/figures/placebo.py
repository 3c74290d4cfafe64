"""The placebo figure: the coefficient with each municipality taken in turn as the treated one, largest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKED = 60
"""Up to this many municipalities each has a marker; of more only the stems are drawn."""
NUMBERED = 15
"""Up to this many each has its number below it."""


@dataclass(frozen=True, slots=True)
class PlaceboLabels:
    """Words of the figure in one language. actual: what stands beside the actual assignment."""

    title: str
    alt: str
    axis: str
    order: str
    actual: str
    tick: Callable[[float], str]
    scale: float = 1.0


def placebo(rows: Sequence[Row], labels: PlaceboLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `placebo` of one outcome by the size of their coefficient.

    rows: contrast, is_treated (the actual assignment); none of them withheld.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ordered = sorted(rows, key=lambda row: -abs(row["contrast"]))
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        for place, row in enumerate(ordered, start=1):
            actual, y = bool(row["is_treated"]), labels.scale * row["contrast"]
            colour = style.VERMILION if actual else style.GREY
            axes.plot([place, place], [0, y], color=colour, linewidth=2.0 if actual else 1.1, zorder=2 + actual)
            if actual or len(ordered) <= MARKED:
                axes.plot(
                    place, y, "D" if actual else "o", color=colour, markersize=7 if actual else 5,
                    markerfacecolor=colour if actual else "white", zorder=3 + actual,
                )  # fmt: skip
            if actual:
                right = place <= len(ordered) / 2
                axes.annotate(
                    labels.actual, (place, y), xytext=(9 if right else -9, 0), textcoords="offset points",
                    va="center", ha="left" if right else "right", fontweight="bold", color=style.BLACK, zorder=5,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
                )  # fmt: skip
        style.horizontal_grid(axes)
        style.title_above(axes, labels.axis)
        axes.set_xlabel(style.wrapped(labels.order, size, 0.85))
        axes.set_xlim(0.3, len(ordered) + 0.7)
        axes.margins(y=0.14)
        if len(ordered) <= NUMBERED:
            axes.set_xticks(range(1, len(ordered) + 1))
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
    return figure
