"""Failures of Spark in our words. Its messages quote values and plans, so their text is never passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from ipscausal.errors import ExtractError, IpsError, WarehouseError
from ipscausal.warehouse.spark.session import unwarned

_MEMORY = "raise --memory-limit (on a cluster: the executors' memory), or free space where temporary files go"
_DISK = "check that every node sees the extracts under the same path, that they are unchanged, and that no disk is full"
_DAMAGED = "copy the files from the delivery again and compare their sizes or checksums"
_DEFECT = "this is a defect of ipscausal or an extract the contract let through; please report it"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn whatever Spark raises while doing `what` into an IpsError; the original is cut off with its values."""
    try:
        with unwarned():
            yield
    except (PySparkException, Py4JError) as error:
        raise _in_our_words(error, what) from None


def _in_our_words(error: Exception, what: str) -> IpsError:
    # only names of conditions and classes are looked for in the text, and nothing of it is shown
    condition = str(error.getCondition() or "") if isinstance(error, PySparkException) else ""
    text = str(error)
    if "OutOfMemoryError" in text or "No space left on device" in text or "OUT_OF_MEMORY" in condition:
        return WarehouseError(f"{what}: Spark ran out of memory or of temporary disk", remedy=_MEMORY)
    if "FileNotFoundException" in text or "FILE_NOT_EXIST" in text or "PATH_NOT_FOUND" in condition:
        return WarehouseError(f"{what}: reading or writing a file failed", remedy=_DISK)
    if "FAILED_READ_FILE" in text:
        return ExtractError(f"{what}: a delivered Parquet file is damaged inside", remedy=_DAMAGED)
    if "TASK_WRITE_FAILED" in text or "AccessDeniedException" in text or "Mkdirs failed" in text:
        return WarehouseError(f"{what}: reading or writing a file failed", remedy=_DISK)
    return WarehouseError(f"{what}: Spark stopped ({condition or type(error).__name__})", remedy=_DEFECT)
