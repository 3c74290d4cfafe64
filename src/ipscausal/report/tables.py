"""The tables of the report, from released rows."""

from __future__ import annotations

from ipscausal.figures import event_label
from ipscausal.language import MISSING, Catalogue, flow_rule
from ipscausal.report.cells import Cells, withheld_note
from ipscausal.report.document import Table, TableRow
from ipscausal.report.released import Released, Row

ARMS = ("treated", "control", "all")
ROLES = ("primary", "companion", "other", "conventional")
TONES = {"known_invalid": "muted", "not_identified": "muted"}


def flow(words: Catalogue, released: Released) -> Table:
    """Persons and person-years that remain after each rule, per arm."""
    cells = Cells(words)
    steps = dict.fromkeys((row["step"], row["rule"]) for row in released.tables["flow"])
    present = [arm for arm in ARMS if any(row["arm"] == arm for row in released.tables["flow"])]
    rows = []
    for step, rule in steps:
        found = {row["arm"]: row for row in released.rows("flow", step=step)}
        counts = [
            cells.plain(found[arm], column) if arm in found else ""
            for arm in present
            for column in ("persons", "person_years")
        ]
        rows.append(TableRow((flow_rule(words, released.study, rule), *counts)))
    return Table(
        caption=words.raw("table.flow"),
        columns=(
            words.raw("report.flow_rule"),
            *(words.raw(f"report.flow_{column}") for _ in present for column in ("persons", "person_years")),
        ),
        rows=tuple(rows),
        groups=(("", 1), *((words.raw(f"arm.{arm}"), 2) for arm in present)),
        note=withheld_note(words, released.tables["flow"]),
    )


def baseline(words: Catalogue, released: Released) -> Table:
    """Means, standard deviations and standardised differences before the rollout."""
    cells, source = Cells(words), released.tables["baseline"]
    rows = [
        TableRow(
            (
                _variable(words, row),
                *(
                    _level(words, cells, row, column)
                    for column in ("treated_mean", "treated_sd", "control_mean", "control_sd")
                ),
                cells.plain(row, "std_difference", 2),
            )
        )
        for row in source
    ]
    if source:
        first = source[0]
        counts = (cells.plain(first, "n_treated"), "", cells.plain(first, "n_control"), "", "")
        rows.append(TableRow((words.raw("report.baseline_persons"), *counts)))
    mean, deviation = words.raw("report.baseline_mean"), words.raw("report.baseline_sd")
    return Table(
        caption=_baseline_caption(words, source),
        columns=(
            words.raw("report.baseline_variable"),
            mean,
            deviation,
            mean,
            deviation,
            words.raw("report.baseline_difference"),
        ),
        rows=tuple(rows),
        groups=(("", 1), (words.raw("arm.treated"), 2), (words.raw("arm.control"), 2), ("", 1)),
        note=withheld_note(words, source),
    )


def methods(words: Catalogue, released: Released) -> Table:
    """The effect on the primary outcome by every method."""
    source = released.rows("estimates", outcome=released.outcome, term="att")
    rows: list[TableRow] = []
    notes = (
        _size(words, source), _unreached(words, released, source), _rated(words, released, source),
        withheld_note(words, source),
    )  # fmt: skip
    for role in ROLES:
        of_role = [_method(words, released, row) for row in source if row["role"] == role]
        rows += [TableRow((words.raw(f"role.{role}.group"),), "group"), *of_role] if of_role else []
    return Table(
        caption=words.text(
            "report.main_caption", outcome=words.name_of("outcome", released.outcome, "name"),
            unit=words.name_of("outcome", released.outcome, "effect"),
        ),
        columns=(
            words.raw("report.method"), words.raw("report.estimate"), words.raw("report.std_error"),
            words.raw("report.df"), words.text("report.interval_column", level=released.study["inference"]["level"]),
            words.raw("report.p"), words.raw("report.status"),
        ),
        rows=tuple(rows),
        note=" ".join(filter(None, notes)),
        text_columns=(6,),
    )  # fmt: skip


def _method(words: Catalogue, released: Released, row: Row) -> TableRow:
    cells = Cells(words)
    conventional = row["role"] == "conventional"
    return TableRow(
        (
            words.name_of("method", row["method"], "name"), cells.signed(row, "estimate"),
            cells.number(row, "std_error"), cells.plain(row, "df"), cells.interval(row),
            _with_rate(words, released, row) if conventional else cells.p_value(row),
            words.raw(f"status.{row['status']}.name"),
        ),
        row["role"] if row["role"] == "primary" else "muted" if conventional else TONES.get(row["status"], "plain"),
    )  # fmt: skip


def _with_rate(words: Catalogue, released: Released, row: Row) -> str:
    """The p-value of the conventional method beside the rate at which it finds effects that are not there."""
    rates = released.rows("calibration", outcome=released.outcome, method=row["method"])
    rate = rates[0]["false_positive_rate"] if rates else None
    if rate is None or row["p_value"] is None:
        return MISSING
    return words.text("report.p_with_rate", p=row["p_value"], rate=rate)


def _rated(words: Catalogue, released: Released, source: tuple[Row, ...]) -> str:
    told = (_with_rate(words, released, row) for row in source if row["role"] == "conventional")
    return words.raw("report.p_with_rate_note") if any(text != MISSING for text in told) else ""


