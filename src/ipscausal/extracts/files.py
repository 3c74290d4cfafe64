"""Finding the files of one extract and knowing them again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

_GLOB = frozenset("*?[")
_ENDINGS = (".parquet", ".pq")
_digests: dict[tuple[str, int, int, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file: its path below the extracts folder (for the manifest), size, rows and SHA-256."""

    path: Path
    relative: str
    bytes: int
    sha256: str


def find(folder: Path, pattern: str) -> tuple[list[Path], str]:
    """Files of a path, glob or folder below `folder` (resolved), sorted; else no files and the problem in words."""
    if not folder.is_dir():
        return [], "the extracts folder does not exist (give it with --extracts)"
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        return [], f"path {pattern!r} must stay inside the extracts folder: no leading slash, no '..'"
    named = folder / pattern
    if named.is_dir():
        found = sorted(
            p for p in named.rglob("*") if p.suffix.lower() in _ENDINGS and p.is_file() and _visible(p, named)
        )
        missing = f"folder {pattern!r} holds no Parquet file"
    elif named.is_file():
        found, missing = [named], ""
    elif _GLOB & set(pattern):
        found = sorted(path for path in folder.glob(pattern) if path.is_file() and _visible(path, folder))
        missing = f"no file matches {pattern!r}"
    else:
        found, missing = [], _not_there(folder, pattern)
    if any(not path.resolve().is_relative_to(folder) for path in found):
        return [], f"path {pattern!r} leads out of the extracts folder through a link; copy the file into the folder"
    return found, "" if found else missing


def fingerprint(path: Path, folder: Path) -> DeliveredFile:
    """SHA-256 of the whole file, streamed; repeated only when size, a time or inode changed."""
    stat = path.stat()
    # a program can set the time of the last writing back, that of the last change of any kind it cannot
    known = (str(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if known not in _digests:
        with path.open("rb") as stream:
            _digests[known] = hashlib.file_digest(stream, "sha256").hexdigest()
    return DeliveredFile(path, path.relative_to(folder).as_posix(), stat.st_size, _digests[known])


def _visible(path: Path, below: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.relative_to(below).parts)


def _not_there(folder: Path, pattern: str) -> str:
    parent = (folder / pattern).parent
    names = [path.name for path in parent.iterdir()] if parent.is_dir() else []
    near = get_close_matches(Path(pattern).name, names, n=1)
    return f"file {pattern!r} is missing" + (f"; did you mean {near[0]!r}?" if near else "")
