"""The engine of a run sees the folders of that run: no other file, no network, no extension, no other setting."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipscausal.machine import Machine
from ipscausal.warehouse.engine import DuckDBWarehouse

SECRET = "never to be read"  # noqa: S105


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the extracts with something in every format the engine could read."""
    folder = tmp_path / "outside"
    folder.mkdir()
    pq.write_table(pa.table({"x": [SECRET]}), folder / "a.parquet")
    for name in ("a.csv", "a.txt", "a.json"):
        (folder / name).write_text(SECRET, encoding="utf-8")
    with duckdb.connect(folder / "a.duckdb") as other:
        other.execute("create table t as select 1 as x")
    return folder


@pytest.fixture
def warehouse(tmp_path: Path, outside: Path) -> Iterator[DuckDBWarehouse]:
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    (extracts / "link.parquet").symlink_to(outside / "a.parquet")
    (extracts / "linked").symlink_to(outside)
    with Machine(threads=1).warehouse(extracts) as opened:
        assert isinstance(opened, DuckDBWarehouse)
        yield opened


READ = (
    "select * from read_parquet($path)", "select * from read_csv($path)", "select * from read_json($path)",
    "select * from read_text($path)", "select * from read_blob($path)", "select * from parquet_metadata($path)",
    "select * from parquet_schema($path)", "select * from sniff_csv($path)", "select * from read_ndjson($path)",
)  # fmt: skip


@pytest.mark.parametrize("statement", READ)
def test_no_file_outside_is_read_by_any_way_there(warehouse: DuckDBWarehouse, outside: Path, statement: str) -> None:
    inside = outside.parent / "extracts"
    ways = (
        outside / "a.parquet", inside / ".." / "outside" / "a.parquet", inside / "link.parquet",
        inside / "linked" / "a.parquet", Path(os.path.relpath(outside / "a.parquet")),
    )  # fmt: skip
    for way in ways:
        with pytest.raises(duckdb.Error) as refused:
            warehouse.connection.execute(statement, {"path": str(way)}).fetchall()
        assert not isinstance(refused.value, duckdb.BinderException), "refused, and not for the wording of the test"


@pytest.mark.parametrize("pattern", ["../outside/*", "linked/*", "**/a.*", "/etc/*"])
def test_no_pattern_lists_what_lies_outside(warehouse: DuckDBWarehouse, outside: Path, pattern: str) -> None:
    wanted = outside.parent / "extracts" / pattern
    try:
        found = warehouse.connection.execute("select file from glob($path)", {"path": str(wanted)}).fetchall()
    except duckdb.Error:
        return
    assert [name for (name,) in found if "extracts" not in Path(name).resolve().parts] == []


@pytest.mark.parametrize(
    "statement",
    [
        "attach '{outside}/a.duckdb' as other", "attach '{outside}/new.duckdb' as other", "attach 'md:' as other",
        "attach 'https://127.0.0.1/a.duckdb' as other", "attach 'host=127.0.0.1' as other (type postgres)",
        "copy (select 1) to '{outside}/new.csv'", "copy (select 1) to '{outside}/new.parquet' (format parquet)",
        "copy (select 1) to '{outside}/../extracts/../new.csv'", "export database '{outside}/new'",
        "import database '{outside}'", "copy t from '{outside}/a.csv'", "install httpfs", "force install httpfs",
        "install spatial from community", "load httpfs", "load '{outside}/a.duckdb_extension'",
        "update extensions", "create secret s (type s3, key_id 'a', secret 'b')", "set enable_external_access = true",
        "set allowed_directories = ['/']", "set allowed_paths = ['/']", "set lock_configuration = false",
        "reset lock_configuration", "set temp_directory = '{outside}'", "set home_directory = '{outside}'",
        "set extension_directory = '{outside}'", "set custom_extension_repository = 'http://127.0.0.1'",
        "set autoload_known_extensions = true", "set memory_limit = '1TB'", "set threads = 64",
        "set log_query_path = '{outside}/log'", "set enable_http_logging = true",
        "set profiling_output = '{outside}/p'",
        "pragma enable_profiling", "pragma database_size; attach '{outside}/a.duckdb'",
        "select * from '{outside}/a.csv'", "select * from hidden_here",
    ],
)  # fmt: skip
def test_every_other_way_out_is_refused(warehouse: DuckDBWarehouse, outside: Path, statement: str) -> None:
    hidden_here = pa.table({"x": [SECRET]})
    warehouse.connection.execute("create table t (x varchar)")
    before = sorted(path.name for path in outside.parent.rglob("*"))
    with pytest.raises(duckdb.Error) as refused:
        warehouse.connection.execute(statement.format(outside=outside)).fetchall()
    assert not isinstance(refused.value, duckdb.ParserException), "refused, and not for the wording of the test"
    assert sorted(path.name for path in outside.parent.rglob("*")) == before
    assert hidden_here.num_rows == 1


def test_no_address_is_asked(warehouse: DuckDBWarehouse) -> None:
    """A server of our own, which would answer anybody, hears nothing."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/a.parquet"
        for statement in READ:
            with pytest.raises(duckdb.Error):
                warehouse.connection.execute(statement, {"path": address}).fetchall()
        server.shutdown()
    assert asked == []


def test_the_folder_of_the_run_is_open(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """The refusals above are no general silence."""
    pq.write_table(pa.table({"x": [1]}), tmp_path / "extracts/open.parquet")
    found = warehouse.connection.execute(
        "select x from read_parquet($p)", {"p": str(tmp_path / "extracts/open.parquet")}
    )
    assert found.fetchall() == [(1,)]
