"""Finished stages of an earlier run in the same folder, and whether they are what this run would make again.

A stage is known by what it depends on: the bytes of every extract, the sections of the study, the SQL, and the software
with its source. One digest that differs, or one file in `restricted/` that is not as it was written, and the stage is
made anew. Extracts are read and hashed each time: neither their names nor their times are trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipscausal import outputs, provenance
from ipscausal.advisor.calibration import Calibration, MethodCalibration, PlaceboCount, Shocks
from ipscausal.errors import UsageError

if TYPE_CHECKING:
    from ipscausal.extracts import Delivery
    from ipscausal.study import Study

RESTRICTED, LEDGER = "restricted", "stages.json"
COUNTED, CALIBRATED = "person_year, municipality_year", "calibration"
# what no count depends on; a section that is not named here is taken to decide
_AFTER_COUNTING = frozenset({
    "schema_version", "study", "sensitivity", "inference", "work_years", "disclosure", "verify", "report",
    "target_trial", "statements",
})  # fmt: skip
_AFTER_CALIBRATION = _AFTER_COUNTING - {"inference"}
# holidays: which days are worked
_SOFTWARE = ("ipscausal", "holidays", "numpy", "pyarrow", "scipy")
_OF_ENGINE = {"duckdb": ("duckdb",), "spark": ("pyspark", "sqlglot")}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and the digest of everything it depends on, by what that is called."""

    name: str
    depends_on: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What `restricted/stages.json` remembers. rows: by SQL model."""

    stages: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, int]
    calibration: Calibration | None = None

    def holds(self, stage: Stage) -> bool:
        """Whether the stage was made from the same things."""
        return dict(self.stages.get(stage.name, {})) == dict(stage.depends_on)

    def differs(self, stage: Stage) -> tuple[str, ...]:
        """What is not the same; nothing where the stage was never made."""
        made = self.stages.get(stage.name, {})
        return tuple(name for name in {**stage.depends_on, **made} if made.get(name) != stage.depends_on.get(name))


NOTHING = Ledger({}, {})


def counted(study: Study, delivery: Delivery, engine: str) -> Stage:
    """Person-years and cells of a delivery."""
    files = [[table.name, [[file.relative, file.sha256] for file in table.files]] for table in delivery.tables]
    sections = _sections(study, _AFTER_COUNTING)
    # how a delivery is read, and its bytes
    return Stage(COUNTED, {**sections, "extracts": _digest([sections["extracts"], files]), **_code(engine)})


def calibrated(study: Study, of: Stage) -> Stage:
    """Rates of the methods of inference on copies of the cells of `of`."""
    return Stage(CALIBRATED, {**_sections(study, _AFTER_CALIBRATION), **of.depends_on})


def read(out: Path) -> Ledger:
    """The ledger of an earlier run in the folder; an empty one where there is none, or where a file of it changed."""
    try:
        outputs.require_whole(out, (RESTRICTED,), "")
        document = json.loads((out / RESTRICTED / LEDGER).read_text(encoding="ascii"))
        return Ledger(document["stages"], document["rows"], _calibration(document["calibration"]))
    except (UsageError, OSError, ValueError, KeyError, TypeError):
        return NOTHING


def write(folder: Path, stages: Sequence[Stage], rows: Mapping[str, int], calibration: Calibration | None) -> None:
    """`stages.json` in the folder of the part."""
    document = {
        "schema_version": 1,
        "stages": {stage.name: dict(stage.depends_on) for stage in stages},
        "rows": dict(rows),
        "calibration": None if calibration is None else asdict(calibration),
    }
    text = json.dumps(document, indent=1, sort_keys=True, default=float)
    (folder / LEDGER).write_text(text + "\n", encoding="ascii")


def tell(stage: Stage, earlier: Ledger, progress: Callable[[str], None]) -> None:
    """Say that a stage is reused, or what has changed since it was last made."""
    if earlier.holds(stage):
        progress(f"reused: {stage.name} (same {', '.join(stage.depends_on)})")
    elif stage.name in earlier.stages:
        progress(f"made anew: {stage.name} (other {', '.join(earlier.differs(stage))})")


def _sections(study: Study, without: frozenset[str]) -> dict[str, str]:
    sections = study.model_dump(mode="json")
    kept = {name: _digest(section) for name, section in sections.items() if name not in without}
    # its checks may name outcomes that are counted with the study's own
    return kept | {"outcome": _digest([sections["outcome"], study.counted_outcomes])}


def _code(engine: str) -> dict[str, str]:
    software = [engine, _source(), {name: version(name) for name in (*_SOFTWARE, *_OF_ENGINE[engine])}]
    return {"SQL": _digest(provenance.sql_digests()), "version": _digest(software)}


@cache
def _source() -> str:
    """SHA-256 of the source of this package: two checkouts may bear one version."""
    found = hashlib.sha256()
    here = Path(__file__).resolve().parent
    for path in sorted(here.rglob("*.py")):
        found.update(f"{path.relative_to(here).as_posix()}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _calibration(document: Mapping[str, Any] | None) -> Calibration | None:
    if document is None:
        return None
    rows = tuple(MethodCalibration(**_method(row)) for row in document["rows"])
    return Calibration(**{**document, "rows": rows, "shocks": Shocks(**document["shocks"])})


def _method(row: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(row[name]) for name in ("by_decile", "effects", "power")}
    counts = {name: None if row[name] is None else PlaceboCount(**row[name]) for name in ("space", "time")}
    return {**row, **lists, **counts}
