"""Colours, sizes and axes shared by all figures. Matplotlib is imported when a figure is drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette; every colour has a shape or a fill as second channel
BLUE, VERMILION, ORANGE, GREEN, BLACK, GREY = "#0072B2", "#D55E00", "#E69F00", "#009E73", "#1A1A1A", "#5F6368"

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


def strip(axes: Axes, positions: Sequence[float], rows: Sequence[tuple[str, Sequence[str]]], size: Size) -> None:
    """Counts under the points: per (label, texts) a line with the label and a line with the counts."""
    longest = max(len(text) for _, texts in rows for text in texts)
    # a digit is about 0.64 of the font size wide; neighbours keep one character apart
    fitting = 72 * 0.88 * size.width / (len(positions) + 0.2) / (0.64 * (longest + 1))
    counts_size = min(size.text * 0.85, fitting)
    axes.set_ylim(2 * len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for line, (label, texts) in enumerate(rows):
        axes.annotate(
            label, (0, 2 * line), xycoords=("axes fraction", "data"), fontsize=size.text * 0.85, color=GREY,
            ha="left", va="center",
        )  # fmt: skip
        for x, value in zip(positions, texts, strict=True):
            axes.text(x, 2 * line + 0.95, value, ha="center", va="center", fontsize=counts_size, color=BLACK)
