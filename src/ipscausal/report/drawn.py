"""The figures of the report, drawn from released rows by the figures room."""

from __future__ import annotations

from ipscausal import figures, periods
from ipscausal.language import Catalogue
from ipscausal.report import tables
from ipscausal.report.document import Figure, Table
from ipscausal.report.released import Released


def trends(words: Catalogue, released: Released, outcome: str) -> Figure | None:
    """Mean by calendar year and arm; None without rows."""
    rows = released.rows("trends", outcome=outcome)
    if not rows:
        return None
    starts = tuple(released.facts["adoption_years"].values())
    breaks = periods.firsts(released.study["outcome"].get("break_years", ()), words.period)
    labels = figures.trends_labels(words, outcome, rows, starts, released.treated, breaks)
    return Figure(
        caption=words.text("report.trends_caption", outcome=words.name_of("outcome", outcome, "level")),
        alt=labels.alt,
        wide_svg=figures.svg(figures.trends(rows, labels, figures.WIDE), labels),
        narrow_svg=figures.svg(figures.trends(rows, labels, figures.NARROW), labels),
        table=tables.trends(words, released, outcome),
        png=lambda: figures.png(figures.trends(rows, labels, figures.WIDE), labels),
    )


def event_study(words: Catalogue, released: Released, outcome: str) -> Figure | None:
    """The effect by year since the start; None without rows."""
    rows = released.rows("event_study", outcome=outcome)
    if not rows:
        return None
    level = released.study["inference"]["level"]
    labels = figures.event_study_labels(words, outcome, level, rows, released.tables["estimates"])
    method = next((row["method"] for row in rows if not row["is_reference"]), rows[0]["method"])
    return Figure(
        caption=words.text(
            "report.event_caption", outcome=words.name_of("outcome", outcome, "name"), level=level,
            method=words.raw(f"method.{method}.name"),
        ),
        alt=labels.alt,
        wide_svg=figures.svg(figures.event_study(rows, labels, figures.WIDE), labels),
        narrow_svg=figures.svg(figures.event_study(rows, labels, figures.NARROW), labels),
        table=tables.event_study(words, released, outcome),
        png=lambda: figures.png(figures.event_study(rows, labels, figures.WIDE), labels),
    )  # fmt: skip


def flow(words: Catalogue, released: Released) -> Figure | Table:
    """What remains after each rule; the table alone where every step is withheld."""
    rows, table = released.tables["flow"], tables.flow(words, released)
    if all(row["persons"] is None for row in rows):
        return table
    labels = figures.flow_labels(words, released.study, rows)
    drawing = figures.DesignFigure("flow", labels, lambda size: figures.flow(rows, labels, size))
    return with_table(drawing, words.raw("table.flow"), table)


def of_effect(words: Catalogue, released: Released, name: str, caption: str, table: Table) -> Figure | None:
    """The figure of a table about the effect; None where the release holds too little to draw."""
    rows = {name: released.rows(name, outcome=released.outcome)}
    found = figures.effect_figures(words, released.outcome, released.level, rows)
    return None if not found else with_table(found[0], caption, table)


def with_table(one: figures.DesignFigure, caption: str, table: Table) -> Figure:
    """Both drawings of a figure with its caption and the numbers under it."""
    return Figure(
        caption=caption,
        alt=one.labels.alt,
        wide_svg=figures.svg(one.draw(figures.WIDE), one.labels),
        narrow_svg=figures.svg(one.draw(figures.NARROW), one.labels),
        table=table,
        png=lambda: figures.png(one.draw(figures.WIDE), one.labels),
    )
