"""`ipscausal municipalities`: units of a study through reforms, and the table of changes fetched where that works."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ipscausal.cli.commands import Json, Memory, Threads, _machine, app
from ipscausal.cli.screen import beside_error, paragraph, plain, print_json, told
from ipscausal.errors import UsageError

if TYPE_CHECKING:
    from ipscausal.contract import ContractReport
    from ipscausal.person_year import UnitListing, UnitRow
    from ipscausal.study import Study

_KINDS = {
    "renumbered": "renumbered", "merged": "merged", "enlarged": "enlarged, the code kept", "split": "split",
    "regrouped": "merged and split", "grouped": "named in municipalities",
}  # fmt: skip
_ARMS = {"treated": "starts", "control": "comparison", "always": "started before the study", "": "not in the study"}
_LEFT_OUT = "left out of both arms"
_SHOWN_BY_THE_LISTING = ("mixed_units",)
Fetch = Annotated[
    Path | None,
    typer.Option("--fetch", help="Fetch the changes of municipality codes from KLASS into this CSV.", metavar="FILE"),
]
OptionalStudy = Annotated[Path | None, typer.Option("--study", help="The study file.", metavar="FILE")]
OptionalExtracts = Annotated[
    Path | None,
    typer.Option("--extracts", help="Folder with the extracts.", metavar="DIR", exists=True, file_okay=False),
]


@app.command()
def municipalities(
    study: OptionalStudy = None, extracts: OptionalExtracts = None, fetch: Fetch = None, as_json: Json = False,
    memory_limit: Memory = "2GB", threads: Threads = None,
) -> None:  # fmt: skip
    """Units of a study through municipal reforms: codes inside, arm and start, mixed or not."""
    if fetch is not None:
        return _fetch(fetch, as_json)
    if study is None or extracts is None:
        raise UsageError(
            "municipalities needs --study FILE and --extracts DIR, or --fetch FILE",
            remedy="ipscausal municipalities --study study.toml --extracts extracts",
        )
    from ipscausal import pipeline, study_file

    wanted = study_file.read_study(study)
    listing, quality = pipeline.municipalities(wanted, extracts, _machine(memory_limit, threads))
    return show(listing, quality, wanted, as_json)


def show(listing: UnitListing, quality: ContractReport, study: Study, as_json: bool) -> None:
    """One block a unit, then the findings; persons below the study's limit are not told.

    Raises ContractError where a finding is an error, but for a unit of which a part starts: the listing is what shows
    it, and the way out of it.
    """
    limit = study.disclosure.fewest_told
    if as_json:
        units = [_document(row, limit) for row in listing.rows]
        document = {
            "command": "municipalities", "municipalities": study.population.municipalities, "units": units,
            "codes": listing.codes, "changes_inside": listing.changes_inside,
            "findings": quality.to_dict()["findings"],
        }  # fmt: skip
        with beside_error(document):
            quality.raise_for_errors(_SHOWN_BY_THE_LISTING)
        return print_json(document)
    first, last = study.population.years
    joined = sum(len(row.unit.codes) for row in listing.rows)
    print(
        f"Units of several municipality codes, {first}-{last} ({study.population.municipalities}): "
        f"{len(listing.rows)} of {joined} codes; every other code is a unit of its own"
    )
    if listing.changes_inside and study.population.municipalities == "as registered":
        print(
            f"{listing.changes_inside} changes of codes inside these years are not used; "
            'set population.municipalities = "harmonised" to join what they divide'
        )
    for row in listing.rows:
        print("\n" + "\n".join(_lines(row, limit)))
    print(f"\nContract of changes and units: {plain(quality.to_text())}", end="")
    return quality.raise_for_errors(_SHOWN_BY_THE_LISTING)


def _lines(row: UnitRow, limit: int) -> list[str]:
    when = "" if row.start is None else f" {row.start}" if row.arm == "treated" else f" ({row.start})"
    part = ", in a part of it only" if row.is_mixed else ""
    arm = _LEFT_OUT if row.is_mixed and not row.arm else _ARMS[row.arm]
    lines = [f"{row.unit.name}: {_KINDS[row.unit.kind]}; {arm}{when}{part}"]
    lines.append(paragraph(", ".join(row.unit.codes), indent=" " * 11, first="  codes    "))
    for text in _changes(row):
        lines.append(paragraph(text, indent=" " * 11, first="  change   "))
    found = row.coverage
    if found is not None and found.is_mixed:
        counts = f"{told(found.persons_with, limit)} where it starts, {told(found.persons_without, limit)} elsewhere"
        share = "" if _hidden(row, limit) else f" ({100 * found.share:.1f} % where it starts)"
        lines.append(paragraph(f"{counts}{share}, on the day before", indent=" " * 11, first="  persons  "))
    if found is not None and len(found.starts) > 1:
        days = ", ".join(str(day) for day in found.starts)
        lines.append(paragraph(f"{days}; the earliest counts", indent=" " * 11, first="  starts   "))
    return lines


def _changes(row: UnitRow) -> list[str]:
    """The changes of a unit: a day, the codes before and what each became."""
    following: dict[tuple[Any, str], list[str]] = defaultdict(list)
    for change in row.unit.changes:
        following[change.day, change.old].append(change.new)
    return [f"{day}: {old} to {' and '.join(new)}" for (day, old), new in following.items()]


def _document(row: UnitRow, limit: int) -> dict[str, Any]:
    found, hidden = row.coverage, _hidden(row, limit)
    return {
        "unit": row.unit.name,
        "kind": row.unit.kind,
        "codes": list(row.unit.codes),
        "groups": list(row.unit.groups),
        "changes": [{"date": str(one.day), "old_code": one.old, "new_code": one.new} for one in row.unit.changes],
        "arm": row.arm or None,
        "start_date": None if row.start is None else str(row.start),
        "starts": [] if found is None else [str(day) for day in found.starts],
        "mixed": row.is_mixed,
        "share": None if found is None or hidden else found.share,
    }


def _hidden(row: UnitRow, limit: int) -> bool:
    """Whether the share would tell of a few persons."""
    counts = () if row.coverage is None else (row.coverage.persons_with, row.coverage.persons_without)
    return any(0 < count < limit for count in counts)


def _fetch(path: Path, as_json: bool) -> None:
    from ipscausal.cli.klass import fetch_changes

    rows = fetch_changes(path)
    if as_json:
        return print_json({"command": "municipalities", "fetched": str(path), "changes": rows})
    return print(f"{path}: {rows:,} changes of municipality codes. Name it in the study file:\n\n"
                 f'[extracts.municipality_changes]\npath = "{path.name}"')  # fmt: skip
