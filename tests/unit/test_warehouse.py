"""The engine is locked down, and what it raises is said in our words without a value."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipscausal.errors import EngineMemoryError, ExtractError, MachineError, WarehouseError
from ipscausal.warehouse import Source, Warehouse, open_warehouse
from ipscausal.warehouse.failures import guarded
from ipscausal.warehouse.models import Model, read_model

SECRET = "SECRET-4711"  # noqa: S105


def model(folder: Path, name: str, select: str, grain: str = "one row per x (x)", params: str = "none") -> Model:
    path = folder / f"{name}.sql"
    path.write_text(f"-- model: {name}\n-- grain: {grain}\n-- reads: none\n-- params: {params}\n{select}\n")
    return read_model(path)


class TestLockDown:
    @pytest.mark.parametrize(
        "statement",
        [
            "select * from read_csv('/etc/passwd')",
            "select * from read_text('/etc/hostname')",
            "select * from glob('/etc/*')",
            "select * from 'https://example.com/a.parquet'",
            "select * from 's3://bucket/a.parquet'",
            "attach '/tmp/other.duckdb'",
            "install httpfs",
            "load httpfs",
            "copy (select 1) to '/tmp/ipscausal-leak.csv'",
            "export database '/tmp/ipscausal-leak'",
            "set enable_external_access = true",
            "set allowed_directories = ['/']",
            "set lock_configuration = false",
            "select * from outside",
        ],
    )
    def test_way_out_is_refused(self, statement: str, tmp_path: Path) -> None:
        outside = pa.table({"x": [1]})
        with open_warehouse([tmp_path]) as warehouse, pytest.raises(duckdb.Error):
            warehouse.connection.execute(statement)
        assert outside.num_rows == 1
        assert not Path("/tmp/ipscausal-leak.csv").exists()  # noqa: S108

    def test_parent_and_link_are_refused_and_the_folder_itself_is_open(self, tmp_path: Path) -> None:
        inside = tmp_path / "in"
        inside.mkdir()
        pq.write_table(pa.table({"x": [1]}), tmp_path / "secret.parquet")
        pq.write_table(pa.table({"x": [2]}), inside / "open.parquet")
        (inside / "link.parquet").symlink_to(tmp_path / "secret.parquet")
        with open_warehouse([inside]) as warehouse:
            for path in (inside / ".." / "secret.parquet", inside / "link.parquet", tmp_path / "secret.parquet"):
                with pytest.raises(MachineError, match="outside the folders of this run"):
                    warehouse.register_files("t", [path], {"x": Source("x", "BIGINT")})
            warehouse.register_files("t", [inside / "open.parquet"], {"x": Source("x", "BIGINT")})
            assert warehouse.arrow("t").to_pylist() == [{"x": 2}]

    def test_spill_folder_is_private_and_removed(self) -> None:
        with open_warehouse([]) as warehouse:
            query = "select current_setting('temp_directory')"
            spill = Path(warehouse.connection.execute(query).fetchall()[0][0])
            assert spill.stat().st_mode & 0o077 == 0
        assert not spill.exists()


class TestRun:
    def test_model_becomes_a_table_and_is_remembered(self, tmp_path: Path) -> None:
        seen: list[str] = []
        made = model(tmp_path, "m", "select cast($a as bigint) as x", params="a")
        with open_warehouse([], progress=seen.append) as warehouse:
            assert warehouse.run(made, {"a": 3, "unused": 1}) == 1
            assert warehouse.arrow("m").to_pylist() == [{"x": 3}]
            assert warehouse.ran == {"m": 1}
        assert seen == [f"{tmp_path.name}/m"]

    def test_broken_grain(self, tmp_path: Path) -> None:
        made = model(tmp_path, "m", "select unnest([1, 1, 2]) as x")
        with open_warehouse([]) as warehouse, pytest.raises(WarehouseError, match="1 of 3 rows repeat its key \\(x\\)"):
            warehouse.run(made, {})

    @pytest.mark.parametrize("select", ["select 1 as a where false", "select 'x' as a", "select null as a",
                                        "select unnest([1, 2]) as a"])  # fmt: skip
    def test_check_that_is_not_one_row_of_counts(self, select: str, tmp_path: Path) -> None:
        made = model(tmp_path, "c", select, grain="one row")
        with open_warehouse([]) as warehouse, pytest.raises(WarehouseError, match="not one row of integer counts"):
            warehouse.violations(made, {})

    def test_written_bytes_do_not_depend_on_threads_or_row_order(self, tmp_path: Path) -> None:
        written = []
        for threads, values in ((1, range(5000)), (2, range(4999, -1, -1))):
            with open_warehouse([tmp_path], threads=threads) as warehouse:
                warehouse.register_table("t", pa.table({"x": list(values), "y": [v % 7 for v in values]}))
                warehouse.write_parquet("t", tmp_path / f"{threads}.parquet", ["x"])
            written.append((tmp_path / f"{threads}.parquet").read_bytes())
        assert written[0] == written[1]


class TestFailures:
    def test_conversion_error_does_not_show_the_value(self, tmp_path: Path) -> None:
        made = model(tmp_path, "m", f"select cast('{SECRET}' as date) as x")
        with open_warehouse([]) as warehouse, pytest.raises(WarehouseError) as raised:
            warehouse.run(made, {})
        assert SECRET not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__
        assert str(raised.value).startswith("m: the engine stopped (ConversionException)")

    def test_out_of_memory(self, tmp_path: Path) -> None:
        made = model(tmp_path, "m", "select list(range) as x from range(50000000)", grain="one row per x (none)")
        with open_warehouse([], memory_limit="20MB") as warehouse, pytest.raises(EngineMemoryError) as raised:
            warehouse.run(made, {})
        assert raised.value.message == "m: the engine ran out of memory"
        assert "--memory-limit" in raised.value.remedy

    def test_file_damaged_inside(self, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        pq.write_table(
            pa.table({"x": [f"{SECRET}{i * 7919 % 10007}" for i in range(20000)]}), path, use_dictionary=False
        )
        whole = path.read_bytes()
        path.write_bytes(whole[:1000] + whole[len(whole) // 2 :])
        with open_warehouse([tmp_path]) as warehouse:
            warehouse.register_files("t", [path], {"x": Source("x", "VARCHAR")})
            with pytest.raises(ExtractError) as raised:
                warehouse.run(model(tmp_path, "m", "select count(distinct x) as x from t"), {})
        assert raised.value.message == "m: a delivered Parquet file is damaged inside"
        assert "copy the files" in raised.value.remedy

    def test_file_that_vanishes_is_named(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            pq.write_table(pa.table({"x": [1]}), tmp_path / f"{name}.parquet")
        with open_warehouse([tmp_path]) as warehouse:
            files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
            warehouse.register_files("extract_employment", files, {"x": Source("x", "BIGINT")})
            files[1].unlink()
            with pytest.raises(ExtractError, match="changed while they were read") as raised:
                warehouse.run(model(tmp_path, "m", "select x from extract_employment"), {})
        assert raised.value.problems == ("employment: b.parquet: gone",)

    def test_file_that_is_written_to_is_named_where_the_engine_stumbles_over_it(self, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({"x": [SECRET] * 9}), path)
        with open_warehouse([tmp_path]) as warehouse:
            warehouse.register_files("extract_benefits", [path], {"x": Source("x", "VARCHAR")})
            path.write_bytes(path.read_bytes()[:-20])
            with pytest.raises(ExtractError) as raised:
                warehouse.run(model(tmp_path, "m", "select x from extract_benefits"), {})
        assert raised.value.problems == ("benefits: t.parquet: written to since the start of the run",)
        assert SECRET not in str(raised.value)

    def test_disk_of_temporary_files_is_told_from_memory(self, tmp_path: Path) -> None:
        full = "failed to offload data block of size 256.0 KiB (17.9 MiB/18.0 MiB used)"
        with pytest.raises(EngineMemoryError, match="the disk of temporary files is full") as raised, guarded("m"):
            raise duckdb.OutOfMemoryException(full)
        assert "TMPDIR" in raised.value.remedy

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
    def test_full_disk_of_the_outputs(self, tmp_path: Path) -> None:
        (tmp_path / "a.parquet").symlink_to("/dev/full")
        with open_warehouse([tmp_path, Path("/dev")]) as warehouse:
            warehouse.register_table("t", pa.table({"x": list(range(100_000))}))
            with pytest.raises(MachineError, match=r"a\.parquet: the disk of the output folder is full"):
                warehouse.write_parquet("t", tmp_path / "a.parquet", ["x"])

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        with open_warehouse([tmp_path]) as warehouse:
            warehouse.register_table("t", pa.table({"x": [1]}))
            with pytest.raises(MachineError, match=r"a\.parquet: reading or writing a file failed"):
                warehouse.write_parquet("t", tmp_path / "none" / "a.parquet", ["x"])

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to a thread of the same process")
    def test_ctrl_c_stops_a_running_model(self, tmp_path: Path) -> None:
        made = model(tmp_path, "m", "select count(*) as x from range(10000000) a, range(10000000) b")
        started = dt.datetime.now(dt.UTC)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        with open_warehouse([]) as warehouse:
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                warehouse.run(made, {})
            timer.join()
            assert warehouse.connection.execute("select 1").fetchall() == [(1,)]
        assert dt.datetime.now(dt.UTC) - started < dt.timedelta(seconds=20)


def test_source_of_a_timestamp_or_number(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    noon = dt.datetime(2015, 1, 1, 12)
    pq.write_table(pa.table({"at": [noon, dt.datetime(2015, 1, 1), None], "size": [1.5, float("nan"), None]}), path)
    with open_warehouse([tmp_path]) as warehouse:
        assert _losing(warehouse, path) == (1, 1)
        columns = {"day": Source("at", "DATE"), "size": Source("size", "BIGINT", 0), "none": Source(None, "DATE")}
        warehouse.register_files("t", [path], columns)
        assert warehouse.arrow("t").to_pylist() == [
            {"day": dt.date(2015, 1, 1), "size": 2, "none": None},
            {"day": dt.date(2015, 1, 1), "size": None, "none": None},
            {"day": None, "size": None, "none": None},
        ]


def _losing(warehouse: Warehouse, path: Path) -> tuple[int, int]:
    return (
        warehouse.rows_losing_precision("t", [path], "at"),
        warehouse.rows_losing_precision("t", [path], "size"),
    )
