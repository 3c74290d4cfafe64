"""The forest: effects under each other with their intervals, one marked as the one to quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT = 0.3
SHOWN = 60
"""Rows up to which names can be read; more are drawn without them."""


@dataclass(frozen=True, slots=True)
class ForestLabels:
    """Words of the figure in one language.

    above: what the rows are; axis: what is measured; notes: under the figure. name: of a row; scale: factor from a
    number to the one that is drawn.
    """

    title: str
    alt: str
    above: str
    axis: str
    notes: str
    name: Callable[[Row], str]
    tick: Callable[[float], str]
    scale: float = 1.0


def forest(rows: Sequence[Row], labels: ForestLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows with `estimate`, `conf_low`, `conf_high` and, where one is to be quoted, `role`, in the order given.

    A row without an estimate keeps its name and has no mark.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    size = style.of_rows(size, min(len(rows), SHOWN), ROW_HEIGHT)
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axvline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        for place, row in enumerate(rows):
            _row(axes, place, row, labels.scale)
        named = len(rows) <= SHOWN
        names = [style.wrapped(labels.name(row), size, 0.48) for row in rows]
        axes.set_yticks(range(len(rows)) if named else [], names if named else [])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#E3E5E8", linewidth=0.6)
        axes.set_axisbelow(True)
        style.title_above(axes, style.wrapped(labels.above, size, 0.8))
        # long names leave little room: the text may begin left of the axis
        axes.set_xlabel(style.wrapped(labels.axis, size, 0.8), loc="right")
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        if labels.notes:
            legend = figure.legend(
                handles=[], loc="outside lower left", title=style.wrapped(labels.notes, size, 1.1),
                title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2,
            )  # fmt: skip
            legend.get_title().set_color(style.BLACK)
    return figure


def _row(axes: Axes, place: int, row: Row, scale: float) -> None:
    if row["estimate"] is None:
        return
    quoted = row.get("role") == "primary"
    colour = style.VERMILION if quoted else style.BLUE
    if row["conf_low"] is not None and row["conf_high"] is not None:
        ends = [scale * row["conf_low"], scale * row["conf_high"]]
        axes.plot(ends, [place, place], color=colour, linewidth=1.8, solid_capstyle="butt", zorder=2)
    axes.plot(scale * row["estimate"], place, "D" if quoted else "o", color=colour, markersize=5.0, zorder=3)
