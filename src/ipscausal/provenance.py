"""Where the numbers of a run came from: software, study, extracts, SQL, machine and time.

The same facts serve `manifest.json` (with file paths relative to the extracts folder) and, through
`disclosure`, the provenance page of the report. No absolute path, host or user name enters.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipscausal import outputs
from ipscausal.warehouse import load_models, sql_folder

if TYPE_CHECKING:
    from ipscausal.extracts import DeliveredTable, Delivery
    from ipscausal.pooling import Member
    from ipscausal.second_opinion import VerifyReport
    from ipscausal.study import Study
    from ipscausal.warehouse import Warehouse


def now() -> str:
    """The present moment in UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def origin(
    study: Study, delivery: Delivery, warehouse: Warehouse, memory_limit: str, threads: int | None, started: str
) -> dict[str, Any]:
    """Provenance of numbers made from `delivery`. warehouse: where they were made. started: as `now` gave it."""
    engine, version = warehouse.engine
    here = outputs.environment(memory_limit, threads)
    packages = here.pop("packages")
    return {
        **here,
        "software": {"name": "ipscausal", "version": packages.pop("ipscausal")},
        "engine": {"name": engine, "version": version},
        "packages": packages,
        "seed": study.inference.seed,
        "study_fingerprint": study.fingerprint,
        "started": started,
        "finished": now(),
        "inputs": [_input(table) for table in delivery.tables],
        "sql": sql_digests(),
        "rows": dict(warehouse.ran),
    }


def pooled(
    study: Study, members: Sequence[Member], memory_limit: str, threads: int | None, started: str
) -> dict[str, Any]:
    """Provenance of numbers made from the cells of several registries, each by its digest and in the order given."""
    here = outputs.environment(memory_limit, threads)
    packages = here.pop("packages")
    return {
        **here,
        "software": {"name": "ipscausal", "version": packages.pop("ipscausal")},
        "engine": {"name": ", ".join(sorted({member.engine for member in members}))},
        "packages": packages,
        "seed": study.inference.seed,
        "study_fingerprint": study.fingerprint,
        "started": started,
        "finished": now(),
        "inputs": [
            {"table": f"cells {k}", "rows": member.tables.tables["municipality_year"].num_rows, "sha256": member.digest}
            for k, member in enumerate(members, start=1)
        ],
        "sql": dict(members[0].sql),
        "rows": {},
    }


def description(
    command: str, study: Study, origin: Mapping[str, Any], disclosed: str, rows_withheld: int | None = None
) -> dict[str, Any]:
    """What `manifest.json` says of a command beside its outputs. disclosed: pass, review, refused, ..."""
    about = {
        "id": study.study.id,
        "plan": study.study.plan.status,
        "fingerprint": study.fingerprint,
        "languages": list(study.report.languages),
        "formats": list(study.report.formats),
    }
    # rows by SQL model differ by single persons and stay in restricted/results.json
    rest = {name: value for name, value in origin.items() if name not in ("software", "study_fingerprint", "rows")}
    disclosure = {"status": disclosed, "rows_withheld": rows_withheld}
    return {"command": command, "study": about, "disclosure": disclosure, **rest}


def with_opinion(origin: Mapping[str, Any], opinion: VerifyReport) -> dict[str, Any]:
    """The provenance with one line on the second opinion, in words every language of the report shares."""
    packages = ", ".join(sorted({f"{one.package} {one.version}" for one in opinion.agreements}))
    largest = max((one.difference for one in opinion.agreements), default=0.0)
    verdict = "OK" if opinion.agrees else "DIFFERS"
    line = f"{packages}: {len(opinion.agreements)} x {opinion.outcome}, max |difference| {largest:.0e}, {verdict}"
    return {**origin, "second_opinion": line}


def sql_digests() -> dict[str, str]:
    """SHA-256 of every SQL model by name, in the order they run."""
    folders = sorted(folder.name for folder in sql_folder().iterdir() if folder.is_dir())
    return {model.name: model.digest for folder in folders for model in load_models(folder)}


def _input(table: DeliveredTable) -> dict[str, Any]:
    """A table's fingerprint is that of its file, or of the list of its files' fingerprints."""
    digests = [file.sha256 for file in table.files]
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode("ascii")).hexdigest()
    files = [{"path": file.relative, "bytes": file.bytes, "sha256": file.sha256} for file in table.files]
    return {"table": table.name, "rows": table.rows, "sha256": whole, "files": files}
