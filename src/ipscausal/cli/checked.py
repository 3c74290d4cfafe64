"""What `check`, `panel` and `candidates` show: counts of the delivery, of the population, of municipalities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ipscausal.cli.flow import flow_table
from ipscausal.cli.screen import beside_error, columns, print_json, told
from ipscausal.language import period_words, study_words

if TYPE_CHECKING:
    from ipscausal.candidates import Candidate
    from ipscausal.contract import ContractReport
    from ipscausal.counting import Summed
    from ipscausal.extracts import Delivery
    from ipscausal.pipeline import Counted
    from ipscausal.study import Study

_SHOWN = 40
_UNCHECKED = "Unchecked counts: they stay inside the secure environment."


def show(delivery: Delivery, quality: ContractReport, as_json: bool) -> None:
    """Tables and the contract's findings. Raises ContractError where one of them is an error."""
    tables = [{"table": t.name, "files": len(t.files), "rows": t.rows} for t in delivery.tables]
    if as_json:
        document = {"command": "check", "inputs": tables, **quality.to_dict()}
        with beside_error(document):
            quality.raise_for_errors()
        return print_json(document)
    rows = [[str(t["table"]), f"{t['files']}", f"{t['rows']:,}"] for t in tables]
    print(f"Extracts\n{columns(['table', 'files', 'rows'], rows)}\n\nContract: {quality.to_text()}", end="")
    return quality.raise_for_errors()


def show_panel(counted: Counted, study: Study, out: Path, as_json: bool) -> None:
    """Population flow and size of the panel; counts below the study's limit are not told."""
    limit = study.disclosure.fewest_told
    cells, words = counted.cells, period_words("en", study.population.period)
    flow = [asdict(row) for row in counted.population.attrition]
    if as_json:
        size = {"municipalities": len(cells.municipality), f"{words.period}s": len(cells.years)}
        shown = [{**row, **{part: _at_least(row[part], limit) for part in ("persons", "person_years")}} for row in flow]
        return print_json({"command": "panel", "out": str(out), "flow": shown, **size, "note": _UNCHECKED})
    print(flow_table(flow, study.model_dump(mode="json"), words, lambda count: told(count, limit)), end="\n\n")
    print(f"{len(cells.municipality)} municipalities x {len(cells.years)} {words.period}s: {out / 'restricted'}")
    print(f"\n{_UNCHECKED}")
    return None


def show_cells(summed: Summed, out: Path, as_json: bool) -> None:
    """How many municipalities have persons, and what to hand over."""
    municipalities = len(set(summed.tables.tables["municipality_year"].column("municipality").to_pylist()))
    folder = out / "restricted" / "cells"
    if as_json:
        size = {"municipalities": municipalities}
        return print_json({"command": "cells", "cells": str(folder), **size, "note": _UNCHECKED})
    print(
        f"{folder}: the cells of {municipalities} municipalities, to pool with those of other registries\n"
        "Sums over few persons are among them and nothing is withheld: hand them over as restricted data.\n\n"
        f"Next, where all cells lie: ipscausal pool {folder} OTHER... --out DIR"
    )
    return None


def show_candidates(rows: Sequence[Candidate], study: Study, out: Path | None, as_json: bool) -> None:
    """One line per municipality, the treated first, then by distance."""
    if as_json:
        files = {"out": str(out)} if out is not None else {}
        return print_json(
            {"command": "candidates", "candidates": [asdict(row) for row in rows], **files, "note": _UNCHECKED}
        )
    header = [
        "municipality",
        "role",
        "programme",
        "recipients a year",
        "smallest",
        "level",
        "change a year",
        "distance",
    ]
    lines = [
        [
            row.municipality, row.role, _programme(row),
            f"{row.persons:,.1f}", f"{row.persons_low:,}", f"{row.level:.2f}",
            _number(row.trend), _number(row.distance),
        ]
        for row in rows[:_SHOWN]
    ]  # fmt: skip
    unit = study_words("en", study.model_dump(mode="json")).name_of("outcome", study.outcome.name, "level")
    print(f"Municipalities before the first start, by distance to the treated ({unit})\n{columns(header, lines)}")
    if len(rows) > _SHOWN:
        print(f"  and {len(rows) - _SHOWN} more (all with --json or in --out DIR)")
    print(
        "\nLevel and change are of recipients in the years before the first start. Distance is the root mean square\n"
        "of the standardised gaps in log recipients, level and change to the mean of the treated. No outcome\n"
        "from the first start on was used."
        f"\n\n{_UNCHECKED}"
    )
    if out is not None:
        print(f"\n{out / 'restricted' / 'candidates.csv'}\n{out / 'restricted' / 'candidates.svg'}")
    return None


def _programme(row: Candidate) -> str:
    since = "" if row.start_year is None else f" from {row.start_year}"
    return {"study": "the study's", "other": "another", "none": "none", "unknown": "not known"}[row.programme] + since


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _at_least(count: int, limit: int) -> int | None:
    return None if 0 < count < limit else count
