"""How much the design can tell: diagnostics, the methods tried on simulated panels, placebo and leave-one-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ipscausal import figures
from ipscausal.figures import calibration_order, display_scale
from ipscausal.language import Catalogue
from ipscausal.report.cells import Cells, withheld_note
from ipscausal.report.document import Block, Figure, Paragraph, Table, TableRow
from ipscausal.report.drawn import with_table
from ipscausal.report.released import Released, Row

IN_UNITS = ("breakdown_sd", "shock_sd")
"""Diagnostics on the scale of the outcome."""
RANGES_IN_UNITS = (*IN_UNITS, "influence")
"""Diagnostics whose range is: the influence of a municipality is a share, its range holds estimates."""

SHOWN_AS_ZERO = 0.005
"""Shares below it are written 0%."""


def design(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """The blocks of the section; none where the release holds nothing of it."""
    table = diagnostics(words, released)
    shown = _figures(words, released)
    if table is None and not shown:
        return ()
    blocks: list[Block] = [Paragraph(words.raw("report.design_text"))]
    advice = released.facts.get("advice")
    if advice is not None:
        methods = {name: words.name_of("method", str(advice[name]), "name") for name in ("primary", "companion")}
        told = words.text(f"report.design_advice_{advice['decided_on']}", **{**advice, **methods})
        mark = words.text("report.design_digest", digest=advice["digest"][:12]) if "digest" in advice else ""
        blocks.append(Paragraph(" ".join(filter(None, (told, mark)))))
    if table is not None:
        blocks.append(table)
    for figure, sentence in shown:
        blocks += [figure, Paragraph(sentence)] if sentence else [figure]
    return tuple(blocks)


def diagnostics(words: Catalogue, released: Released) -> Table | None:
    """Name, value and meaning of every diagnostic; None without rows."""
    source = released.rows("diagnostics", outcome=released.outcome)
    if not source:
        return None
    rows = tuple(
        TableRow(
            (
                _name(words, row, released.treated),
                _value(words, row),
                _meaning(words, row, released.treated),
            )
        )
        for row in source
    )
    return Table(
        caption=words.text("report.design_caption", unit=words.name_of("outcome", released.outcome, "effect")),
        columns=tuple(words.raw(f"report.{name}") for name in ("diagnostic", "value", "meaning")),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(2,),
    )


def _name(words: Catalogue, row: Row, treated: int) -> str:
    key = f"diagnostic.{row['diagnostic']}.name"
    return words.text(key, treated=treated) if words.has(key) else str(row["diagnostic"])


def _value(words: Catalogue, row: Row) -> str:
    """The value, with its plausible range in brackets where it has one."""
    key, cells = str(row["diagnostic"]), Cells(words)
    scale = display_scale(str(row["outcome"]))
    known = row["value"] is not None
    value = (
        words.text(f"diagnostic.{key}.value", value=row["value"] * (scale if key in IN_UNITS else 1.0))
        if known and words.has(f"diagnostic.{key}.value")
        else cells.plain(row, "value", 2)
    )
    if row["low"] is None or row["high"] is None:
        return value
    wording = "diagnostic.shock_sd.value" if key in RANGES_IN_UNITS else f"diagnostic.{key}.value"
    factor = scale if key in RANGES_IN_UNITS else 1.0
    low, high = (words.text(wording, value=factor * row[name]) for name in ("low", "high"))
    if words.has(f"diagnostic.{key}.range"):
        return f"{value} ({words.text(f'diagnostic.{key}.range', low=low, high=high)})"
    return f"{value} ({low} {words.style.to} {high})"


def _meaning(words: Catalogue, row: Row, treated: int) -> str:
    if row["level"] is None:
        return ""
    keys = [f"diagnostic.{row['diagnostic']}.{level}" for level in (_level(row, treated), "context")]
    return next((words.text(key, treated=treated) for key in keys if words.has(key)), "")


def _level(row: Row, treated: int) -> str:
    """Of what is at its worst for one of several reasons, the reason: a range on both sides of zero is another sign."""
    level = str(row["level"])
    if row["diagnostic"] != "influence" or level != "red" or row["low"] is None or row["high"] is None:
        return level
    if not row["low"] < 0 < row["high"]:
        return "red_lost"
    return "red_both" if treated == 1 else "red_sign"


def _figures(words: Catalogue, released: Released) -> list[tuple[Figure, str]]:
    """Each figure with the sentence that follows it."""
    makers: dict[str, Callable[[Catalogue, Released], Table]] = {
        "calibration": calibration, "placebo": placebo, "leave_one_out": leave_one_out,
    }  # fmt: skip
    sources = {name: released.tables[name] for name in ("estimates", *makers)}
    found = figures.design_figures(words, released.outcome, released.level, released.treated, sources)
    about = {"outcome": words.name_of("outcome", released.outcome, "name"), **_common(words, released)}
    return [
        (
            with_table(one, words.text(f"report.{one.name}_caption", **about), makers[one.name](words, released)),
            _pseudo_studies(words, released) if one.name == "calibration" else "",
        )
        for one in found
    ]


def _common(words: Catalogue, released: Released) -> dict[str, Any]:
    first = next(iter(released.rows("calibration", outcome=released.outcome)), None)
    return {
        "level": released.level, "treated": released.treated, "draws": None if first is None else first["draws"],
        "unit": words.name_of("outcome", released.outcome, "effect"),
    }  # fmt: skip


def _pseudo_studies(words: Catalogue, released: Released) -> str:
    """Rejections among pseudo-studies, as numbers: of ten, one more or less is ten per cent."""
    primary = released.rows("calibration", outcome=released.outcome, role="primary")
    texts = []
    for row in primary[:1]:
        for where in ("space", "time"):
            k, n = row[f"placebo_{where}_k"], row[f"placebo_{where}_n"]
            if k is not None and n:
                texts.append(words.text(f"report.placebo_in_{where}", k=k, n=n, level=released.level))
    return " ".join(texts)


def calibration(words: Catalogue, released: Released) -> Table:
    """Numbers behind the calibration figure."""
    cells, source = Cells(words), calibration_order(released.rows("calibration", outcome=released.outcome))
    rows = tuple(
        TableRow(
            (
                words.name_of("method", row["method"], "name"), words.raw(f"role.{row['role']}.name"),
                cells.share(row, "false_positive_rate"), cells.shares(row, "rate_low", "rate_high"),
                cells.share(row, "power"), cells.number(row, "mde"),
            ),
            row["role"] if row["role"] == "primary" else "plain",
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("table.calibration"),
        columns=tuple(
            words.raw(f"report.{name}") for name in ("method", "role", "rate", "plausible", "power", "detectable")
        ),
        rows=rows,
        note=" ".join(filter(None, (_never(words, source), withheld_note(words, source)))),
        text_columns=(1,),
    )


def _never(words: Catalogue, rows: Sequence[Row]) -> str:
    """What a rate says whose whole range is written 0%."""
    found = any(row["rate_high"] is not None and row["rate_high"] < SHOWN_AS_ZERO for row in rows)
    return words.raw("report.rate_zero") if found else ""


def placebo(words: Catalogue, released: Released) -> Table:
    """Numbers behind the placebo figure."""
    cells, source = Cells(words), released.rows("placebo", outcome=released.outcome)
    arm = words.raw("arm_long.treated_one" if released.treated == 1 else "arm_long.treated_many")
    rows = tuple(
        TableRow(
            (
                cells.plain(row, "position"), cells.signed(row, "contrast"), cells.plain(row, "studentised", 2),
                arm if row["is_treated"] else "",
            ),
            "primary" if row["is_treated"] else "plain",
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("table.placebo"),
        columns=tuple(words.raw(f"report.{name}") for name in ("position", "coefficient", "studentised", "taken")),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(3,),
    )


def leave_one_out(words: Catalogue, released: Released) -> Table:
    """Numbers behind the leave-one-out figure."""
    cells, source = Cells(words), released.rows("leave_one_out", outcome=released.outcome)
    rows = tuple(
        TableRow(
            (
                str(row["left_out"]), words.raw(f"arm.{row['arm']}"), cells.signed(row, "estimate"),
                cells.interval(row), cells.signed(row, "change"),
            )
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("table.leave_one_out"),
        columns=(
            words.raw("figure.left_out"), words.raw("report.arm"), words.raw("report.estimate"),
            words.text("report.interval_column", level=released.level), words.raw("report.change"),
        ),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(1,),
    )  # fmt: skip
