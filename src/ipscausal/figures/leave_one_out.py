"""The leave-one-out figure: the effect without each municipality in turn, the full effect as a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 40
"""Municipalities drawn at most: those without a number, then those that change the effect most."""
ROW_HEIGHT = 0.24


@dataclass(frozen=True, slots=True)
class LeaveOneOutLabels:
    """Words of the figure in one language. full: the effect with all municipalities, on the scale of the rows."""

    title: str
    alt: str
    axis: str
    left_out: str
    full_text: str
    full: float
    no_number: str
    notes: str
    name: Callable[[Row], str]
    tick: Callable[[float], str]
    scale: float = 1.0


def leave_one_out(rows: Sequence[Row], labels: LeaveOneOutLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `leave_one_out` of one outcome; a row without an estimate is a marked gap."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    shown = most_changed(rows)
    size = style.of_rows(size, len(shown), ROW_HEIGHT)
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axvline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        axes.axvline(labels.scale * labels.full, color=style.VERMILION, linewidth=1.2, linestyle=(0, (5, 2)), zorder=1)
        for place, row in enumerate(shown):
            _row(axes, place, row, labels, size)
        axes.set_yticks(range(len(shown)), [labels.name(row) for row in shown])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#E3E5E8", linewidth=0.6)
        axes.set_axisbelow(True)
        style.title_above(axes, labels.left_out)
        axes.set_xlabel(style.wrapped(labels.axis, size, 0.8))
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        _legend(figure, labels, size)
    return figure


def most_changed(rows: Sequence[Row]) -> list[Row]:
    """The rows that are drawn: treated first, then by code; at most `SHOWN`, those that matter most."""
    by_change = sorted(rows, key=lambda row: (row["estimate"] is not None, -abs(row["change"] or 0.0)))
    return sorted(by_change[:SHOWN], key=lambda row: (row["arm"] != "treated", str(row["left_out"])))


def _row(axes: Axes, place: int, row: Row, labels: LeaveOneOutLabels, size: Size) -> None:
    if row["estimate"] is None:
        axes.axhspan(place - 0.36, place + 0.36, facecolor="#F2F4F5", edgecolor="#C9D0D6", hatch="////", linewidth=0)
        axes.text(
            0.5, place, labels.no_number, transform=axes.get_yaxis_transform(), ha="center", va="center",
            fontsize=size.text * 0.88, color=style.BLACK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        )  # fmt: skip
        return
    if row["conf_low"] is not None and row["conf_high"] is not None:
        low, high = labels.scale * row["conf_low"], labels.scale * row["conf_high"]
        axes.plot([low, high], [place, place], color=style.BLUE, linewidth=1.8, solid_capstyle="butt", zorder=2)
    treated = row["arm"] == "treated"
    axes.plot(
        labels.scale * row["estimate"], place, "D" if treated else "o", color=style.BLUE, markersize=5.5, zorder=3
    )


def _legend(figure: Figure, labels: LeaveOneOutLabels, size: Size) -> None:
    from matplotlib.lines import Line2D

    full = Line2D([], [], color=style.VERMILION, linewidth=1.2, linestyle=(0, (5, 2)), label=labels.full_text)
    legend = figure.legend(
        handles=[full], loc="outside lower left", title=style.wrapped(labels.notes, size, 1.1) or None,
        title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2, handletextpad=0.6,
    )  # fmt: skip
    legend.get_title().set_color(style.BLACK)
