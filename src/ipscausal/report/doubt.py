"""Would the answer stand? The checks with their verdicts, trends that differ, and every declared way of asking."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures import display_scale, restriction_text
from ipscausal.language import MISSING, WITHHELD, Catalogue, check_name, check_sentence, specification_name
from ipscausal.report.cells import Cells, withheld_note
from ipscausal.report.document import Block, Paragraph, Table, TableRow
from ipscausal.report.drawn import of_effect
from ipscausal.report.estimators import name_of
from ipscausal.report.released import Released, Row

SIDES = {"above": "side_above", "below": "side_below", "not told apart": "side_open"}
P_VALUES, MULTIPLES = ("placebo_municipalities",), ("honest_did",)
"""Questions whose number is a p-value, or a multiple of what was seen before."""


def doubt(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """The blocks of the section; none where the release holds none of it."""
    checks = _checks(words, released)
    parts = (*_honest(words, released), *_specifications(words, released))
    return (*checks, *parts)


def _checks(words: Catalogue, released: Released) -> tuple[Block, ...]:
    source = released.rows("sensitivity", outcome=released.outcome)
    if not source:
        return ()
    table = Table(
        caption=words.raw("table.sensitivity"),
        columns=tuple(words.raw(f"report.{name}") for name in ("check", "verdict", "number", "found")),
        rows=tuple(_check(words, released, row) for row in source),
        note=withheld_note(words, source),
        text_columns=(1, 3),
    )
    return Paragraph(_summary(words, source)), Paragraph(words.raw("report.checks_text")), table


def _summary(words: Catalogue, source: Sequence[Row]) -> str:
    """How many passed, which did not, how many cannot tell."""
    verdicts = [row["verdict"] for row in source]
    texts = [words.text("report.checks_summary", passed=verdicts.count("passed"), of=len(source))]
    failed = quoted_names(words, [row for row in source if row["verdict"] == "not passed"])
    texts += [words.text("report.checks_failed", names=failed)] if failed else []
    for key, verdict in (("checks_open", "cannot tell"), ("checks_withheld", None)):
        count = verdicts.count(verdict)
        texts += [words.text(f"report.{key}", count=count)] if count else []
    return " ".join(texts)


def name_of_check(words: Catalogue, row: Row) -> str:
    """What the study calls the check, else the catalogue's name of its question."""
    return check_name(words, str(row["question"]), str(row["check"]))


def quoted_names(words: Catalogue, rows: Sequence[Row]) -> list[str]:
    """The names of checks in quotes, for a sentence: names have several words and begin with a capital letter."""
    return [words.text("report.quoted_name", name=name_of_check(words, row)) for row in rows]


def _check(words: Catalogue, released: Released, row: Row) -> TableRow:
    verdict = row["verdict"]
    shown = WITHHELD if verdict is None else words.raw(f"check.{verdict.replace(' ', '_')}")
    return TableRow(
        (name_of_check(words, row), shown, _number(words, row), _found(words, released, row)),
        "primary" if verdict == "not passed" else "plain",
    )


def _number(words: Catalogue, row: Row) -> str:
    cells = Cells(words)
    if row["value"] is None:
        return WITHHELD if row["state"] != "released" else MISSING
    if row["question"] in P_VALUES:
        return words.text("report.p_value", value=row["value"])
    if row["question"] in MULTIPLES:
        return words.text("report.multiple", value=row["value"])
    return cells.signed(row, "value")


def _found(words: Catalogue, released: Released, row: Row) -> str:
    """The question, and the sentence of the verdict."""
    asked = words.raw(f"check.{row['question']}.question")
    if row["state"] != "released":
        return f"{asked} {words.raw('report.check_withheld')}"
    scale = display_scale(released.outcome)
    return f"{asked} {check_sentence(words, row['question'], row['verdict'], row, name_of_check(words, row), scale)}"


def _honest(words: Catalogue, released: Released) -> tuple[Block, ...]:
    source = released.rows("honest", outcome=released.outcome)
    if not source:
        return ()
    cells = Cells(words)
    rows = tuple(TableRow((cells.plain(row, "m", 2), cells.interval(row))) for row in source)
    table = Table(
        caption=words.raw("table.honest"),
        columns=(words.raw("report.size"), words.text("report.interval_column", level=released.level)),
        rows=rows,
        note=withheld_note(words, source),
    )
    caption = words.text(
        "report.honest_caption", outcome=words.name_of("outcome", released.outcome, "name"), level=released.level,
        restriction=restriction_text(words, str(source[0]["restriction"])),
    )  # fmt: skip
    figure = of_effect(words, released, "honest", caption, table)
    return (table,) if figure is None else (figure, Paragraph(_breakdown(words, source)))


def _breakdown(words: Catalogue, source: Sequence[Row]) -> str:
    enters = source[0]["breakdown"]
    if enters is None:
        return words.text("report.honest_none", size=max(row["m"] for row in source))
    return words.text("report.honest_at" if enters > 0 else "report.honest_zero", size=enters)


def _specifications(words: Catalogue, released: Released) -> tuple[Block, ...]:
    source = released.rows("specification_curve", outcome=released.outcome)
    if not source:
        return ()
    cells = Cells(words)
    rows = tuple(
        TableRow(
            (
                name_of(words, row["estimator"]), specification_name(words, str(row["data"])),
                cells.signed(row, "estimate"), cells.interval(row),
                _side(words, row),
            ),
            "primary" if row["is_main"] else "plain",
        )
        for row in source
    )  # fmt: skip
    table = Table(
        caption=words.raw("table.specification_curve"),
        columns=(
            words.raw("report.specification_estimator"), words.raw("report.specification_data"),
            words.raw("report.estimate"), words.text("report.interval_column", level=released.level),
            words.raw("report.specification_side"),
        ),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(1, 4),
    )  # fmt: skip
    caption = words.text(
        "report.specification_caption", outcome=words.name_of("outcome", released.outcome, "name"), level=released.level
    )
    figure = of_effect(words, released, "specification_curve", caption, table)
    sentence = _share(words, released)
    return table if figure is None else figure, *([Paragraph(sentence)] if sentence else [])


def _side(words: Catalogue, row: Row) -> str:
    if row["side"] is None:
        return MISSING if row["state"] == "released" else WITHHELD
    return words.raw(f"report.{SIDES[row['side']]}")


def _share(words: Catalogue, released: Released) -> str:
    """How many of the other ways agree, from the fact that leaves only where all of them do."""
    found = released.facts.get("specifications")
    if found is None or found["same_sign"] is None:
        return ""
    scale = display_scale(released.outcome)
    shown = {
        name: words.style.signed(scale * found[fact], 1)
        for name, fact in (("low", "lowest"), ("high", "highest"), ("median", "median"))
    }
    key = "specification_sign" if found["same_verdict"] is None else "specification_share"
    return words.text(
        f"report.{key}", count=found["count"] - 1, sign=found["same_sign"], verdict=found["same_verdict"],
        unit=words.name_of("outcome", released.outcome, "effect"), **shown,
    )  # fmt: skip
