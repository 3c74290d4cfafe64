"""One Spark session for a whole test process: small, and compiled in a hurry rather than well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from ipscausal.errors import UsageError
from ipscausal.machine import Machine
from ipscausal.warehouse.spark.session import open_session, require_java

ON_SPARK = Machine(engine="spark", threads=1)
# the suite runs thousands of tiny tasks once each: compiling them further costs more than it saves
IN_A_HURRY = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


def why_not() -> str:
    """What keeps Spark from running here; nothing where it can."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    try:
        require_java()
    except UsageError as missing:
        return missing.message
    return ""


@contextmanager
def shared_session() -> Iterator[None]:
    """Spark stays up inside the block: whoever opens an engine there finds it running. Skips the test without Spark."""
    reason = why_not()
    if reason:
        pytest.skip(f"Spark cannot run: {reason}")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SPARK_MASTER", "SPARK_REMOTE"):
            patch.delenv(name, raising=False)
        for name, value in IN_A_HURRY.items():
            patch.setenv(name, value)
        with open_session("local[2]", 2 * 10**9, 1):
            yield
