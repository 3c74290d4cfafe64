"""Failures of Spark in our words. Its messages quote values and plans, so their text is never passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException

from ipscausal.errors import ExtractError, IpsError, MachineError, WarehouseError
from ipscausal.warehouse.spark.session import unwarned

_MEMORY = "raise --memory-limit (on a cluster: the executors' memory), or free space where temporary files go"
_DISK = "check that every node sees the extracts under the same path, that they are unchanged, and that no disk is full"
_DAMAGED = "copy the files from the delivery again and compare their sizes or checksums"
_GONE = (
    "its Java process may have been ended for want of memory: raise --memory-limit if the machine has more, "
    "or end other programs"
)
_STACK = "the statement is too long for the stack of this Java; run with DuckDB, and please report it"
_DEFECT = "this is a defect of ipscausal or an extract the contract let through; please report it"
# of causes of causes; Java does not keep them from turning in a circle
_DEEP = 50


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn whatever Spark raises while doing `what` into an IpsError; the original is cut off with its values."""
    try:
        with unwarned():
            yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise _in_our_words(error, what) from None


def _in_our_words(error: Exception, what: str) -> IpsError:
    # only names of conditions and classes are looked for in the text, and nothing of it is shown
    condition = str(error.getCondition() or "") if isinstance(error, PySparkException) else ""
    text = _text(error)
    if isinstance(error, (Py4JNetworkError, ConnectionError)) or not text:
        return MachineError(f"{what}: Spark is gone", remedy=_GONE)
    if "OutOfMemoryError" in text or "No space left on device" in text or "OUT_OF_MEMORY" in condition:
        return MachineError(f"{what}: Spark ran out of memory or of temporary disk", remedy=_MEMORY)
    if "FileNotFoundException" in text or "FILE_NOT_EXIST" in text or "PATH_NOT_FOUND" in condition:
        return MachineError(f"{what}: reading or writing a file failed", remedy=_DISK)
    if "StackOverflowError" in text:
        return WarehouseError(f"{what}: Spark ran out of stack", remedy=_STACK)
    if "FAILED_READ_FILE" in text:
        return ExtractError(f"{what}: a delivered Parquet file is damaged inside", remedy=_DAMAGED)
    if "TASK_WRITE_FAILED" in text or "AccessDeniedException" in text or "Mkdirs failed" in text:
        return MachineError(f"{what}: reading or writing a file failed", remedy=_DISK)
    return WarehouseError(f"{what}: Spark stopped ({condition or _cause(error)})", remedy=_DEFECT)


def _text(error: Exception) -> str:
    """Its words, which a Java process that is gone no longer tells."""
    try:
        return str(error)
    except (Py4JError, OSError):
        return ""


def _cause(error: Exception) -> str:
    """The class of the failure that led to this one; asked of the objects, for a message could quote a value."""
    found = type(error).__name__
    thrown = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    with suppress(Py4JError, OSError):
        for _ in range(_DEEP):
            if thrown is None:
                break
            found, thrown = str(thrown.getClass().getSimpleName()) or found, thrown.getCause()
    return found
