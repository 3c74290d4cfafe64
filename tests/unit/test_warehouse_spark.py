"""The Spark engine by itself: files, tables, text read as numbers and dates, settings, what it says when it fails."""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import signal
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib.spark import ON_SPARK
from py4j.protocol import Py4JJavaError, Py4JNetworkError

from ipscausal.errors import ExtractError, MachineError, UsageError, WarehouseError
from ipscausal.machine import Machine
from ipscausal.warehouse import Source, Warehouse, open_warehouse
from ipscausal.warehouse.models import Model, read_model
from ipscausal.warehouse.spark import open_spark
from ipscausal.warehouse.spark.failures import guarded
from ipscausal.warehouse.spark.session import SETTINGS
from ipscausal.warehouse.spark.signals import as_before, asked_later

SECRET = "SECRET-4711"  # noqa: S105


def model(folder: Path, select: str, grain: str = "one row per x (x)", params: str = "none") -> Model:
    path = folder / "m.sql"
    path.write_text(f"-- model: m\n-- grain: {grain}\n-- reads: none\n-- params: {params}\n{select}\n")
    return read_model(path)


@pytest.fixture(scope="module")
def engine(spark: None) -> Iterator[Warehouse]:
    with ON_SPARK.warehouse() as opened:
        yield opened


