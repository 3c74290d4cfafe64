"""`SPARK_REMOTE`: a Spark Connect server does the work, with a Java and a current folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lib.command import done, ipscausal
from lib.spark import IN_A_HURRY, why_not

from synthetic_registry import write_registry

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the server is started by a shell script"),
    pytest.mark.skipif(bool(why_not()), reason=f"Spark cannot run: {why_not()}"),
    pytest.mark.skipif(find_spec("grpc") is None, reason="Spark Connect needs pip install 'pyspark[connect]'"),
]
SETTINGS = {
    "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.sql.catalogImplementation": "in-memory",
    "spark.connect.grpc.binding.address": "127.0.0.1",
}  # fmt: skip
PATIENCE = 180.0


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a server that works in `folder`."""
    import pyspark

    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**SETTINGS, "spark.connect.grpc.binding.port": port}
    command = [
        str(Path(pyspark.__file__).parent / "bin/spark-submit"), "--master", "local[1]", "--driver-memory", "2g",
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")), "spark-internal",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **IN_A_HURRY}, stdout=log, stderr=log)
        try:
            until = time.monotonic() + PATIENCE
            while not answers(port):
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.5)
            yield f"sc://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def answers(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=5)):
        return True
    return False


def test_panel_through_a_server_is_that_of_duckdb(tmp_path: Path) -> None:
    folder, nowhere, elsewhere = tmp_path / "extracts", tmp_path / "nowhere", tmp_path / "elsewhere"
    for made in (nowhere, elsewhere):
        made.mkdir()
    write_registry("reference-study", 11, folder, 800)
    panel = ("panel", "--study", folder / "study.toml", "--extracts")
    done(*panel, folder, "--out", tmp_path / "duck")
    with server(elsewhere) as address:
        # no Java here, and paths that are relative to this folder
        here = {"SPARK_REMOTE": address, "PATH": str(nowhere), "JAVA_HOME": str(nowhere)}
        found = ipscausal(*panel, "extracts", "--out", "spark", "--engine", "spark", cwd=tmp_path, **here)
    assert found.returncode == 0, found.stderr
    restricted = [tmp_path / engine / "restricted" for engine in ("duck", "spark")]
    cells = [{path.name: path.read_bytes() for path in (one / "cells").iterdir()} for one in restricted]
    assert len(cells[0]) > 10
    # which names the engine
    assert all(one.pop("member.json") for one in cells)
    assert cells[0] == cells[1]
    duck, spark = (pq.read_table(one / "person_year.parquet") for one in restricted)
    assert duck.num_rows > 500
    assert duck.equals(spark.cast(duck.schema))
    assert [path.name for path in elsewhere.iterdir()] == ["server.log"]
