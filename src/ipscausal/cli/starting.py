"""`demo` and `init`: studies on synthetic extracts, for people without a delivery yet.

The only place of the package that knows the generator.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipscausal.outputs import require_unedited, transaction
from ipscausal.study_file import read_study

if TYPE_CHECKING:
    from ipscausal.machine import Machine

SCENARIO = "reference-study"
# of seeds 0 to 59, one whose estimates lie near the truth; over seeds they scatter by 3.6 days (standard deviation)
SEED = 52
REHEARSAL_PERSONS = 6000
_PARTS = ("extracts", "study.toml", "truth.json")


def demo(out: Path, machine: Machine) -> tuple[dict[str, Any], Path]:
    """Extracts and study of the reference study in `out`, the run in `out/results`: the truth, and that folder."""
    from ipscausal import pipeline

    machine.progress("synthetic registry")
    _write(out, "demo", None)
    results = out / "results"
    pipeline.run(read_study(out / "study.toml"), out / "extracts", results, machine)
    truth: dict[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return truth, results


def init(out: Path) -> None:
    """A commented study file and a small registry beside it."""
    _write(out, "init", REHEARSAL_PERSONS)


def _write(out: Path, command: str, persons: int | None) -> None:
    from synthetic_registry import write_registry

    with transaction(out, _PARTS, after=(command,)) as staging:
        require_unedited(out, _PARTS, "choose another folder; nothing in this one was touched")
        folder = write_registry(SCENARIO, SEED, staging.folder / "extracts", persons)
        for name in _PARTS[1:]:
            (folder / name).replace(staging.folder / name)
        staging.commit({"command": command, "scenario": SCENARIO, "seed": SEED})
