"""What an output folder holds, where it came from, and whether its files still belong together.

`manifest.json` never carries the keys "version" and "results" side by side at its top: a folder
viewer for output checkers would take it for one of its own files.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipscausal.errors import UsageError

MANIFEST = "manifest.json"
SOFTWARE = "ipscausal"

# The output checkers' viewer writes its marks into this file of a release, by design.
_WRITTEN_BY_CHECKERS = frozenset({"release/results.json"})
# Left behind by programs that show folders; nobody misses them.
_WRITTEN_BY_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def environment(memory_limit: str, threads: int | None) -> dict[str, Any]:
    """Versions and limits of this process, without host or user name."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: importlib.metadata.version(name) for name in _dependencies()},
        "memory_limit": memory_limit,
        "threads": threads,
    }


def _dependencies() -> list[str]:
    required = importlib.metadata.requires(SOFTWARE) or []
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in required if "extra ==" not in line]
    return sorted({SOFTWARE, *names})


def complete_manifest(
    description: Mapping[str, Any], staged: Path, built: Sequence[str], previous: Mapping[str, Any] | None, run: str
) -> dict[str, Any]:
    """`description` with every output: the staged ones hashed, untouched parts as they were.

    `run` names where the built parts come from: a command that renews a part of an earlier run
    gives that run's name.
    """
    kept = previous or {}
    outputs = [entry for entry in kept.get("outputs", ()) if _part_of(entry["path"]) not in built]
    outputs += [_entry(path, staged) for name in built for path in _files(staged / name)]
    parts = {**kept.get("parts", {}), **dict.fromkeys(built, run)}
    return {
        **description,
        "schema_version": 1,
        "software": {"name": SOFTWARE, "release": importlib.metadata.version(SOFTWARE)},
        "run": run,
        "parts": parts,
        "outputs": sorted(outputs, key=lambda entry: str(entry["path"])),
    }


def read_manifest(out: Path) -> dict[str, Any] | None:
    """The manifest of an output folder, None where there is none of ours or it is damaged."""
    try:
        document = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(document, dict) and isinstance(document.get("software"), dict)
    whole = ours and isinstance(document.get("parts"), dict) and isinstance(document.get("outputs"), list)
    return document if whole and document["software"].get("name") == SOFTWARE else None


def is_ours(out: Path) -> bool:
    """Whether the folder holds outputs of ours."""
    return read_manifest(out) is not None


def require_made_by(out: Path, commands: Sequence[str]) -> None:
    """Raises UsageError where the folder holds outputs of a command that is none of `commands`."""
    manifest = read_manifest(out)
    maker = None if manifest is None else manifest.get("command", "another command")
    if maker is not None and maker not in commands:
        raise UsageError(
            f"--out {out.name}: the folder holds what `ipscausal {maker}` made{_inside(out)}",
            remedy="give this command a folder of its own; nothing in this one was touched",
        )


def require_nothing_foreign(out: Path, parts: Sequence[str]) -> None:
    """Raises UsageError where a part, which is about to be replaced, holds files that no command wrote."""
    recorded = {entry["path"] for entry in (read_manifest(out) or {}).get("outputs", ())}
    problems = []
    for name in parts:
        present = [path for path in _files(out / name) if path.name not in _WRITTEN_BY_SYSTEMS]
        count = sum(_relative(path, out) not in recorded for path in present)
        if count:
            problems.append(f"{name}: {count} file{'s' if count > 1 else ''} that ipscausal did not write")
    if problems:
        raise UsageError(
            f"--out {out.name}: files of yours lie where this command replaces everything",
            problems=tuple(problems),
            remedy="move them elsewhere, or choose another --out; nothing was touched",
        )


def require_unedited(out: Path, parts: Sequence[str], remedy: str) -> None:
    """Raises UsageError where files of `parts` have been changed since they were written."""
    recorded = {entry["path"]: entry["sha256"] for entry in (read_manifest(out) or {}).get("outputs", ())}
    present = {_relative(path, out): path for name in parts for path in _files(out / name)}
    edited = [path for path, file in present.items() if path in recorded and file_sha256(file) != recorded[path]]
    if edited:
        problems = tuple(f"{path}: edited since" for path in edited)
        raise UsageError(
            f"--out {out.name}: this command would overwrite your changes", problems=problems, remedy=remedy
        )


def require_whole(out: Path, parts: Sequence[str], remedy: str) -> dict[str, Any]:
    """The manifest, after comparing the files of `parts` with it.

    Raises UsageError for no outputs at all, for files changed, missing or added since they were
    written, and for parts that come from different runs.
    """
    manifest = read_manifest(out)
    if manifest is None or not set(parts) <= set(manifest["parts"]):
        missing = "no finished run" if manifest is None else f"no {' and no '.join(parts)}"
        raise UsageError(f"--out {out.name}: the folder holds {missing}{_inside(out)}", remedy=remedy)
    if len({manifest["parts"][name] for name in parts}) > 1:
        raise UsageError(f"--out {out.name}: {' and '.join(parts)} come from different runs", remedy=remedy)
    recorded = {e["path"]: e["sha256"] for e in manifest["outputs"] if _part_of(e["path"]) in parts}
    gone = [name for name in parts if not (out / name).exists()]
    if gone:
        raise UsageError(
            f"--out {out.name}: {' and '.join(gone)} {'are' if len(gone) > 1 else 'is'} no longer in the folder",
            remedy=remedy,
        )
    present = {_relative(path, out): path for name in parts for path in _files(out / name)}
    problems = [f"{path}: missing" for path in recorded if path not in present]
    problems += [f"{path}: not written by this run" for path in present if path not in recorded]
    problems += [
        f"{path}: changed since it was written"
        for path, file in present.items()
        if path in recorded and path not in _WRITTEN_BY_CHECKERS and file_sha256(file) != recorded[path]
    ]
    if problems:
        raise UsageError(
            f"--out {out.name}: files and manifest.json do not belong together", problems=tuple(problems), remedy=remedy
        )
    return manifest


def _part_of(path: str) -> str:
    return path.split("/", maxsplit=1)[0]


def _inside(out: Path) -> str:
    """The folder below `out` that may have been meant."""
    inside = sorted(child.parent.name for child in out.glob(f"*/{MANIFEST}")) if out.is_dir() else []
    return f"; did you mean --out {out.name}/{inside[0]}?" if inside else ""


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(part: Path) -> list[Path]:
    return [part] if part.is_file() else sorted(path for path in part.rglob("*") if path.is_file())


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _entry(path: Path, folder: Path) -> dict[str, Any]:
    return {"path": _relative(path, folder), "bytes": path.stat().st_size, "sha256": file_sha256(path)}
