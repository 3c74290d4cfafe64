"""Colours, sizes and axes shared by all figures. Matplotlib is imported when a figure is drawn."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette; every colour has a shape or a fill as second channel
BLUE, VERMILION, GREEN, BLACK, GREY = "#0072B2", "#D55E00", "#009E73", "#1A1A1A", "#5F6368"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in inches and the size of text in points."""

    width: float
    height: float
    text: float


WIDE = Size(7.2, 4.3, 9.0)
"""A page or a desktop column."""
NARROW = Size(3.9, 4.3, 8.0)
"""A phone."""

FRAME = 1.3
"""Height in inches of everything but the rows of a figure that has one row per item."""

_YEAR = 4
"""Characters of a year."""
STRIP, STRIP_UNIT = 1.3, 0.3
"""Height of a row of counts where the points above have 8, and inches of one such unit."""
SMALLEST = 6.0
"""Points of the smallest type."""

RC: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.labelcolor": BLACK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "path",
}
"""Text becomes paths: the figure looks the same on every machine and needs no font there."""


def of_rows(size: Size, rows: int, row_height: float) -> Size:
    """The size with the height that so many rows need."""
    return replace(size, height=FRAME + max(rows, 2) * row_height)


def drawing(size: Size) -> AbstractContextManager[None]:
    """Context in which a figure of the size is drawn, without touching the caller's settings."""
    import matplotlib as mpl

    sizes = {"font.size": size.text, "axes.titlesize": size.text, "legend.fontsize": size.text * 0.95}
    settings: Any = {**RC, **sizes}
    context: AbstractContextManager[None] = mpl.rc_context(settings)
    return context


def new_figure(size: Size) -> Figure:
    """A figure that no global registry knows, and that a notebook shows."""
    from ipscausal.figures.shown import ShownFigure

    return ShownFigure(figsize=(size.width, size.height), layout="constrained")


def event_label(row: Row) -> str:
    """The label of an event time with a true minus."""
    return str(row.get("label") or row["event_time"]).replace("-", "\N{MINUS SIGN}")


def wrapped(text: str, size: Size, share: float = 1.0) -> str:
    """The text in lines that fit into this share of the figure's width."""
    # a letter is about 0.56 of the font size wide
    return textwrap.fill(text, max(12, int(72 * share * size.width / (0.56 * size.text))))


def title_above(axes: Axes, text: str, above: float = 10) -> None:
    """The title of the vertical axis, written horizontally so many points above it."""
    axes.set_title(text, loc="left", pad=above, color=BLACK)


def horizontal_grid(axes: Axes) -> None:
    """Light lines to read values by."""
    axes.grid(axis="y", color="#E3E5E8", linewidth=0.6)
    axes.set_axisbelow(True)


def rollout_line(axes: Axes, at: float, text: str, size: Size) -> None:
    """A dashed line where the rollout starts, with its words, which no other line crosses, beside its upper end."""
    axes.axvline(at, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        text, (at, 1), xycoords=("data", "axes fraction"), xytext=(4, -2), textcoords="offset points", ha="left",
        va="top", color=GREY, fontsize=size.text * 0.9, zorder=1.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )  # fmt: skip


def period_ticks(periods: Sequence[int], name: Callable[[int], str], size: Size) -> tuple[Sequence[int], Sequence[str]]:
    """Where periods are marked on an axis and how: every one where there is room, else short, else one in four."""
    names = [name(number) for number in periods]
    wide = max(map(len, names))
    if len(periods) * size.text <= size.width * 17 * _YEAR / wide:
        return periods, names
    if wide == _YEAR:
        return periods, [f"’{text[-2:]}" for text in names]
    # the first quarters alone, and as many of them as fit
    firsts = [number for number, text in zip(periods, names, strict=True) if text.endswith("Q1")]
    step = max(1, math.ceil(len(firsts) * size.text * wide / (size.width * 17 * _YEAR)))
    return firsts[::step], [name(number) for number in firsts[::step]]


Counts = Sequence[tuple[str, Sequence[str]]]
"""Per line of a strip its label and one text for each point."""


def with_strip(size: Size, points: int, rows: Counts) -> tuple[Size, float]:
    """The size of a figure whose points have a strip below, and the strip's height where theirs is 8."""
    usual = STRIP * len(rows)
    # counts that stand upright take the room of their length
    upright = len(rows) * (0.95 + _longest(rows) * 0.64 * SMALLEST / 72 / STRIP_UNIT)
    height = upright if _width_of_counts(size, points, rows) < SMALLEST else usual
    return replace(size, height=size.height + (height - usual) * STRIP_UNIT), height


def strip(axes: Axes, positions: Sequence[float], rows: Counts, size: Size) -> None:
    """Counts under the points: per row a line with the label and a line with the counts, upright where they crowd."""
    fitting = _width_of_counts(size, len(positions), rows)
    upright = fitting < SMALLEST
    counts_size = SMALLEST if upright else min(size.text * 0.85, fitting)
    axes.set_ylim(len(rows) - 0.2, -0.3)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for line, (label, texts) in enumerate(rows):
        axes.annotate(
            label, (0, line), xycoords=("axes fraction", "data"), fontsize=size.text * 0.85, color=GREY,
            ha="left", va="center",
        )  # fmt: skip
        for x, value in zip(positions, texts, strict=True):
            axes.text(
                x, line + (0.24 if upright else 0.475), value, ha="center", va="top" if upright else "center",
                fontsize=counts_size, color=BLACK, rotation=90 if upright else 0,
            )  # fmt: skip


def _longest(rows: Counts) -> int:
    return max(len(text) for _, texts in rows for text in texts)


def _width_of_counts(size: Size, points: int, rows: Counts) -> float:
    """Points of type at which neighbours keep one character apart; a digit is about 0.64 of them wide."""
    return 72 * 0.88 * size.width / (points + 0.2) / (0.64 * (_longest(rows) + 1))
