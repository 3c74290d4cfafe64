"""The ledger: what has left before, so that a later release cannot be subtracted from an earlier one unseen.

One line per release, only ever added to. A line holds the hash of the line before it and its own, so that a line that
was changed, removed or moved is found. Last lines that were cut off are missed by those whose releases they noted: the
manifest of an output folder tells how each ledger ended. Numbers of persons in it are unrounded: a ledger is restricted
data. It holds no row of a person.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ipscausal.errors import DisclosureError, UsageError
from ipscausal.outputs.lock import locked

LEDGER = "ledger.jsonl"
"""Name of the ledger in `restricted/`."""
BEFORE_THE_FIRST = "0" * 64
PATIENCE = 60.0
"""Seconds to wait for another command that writes to the same ledger."""


@dataclass(frozen=True, slots=True)
class Near:
    """An earlier release with counts that differ by few persons; tables: where, each with how many."""

    release: str
    study: str
    date: str
    same_definition: bool
    tables: Mapping[str, int]

    @property
    def count(self) -> int:
        """Numbers of persons that lie near those of the earlier release."""
        return sum(self.tables.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """One release. date: of its run; counts: what it counts -> persons; compared: releases it was held against.

    near: those of them that count almost the same persons; withheld: what is not counted here for that reason.
    """

    release: str
    study: str
    date: str
    definition: str
    counts: Mapping[str, float]
    compared: int = 0
    near: tuple[Near, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Releases in the order in which they were made, as entries and as lines."""

    entries: tuple[Entry, ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)

    def with_entry(self, entry: Entry) -> Ledger:
        """The ledger with one more line; itself where it holds this entry already, if of another day."""
        if any(replace(entry, date=known.date) == known for known in self.entries):
            return self
        body = {**asdict(entry), "previous": self.last}
        line = _canonical({**body, "hash": _sha256(_canonical(body))})
        return Ledger((*self.entries, entry), (*self.lines, line))

    @property
    def last(self) -> str:
        """Hash of the last line."""
        return _digest_of(self.lines[-1]) if self.lines else BEFORE_THE_FIRST

    def require_line(self, name: str, known: str) -> None:
        """Raises DisclosureError where the ledger `name` no longer holds the line with the hash `known`."""
        if known not in {BEFORE_THE_FIRST, *map(_digest_of, self.lines)}:
            raise DisclosureError(
                f"the ledger {name}: lines are missing that were there when the outputs of this folder were made",
                remedy="put the file back from a copy, or give another ledger another name; nothing was released, "
                "because what left before is not certain",
            )

    @property
    def text(self) -> str:
        """Content of the file."""
        return "".join(f"{line}\n" for line in self.lines)


def read_ledger(path: Path) -> Ledger:
    """The ledger in a file, an empty one where there is none. Raises DisclosureError where its lines do not chain."""
    if not path.exists():
        return Ledger()
    lines = tuple(path.read_text(encoding="ascii", errors="replace").splitlines())
    previous, entries = BEFORE_THE_FIRST, []
    for number, line in enumerate(lines, start=1):
        entry = _entry(line, previous)
        if entry is None:
            raise DisclosureError(
                f"the ledger {path.name}: line {number} is not as it was written, or lines before it are missing",
                remedy="put the file back from a copy; nothing was released, because what left before is not certain",
            )
        entries.append(entry)
        previous = _digest_of(line)
    return Ledger(tuple(entries), lines)


@contextmanager
def shared_ledger(path: Path | None) -> Iterator[Ledger]:
    """The ledger that several studies share, kept from other commands for the length of the block.

    Empty where no path is given. Raises UsageError where it cannot be, DisclosureError as `read_ledger`.
    """
    if path is None:
        yield Ledger()
        return
    require_place(path)
    with ExitStack() as held:
        waited_until = time.monotonic() + PATIENCE
        while True:
            try:
                held.enter_context(locked(path.with_name(f"{path.name}.lock")))
                break
            except UsageError:
                if time.monotonic() > waited_until:
                    raise UsageError(
                        f"--ledger {path.name}: another ipscausal command is writing to it",
                        remedy="wait until it has finished; nothing was released",
                    ) from None
                time.sleep(0.1)
        yield read_ledger(path)


def write_shared(path: Path, ledger: Ledger) -> None:
    """Replace the file by the ledger with its new line, in one step; for use inside `shared_ledger`."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="ascii", newline="\n") as stream:
        stream.write(ledger.text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def require_place(path: Path) -> None:
    """Raises UsageError where there can be no ledger at this path."""
    if not path.parent.is_dir() or path.is_dir():
        raise UsageError(
            f"--ledger {path.name}: there is no such folder, or a folder has this name",
            remedy="give a file in a folder that exists; the file itself is made by the first release",
        )


def _entry(line: str, previous: str) -> Entry | None:
    """What a line says; None where it is damaged or does not follow on the line before."""
    try:
        document: dict[str, Any] = json.loads(line)
        own = document.pop("hash")
        if own != _sha256(_canonical(document)) or document.pop("previous") != previous:
            return None
        near = tuple(Near(**found) for found in document.pop("near"))
        withheld = tuple(document.pop("withheld"))
        return Entry(**document, near=near, withheld=withheld)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _digest_of(line: str) -> str:
    return str(json.loads(line)["hash"])


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
