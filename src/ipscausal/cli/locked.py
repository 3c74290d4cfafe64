"""`lock`: the plan of a study, fixed before its outcomes are seen."""

from __future__ import annotations

import datetime as dt

from ipscausal.cli.commands import DryRun, Json, StudyFile, app
from ipscausal.cli.screen import paragraph, print_json


@app.command()
def lock(study: StudyFile, as_json: Json = False, dry_run: DryRun = False) -> None:
    """Fix the analysis plan: every choice of the study file, with its day and a hash, in a file beside it."""
    from ipscausal import locked_plan, study_file

    wanted = study_file.read_study(study)
    path = locked_plan.beside(study)
    if dry_run:
        if as_json:
            return print_json({"command": "lock", "dry_run": True, "reads": [str(study)], "writes": [str(path)]})
        return print(f"Plan of `ipscausal lock`; nothing is written\n\nReads\n  {study}\n\nWrites\n  {path}")
    locked_plan.lock(wanted, study, dt.datetime.now(dt.UTC).date())
    plan = locked_plan.read_lock(path)
    if as_json:
        told = {"lock": str(path), "locked": plan.locked.isoformat(), "sha256": plan.sha256}
        return print_json({"command": "lock", **told})
    print(f"{path}: the plan of {wanted.study.id}, locked {plan.locked.isoformat()}\nsha256 {plan.sha256}\n")
    registering = "Register the hash where others can see it, and keep the file beside the study file."
    status = f'Set plan.status = "locked" in {study.name}; it says "{wanted.study.plan.status}".'
    needed = [registering] if wanted.study.plan.status == "locked" else [registering, status]
    return print("Next: " + paragraph(" ".join(needed), "", ""))
