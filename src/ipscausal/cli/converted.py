"""`convert`: delivered CSV, SAS, SPSS and Stata files as Parquet with the types of the contract."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ipscausal.cli.commands import DryRun, Json, Out, app
from ipscausal.cli.progress import Progress
from ipscausal.cli.screen import columns, print_json
from ipscausal.errors import UsageError

if TYPE_CHECKING:
    from ipscausal.convert import Converted

_SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}
Source = Annotated[
    Path, typer.Option("--from", help="A file, or a folder of files.", metavar="FILE_OR_DIR", exists=True)
]
Table = Annotated[str | None, typer.Option("--table", help="Which table of the contract it is.", metavar="NAME")]
StudyFile = Annotated[Path | None, typer.Option("--study", help="The study file, which maps columns.", metavar="FILE")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of text, such as latin-1 (default: found out).", metavar="NAME")
]
Separator = Annotated[
    Literal["semicolon", "comma", "tab", "bar"] | None,
    typer.Option("--separator", help="Between the cells of a CSV file (default: found out)."),
]
Decimal = Annotated[
    Literal["comma", "point"] | None, typer.Option("--decimal", help="Decimal sign of a CSV file (default: found out).")
]
Slashes = Annotated[
    Literal["day/month", "month/day"] | None, typer.Option("--slashes", help="Order of dates such as 03/04/2015.")
]
Missing = Annotated[
    list[str] | None,
    typer.Option("--missing", help="A text that means an empty cell; may be repeated.", metavar="TEXT"),
]
Numbers = Annotated[
    list[str] | None,
    typer.Option("--numbers", help="A column beside the contract to read as number; may be repeated.", metavar="NAME"),
]
Person = Annotated[
    Literal["text", "integer"] | None, typer.Option("--person", help="Kind of person ids (default: as delivered).")
]
Digits = Annotated[
    int | None, typer.Option("--code-digits", help="Digits of municipality codes kept as numbers.", min=1, max=20)
]
Labels = Annotated[Literal["codes", "labels"], typer.Option("--labels", help="What to write of labelled values.")]


@app.command()
def convert(
    source: Source, out: Out, table: Table = None, study: StudyFile = None, encoding: Encoding = None,
    separator: Separator = None, decimal: Decimal = None, slashes: Slashes = None, missing: Missing = None,
    numbers: Numbers = None, person: Person = None, code_digits: Digits = None, labels: Labels = "codes",
    as_json: Json = False, dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Make Parquet of CSV, SAS, SPSS and Stata files, with the types of the contract."""
    from ipscausal import convert as converting
    from ipscausal import study_file

    if table is None and study is None:
        raise UsageError(
            "nothing says which table this is", remedy="name it with --table, or give the study file with --study"
        )
    wanted = None if study is None else study_file.read_study(study)
    choices = converting.Choices(
        encoding, _SEPARATORS.get(separator or ""), {"comma": ",", "point": "."}.get(decimal or ""),  # type: ignore[arg-type]
        slashes, tuple(missing or ()), tuple(numbers or ()), person, code_digits, labels,
    )  # fmt: skip
    if dry_run:
        converting.require_writable(out)
        return _show(converting.plan(source, table, wanted, choices), None, as_json)
    _show(converting.convert(source, out, table, wanted, choices, Progress().counted), out, as_json)
    if not as_json:
        given = study or "study.toml"
        print(f"\nNext: ipscausal check --study {given} --extracts {out}; paths in [extracts] end in .parquet")
    return None


def _show(converted: tuple[Converted, ...], out: Path | None, as_json: bool) -> None:
    """Files, rows and columns; no value. out: None for a plan."""
    if as_json:
        files = [{**asdict(one), "columns": dict(one.columns), "notes": list(one.notes)} for one in converted]
        return print_json({"command": "convert", "dry_run": out is None, "out": out and str(out), "files": files})
    rows = [
        [one.target, one.table, "" if one.rows is None else f"{one.rows:,}", str(len(one.columns))] for one in converted
    ]
    print("Plan of `ipscausal convert`; nothing is written\n" if out is None else f"Written to {out}\n")
    print(columns(["file", "table", "rows", "columns"], rows))
    for one in converted:
        types = ", ".join(f"{name} {kind}" for name, kind in one.columns)
        print(f"\n{one.source}\n  {types}" + "".join(f"\n  {note}" for note in one.notes))
    return None
