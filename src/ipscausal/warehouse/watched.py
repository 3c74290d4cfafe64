"""Delivered files as they were when they were registered: where the engine fails on them, which one changed is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ipscausal.errors import EngineMemoryError, ExtractError, WarehouseError

_REMEDY = "run again when the delivery is complete and nobody writes into it; nothing was written"
_Seen = tuple[str, Path, int, int]


@dataclass(slots=True)
class Watched:
    """Size and time of every file, under the name of its table."""

    files: list[_Seen] = field(default_factory=list)

    def add(self, table: str, files: Sequence[Path]) -> None:
        """Remember these files as they are now."""
        self.files += [(table, path, *_state(path)) for path in files]

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Turn a failure of the engine into an ExtractError that names the files that changed, where some did."""
        try:
            yield
        except EngineMemoryError:
            raise
        except (WarehouseError, ExtractError) as error:
            changed = tuple(self._changed())
            if not changed:
                raise
            raise ExtractError("the extracts changed while they were read", problems=changed, remedy=_REMEDY) from error

    def _changed(self) -> Iterator[str]:
        for table, path, size, time in self.files:
            if not path.is_file():
                yield f"{table}: {path.name}: gone"
            elif _state(path) != (size, time):
                yield f"{table}: {path.name}: written to since the start of the run"


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
