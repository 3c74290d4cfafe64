"""The calibration figure: how often each method finds an effect where there is none, beside its power."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = {
    "primary": (style.BLUE, "D"), "companion": (style.BLUE, "o"), "conventional": (style.VERMILION, "s"),
    "other": (style.GREY, "^"),
}  # fmt: skip
"""Colour and marker by role."""
TOO_OFTEN = 1.5
"""Times the level above which a rate makes the power beside it meaningless."""
ROW_HEIGHT = 0.42
SHARE = 0.6
"""Of the width, for the rates."""


@dataclass(frozen=True, slots=True)
class CalibrationLabels:
    """Words of the figure in one language.

    level: of the test, as a share; name: how a row is named, role included; percent: how a share is written.
    """

    title: str
    alt: str
    rate: str
    power: str
    nominal: str
    notes: str
    level: float
    name: Callable[[Row], str]
    percent: Callable[[float], str]


def calibration(rows: Sequence[Row], labels: CalibrationLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `calibration` of one outcome in the order given; rows without a rate are left out."""
    shown = [row for row in rows if row["false_positive_rate"] is not None]
    size = style.of_rows(size, len(shown), ROW_HEIGHT)
    with style.drawing(size):
        figure = style.new_figure(size)
        shares = (SHARE, 1 - SHARE) if has_power(shown) else (1.0,)
        left, *others = figure.subplots(1, len(shares), sharey=True, width_ratios=shares, squeeze=False)[0]
        # names are written across both
        left.set_zorder(1)
        left.patch.set_visible(False)
        for place, row in enumerate(shown):
            _rate(left, place, row, labels, size)
            for right in others:
                _power(right, place, row, labels, size)
        highest = max((_end(row) for row in shown), default=0.0)
        left.axvline(labels.level, color=style.BLACK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        limits = (max(0.16, 1.2 * highest), 1.2)
        for axes, title, limit, share in zip(
            (left, *others), (labels.rate, labels.power), limits, shares, strict=False
        ):
            _frame(axes, style.wrapped(title, size, 0.9 * share), limit, len(shown), labels)
        left.annotate(
            labels.nominal, (labels.level, 1), xycoords=("data", "axes fraction"), xytext=(3, 2),
            textcoords="offset points", ha="left", va="bottom", fontsize=size.text * 0.85, color=style.BLACK,
        )  # fmt: skip
        legend = figure.legend(
            handles=[], loc="outside lower left", title=style.wrapped(labels.notes, size, 1.1),
            title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2,
        )  # fmt: skip
        legend.get_title().set_color(style.BLACK)
    return figure


def has_power(rows: Sequence[Row]) -> bool:
    """Whether any method has a power to draw; without, the rates have the width to themselves."""
    return any(row["power"] is not None for row in rows)


def _rate(axes: Axes, place: int, row: Row, labels: CalibrationLabels, size: Size) -> None:
    colour, marker = LOOKS.get(str(row["role"]), LOOKS["other"])
    named = str(row["role"]) in ("primary", "companion")
    name = axes.text(
        0, place - 0.36, labels.name(row), fontsize=size.text * 0.88, va="center", ha="left",
        color=style.BLACK, fontweight="bold" if named else "normal", zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
    )  # fmt: skip
    name.set_in_layout(False)
    if row["rate_low"] is not None and row["rate_high"] is not None:
        axes.plot([row["rate_low"], row["rate_high"]], [place, place], color=colour, linewidth=2.0, zorder=2)
    axes.plot(row["false_positive_rate"], place, marker, color=colour, markersize=6, zorder=3, clip_on=False)
    _written(axes, _end(row), place, labels.percent(row["false_positive_rate"]), size)


def _power(axes: Axes, place: int, row: Row, labels: CalibrationLabels, size: Size) -> None:
    if row["power"] is None:
        return
    colour, marker = LOOKS.get(str(row["role"]), LOOKS["other"])
    honest = row["false_positive_rate"] <= TOO_OFTEN * labels.level
    axes.plot(
        row["power"], place, marker, markeredgecolor=colour, markerfacecolor=colour if honest else "white",
        markersize=6, markeredgewidth=1.3, zorder=3, clip_on=False,
    )  # fmt: skip
    _written(axes, row["power"], place, labels.percent(row["power"]), size)


def _written(axes: Axes, x: float, place: int, text: str, size: Size) -> None:
    written = axes.annotate(
        text, (x, place), xytext=(7, 0), textcoords="offset points", va="center", ha="left",
        fontsize=size.text * 0.85, color=style.BLACK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
    )  # fmt: skip
    written.set_in_layout(False)


def _end(row: Row) -> float:
    return float(row["false_positive_rate"] if row["rate_high"] is None else row["rate_high"])


def _frame(axes: Axes, title: str, limit: float, rows: int, labels: CalibrationLabels) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    style.title_above(axes, title, above=22)
    axes.set_xlim(0, limit)
    axes.set_ylim(rows - 0.45, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#E3E5E8", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.percent(value) if value <= 1 else ""))
