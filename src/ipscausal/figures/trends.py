"""The trend figure: mean by calendar year and arm, adoption marked, persons below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ARMS = (("treated", style.VERMILION, "D", "-"), ("control", style.BLUE, "o", (0, (5, 2))))


@dataclass(frozen=True, slots=True)
class TrendsLabels:
    """Words of the figure in one language.

    arm: name of the arm by code; adoption: first exposed years to mark; breaks: years in which what is measured breaks,
    and what the legend calls them; period_name: of a year or quarter; scale as in the event study.
    """

    title: str
    alt: str
    axis: str
    calendar_year: str
    rollout: str
    treated: str
    control: str
    strip_treated: str
    strip_control: str
    gap: str
    adoption: tuple[int, ...]
    persons: Callable[[float | None], str]
    tick: Callable[[float], str]
    period_name: Callable[[int], str]
    scale: float = 1.0
    breaks: tuple[int, ...] = ()
    broken: str = ""


def trends(rows: Sequence[Row], labels: TrendsLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `trends` of one outcome; a mean that is None leaves a gap."""
    years = sorted({int(row["year"]) for row in rows})
    cells = {(row["arm"], int(row["year"])): row for row in rows}
    counts = [
        (text, [labels.persons(cells.get((arm, year), {}).get("persons")) for year in years])
        for (arm, *_), text in zip(ARMS, (labels.strip_treated, labels.strip_control), strict=True)
    ]
    size, height = style.with_strip(size, len(years), counts)
    with style.drawing(size):
        figure = style.new_figure(size)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[8, height])
        names = {"treated": labels.treated, "control": labels.control}
        for arm, colour, marker, line in ARMS:
            means = [cells.get((arm, year), {}).get("mean") for year in years]
            values = [float("nan") if mean is None else labels.scale * mean for mean in means]
            upper.plot(
                years, values, color=colour, marker=marker, linestyle=line, linewidth=1.6, markersize=5.5,
                markerfacecolor=colour if arm == "treated" else "white", markeredgewidth=1.3, label=names[arm],
            )  # fmt: skip
        for place, year in enumerate(labels.breaks):
            style_of_break = {"color": style.BLACK, "linewidth": 1.1, "linestyle": (0, (1, 2)), "zorder": 1}
            upper.axvline(year - 0.5, label=labels.broken if place == 0 else None, **style_of_break)
        _frame(upper, years, labels, size)
        style.strip(lower, [float(year) for year in years], counts, size)
        narrow = size.width < style.WIDE.width
        figure.legend(
            *upper.get_legend_handles_labels(), loc="outside lower left", ncols=1 if narrow else 2, columnspacing=2.0,
            title=labels.gap or None, title_fontsize=size.text * 0.88, alignment="left", borderaxespad=0.2,
        )  # fmt: skip
    return figure


def _frame(axes: Axes, years: Sequence[int], labels: TrendsLabels, size: Size) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for place, year in enumerate(labels.adoption):
        style.rollout_line(axes, year - 0.5, "" if place else labels.rollout, size)
    style.horizontal_grid(axes)
    style.title_above(axes, labels.axis)
    axes.set_xticks(*style.period_ticks(years, labels.period_name, size))
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    axes.set_xlabel(labels.calendar_year)
    axes.tick_params(labelbottom=True)
    axes.margins(y=0.18)
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.tick(value)))
