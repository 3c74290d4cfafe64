"""Where the effect is larger, with restraint: by subgroup and by municipality."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures import display_scale
from ipscausal.language import Catalogue
from ipscausal.report.cells import Cells, withheld_note
from ipscausal.report.document import Block, Bullets, Paragraph, Table, TableRow
from ipscausal.report.drawn import of_effect
from ipscausal.report.released import Released, Row


def subgroups(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """Effects by subgroup with what was declared, one test a dimension, figure and table; nothing without rows."""
    source = released.rows("subgroups", outcome=released.outcome)
    if not source:
        return ()
    dimensions = {str(row["dimension"]): row for row in source}
    blocks: list[Block] = []
    for key, declared in (("subgroups_exploratory", False), ("subgroups_declared", True)):
        named = [_dimension(words, name) for name, row in dimensions.items() if bool(row["declared"]) is declared]
        blocks += [Paragraph(words.text(f"report.{key}", dimensions=named, count=len(named)))] if named else []
    table = _levels(words, released, source)
    outcome = words.name_of("outcome", released.outcome, "name")
    caption = words.text("report.subgroups_caption", outcome=outcome, level=released.level)
    figure = of_effect(words, released, "subgroups", caption, table)
    tests = Bullets(tuple(_test(words, name, row) for name, row in dimensions.items()))
    meanings = [
        f"{_dimension(words, name)}: {words.raw(key)}"
        for name in dimensions
        if words.has(key := f"dimension_means.{name}")
    ]
    note = [Paragraph(" ".join(meanings), "note")] if meanings else []
    return (*blocks, table if figure is None else figure, tests, *note)


def _dimension(words: Catalogue, name: str) -> str:
    return words.name("dimension", name)


def _test(words: Catalogue, name: str, row: Row) -> str:
    dimension = _dimension(words, name)
    if row["p_interaction"] is None:
        return words.text("report.subgroups_untested", dimension=dimension)
    p_values = {"p": row["p_interaction"], "holm": row["p_interaction_holm"]}
    key = "subgroups_test_alone" if p_values["holm"] is None else "subgroups_test"
    return words.text(f"report.{key}", dimension=dimension, **p_values)


def _levels(words: Catalogue, released: Released, source: Sequence[Row]) -> Table:
    cells = Cells(words)
    joint = any(row["p_romano_wolf"] is not None for row in source)
    rows: list[TableRow] = []
    for name in dict.fromkeys(str(row["dimension"]) for row in source):
        own = [row for row in source if row["dimension"] == name]
        standing = words.raw("standing.declared" if own[0]["declared"] else "standing.exploratory")
        rows.append(TableRow((f"{_dimension(words, name)} ({standing})",), "group"))
        rows += [
            TableRow(
                (
                    words.name("subgroup", str(row["level"])), cells.signed(row, "estimate"), cells.interval(row),
                    cells.p_value(row), _p(cells, row, "p_holm"),
                    *((_p(cells, row, "p_romano_wolf"),) if joint else ()), cells.plain(row, "n_person_years"),
                )
            )
            for row in own
        ]  # fmt: skip
    columns = ("p", "p_holm", *(("p_romano_wolf",) if joint else ()), "person_years")
    return Table(
        caption=words.raw("table.subgroups"),
        columns=(
            words.raw("report.subgroup"), words.raw("report.estimate"),
            words.text("report.interval_column", level=released.level),
            *(words.raw(f"report.{column}") for column in columns),
        ),
        rows=tuple(rows),
        note=withheld_note(words, source),
    )  # fmt: skip


def _p(cells: Cells, row: Row, column: str) -> str:
    return cells.p_value({**row, "p_value": row[column]})


def by_dose(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """Effects by group of doses and along the dose, with what they identify; nothing without rows."""
    source = released.rows("dose", outcome=released.outcome)
    if not source:
        return ()
    cells = Cells(words)
    named = released.study["design"]["dose"]
    # without a dose of the rollout table it is the share of units that start in a part of them
    dose = words.raw("dose.share" if named == "none" else f"dose.{named}")
    rows = tuple(
        TableRow(
            (
                words.text(f"report.dose_{_dose_kind(row)}", label=row["label"], dose=dose),
                cells.signed(row, "estimate", _decimals(row)), cells.interval(row, decimals=_decimals(row)),
                cells.plain(row, "n_treated"),
            )
        )
        for row in source
    )  # fmt: skip
    table = Table(
        caption=words.raw("table.dose"),
        columns=(
            words.raw("report.dose_column"), words.raw("report.estimate"),
            words.text("report.interval_column", level=released.level), words.raw("report.dose_municipalities"),
        ),
        rows=rows,
        note=withheld_note(words, source),
    )  # fmt: skip
    meanings = [words.raw(f"notice.identifies_{name}") for name in dict.fromkeys(str(r["estimator"]) for r in source)]
    return (table, *(Paragraph(text) for text in meanings))


def _dose_kind(row: Row) -> str:
    return "slope" if row["term"] == "slope" else "group" if row["label"] else "all"


def _decimals(row: Row) -> int:
    """A slope is per unit of dose: of 25 to 125 points of fidelity, a small number."""
    return 3 if row["term"] == "slope" else 1


def by_municipality(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """Effects of the treated municipalities by size, drawn towards their mean; nothing without a released row."""
    source = released.rows("municipality_effects", outcome=released.outcome)
    known = [row for row in source if row["shrunken"] is not None]
    if not known:
        return ()
    scale, unit = display_scale(released.outcome), words.name_of("outcome", released.outcome, "effect")
    mean = words.style.signed(scale * known[0]["mean"], 1)
    spread = words.style.number(scale * known[0]["spread"], 1)
    left = words.text(f"report.municipalities_{'spread' if known[0]['spread'] > 0 else 'alike'}", spread=spread)
    texts = [words.text("report.municipalities_text", count=len(source), mean=mean, left=left, unit=unit)]
    if len(known) < len(source):
        texts.append(words.text("report.municipalities_withheld", count=len(source) - len(known)))
    table = _places(words, released, known)
    outcome = words.name_of("outcome", released.outcome, "name")
    caption = words.text("report.municipalities_caption", outcome=outcome, level=released.level)
    figure = of_effect(words, released, "municipality_effects", caption, table)
    return Paragraph(" ".join(texts)), table if figure is None else figure


def _places(words: Catalogue, released: Released, known: Sequence[Row]) -> Table:
    cells = Cells(words)
    rows = tuple(
        TableRow(
            (
                cells.plain(row, "position"), cells.signed(row, "estimate"), cells.signed(row, "shrunken"),
                cells.interval(row),
            )
        )
        for row in known
    )  # fmt: skip
    return Table(
        caption=words.raw("table.municipality_effects"),
        columns=(
            *(words.raw(f"report.{name}") for name in ("place", "raw", "shrunken")),
            words.text("report.interval_column", level=released.level),
        ),
        rows=rows,
    )
