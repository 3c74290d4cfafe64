"""The specification curve: estimates by size, and under them what each specification chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 0.21
"""Height in inches of one choice."""


@dataclass(frozen=True, slots=True)
class SpecificationLabels:
    """Words of the figure in one language. main: of the marked specification; order: under the estimates."""

    title: str
    alt: str
    axis: str
    order: str
    main: str
    tick: Callable[[float], str]
    scale: float = 1.0


def specification_curve(rows: Sequence[Row], labels: SpecificationLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows with `estimate`, `conf_low`, `conf_high`, `is_main` and `choices` (dimension -> choice), by estimate.

    Rows without an estimate are not drawn. Dimensions in which all chose alike have no line.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    shown = sorted((row for row in rows if row["estimate"] is not None), key=lambda row: row["estimate"])
    lines = choices_drawn(shown)
    names = [style.wrapped(f"{dimension}: {choice}", size, 0.42) for dimension, choice in lines]
    below_height = LINE * len(lines) * (1.6 if any("\n" in name for name in names) else 1.0)
    size = replace(size, height=size.height + below_height)
    with style.drawing(size):
        figure = style.new_figure(size)
        heights = [size.height - below_height, max(below_height, 1e-3)]
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
        above.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
        for place, row in enumerate(shown):
            _estimate(above, place, row, labels.scale)
        above.plot([], [], "D", color=style.VERMILION, markersize=5.5, label=labels.main)
        style.horizontal_grid(above)
        style.title_above(above, style.wrapped(labels.axis, size, 0.45))
        above.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
        above.tick_params(axis="x", length=0, labelbottom=False)
        for line, (dimension, choice) in enumerate(lines):
            places = [place for place, row in enumerate(shown) if row["choices"][dimension] == choice]
            below.plot(places, [line] * len(places), "|", color=style.BLACK, markersize=7)
        below.set_yticks(range(len(lines)), names)
        below.set_ylim(len(lines) - 0.4, -0.6)
        below.tick_params(axis="both", length=0, labelbottom=False)
        below.set_xlabel(style.wrapped(labels.order, size, 0.85), loc="right")
        figure.legend(loc="outside lower left", borderaxespad=0.2)
    return figure


def choices_drawn(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """(dimension, choice) in which the rows differ, in the order in which they are met."""
    met = dict.fromkeys((name, choice) for row in rows for name, choice in row["choices"].items())
    differing = {name for name, _ in met if len({choice for other, choice in met if other == name}) > 1}
    return sorted((pair for pair in met if pair[0] in differing), key=lambda pair: pair[0])


def _estimate(axes: Axes, place: int, row: Row, scale: float) -> None:
    colour = style.VERMILION if row["is_main"] else style.BLUE
    if row["conf_low"] is not None and row["conf_high"] is not None:
        ends = [scale * row["conf_low"], scale * row["conf_high"]]
        axes.plot([place, place], ends, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
    mark = "D" if row["is_main"] else "o"
    axes.plot(place, scale * row["estimate"], mark, color=colour, markersize=5.5 if row["is_main"] else 4, zorder=3)
