"""The hidden trend: effects by year since the start, and the trend that the years before would not have shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class HiddenTrendLabels:
    """Words of the figure in one language. trend, conditional: of the two lines; interval: of the bars."""

    title: str
    alt: str
    axis: str
    since_start: str
    interval: str
    trend: str
    conditional: str
    tick: Callable[[float], str]
    scale: float = 1.0


def hidden_trend(rows: Sequence[Row], labels: HiddenTrendLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows by `event_time`: `estimate`, `conf_low`, `conf_high`, `bias`, and `conditional` after the reference."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ordered = sorted(rows, key=lambda row: row["event_time"])
    scale = labels.scale
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        for row in ordered:
            x = row["event_time"]
            bar = [scale * row["conf_low"], scale * row["conf_high"]]
            axes.plot([x, x], bar, color=style.BLUE, linewidth=1.8, solid_capstyle="butt", zorder=2)
            axes.plot(x, scale * row["estimate"], "o", color=style.BLUE, markersize=5.5, zorder=3)
        axes.plot([], [], "o-", color=style.BLUE, markersize=5.5, label=labels.interval)
        times = [row["event_time"] for row in ordered]
        axes.plot(times, [scale * row["bias"] for row in ordered], color=style.VERMILION, linewidth=1.4,
                  linestyle=(0, (5, 2)), label=labels.trend)  # fmt: skip
        after = [row for row in ordered if row["conditional"] is not None]
        axes.plot(
            [row["event_time"] for row in after], [scale * row["conditional"] for row in after],
            color=style.GREEN, marker="s", markersize=4, linestyle="", label=labels.conditional,
        )  # fmt: skip
        style.horizontal_grid(axes)
        style.title_above(axes, style.wrapped(labels.axis, size, 0.9))
        axes.set_xlabel(style.wrapped(labels.since_start, size, 0.85))
        axes.set_xticks(times, [style.event_label(row) for row in ordered])
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        figure.legend(loc="outside lower left", alignment="left", borderaxespad=0.2)
    return figure
