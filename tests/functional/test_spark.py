"""`--engine spark` as a user meets it: quiet streams, the same answer, nothing left behind; what is missing is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from lib.command import as_json, done, ipscausal
from lib.spark import why_not

from synthetic_registry import write_registry

needs_spark = pytest.mark.skipif(bool(why_not()), reason=f"Spark cannot run: {why_not()}")


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    folder = write_registry("reference-study", 11, tmp_path_factory.mktemp("spark") / "extracts", 1000, ["strangers"])
    return ("check", "--study", folder / "study.toml", "--extracts", folder, "--json")


@needs_spark
def test_answer_is_that_of_duckdb_and_streams_are_quiet(arguments: tuple[object, ...], tmp_path: Path) -> None:
    temporary = {"TMPDIR": str(tmp_path)}
    duck = done(*arguments)
    spark = done(*arguments, "--engine", "spark", "--spark-master", "local[1]", **temporary)
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


def test_engine_that_does_not_exist(arguments: tuple[object, ...]) -> None:
    refused = ipscausal(*arguments, "--engine", "flink")
    assert refused.returncode == 2
    assert "duckdb" in refused.stderr