class TestRun:
    def test_parameters_are_bound_and_rows_remembered(self, engine: Warehouse, tmp_path: Path) -> None:
        select = "select cast($a as bigint) as x, $t as t, $d as d, cast($n as varchar) is null as none"
        given = {"a": 3, "t": "'; drop table x --", "d": dt.date(2015, 1, 1), "n": None, "unused": 1}
        assert engine.run(model(tmp_path, select, params="a, t, d, n"), given) == 1
        assert engine.arrow("m").to_pylist() == [{"x": 3, "t": given["t"], "d": given["d"], "none": True}]
        assert engine.ran["m"] == 1

    def test_broken_grain_counts_rows_with_an_empty_key_too(self, engine: Warehouse, tmp_path: Path) -> None:
        engine.register_table("t", pa.table({"x": pa.array([1, 1, None, None, 2], pa.int64())}))
        with pytest.raises(WarehouseError, match="2 of 5 rows repeat its key \\(x\\)"):
            engine.run(model(tmp_path, "select x from t"), {})

    def test_no_rows(self, engine: Warehouse, tmp_path: Path) -> None:
        assert engine.run(model(tmp_path, "select 1 as x where false"), {}) == 0

    def test_check_must_be_one_row_of_counts(self, engine: Warehouse, tmp_path: Path) -> None:
        assert engine.violations(model(tmp_path, "select cast(2 as bigint) as n", "one row"), {}) == {"n": 2}
        with pytest.raises(WarehouseError, match="not one row of integer counts"):
            engine.violations(model(tmp_path, "select 'x' as n", "one row"), {})

    def test_overflow_stops_and_is_no_other_number(self, engine: Warehouse, tmp_path: Path) -> None:
        select = "select cast(sum(x * x) as bigint) as x from t"
        engine.register_table("t", pa.table({"x": pa.array([4_000_000_000] * 2, pa.int64())}))
        with pytest.raises(WarehouseError, match=r"Spark stopped \(ARITHMETIC_OVERFLOW"):
            engine.run(model(tmp_path, select), {})

    def test_tables_of_another_engine_are_not_seen(self, engine: Warehouse, tmp_path: Path) -> None:
        engine.register_table("mine", pa.table({"x": [1]}))
        with ON_SPARK.warehouse() as other, pytest.raises(WarehouseError, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.arrow("mine")
        engine.drop_table("mine")
        engine.drop_table("mine")
        with pytest.raises(WarehouseError, match="TABLE_OR_VIEW_NOT_FOUND"):
            engine.arrow("mine")

    def test_settings_are_ours_whatever_the_cluster_says(self, engine: Warehouse) -> None:
        session = engine.spark  # type: ignore[attr-defined]
        assert {name: session.conf.get(name) for name in SETTINGS} == dict(SETTINGS)
        where = session.sparkContext.getConf()
        assert where.get("spark.ui.enabled") == "false"
        assert where.get("spark.driver.bindAddress") == "127.0.0.1"
        assert Path(where.get("spark.local.dir")).stat().st_mode & 0o077 == 0


class TestInterrupts:
    def test_ctrl_c_is_answered_as_before_once_spark_is_gone(self) -> None:
        before = signal.getsignal(signal.SIGINT)
        with as_before():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is before

    def test_a_request_to_stop_waits_for_the_end_of_the_start(self) -> None:
        before = signal.getsignal(signal.SIGINT)
        went_on = []
        with pytest.raises(KeyboardInterrupt), asked_later():
            went_on.append(signal.raise_signal(signal.SIGINT))
        assert went_on == [None]
        assert signal.getsignal(signal.SIGINT) is before

    def test_the_client_tells_no_traceback_of_an_interrupted_call(self, capfd: pytest.CaptureFixture[str]) -> None:
        told = logging.LogRecord("root", logging.ERROR, "/x/py4j/java_gateway.py", 1, SECRET, None, None)
        other = logging.LogRecord("root", logging.ERROR, "/x/other.py", 1, "seen", None, None)
        with as_before():
            assert not logging.getLogger().filter(told)
            assert logging.getLogger().filter(other)
        assert logging.getLogger().filter(told)


class TestFiles:
    def test_columns_by_any_name_in_files_of_two_schemas(self, engine: Warehouse, tmp_path: Path) -> None:
        odd = '"; drop table `x.y`'
        pq.write_table(pa.table({odd: pa.array([1], pa.int32()), "Size": [2.5]}), tmp_path / "a.parquet")
        pq.write_table(pa.table({"Size": [3.5], odd: pa.array([2], pa.int64())}), tmp_path / "b.parquet")
        columns = {"id": Source(odd, "BIGINT"), "size": Source("Size", "DECIMAL(9,2)", 2), "none": Source(None, "DATE")}
        engine.register_files("t", [tmp_path / "a.parquet", tmp_path / "b.parquet"], columns)
        found = engine.arrow("t", ["id"]).to_pylist()
        assert [tuple(row.values()) for row in found] == [(1, Decimal("2.50"), None), (2, Decimal("3.50"), None)]

    def test_numbers_become_what_duckdb_makes_of_them(self, engine: Warehouse, tmp_path: Path) -> None:
        draw = random.Random(4)  # noqa: S311
        halves = [n / 200 for n in range(-401, 402)] + [draw.uniform(-1e7, 1e7) for _ in range(2000)]
        special = [None, float("nan"), float("inf"), float("-inf"), 1e300, -0.0, 0.005, 1.005, 2.675, 9_999_999.994]
        doubles = pa.array(halves + special, pa.float64())
        path = tmp_path / "t.parquet"
        table = pa.table({
            "id": range(len(doubles)), "double": doubles, "float": doubles.cast(pa.float32()),
            "decimal": pa.array([Decimal(round(h * 1000)) / 1000 for h in halves] + [None] * len(special),
                                pa.decimal128(14, 3)),
            "whole": pa.array([draw.choice([0, 1, -7, 2**40, -(2**62), None]) for _ in doubles], pa.int64()),
            "yes": pa.array([draw.choice([True, False, None]) for _ in doubles]),
            "month": [draw.choice(["201501", " 201502 ", "2015.5", "x", "", "1e3", None]) for _ in doubles],
        })  # fmt: skip
        pq.write_table(table, path)
        columns = {"id": Source("id", "BIGINT"), "month": Source("month", "INTEGER"), "yes": Source("yes", "BIGINT")}
        for name in ("double", "float", "decimal", "whole"):
            columns |= {
                f"{name}_0": Source(name, "BIGINT", 0),
                f"{name}_2": Source(name, "DECIMAL(9,2)", 2),
                f"{name}_18": Source(name, "DECIMAL(18,2)", 2),
            }
        engine.register_files("t", [path], columns)
        with open_warehouse([tmp_path]) as duck:
            duck.register_files("t", [path], columns)
            expected = duck.arrow("t", ["id"])
        found = engine.arrow("t", ["id"])
        assert found.schema.equals(expected.schema)
        differing = [name for name in columns if not found.column(name).equals(expected.column(name))]
        assert differing == []

    def test_rows_losing_precision(self, engine: Warehouse, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        noon = dt.datetime(2015, 1, 1, 12)
        pq.write_table(pa.table({"at": [noon, dt.datetime(2015, 1, 1), None], "n": [1.5, float("nan"), None]}), path)
        assert engine.rows_losing_precision("t", [path], "at") == 1
        assert engine.rows_losing_precision("t", [path], "n") == 1
        engine.register_files("t", [path], {"day": Source("at", "DATE"), "n": Source("n", "BIGINT", 0)})
        days = engine.arrow("t").column("day").to_pylist()
        assert sorted(days, key=str) == [dt.date(2015, 1, 1), dt.date(2015, 1, 1), None]

    def test_table_is_written_as_one_sorted_file(self, engine: Warehouse, tmp_path: Path) -> None:
        engine.register_table("t", pa.table({"x": [3, 1, 2, None], "y": ["c", "a", "b", "d"]}))
        engine.write_parquet("t", tmp_path / "t.parquet", ["x"])
        assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]
        assert pq.read_table(tmp_path / "t.parquet").column("y").to_pylist() == ["a", "b", "c", "d"]

    def test_dates_before_the_gregorian_calendar_are_not_moved(self, engine: Warehouse, tmp_path: Path) -> None:
        days = [dt.date(1500, 1, 1), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1850, 6, 1)]
        pq.write_table(pa.table({"d": days}), tmp_path / "t.parquet")
        engine.register_files("t", [tmp_path / "t.parquet"], {"d": Source("d", "DATE")})
        assert engine.arrow("t", ["d"]).column("d").to_pylist() == sorted(days)


