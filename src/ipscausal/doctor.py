"""Is this machine fit for a run? Versions, memory, disk, fonts, write access, and an engine that reaches no network."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from ipscausal.errors import IpsError, UsageError
from ipscausal.outputs import require_ours, transaction
from ipscausal.warehouse import open_warehouse

OK, NOTE, FAULT = "ok", "note", "fault"
_GB = 1_000_000_000
LITTLE_DISK, NO_DISK = 10 * _GB, 1 * _GB
"""Below the first a registry of a hundred million spells may not fit what it spills; below the second nothing does."""
FREE_MEMORY = 2 * _GB
"""The engine's own limit unless --memory-limit says otherwise; Python takes half a gigabyte beside it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. state: `ok`, `note` (something does less) or `fault` (a run would fail)."""

    what: str
    state: str
    found: str
    remedy: str = ""


def examine(out: Path) -> tuple[Finding, ...]:
    """Everything a run needs, looked at without data. out: the folder a run would write to; it is left as it is."""
    return (
        *_versions(), *_extras(), _memory(), _cores(), _temporary(), _writing(out), _engine(), _fonts(), _typesetter(),
        _screen(),
    )  # fmt: skip


def _versions() -> Iterator[Finding]:
    yield Finding("ipscausal", OK, importlib.metadata.version("ipscausal"))
    yield Finding("Python", OK, f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    for needed in _requirements(""):
        yield _package(needed, FAULT)


def _extras() -> Iterator[Finding]:
    for extra in ("word", "convert", "spark", "klass"):
        for needed in _requirements(extra):
            yield _package(needed, NOTE, f"pip install 'ipscausal[{extra}]'")
    if importlib.util.find_spec("pyspark") and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        yield Finding("Java", NOTE, "none found", "needed by --engine spark alone: install a Java runtime, 17 or newer")


def _requirements(extra: str) -> list[Requirement]:
    """What the package asks for, always ("") or with an extra, on this Python."""
    named = [Requirement(line) for line in importlib.metadata.requires("ipscausal") or ()]
    if not extra:
        return [one for one in named if one.marker is None or one.marker.evaluate({"extra": ""})]
    return [one for one in named if one.marker and "extra" in str(one.marker) and one.marker.evaluate({"extra": extra})]


def _package(needed: Requirement, missing: str, remedy: str = "") -> Finding:
    wanted = remedy or f"pip install '{needed.name}{needed.specifier}'"
    try:
        version = importlib.metadata.version(needed.name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(needed.name, missing, "not installed", wanted)
    if needed.specifier.contains(version, prereleases=True):
        return Finding(needed.name, OK, version)
    return Finding(needed.name, missing, f"{version}, and {needed.specifier} is needed", wanted)


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    found = f"{memory.available / _GB:.1f} GB free of {memory.total / _GB:.1f} GB"
    if memory.available >= FREE_MEMORY:
        return Finding("memory", OK, found)
    return Finding("memory", NOTE, found, "close other programs, or give the engine less with --memory-limit")


def _cores() -> Finding:
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return Finding("cores", OK, str(own))


def _temporary() -> Finding:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    found = f"{free / _GB:.1f} GB free where temporary files go ({folder})"
    remedy = "" if free >= LITTLE_DISK else "free space there, or set TMPDIR (Windows: TEMP) to a larger private disk"
    return Finding("temporary files", OK if not remedy else NOTE if free >= NO_DISK else FAULT, found, remedy)


def _writing(out: Path) -> Finding:
    """A whole part is written to the folder of --out and taken back, as a killed run would leave it."""
    remedy = "choose a folder you may write to with --out"
    try:
        require_ours(out)
        with transaction(out, ("doctor",)) as staging:
            (staging.part("doctor") / "tried").write_text("tried", encoding="ascii")
    except IpsError as refused:
        return Finding("output folder", FAULT, refused.message, refused.remedy or remedy)
    except OSError as failed:
        return Finding("output folder", FAULT, f"{out.name}: {failed.strerror}", remedy)
    return Finding("output folder", OK, f"{out}: can be locked and written")


def _engine() -> Finding:
    """The settings that keep the engine in its folders, read back from an engine opened as for a run."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with open_warehouse([Path(folder)], threads=1) as warehouse:
                name, version = warehouse.engine
                locked = warehouse.locked
        except IpsError as failed:
            return Finding("engine", FAULT, failed.message, failed.remedy)
    if locked:
        return Finding("engine", OK, f"{name} {version}: no network, no extensions, only the folders of a run")
    return Finding("engine", FAULT, f"{name} {version}: its settings can be changed", "report this; do not use it")


def _fonts() -> Finding:
    from matplotlib import get_data_path

    missing = [name for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf") if not _font(get_data_path(), name).is_file()]
    if missing:
        return Finding("fonts", FAULT, f"{', '.join(missing)} not found in matplotlib", "install matplotlib again")
    return Finding("fonts", OK, "DejaVu Sans, from matplotlib; no font of the machine is used")


def _font(data: str, name: str) -> Path:
    return Path(data) / "fonts" / "ttf" / name


def _typesetter() -> Finding:
    try:
        import typst
    except ImportError:
        return Finding("PDF", FAULT, "typst cannot be loaded", "install the package again with all it needs")
    try:
        typst.compile(b"= Tried", format="pdf", ignore_system_fonts=True)
    except (RuntimeError, OSError) as failed:
        return Finding("PDF", FAULT, f"a page could not be set: {type(failed).__name__}", "install typst again")
    return Finding("PDF", OK, "a page was set")


def _screen() -> Finding:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    if encoding in ("utf8", "utf16", "cp65001"):
        return Finding("screen", OK, sys.stdout.encoding)
    found = sys.stdout.encoding or "unknown"
    return Finding("screen", NOTE, f"{found}: some letters are replaced", "set PYTHONUTF8=1; files are UTF-8 anyway")


def require_sound(findings: tuple[Finding, ...]) -> None:
    """Raises UsageError (exit 2) where something would make a run fail."""
    faults = [finding for finding in findings if finding.state == FAULT]
    if faults:
        raise UsageError(
            f"this machine is not ready: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}",
            problems=tuple(f"{one.what}: {one.found}; {one.remedy}" for one in faults),
            remedy="mend these and ask `ipscausal doctor` again",
        )
