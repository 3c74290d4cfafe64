"""The effect among persons whom the programme is not for, and the triple difference, beside the headline."""

from __future__ import annotations

from typing import Any

from ipscausal.language import Catalogue, benefit_of, nearest_words, who
from ipscausal.report.cells import Cells
from ipscausal.report.document import Block, Paragraph, Table, TableRow
from ipscausal.report.released import Released, Row


def second_population(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    """Who they are, what the two effects mean, and their numbers; nothing without a second population."""
    rows = released.rows("second_population")
    if not rows:
        return ()
    return (
        Paragraph(words.text("second.text", name=name(words, released), who=_described(words, released))),
        _table(words, released, rows),
        Paragraph(words.raw("second.triple_text"), "note"),
    )


def sentences(words: Catalogue, released: Released) -> list[str]:
    """A line for each of the two effects, as the console says it."""
    cells = Cells(words)
    return [
        words.text(
            f"second.line.{row['kind']}", name=name(words, released), estimate=cells.signed(row, "estimate"),
            interval=cells.interval(row),
        )
        for row in released.rows("second_population")
    ]  # fmt: skip


def name(words: Catalogue, released: Released) -> str:
    """What the study calls these persons."""
    names = released.study["second_population"]["name"]
    return nearest_words(names, words.language)


def _described(words: Catalogue, released: Released) -> str:
    second = {key: value for key, value in released.study["second_population"].items() if value is not None}
    population: dict[str, Any] = released.study["population"] | second
    ages = population["ages"]
    aged = "" if ages == "any" else words.text("report.ages", low=ages[0], high=ages[1])
    return who(words, population | {"benefit": population["benefit"] or benefit_of(words, population)}) + aged


def _table(words: Catalogue, released: Released, rows: tuple[Row, ...]) -> Table:
    cells = Cells(words)
    main = released.effect(released.outcome)
    shown = [] if main is None else [(words.raw("second.main"), main)]
    shown += [(words.raw(f"second.row.{row['kind']}"), row) for row in rows]
    unit = words.name_of("outcome", released.outcome, "effect")
    return Table(
        caption=words.text("second.caption", unit=unit),
        columns=(
            "",
            words.raw("report.estimate"),
            words.text("report.interval_column", level=released.level),
            words.raw("report.method"),
        ),
        rows=tuple(
            TableRow((label, cells.signed(row, "estimate"), cells.interval(row), _method(words, row)))
            for label, row in shown
        ),
        text_columns=(3,),
    )


def _method(words: Catalogue, row: Row) -> str:
    return "" if row["method"] is None else words.name_of("method", str(row["method"]), "name")
