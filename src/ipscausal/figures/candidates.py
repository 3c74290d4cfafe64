"""Candidate comparison municipalities: level and yearly change before the rollout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROLES = (
    ("candidate", style.GREY, "o", "none"),
    ("listed", style.BLUE, "o", style.BLUE),
    ("treated", style.VERMILION, "D", style.VERMILION),
)
NAMED = 12
"""Municipalities whose code is written beside the point: the treated, the chosen, the nearest."""


@dataclass(frozen=True, slots=True)
class CandidateLabels:
    """Words of the figure in one language."""

    title: str
    alt: str
    level: str
    trend: str
    area: str
    treated: str
    listed: str
    candidate: str
    tick: Callable[[float], str]
    scale: float = 1.0


def candidates(rows: Sequence[Row], labels: CandidateLabels, size: Size = style.WIDE) -> Figure:
    """Draw one point per municipality.

    rows: municipality, role (`treated`, `listed`, `candidate`), persons, level, trend, distance
    (None for the treated); level and trend None are not drawn.
    """
    shown = [row for row in rows if row["level"] is not None and row["trend"] is not None]
    largest = max((row["persons"] for row in shown), default=1)
    names = {"treated": labels.treated, "listed": labels.listed, "candidate": labels.candidate}
    with style.drawing(size):
        figure = style.new_figure(size)
        axes = figure.subplots()
        for role, colour, marker, fill in ROLES:
            group = [row for row in shown if row["role"] == role]
            if group:
                axes.scatter(
                    [labels.scale * row["level"] for row in group], [labels.scale * row["trend"] for row in group],
                    s=[20 + 260 * row["persons"] / largest for row in group], marker=marker, edgecolors=colour,
                    facecolors=fill, alpha=0.85, linewidths=1.2, label=names[role],
                )  # fmt: skip
        for row in _to_name(shown):
            axes.annotate(
                str(row["municipality"]), (labels.scale * row["level"], labels.scale * row["trend"]),
                xytext=(5, 5), textcoords="offset points", fontsize=size.text * 0.8, color=style.BLACK,
            )  # fmt: skip
        _frame(axes, labels)
        figure.legend(
            *axes.get_legend_handles_labels(), loc="outside lower left",
            ncols=1 if size.width < style.WIDE.width else 3, title=labels.area, alignment="left", markerscale=0.6,
        )  # fmt: skip
    return figure


def _to_name(rows: Sequence[Row]) -> list[Row]:
    chosen = [row for row in rows if row["role"] != "candidate"]
    others = sorted((row for row in rows if row["role"] == "candidate"), key=lambda row: row.get("distance") or 0.0)
    return (chosen + others)[: max(NAMED, len([row for row in rows if row["role"] == "treated"]))]


def _frame(axes: Axes, labels: CandidateLabels) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.axhline(0, color=style.BLACK, linewidth=0.8, zorder=1)
    style.horizontal_grid(axes)
    style.title_above(axes, labels.trend)
    axes.set_xlabel(labels.level)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
    axes.margins(0.12)