def other_outcomes(words: Catalogue, released: Released) -> Table | None:
    """The primary method on every other outcome; None where the study names none."""
    cells = Cells(words)
    others = [name for name in released.study["outcome"]["also"] if name != released.outcome]
    source = [row for name in others if (row := released.effect(name)) is not None]
    if not source:
        return None
    rows = tuple(
        TableRow(
            (
                words.name_of("outcome", row["outcome"], "name"), words.name_of("outcome", row["outcome"], "effect"),
                cells.signed(row, "estimate"), cells.interval(row),
            )
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("report.others_caption"),
        columns=(
            words.raw("report.outcome"), words.raw("report.unit"), words.raw("report.estimate"),
            words.text("report.interval_column", level=released.study["inference"]["level"]),
        ),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(1,),
    )  # fmt: skip


def event_study(words: Catalogue, released: Released, outcome: str) -> Table:
    """Numbers behind the event-study figure."""
    cells, source = Cells(words), released.rows("event_study", outcome=outcome)
    banded = any(row["band_low"] is not None for row in source)
    reference = words.raw("figure.reference")
    rows = tuple(
        TableRow(
            (
                event_label(row), cells.signed(row, "estimate"),
                reference if row["is_reference"] else cells.interval(row),
                *((_band(cells, row),) if banded else ()),
                cells.plain(row, "n_treated_persons"),
            )
        )
        for row in source
    )  # fmt: skip
    level = released.study["inference"]["level"]
    return Table(
        caption=words.text(
            "report.numbers_behind", what=words.name_of("outcome", outcome, "axis")
        ),
        columns=(
            words.raw("report.event_label"), words.raw("report.effect"),
            words.text("report.interval_column", level=level),
            *((words.text("report.band_column", level=level),) if banded else ()),
            words.raw("report.treated_persons"),
        ),
        rows=rows,
        note=withheld_note(words, source),
    )  # fmt: skip


def _band(cells: Cells, row: Row) -> str:
    return "" if row["is_reference"] else cells.interval(row, "band_low", "band_high")


def trends(words: Catalogue, released: Released, outcome: str) -> Table:
    """Numbers behind the trend figure: mean and recipients by year and arm."""
    return _by_year(
        words,
        released,
        outcome,
        words.text("report.numbers_behind", what=words.name_of("outcome", outcome, "level")),
        ("mean", "persons"),
    )


def recipients(words: Catalogue, released: Released) -> Table:
    """Recipients by year and arm."""
    return _by_year(words, released, released.outcome, words.raw("report.recipients_caption"), ("persons",))


def _by_year(words: Catalogue, released: Released, outcome: str, caption: str, columns: tuple[str, ...]) -> Table:
    cells, source = Cells(words), released.rows("trends", outcome=outcome)
    found = {(row["arm"], row["year"]): row for row in source}
    arms = ("treated", "control")
    rows = []
    for year in sorted({row["year"] for row in source}):
        texts = [_by_arm(cells, found.get((arm, year)), column) for arm in arms for column in columns]
        rows.append(TableRow((words.period_name(year), *texts)))
    grouped = len(columns) > 1
    return Table(
        caption=caption,
        columns=(
            words.raw("report.year"),
            *(
                (words.raw(f"report.{column}") for _ in arms for column in columns)
                if grouped
                else (words.raw(f"arm.{arm}") for arm in arms)
            ),
        ),
        rows=tuple(rows),
        groups=(("", 1), *((words.raw(f"arm.{arm}"), len(columns)) for arm in arms)) if grouped else (),
        note=withheld_note(words, source),
    )


def _by_arm(cells: Cells, row: Row | None, column: str) -> str:
    if row is None:
        return ""
    return cells.plain(row, column) if column == "persons" else cells.number(row, column)


def _level(words: Catalogue, cells: Cells, row: Row, column: str) -> str:
    """A share as percent (its standard deviation says nothing more), a mean with one decimal."""
    if row["kind"] == "share":
        if column.endswith("_sd"):
            return ""
        return cells.plain(row, column) if row[column] is None else words.style.percent(row[column], 1)
    return cells.plain(row, column, 1)


def _variable(words: Catalogue, row: Row) -> str:
    return words.name("variable", str(row["variable"]))


def _baseline_caption(words: Catalogue, rows: tuple[Row, ...]) -> str:
    if not rows:
        return words.raw("table.baseline")
    first, last = rows[0]["period_from"], rows[0]["period_to"]
    if first == last:
        return words.text("report.baseline_caption_one", first=first)
    return words.text("report.baseline_caption", first=first, last=last)


def _size(words: Catalogue, rows: tuple[Row, ...]) -> str:
    for row in rows:
        if row["n_person_years"] is not None:
            numbers = {
                "municipalities": row["n_municipalities"], "treated": row["n_treated"],
                "control": row["n_municipalities"] - row["n_treated"], "person_years": row["n_person_years"],
            }  # fmt: skip
            if row["n_persons"] is None:
                return words.text("report.main_note_short", **numbers)
            return words.text("report.main_note", persons=row["n_persons"], **numbers)
    return ""


def _unreached(words: Catalogue, released: Released, rows: tuple[Row, ...]) -> str:
    """Municipalities that start and have nobody afterwards: the design counts them as treated, an estimate does not."""
    for row in rows:
        if row["n_person_years"] is not None:
            count = released.treated - row["n_treated"]
            among = row["n_municipalities"] == released.facts["n_municipalities"]
            return words.text("report.main_note_unreached", count=count) if among and count > 0 else ""
    return ""
