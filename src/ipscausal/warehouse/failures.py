"""Engine failures in our words. The engine quotes values in its messages, so its text is never passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ipscausal.errors import EngineMemoryError, ExtractError, IpsError, MachineError, WarehouseError

_MEMORY = "raise --memory-limit, or count in more --buckets"
_TEMPORARY = "free space where temporary files go (TMPDIR), count in more --buckets, or raise --memory-limit"
_FULL = "free space there, or choose another --out"
_DISK = "check that the extracts are still there, readable and unchanged, and that the disk is not full"
_DAMAGED = "copy the files from the delivery again and compare their sizes or checksums"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn whatever the engine raises while doing `what` into an IpsError, or Ctrl-C into KeyboardInterrupt.

    The original is cut off (`from None`): a traceback would print it with its values.
    """
    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        if isinstance(error, IpsError):
            raise
        if isinstance(error, duckdb.InterruptException) or str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise _in_our_words(error, what) from None


def _in_our_words(error: Exception, what: str) -> IpsError:
    if isinstance(error, duckdb.OutOfMemoryException):
        if "offload" in str(error):
            return EngineMemoryError(f"{what}: the disk of temporary files is full", remedy=_TEMPORARY)
        return EngineMemoryError(f"{what}: the engine ran out of memory", remedy=_MEMORY)
    if isinstance(error, duckdb.PermissionException):
        return MachineError(
            f"{what}: the engine was asked for something outside the folders of this run, and refused",
            remedy="keep extracts and outputs in the folders given on the command line, without links out of them",
        )
    if isinstance(error, duckdb.IOException) and "No space left" in str(error):
        return MachineError(f"{what}: the disk of the output folder is full; nothing was changed", remedy=_FULL)
    if isinstance(error, duckdb.IOException):
        return MachineError(f"{what}: reading or writing a file failed", remedy=_DISK)
    # a damaged page surfaces as the bare base class, or as invalid input that names the file
    if type(error) is duckdb.Error or (
        isinstance(error, duckdb.InvalidInputException) and "Failed to read file" in str(error)
    ):
        return ExtractError(f"{what}: a delivered Parquet file is damaged inside", remedy=_DAMAGED)
    return WarehouseError(
        f"{what}: the engine stopped ({type(error).__name__})",
        remedy="this is a defect of ipscausal or an extract the contract let through; please report it",
    )
