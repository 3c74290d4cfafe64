"""A synthetic comparison: the treated and their synthetic comparison over the years, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 12
"""Donors drawn at most, the largest weights."""
BAR = 0.17
"""Height in inches of a donor's bar."""
YEAR_BARS = 0.14
"""Height of the largest year weight, as a share of the axes."""


@dataclass(frozen=True, slots=True)
class SyntheticLabels:
    """Words of the figure in one language. years: of the bars that show year weights, empty without them."""

    title: str
    alt: str
    axis: str
    calendar_year: str
    rollout: str
    treated: str
    synthetic: str
    years: str
    donors: str
    tick: Callable[[float], str]
    percent: Callable[[float], str]
    period_name: Callable[[int], str]
    scale: float = 1.0


def synthetic(path: Sequence[Row], donors: Sequence[Row], labels: SyntheticLabels, size: Size = style.WIDE) -> Figure:
    """Draw a path (year, observed, synthetic, year_weight, is_after) and donors (municipality, weight)."""
    largest = sorted(donors, key=lambda row: -abs(row["weight"]))[:SHOWN]
    lower = 0.55 + BAR * len(largest)
    size = replace(size, height=size.height + lower)
    with style.drawing(size):
        figure = style.new_figure(size)
        above, below = figure.subplots(2, 1, height_ratios=[size.height - lower, lower])
        _paths(above, path, labels, size)
        _donors(below, largest, labels)
        figure.legend(
            *above.get_legend_handles_labels(), loc="outside upper left", ncols=3, columnspacing=1.6,
            borderaxespad=0.2,
        )  # fmt: skip
    return figure


def _paths(axes: Axes, path: Sequence[Row], labels: SyntheticLabels, size: Size) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    years = [int(row["year"]) for row in path]
    for column, label, colour, marker, line in (
        ("observed", labels.treated, style.VERMILION, "D", "-"),
        ("synthetic", labels.synthetic, style.BLUE, "o", "--"),
    ):
        axes.plot(
            years, [labels.scale * row[column] for row in path], line, color=colour, marker=marker, markersize=4,
            linewidth=1.4, label=label, zorder=3,
        )  # fmt: skip
    first = min(int(row["year"]) for row in path if row["is_after"])
    axes.axvline(first - 0.5, color=style.GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        labels.rollout, (first - 0.5, 1), xycoords=("data", "axes fraction"), xytext=(4, -2),
        textcoords="offset points", ha="left", va="top", color=style.GREY, fontsize=size.text * 0.9,
    )  # fmt: skip
    highest = max(row["year_weight"] for row in path)
    if highest > 0 and labels.years:
        axes.bar(
            years, [YEAR_BARS * row["year_weight"] / highest for row in path], width=0.7, color="#C9D0D6", zorder=0,
            transform=axes.get_xaxis_transform(), label=labels.years,
        )  # fmt: skip
    style.horizontal_grid(axes)
    style.title_above(axes, labels.axis)
    axes.set_xlabel(labels.calendar_year)
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    axes.margins(y=0.2)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda period, _: labels.period_name(round(period))))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))


def _donors(axes: Axes, donors: Sequence[Row], labels: SyntheticLabels) -> None:
    places = range(len(donors))
    axes.barh(places, [row["weight"] for row in donors], height=0.7, color=style.BLUE)
    for place, row in zip(places, donors, strict=True):
        axes.annotate(
            labels.percent(row["weight"]), (max(row["weight"], 0.0), place), xytext=(3, 0),
            textcoords="offset points", va="center", ha="left", color=style.BLACK,
        )  # fmt: skip
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    axes.set_yticks(places, [str(row["municipality"]) for row in donors])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(donors) - 0.4, -0.6)
    axes.set_xticks([])
    axes.margins(x=0.15)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    style.title_above(axes, labels.donors, 4)
