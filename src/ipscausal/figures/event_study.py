"""The event-study figure: points with bars, a hollow reference, persons behind each point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class EventStudyLabels:
    """Words of the figure in one language.

    axis: title of the vertical axis with its unit; persons: how a count is written; tick: how a
    value on the axis is written; scale: factor from the rows to the axis (100 for percentage
    points); band, pretrend and gap may be empty.
    """

    title: str
    alt: str
    axis: str
    since_start: str
    rollout: str
    interval: str
    band: str
    reference: str
    strip: str
    pretrend: str
    gap: str
    persons: Callable[[float | None], str]
    tick: Callable[[float], str]
    scale: float = 1.0


def event_study(rows: Sequence[Row], labels: EventStudyLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `event_study` of one outcome, in the order of their event time.

    A row whose estimate is None is withheld and leaves a gap. Rows that share no bar (a method
    without interval) are drawn as points.
    """
    ordered = sorted(rows, key=lambda row: row["event_time"])
    positions = [float(row["event_time"]) for row in ordered]
    counts = [(labels.strip, [labels.persons(row.get("n_treated_persons")) for row in ordered])]
    size, height = style.with_strip(size, len(positions), counts)
    with style.drawing(size):
        figure = style.new_figure(size)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[8, height])
        _points(upper, ordered, labels, size)
        upper.set_xticks(positions, [style.event_label(row) for row in ordered])
        upper.set_xlim(positions[0] - 0.6, positions[-1] + 0.6)
        upper.tick_params(labelbottom=True)
        upper.set_xlabel(labels.since_start)
        style.strip(lower, positions, counts, size)
        _legend(figure, labels, size)
    return figure


def _points(axes: Axes, rows: Sequence[Row], labels: EventStudyLabels, size: Size) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
    style.rollout_line(axes, -0.5, labels.rollout, size)
    for row in rows:
        if row["estimate"] is None:
            continue
        x, y = float(row["event_time"]), labels.scale * row["estimate"]
        if row.get("is_reference"):
            axes.plot(
                x, 0.0, "o", markersize=7, markerfacecolor="white", markeredgecolor=style.BLUE, markeredgewidth=1.4,
                zorder=3,
            )  # fmt: skip
            continue
        if row.get("conf_low") is not None and row.get("conf_high") is not None:
            low, high = labels.scale * row["conf_low"], labels.scale * row["conf_high"]
            axes.plot([x, x], [low, high], color=style.BLUE, linewidth=2.0, solid_capstyle="butt", zorder=2)
        if row.get("band_low") is not None and row.get("band_high") is not None:
            band = [labels.scale * row["band_low"], labels.scale * row["band_high"]]
            axes.plot([x, x], band, "_-", color=style.BLUE, linewidth=0.8, markersize=6, zorder=2)
        after = x >= 0
        axes.plot(x, y, "D" if after else "o", markersize=6.5 if after else 6, color=style.BLUE, zorder=3)
    style.horizontal_grid(axes)
    style.title_above(axes, labels.axis)
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
    axes.margins(y=0.12)


def _legend(figure: Figure, labels: EventStudyLabels, size: Size) -> None:
    from matplotlib.legend_handler import HandlerLine2D
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=style.BLUE, marker="D", markersize=5.5, linewidth=2, label=labels.interval),
        Line2D([], [], color="none", marker="o", markersize=6.5, markerfacecolor="white", markeredgecolor=style.BLUE,
               markeredgewidth=1.3, label=labels.reference),
    ]  # fmt: skip
    capped: dict[Any, Any] = {}
    if labels.band:
        band = Line2D([], [], color=style.BLUE, marker="|", markersize=6, linewidth=0.8, label=labels.band)
        handles.insert(1, band)
        capped = {band: HandlerLine2D(numpoints=2)}
    narrow = size.width < style.WIDE.width
    notes = "\n".join(note for note in (labels.pretrend, labels.gap) if note)
    legend = figure.legend(
        handles=handles, handler_map=capped, loc="outside lower left", ncols=1 if narrow else 2, handletextpad=0.6,
        columnspacing=2.0, title=notes or None, title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2,
    )  # fmt: skip
    legend.get_title().set_color(style.BLACK)
