"""The breakdown figure: intervals under ever larger differences in trends, and where zero enters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class BreakdownLabels:
    """Words of the figure in one language. size: the horizontal axis; line: beside where zero enters, "" for none."""

    title: str
    alt: str
    axis: str
    size: str
    parallel: str
    line: str
    tick: Callable[[float], str]
    scale: float = 1.0


def breakdown(rows: Sequence[Row], enters: float | None, labels: BreakdownLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows with `size` (M; None for exactly parallel trends), `conf_low`, `conf_high`; None ends are not drawn.

    enters: M at which zero enters, None where it does not.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    largest = max((row["size"] for row in rows if row["size"] is not None), default=1.0) or 1.0
    step = largest / max(len(rows) - 2, 1)
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        for row in rows:
            if row["conf_low"] is None or row["conf_high"] is None:
                continue
            plain = row["size"] is None
            x = -1.5 * step if plain else row["size"]
            ends = [labels.scale * row["conf_low"], labels.scale * row["conf_high"]]
            colour = style.VERMILION if plain else style.BLUE
            axes.plot([x, x], ends, color=colour, linewidth=2.6 if plain else 1.8, solid_capstyle="butt", zorder=2)
        if enters is not None and enters <= largest:
            axes.axvline(enters, color=style.VERMILION, linewidth=1.2, linestyle=(0, (5, 2)), zorder=1)
            left = enters < largest / 2
            axes.annotate(
                labels.line, (enters, 1), xycoords=("data", "axes fraction"), xytext=(5 if left else -5, -2),
                textcoords="offset points", va="top", ha="left" if left else "right",
            )  # fmt: skip
        style.horizontal_grid(axes)
        style.title_above(axes, style.wrapped(labels.axis, size, 0.9))
        axes.set_xlabel(style.wrapped(labels.size, size, 0.85))
        axes.margins(y=0.12)
        parallel = any(row["size"] is None for row in rows)
        axes.set_xlim(-2.5 * step if parallel else -step, largest + step)
        ticks = [
            value for value in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, largest) if 0 <= value <= largest
        ]
        before = [(-1.5 * step, labels.parallel)] if parallel else []
        places, names = zip(*before, *((value, labels.tick(value)) for value in ticks), strict=True)
        axes.set_xticks(places, names)
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
    return figure