TEXTS = [
    "2015-01-05", "2015-1-5", "2015/01/05", " 2015-01-05 ", "2015-01-05 10:00:00", "2015-01-05T10:00:00", "2015",
    "2015-01", "2015-02-29", "2015-13-01", "2015-01-05 x", "2015-01-05T", "2015-01/05", "05.01.2015", "x", "", None,
    "12015-01-05", "2015-01-05\n", "1.5", "1.5d", "0x10", "1e5", ".5", "5.", "-5", "+5", "1,5", "2015.5", "2016.4999",
    "-0.5", "99999999999", "123456789012345.12345", "1.00005", "0301", "301", "O301", "0301\n", "03011", "nan", "inf",
]  # fmt: skip
READINGS = {
    "date": "year(try_cast(t as date)) * 10000 + month(try_cast(t as date)) * 100 + day(try_cast(t as date))",
    "whole": "try_cast(t as integer)",
    "fixed": "try_cast(t as decimal(18, 4))",
    "code": "regexp_matches(t, '^[0-9][0-9][0-9][0-9]$')",
    "trimmed": "nullif(trim(t), '')",
}


# no number to Spark, so an error of the contract and never another value
ONLY_DUCKDB = {"0x10"}


@pytest.mark.parametrize("reading", READINGS)
def test_text_is_read_alike_or_not_at_all(engine: Warehouse, tmp_path: Path, reading: str) -> None:
    table = pa.table({"x": range(len(TEXTS)), "t": pa.array(TEXTS, pa.string())})
    made = model(tmp_path, f"select x, {READINGS[reading]} as v from t")  # noqa: S608
    found = []
    with open_warehouse([]) as duck:
        for warehouse in (duck, engine):
            warehouse.register_table("t", table)
            warehouse.run(made, {})
            rows = warehouse.arrow("m", ["x"]).to_pylist()
            found.append({TEXTS[row["x"]]: row["v"] for row in rows})
    differing = {text for text in found[0] if found[0][text] != found[1][text]}
    assert differing <= ONLY_DUCKDB
    assert all(found[1][text] is None for text in differing)
    assert any(value is not None for value in found[1].values())


def test_double_of_text_is_read_alike_or_not_at_all(engine: Warehouse, tmp_path: Path) -> None:
    made = model(tmp_path, "select x, try_cast(t as double) as v from t")
    engine.register_table("t", pa.table({"x": range(len(TEXTS)), "t": pa.array(TEXTS, pa.string())}))
    engine.run(made, {})
    for row in engine.arrow("m").to_pylist():
        text = TEXTS[row["x"]]
        expected = duckdb.execute("select try_cast($t as double)", {"t": text}).fetchall()[0][0]
        assert row["v"] in (expected, None)
        assert row["v"] is not None or text in ("nan", "inf") or expected is None


