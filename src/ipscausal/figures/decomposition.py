"""Two-way fixed effects taken apart: comparisons by weight and estimate, and weights by cohort and year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST = 420.0
"""Area in square points of the mark of the largest weight."""
MARKS: Mapping[str, tuple[str, str]] = {
    "treated_never": ("o", style.BLUE),
    "earlier_later": ("^", style.GREEN),
    "later_earlier": ("X", style.VERMILION),
}


@dataclass(frozen=True, slots=True)
class BaconLabels:
    """Words of the figure in one language. kinds: by code; coefficient: beside the line; scale: of estimates."""

    title: str
    alt: str
    axis: str
    weight: str
    coefficient: str
    kinds: Mapping[str, str]
    tick: Callable[[float], str]
    percent: Callable[[float], str]
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class WeightsLabels:
    """Words of the figure in one language. notes: under the figure; period_name: of a year or quarter."""

    title: str
    alt: str
    rows: str
    columns: str
    above_zero: str
    below_zero: str
    notes: str
    period_name: Callable[[int], str]


def bacon(rows: Sequence[Row], coefficient: float, labels: BaconLabels, size: Size = style.WIDE) -> Figure:
    """Draw comparisons (kind, weight, estimate) and the coefficient that they add up to."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        axes.axhline(labels.scale * coefficient, color=style.GREY, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        for kind, (marker, colour) in MARKS.items():
            own = [row for row in rows if row["kind"] == kind]
            if own:
                axes.plot(
                    [row["weight"] for row in own], [labels.scale * row["estimate"] for row in own], marker,
                    color=colour, markersize=6.5, linestyle="none", label=labels.kinds[kind], zorder=3,
                )  # fmt: skip
        axes.annotate(
            labels.coefficient, (1, labels.scale * coefficient), xycoords=("axes fraction", "data"), xytext=(0, 3),
            textcoords="offset points", ha="right", va="bottom", color=style.GREY, fontsize=size.text * 0.9,
        )  # fmt: skip
        style.horizontal_grid(axes)
        style.title_above(axes, labels.axis)
        axes.set_xlabel(labels.weight)
        axes.set_xlim(left=0)
        axes.margins(y=0.14)
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.percent(value)))
        figure.legend(loc="outside lower left", ncols=1, handletextpad=0.4, borderaxespad=0.2)
    return figure


def twfe_weights(rows: Sequence[Row], labels: WeightsLabels, size: Size = style.WIDE) -> Figure:
    """Draw weights (cohort, year, weight), one row per cohort; a weight below zero is hollow and has a cross."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    cohorts = sorted({int(row["cohort"]) for row in rows})
    place = {cohort: at for at, cohort in enumerate(cohorts)}
    largest = max(abs(row["weight"]) for row in rows)
    with style.drawing(size):
        figure = style.new_figure(style.of_rows(size, len(cohorts), 0.36))
        axes = figure.subplots()
        below: dict[str, Any] = {"facecolors": "white", "edgecolors": style.VERMILION, "linewidths": 1.4}
        marks: tuple[tuple[str, dict[str, Any]], ...] = (
            (labels.above_zero, {"color": style.BLUE}),
            (labels.below_zero, below),
        )
        for (name, look), negative in zip(marks, (False, True), strict=True):
            own = [row for row in rows if (row["weight"] < 0) == negative]
            if own:
                x, y = [int(row["year"]) for row in own], [place[int(row["cohort"])] for row in own]
                area = [LARGEST * abs(row["weight"]) / largest for row in own]
                axes.scatter(x, y, area, label=name, zorder=3, **look)
                if negative:
                    axes.scatter(x, y, 14, marker="x", color=style.VERMILION, linewidths=1.0, zorder=4)
        axes.yaxis.set_major_locator(FixedLocator(list(range(len(cohorts)))))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda at, _: labels.period_name(cohorts[round(at)])))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: labels.period_name(round(year))))
        axes.set_ylim(len(cohorts) - 0.4, -0.6)
        axes.margins(x=0.08)
        axes.set_axisbelow(True)
        axes.grid(color="#E3E5E8", linewidth=0.6)
        style.title_above(axes, labels.rows)
        axes.set_xlabel(labels.columns)
        legend = figure.legend(
            loc="outside lower left", ncols=2, handletextpad=0.4, title=style.wrapped(labels.notes, size, 1.1),
            title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2, markerscale=0.6,
        )  # fmt: skip
        legend.get_title().set_color(style.BLACK)
    return figure
