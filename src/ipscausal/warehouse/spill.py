"""Where the engine spills person rows when memory is short: a private folder that hardly outlives its process.

A killed process cannot tidy up, so the next one does: a folder whose lock nobody holds is removed at the start.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ipscausal.errors import UsageError
from ipscausal.outputs.lock import locked

PREFIX, LOCK = "ipscausal-", "lock"
_SETTLED = 60.0


@contextmanager
def spill_folder() -> Iterator[Path]:
    """A folder below the system's temporary one that only this user can read, removed at the end."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with locked(folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # another user's folder cannot be read, a living process holds its lock
        with suppress(OSError, UsageError):
            if (folder / LOCK).exists():
                with locked(folder / LOCK):
                    pass
                shutil.rmtree(folder, ignore_errors=True)
            # Spark's Java, as it ends, may make the folder again, empty; one that is new is about to be locked
            elif time.time() - folder.stat().st_mtime > _SETTLED:
                folder.rmdir()
