"""Who comes and who goes between the years, by arm."""

from __future__ import annotations

from ipscausal.language import MISSING, Catalogue
from ipscausal.report.cells import Cells
from ipscausal.report.document import Table, TableRow
from ipscausal.report.released import Released

BEFORE, AFTER = ("stayed", "came", "came_moved"), ("gone", "gone_moved", "gone_died")
COLUMNS = (*BEFORE, *AFTER)


def composition(words: Catalogue, released: Released) -> Table | None:
    """One row per arm and year; None where the study does not count it."""
    source, cells = released.rows("composition"), Cells(words)
    if not source:
        return None
    ordered = sorted(source, key=lambda row: (row["arm"] != "treated", row["year"]))
    years = [row["year"] for row in source]
    nothing = {min(years): BEFORE, max(years): AFTER}
    rows = tuple(
        TableRow(
            (
                words.raw(f"arm.{row['arm']}"), words.period_name(row["year"]),
                *(MISSING if name in nothing.get(row["year"], ()) else cells.plain(row, name) for name in COLUMNS),
            )
        )
        for row in ordered
    )  # fmt: skip
    return Table(
        caption=words.raw("report.composition_caption"),
        columns=(words.raw("report.arm"), words.raw("report.year"), *(words.raw(f"report.{name}") for name in COLUMNS)),
        rows=rows,
        note=words.raw("report.composition_note"),
    )
