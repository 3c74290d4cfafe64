"""`ipscausal doctor`: whether this machine is fit for a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ipscausal.cli.commands import Json, app
from ipscausal.cli.screen import beside_error, paragraph, plain, print_json

Folder = Annotated[Path, typer.Option("--out", help="Folder a run would write to (default: here).", metavar="DIR")]


@app.command()
def doctor(out: Folder = Path("results"), as_json: Json = False) -> None:
    """Versions, memory, disk, fonts, write access and the locked engine; reads no data, leaves nothing behind."""
    from ipscausal.doctor import OK, examine, require_sound

    findings = examine(out)
    if as_json:
        document = {"command": "doctor", "findings": [asdict(finding) for finding in findings]}
        with beside_error(document):
            require_sound(findings)
        return print_json(document)
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(plain(f"{finding.state:<6}{finding.what:<{width}}  {finding.found}"))
        if finding.state != OK:
            print(paragraph(finding.remedy, " " * (width + 8)))
    return require_sound(findings)
