"""`--engine spark` as a user meets it: quiet streams, the same answer, nothing left behind; what is missing is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lib.command import BIN, as_json, done, ipscausal
from lib.spark import IN_A_HURRY, why_not

from synthetic_registry import write_registry

needs_spark = pytest.mark.skipif(bool(why_not()), reason=f"Spark cannot run: {why_not()}")


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    folder = write_registry("reference-study", 11, tmp_path_factory.mktemp("spark") / "extracts", 1000, ["strangers"])
    return ("check", "--study", folder / "study.toml", "--extracts", folder, "--json")


@needs_spark
def test_answer_is_that_of_duckdb_and_streams_are_quiet(arguments: tuple[object, ...], tmp_path: Path) -> None:
    duck = done(*arguments)
    spark = done(*arguments, "--engine", "spark", "--spark-master", "local[1]", TMPDIR=str(tmp_path), **IN_A_HURRY)
    assert as_json(spark) == as_json(duck)
    told = [line for line in spark.stderr.splitlines() if not line.startswith("[")]
    assert told == [line for line in duck.stderr.splitlines() if not line.startswith("[")]
    assert list(tmp_path.iterdir()) == []


@needs_spark
def test_master_that_does_not_exist_is_told(arguments: tuple[object, ...]) -> None:
    refused = ipscausal(*arguments, "--engine", "spark", "--spark-master", "nonsense://here")
    assert refused.returncode == 2
    assert "--engine spark: Spark did not start" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert as_json(refused)["error"]["exit_code"] == 2


def test_without_java_the_command_says_what_to_install(arguments: tuple[object, ...], tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="without pyspark that is what is missing first")
    nowhere = str(tmp_path)
    refused = ipscausal(*arguments, "--engine", "spark", PATH=nowhere, JAVA_HOME=nowhere)
    assert refused.returncode == 2
    assert "no Java was found where JAVA_HOME points" in refused.stderr
    assert "apt install openjdk-17-jre-headless" in refused.stderr


def test_master_without_the_engine_is_refused(arguments: tuple[object, ...]) -> None:
    refused = ipscausal(*arguments, "--spark-master", "local[1]")
    assert refused.returncode == 2
    assert "--spark-master: the engine is not Spark" in refused.stderr
    assert as_json(refused)["error"]["remedy"] == "add --engine spark, or leave --spark-master out"


@needs_spark
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is of POSIX")
@pytest.mark.parametrize(("whom", "stage"), [(os.kill, "contract"), (os.killpg, "extracts")])
def test_asked_to_stop_it_ends_as_by_ctrl_c(
    arguments: tuple[object, ...], tmp_path: Path, whom: Callable[[int, int], None], stage: str,
    until: Callable[..., None],
) -> None:  # fmt: skip
    """The command alone, or with everything that it started."""
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    command = [str(BIN / "ipscausal"), "cells", *map(str, arguments[1:5]), "--out", str(out), "--engine", "spark"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, **IN_A_HURRY, "TMPDIR": str(temporary)},
    ) as child:  # fmt: skip
        until(child, stage)
        whom(child.pid, signal.SIGTERM)
        _, told = child.communicate(timeout=120)
    assert child.returncode == 143
    assert [line for line in told.splitlines() if not line.startswith("[")] == ["interrupted"]
    assert not out.exists()
    assert list(temporary.iterdir()) == []


def test_engine_that_does_not_exist(arguments: tuple[object, ...]) -> None:
    refused = ipscausal(*arguments, "--engine", "flink")
    assert refused.returncode == 2
    assert "Invalid value for '--engine': give duckdb or spark, not 'flink'" in refused.stderr
    assert "Value error" not in refused.stderr