class TestFailures:
    def test_value_is_not_shown(self, engine: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        made = model(tmp_path, "select cast(t as date) as x from t")
        engine.register_table("t", pa.table({"t": [SECRET]}))
        with pytest.raises(WarehouseError) as raised:
            engine.run(made, {})
        assert SECRET not in str(raised.value)
        assert raised.value.__suppress_context__
        assert raised.value.message == "m: Spark stopped (CAST_INVALID_INPUT)"
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize(
        ("thrown", "told", "remedy"),
        [
            ("java.lang.IllegalStateException", "m: Spark stopped (IllegalStateException)", "report it"),
            ("java.lang.OutOfMemoryError", "m: Spark ran out of memory or of temporary disk", "--memory-limit"),
            ("java.lang.StackOverflowError", "m: Spark ran out of stack", "DuckDB"),
        ],
    )
    def test_first_cause_is_told_without_its_message(
        self, engine: Warehouse, thrown: str, told: str, remedy: str
    ) -> None:
        java = engine.spark._jvm.java.lang  # type: ignore[attr-defined]
        first = getattr(java, thrown.rpartition(".")[2])(SECRET)
        with pytest.raises(WarehouseError) as raised, guarded("m"):
            raise Py4JJavaError(SECRET, java.RuntimeException(SECRET, java.RuntimeException(SECRET, first)))
        assert raised.value.message == told
        assert remedy in raised.value.remedy
        assert SECRET not in str(raised.value)

    @pytest.mark.parametrize("gone", [Py4JNetworkError(SECRET), ConnectionRefusedError(SECRET)])
    def test_spark_that_is_gone(self, spark: None, gone: Exception) -> None:
        with pytest.raises(MachineError, match="m: Spark is gone") as raised, guarded("m"):
            raise gone
        assert "--memory-limit" in raised.value.remedy

    def test_file_that_vanishes(self, engine: Warehouse, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({"x": [1]}), path)
        engine.register_files("t", [path], {"x": Source("x", "BIGINT")})
        path.unlink()
        with pytest.raises(MachineError, match="m: reading or writing a file failed"):
            engine.run(model(tmp_path, "select x from t"), {})

    def test_file_damaged_inside(self, engine: Warehouse, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({"x": [f"{k * 7919 % 10007}" for k in range(20000)]}), path, use_dictionary=False)
        whole = path.read_bytes()
        path.write_bytes(whole[:1000] + b"\x00" * 20000 + whole[21000:])
        engine.register_files("t", [path], {"x": Source("x", "VARCHAR")})
        with pytest.raises(ExtractError) as raised:
            engine.run(model(tmp_path, "select count(distinct x) as x from t"), {})
        assert raised.value.message == "m: a delivered Parquet file is damaged inside"


class TestWithout:
    def test_java_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        from ipscausal.warehouse.spark.session import require_java

        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("JAVA_HOME", raising=False)
        with pytest.raises(UsageError) as raised:
            require_java()
        assert raised.value.message == "--engine spark: no Java was found"
        assert "openjdk-17-jre-headless" in raised.value.remedy
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        with pytest.raises(UsageError, match="no Java was found where JAVA_HOME points"):
            require_java()

    @pytest.mark.parametrize("missing", ["pyspark is", "sqlglot is", "pyspark and sqlglot are"])
    def test_extra_that_is_not_installed(self, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        there = "ipscausal.warehouse.spark.session.find_spec"
        monkeypatch.setattr(there, lambda name: None if name in missing.split() else find_spec(name))
        with pytest.raises(UsageError) as raised, open_spark():
            pass
        assert raised.value.message == f"--engine spark: {missing} not installed"
        assert raised.value.remedy == "pip install 'ipscausal[spark]'"

    def test_duckdb_is_the_default_and_needs_none_of_it(self) -> None:
        with Machine().warehouse() as opened:
            assert opened.engine == ("duckdb", duckdb.__version__)
        assert "spark" not in os.environ.get("PYSPARK_SUBMIT_ARGS", "")
