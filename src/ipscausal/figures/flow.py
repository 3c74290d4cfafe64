"""The population flow: what remains after each rule, in a box for each arm, filled to the share that remains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipscausal.figures import style
from ipscausal.figures.style import Row, Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, BOX, GAP, HEAD = 0.19, 0.42, 0.16, 0.4
"""Inches: a line of text, a box, the room between steps, and the room of the names of the arms."""
INDENT, BETWEEN = 0.28, 0.12
"""Inches left of everything, for the arrows, and between boxes."""
TINTS = {"treated": "#F6CDB0", "control": "#C5DDEE", "all": "#DFE2E5"}
"""Light enough for black text in colour and in grey; the arm is told by the column."""


@dataclass(frozen=True, slots=True)
class FlowLabels:
    """Words of the figure in one language.

    arms: name by code, in the order of the columns; remaining: what the two numbers in a box are; withheld: in a box
    that has none; rule: of a row; number: how a count is written, None being withheld.
    """

    title: str
    alt: str
    arms: Mapping[str, str]
    remaining: str
    withheld: str
    rule: Callable[[Row], str]
    number: Callable[[float | None], str]


def flow(rows: Sequence[Row], labels: FlowLabels, size: Size = style.WIDE) -> Figure:
    """Draw rows of the table `flow`, the steps from top to bottom and an arm in each column."""
    steps = sorted({row["step"] for row in rows})
    cells = {(row["step"], row["arm"]): row for row in rows}
    rules = [style.wrapped(labels.rule(next(row for row in rows if row["step"] == step)), size, 0.86) for step in steps]
    heights = [LINE * (rule.count("\n") + 1) + BOX + GAP for rule in rules]
    remaining = style.wrapped(labels.remaining, size, 0.98)
    head = HEAD + LINE * (remaining.count("\n") + 1)
    size = replace(size, height=head + sum(heights))
    with style.drawing(size):
        figure = style.new_figure(size)
        # inches on both axes: nothing is squeezed where a rule takes two lines
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0, size.width)
        axes.set_ylim(size.height, 0)
        axes.set_axis_off()
        width = (size.width - INDENT) / len(labels.arms)
        columns = {arm: INDENT + place * width for place, arm in enumerate(labels.arms)}
        axes.text(0.06, 0.06, remaining, va="top", fontsize=size.text, color=style.BLACK)
        for arm, name in labels.arms.items():
            axes.text(columns[arm], head - 0.17, name, va="center", fontsize=size.text * 0.95, color=style.GREY)
        top = head
        for place, (step, rule, height) in enumerate(zip(steps, rules, heights, strict=True)):
            axes.text(INDENT, top, rule, va="top", fontsize=size.text * 0.95, color=style.BLACK)
            bottom = top + height - GAP
            if place:
                _arrow(axes, top - GAP - BOX / 2, bottom - BOX / 2)
            for arm, left in columns.items():
                if (step, arm) in cells:
                    share = _share(cells.get((steps[0], arm)), cells[step, arm])
                    _box(axes, (left, bottom - BOX, width - BETWEEN), cells[step, arm], share, labels, size)
            top += height
    return figure


def _share(first: Row | None, row: Row) -> float:
    """Of the persons of the first step; 0 where either is withheld."""
    if first is None or not first["persons"] or row["persons"] is None:
        return 0.0
    return min(1.0, float(row["persons"]) / float(first["persons"]))


def _box(axes: Axes, place: tuple[float, float, float], row: Row, share: float, labels: FlowLabels, size: Size) -> None:
    from matplotlib.patches import Rectangle

    left, top, width = place
    hidden = row["persons"] is None and row["person_years"] is None
    if share:
        axes.add_patch(Rectangle((left, top), share * width, BOX, facecolor=TINTS[row["arm"]], edgecolor="none"))
    axes.add_patch(
        Rectangle(
            (left, top), width, BOX, facecolor="#F2F4F5" if hidden else "none",
            edgecolor="#C9D0D6" if hidden else style.GREY, hatch="////" if hidden else None, linewidth=0.8,
            linestyle=(0, (3, 2)) if hidden else "-",
        )
    )  # fmt: skip
    middle = left + width / 2
    if hidden:
        axes.text(
            middle, top + BOX / 2, labels.withheld, ha="center", va="center", fontsize=size.text * 0.9,
            color=style.BLACK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
        return
    written: dict[str, Any] = {"ha": "center", "va": "center", "color": style.BLACK}
    persons, years = labels.number(row["persons"]), labels.number(row["person_years"])
    axes.text(middle, top + 0.13, persons, fontsize=size.text, fontweight="bold", **written)
    axes.text(middle, top + 0.3, years, fontsize=size.text * 0.9, **written)


def _arrow(axes: Axes, start: float, end: float) -> None:
    look = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 1.0, "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", (INDENT / 2, end), xytext=(INDENT / 2, start), arrowprops=look)
