"""One Spark session with fixed settings: local, on a cluster, or a Spark Connect server.

Whoever opens it first ends it; inside, and beside a session that was there already, further ones share its context and
keep their tables to themselves.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ipscausal.errors import UsageError
from ipscausal.warehouse.spark.signals import as_before, asked_later
from ipscausal.warehouse.spill import spill_folder

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

CONNECT = "sc://"
_LEAST_BYTES = 10**9
# every number is the same on every cluster: no setting of its own decides how values are read, added or cast
SETTINGS: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.variable.substitute": "false",
    # Spark loses track of columns when it infers filters for a union of tables that were kept, and stops
    "spark.sql.constraintPropagation.enabled": "false",
    # a slow machine is no failure
    "spark.sql.broadcastTimeout": "-1",
}


@contextmanager
def open_session(master: str | None, memory: int, threads: int | None) -> Iterator[SparkSession]:
    """A session of `master` (else SPARK_MASTER, else SPARK_REMOTE, else this machine).

    memory: bytes for the heap of the driver, which locally does all the work. Raises UsageError where Spark or Java
    is missing, or where Spark does not start.
    """
    _require_pyspark()
    where = master or os.environ.get("SPARK_MASTER") or os.environ.get("SPARK_REMOTE") or f"local[{threads or '*'}]"
    with _connect(where) if where.startswith(CONNECT) else _start(where, memory, threads) as spark:
        for name, value in SETTINGS.items():
            spark.conf.set(name, value)
        yield spark


@contextmanager
def unwarned() -> Iterator[None]:
    """Spark warns of a pandas newer than its tests; tables pass through Arrow alone here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _require_pyspark() -> None:
    missing = [name for name in ("pyspark", "sqlglot") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"--engine spark: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            remedy="pip install 'ipscausal[spark]'",
        )
    with unwarned():
        import pyspark.sql  # noqa: F401  warns at its first import


def require_java() -> None:
    """Raises UsageError where Spark would not find a Java to run on."""
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        raise UsageError(
            "--engine spark: no Java was found" + (" where JAVA_HOME points" if home else ""),
            remedy="install Java 17 or newer (Debian: apt install openjdk-17-jre-headless), or set JAVA_HOME to one",
        )


@contextmanager
def _connect(where: str) -> Iterator[SparkSession]:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if find_spec("grpc") is None:
        raise UsageError("--engine spark: Spark Connect needs more", remedy="pip install 'pyspark[connect]'")
    try:
        with unwarned():
            spark = SparkSession.builder.remote(where).create()
            spark.version  # noqa: B018  asks the server
    except PySparkException as error:
        raise UsageError(
            f"--engine spark: no Spark Connect server answers ({error.getCondition() or type(error).__name__})",
            remedy="check SPARK_REMOTE or --spark-master",
        ) from None
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def _start(where: str, memory: int, threads: int | None) -> Iterator[SparkSession]:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    running = SparkContext._active_spark_context
    if running is not None:
        yield SparkSession(running).newSession()
        return
    require_java()
    with spill_folder() as spill, as_before(), ExitStack() as ending:
        with unwarned(), asked_later():
            context = _launch(_driver(where, memory, threads, spill), spill)
            ending.callback(_stop, context)
        yield SparkSession(context)


def _stop(context: SparkContext) -> None:
    """End it; a Java process that is gone or no longer answers has nothing to end, and nothing to say about it."""
    from py4j.protocol import Py4JError
    from pyspark.sql import SparkSession

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(Py4JError, OSError):
            SparkSession(context).stop()
        context.stop()


def _driver(where: str, memory: int, threads: int | None, spill: Path) -> dict[str, str]:
    """What is fixed once the driver runs: quiet, its files in the private folder, locally unseen from outside."""
    java = f"-XX:-UsePerfData -Djava.io.tmpdir={spill} -Dlog4j2.configurationFile={spill / 'log4j2.properties'}"
    settings = {
        "spark.master": where,
        "spark.app.name": "ipscausal",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        # a run has more models than are kept compiled by default, and its checks run them again
        "spark.sql.codegen.cache.maxEntries": "5000",
        "spark.sql.warehouse.dir": str(spill / "tables"),
        "spark.driver.memory": f"{memory >> 20}m",
        "spark.driver.extraJavaOptions": java,
    }
    if not where.startswith("local"):
        return settings
    if memory < _LEAST_BYTES:
        raise UsageError("--memory-limit: Spark on one machine needs 1GB at least", remedy="give it more, or DuckDB")
    return settings | {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(spill),
        # the one process that could be lost is the one that waits: a machine that was busy or asleep goes on
        "spark.network.timeout": "24h",
        "spark.executor.heartbeatInterval": "1h",
        "spark.sql.shuffle.partitions": str(threads or os.cpu_count() or 1),
    }


def _launch(settings: Mapping[str, str], spill: Path) -> SparkContext:
    """The context, its Java process writing to a file of the private folder and never to our streams."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.logger import PySparkLogger

    # these loggers of the Python client print queries and values
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    (spill / "log4j2.properties").write_text("rootLogger.level = off\n", encoding="ascii")
    conf = SparkConf(loadDefaults=False)
    for name, value in settings.items():
        conf.set(name, value)
    try:
        if SparkContext._gateway is None:
            with (spill / "java.log").open("wb") as log:
                # in a session of its own: what asks the whole process group to stop leaves the stopping to us
                gateway = launch_gateway(conf, {"stdout": log, "stderr": log, "start_new_session": True})
            return SparkContext(gateway=gateway, conf=conf)
        return SparkContext(conf=conf)
    except Exception as error:
        raise UsageError(
            f"--engine spark: Spark did not start ({type(error).__name__})",
            remedy="check that `java -version` says 17 or newer, --memory-limit, and --spark-master",
        ) from None
