"""The caterpillar: effects of municipalities in order of size, as they are and drawn towards their mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT, CLOSE_ROWS, TALLEST = 0.26, 0.06, 6.0
"""Inches of a row, of one where many stand close, and of all of them together where they are close: half a page."""
SHOWN = 45
"""Municipalities up to which codes can be read; more are drawn closer and without them."""


@dataclass(frozen=True, slots=True)
class CaterpillarLabels:
    """Words of the figure in one language. mean: of all effects, on the scale of the rows; scale: to what is drawn."""

    title: str
    alt: str
    above: str
    axis: str
    shrunken: str
    raw: str
    mean_text: str
    mean: float
    name: Callable[[Row], str]
    tick: Callable[[float], str]
    scale: float = 1.0


def caterpillar(rows: Sequence[Row], labels: CaterpillarLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows with `estimate`, `shrunken`, `conf_low` and `conf_high`, by the size of the shrunken effect."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    # effects that differ by rounding are equal, and then stand by what was estimated
    ordered = sorted(rows, key=lambda row: (float(f"{row['shrunken']:.9g}"), row["estimate"]))
    named = len(ordered) <= SHOWN
    height = ROW_HEIGHT if named else min(CLOSE_ROWS, TALLEST / len(ordered))
    size = style.of_rows(size, len(ordered), height)
    marker = min(4.6, max(1.5, 72 * height))
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axvline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        axes.axvline(labels.scale * labels.mean, color=style.VERMILION, linewidth=1.2, linestyle=(0, (5, 2)), zorder=1)
        for place, row in enumerate(ordered):
            _row(axes, place, row, labels.scale, marker)
        axes.set_yticks(range(len(ordered)) if named else [], [labels.name(row) for row in ordered] if named else [])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.6, len(ordered) - 0.4)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#E3E5E8", linewidth=0.6)
        axes.set_axisbelow(True)
        style.title_above(axes, style.wrapped(labels.above, size, 0.8))
        axes.set_xlabel(style.wrapped(labels.axis, size, 0.8))
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        _legend(figure, labels)
    return figure


def _row(axes: Axes, place: int, row: Row, scale: float, marker: float) -> None:
    ends = [scale * row["conf_low"], scale * row["conf_high"]]
    axes.plot(ends, [place, place], color=style.BLUE, linewidth=marker / 3, solid_capstyle="butt", zorder=2)
    axes.plot(scale * row["estimate"], place, "o", markerfacecolor="white", markeredgecolor=style.GREY,
              markersize=0.9 * marker, markeredgewidth=0.2 * marker, zorder=2.5)  # fmt: skip
    axes.plot(scale * row["shrunken"], place, "o", color=style.BLUE, markersize=marker, zorder=3)


def _legend(figure: Figure, labels: CaterpillarLabels) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=style.BLUE, linewidth=1.6, marker="o", markersize=4.6, label=labels.shrunken),
        Line2D([], [], linestyle="none", marker="o", markerfacecolor="white", markeredgecolor=style.GREY,
               markersize=4.2, label=labels.raw),
        Line2D([], [], color=style.VERMILION, linewidth=1.2, linestyle=(0, (5, 2)), label=labels.mean_text),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower left", alignment="left", borderaxespad=0.2, handletextpad=0.6)
