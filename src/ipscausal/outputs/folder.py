"""Build in a hidden folder, seal, move: a killed command leaves the earlier outputs whole.

Inside the output folder stands `.ipscausal/` while a command works:

    lock          held by the living command
    new/          the parts being built, the next manifest.json and its ro-crate-metadata.json
    sealed.json   the commit marker: everything in new/ is complete and on disk
    old/          the parts that are being replaced

Before the marker exists, the next command throws new/ away (roll back). Once it exists, the next
command finishes the moves (roll forward). `manifest.json` is replaced last, so that at any moment
the manifest describes the folder or the marker is there.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipscausal.errors import MachineError, UsageError, WarehouseError
from ipscausal.outputs.crate import CRATE, crate, holds_study
from ipscausal.outputs.lock import locked
from ipscausal.outputs.manifest import (
    MANIFEST,
    complete_manifest,
    is_ours,
    read_manifest,
    require_made_by,
    require_nothing_foreign,
)

WORK = ".ipscausal"
_SEAL = "sealed.json"
_PARTS_OF_RUNS = ("restricted", "release", "report")


@dataclass(slots=True)
class Staging:
    """The parts being built. Nothing of it is visible in `out` before `commit`.

    run: the run these parts come from, a new one unless a command renews parts of an earlier run.
    """

    out: Path
    parts: tuple[str, ...]
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    committed: bool = False

    @property
    def folder(self) -> Path:
        """Where parts are built; for the engine's list of folders it may write to."""
        return self.out / WORK / "new"

    def part(self, name: str) -> Path:
        """The folder of one part, made on first use."""
        if name not in self.parts:
            raise WarehouseError(f"{name} is no part of this command's outputs")
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def carry(self, name: str, without: Sequence[str] = ()) -> Path:
        """The staged part with the files it has in `out`, except those that will be written anew."""
        part, earlier = self.part(name), self.out / name
        for path in sorted(path for path in earlier.rglob("*") if path.is_file()):
            inside = path.relative_to(earlier)
            if inside.parts[0] in without:
                continue
            (part / inside).parent.mkdir(parents=True, exist_ok=True)
            try:
                (part / inside).hardlink_to(path)
            except OSError:  # file systems without hard links
                shutil.copy2(path, part / inside)
        return part

    def commit(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the staged parts of `out` and its manifest; returns the manifest.

        Parts that were not built stay as they are, with their entries of the earlier manifest.
        """
        document = complete_manifest(description, self.folder, self._built(), read_manifest(self.out), self.run)
        _write_synced(self.folder / MANIFEST, document)
        if holds_study(document):
            _write_synced(self.folder / CRATE, crate(document))
        for path in sorted(self.folder.rglob("*")):
            _sync(path)
        _sync(self.folder)
        marker = self.folder.parent / _SEAL
        _write_synced(marker.with_suffix(".part"), {"parts": list(self._built())})
        marker.with_suffix(".part").replace(marker)
        _sync(marker.parent)
        self.committed = True
        _move(self.out)
        return document

    def _built(self) -> tuple[str, ...]:
        return tuple(name for name in self.parts if (self.folder / name).exists())


@contextmanager
def transaction(out: Path, parts: Sequence[str], after: Sequence[str] | None = None) -> Iterator[Staging]:
    """Stage replacements of `parts` (folders or files directly below `out`).

    after: the commands whose outputs may be replaced or added to, None for any.

    First finishes or rolls back what a killed command left. Leaving the block without `commit`
    discards the staged files. Raises UsageError for a folder that is not ours, in use or made by
    another command, and for files of the user in `parts`; MachineError when the disk is full; the
    earlier outputs stay whole.
    """
    with _explained(out):
        made = not out.exists()
        require_ours(out)
        work = out / WORK
        try:
            with locked(work / "lock"):
                _recover(out)
                if after is not None:
                    require_made_by(out, after)
                require_nothing_foreign(out, parts)
                staging = Staging(out, tuple(parts))
                staging.folder.mkdir()
                try:
                    yield staging
                finally:
                    if not staging.committed:
                        shutil.rmtree(staging.folder, ignore_errors=True)
        finally:
            with suppress(OSError):  # not empty: another command has begun, or a half-made move waits
                work.rmdir()
                if made:
                    out.rmdir()


def require_ours(out: Path) -> None:
    """Raises UsageError where `out` is a file, or a folder with files that are not outputs of ipscausal."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out.name}: this is a file, not a folder", remedy="choose another --out")
    if not out.exists() or not any(out.iterdir()) or (out / WORK).is_dir() or is_ours(out):
        return
    lost = (out / MANIFEST).exists() or any((out / name).is_dir() for name in _PARTS_OF_RUNS)
    if lost and not _is_json(out / MANIFEST):
        raise UsageError(
            f"--out {out.name}: manifest.json is missing or unreadable, so nothing shows whose files these are",
            remedy="put manifest.json back, or make the outputs anew in another folder; nothing was touched",
        )
    raise UsageError(
        f"--out {out.name}: the folder holds files that are not outputs of ipscausal",
        remedy="choose a new or empty folder; nothing in this one was touched",
    )


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False


def _recover(out: Path) -> None:
    """Finish a sealed move; throw an unsealed one away."""
    if (out / WORK / _SEAL).exists():
        _move(out)
    for leftover in ("new", "old"):
        if (out / WORK / leftover).exists():
            shutil.rmtree(out / WORK / leftover)
    (out / WORK / _SEAL).with_suffix(".part").unlink(missing_ok=True)


def _move(out: Path) -> None:
    """Put the sealed parts in place; may be repeated from any point where it was cut off."""
    work = out / WORK
    new, old, marker = work / "new", work / "old", work / _SEAL
    old.mkdir(exist_ok=True)
    for name in json.loads(marker.read_text(encoding="ascii"))["parts"]:
        if not (new / name).exists():
            continue
        if (out / name).exists():
            (out / name).replace(old / name)
        (new / name).replace(out / name)
    _sync(out)
    for name in (CRATE, MANIFEST):
        if (new / name).exists():
            (new / name).replace(out / name)
    _sync(out)
    marker.unlink()
    _sync(work)
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="ascii")
    _sync(path)


def _sync(path: Path) -> None:
    """Force a file or folder to disk. Windows opens no folders and needs none of this."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """Failures of the output folder as errors that say what to do, without a machine's paths."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and not _related(Path(os.fsdecode(error.filename)), out):
            raise  # a file that is none of the outputs: not ours to explain
        whole = whole_still(out)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise MachineError(
                f"the disk of the output folder is full{whole}", remedy="free space there or choose another --out"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise UsageError(
                f"no permission to write to the output folder{whole}",
                remedy="check its permissions, close programs that show its files, or choose another --out",
            ) from error
        raise MachineError(
            f"the output folder cannot be written ({error.strerror or 'unknown cause'}){whole}",
            remedy="check the disk; the next command repairs what this one left",
        ) from error


def whole_still(out: Path) -> str:
    """What a message about a command that did not finish adds where the folder holds earlier outputs."""
    try:
        held = (out / MANIFEST).exists()
    except OSError:  # a folder that may not even be looked into
        held = True
    return "; the earlier outputs are whole" if held else ""


def _related(path: Path, out: Path) -> bool:
    return path.is_relative_to(out) or out.is_relative_to(path)
