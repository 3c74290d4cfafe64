"""`ipscausal doctor`: whether this machine is fit for a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ipscausal.cli.commands import Json, app
from ipscausal.cli.screen import paragraph, plain, print_json

Folder = Annotated[Path, typer.Option("--out", help="Folder a run would write to (default: here).", metavar="DIR")]


@app.command()
def doctor(out: Folder = Path("results"), as_json: Json = False) -> None:
    """Versions, memory, disk, fonts, write access and the locked engine; reads no data, leaves nothing behind."""
    from ipscausal.doctor import OK, examine, require_sound

    findings = examine(out)
    if as_json:
        print_json({"command": "doctor", "findings": [asdict(finding) for finding in findings]})
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            line = f"{finding.state:<6}{finding.what:<{width}}  {finding.found}"
            print(plain(line))
            if finding.state != OK:
                print(paragraph(finding.remedy, " " * (width + 8)))
    require_sound(findings)
