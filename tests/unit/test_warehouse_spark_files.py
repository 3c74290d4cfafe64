"""Delivered files on Spark: each name is that file and no other, and folder names are columns."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib.file_names import NAMES
from lib.spark import ON_SPARK

from ipscausal.errors import ExtractError
from ipscausal.warehouse import Source

COLUMNS = {"x": Source("x", "BIGINT"), "code": Source("kommune", "VARCHAR")}


def test_every_name_is_that_file_and_no_other(spark: None, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.parquet" for name in NAMES]
    for number, path in enumerate(files):
        with path.open("wb") as stream:
            pq.write_table(pa.table({"x": pa.array([number], pa.int8() if number % 2 else pa.int64())}), stream)
    said = {path: {"kommune": f"{number:04d}"} for number, path in enumerate(files)}
    with ON_SPARK.warehouse(tmp_path) as warehouse:
        for number, path in enumerate(files):
            if ":" in path.name:
                with pytest.raises(ExtractError, match="Spark takes a file name with a colon for an address"):
                    warehouse.register_files("t", [path], COLUMNS, said)
                continue
            warehouse.register_files("t", [path], COLUMNS, said)
            assert warehouse.arrow("t").to_pylist() == [{"x": number, "code": f"{number:04d}"}]


def test_a_relative_path_is_that_of_the_command_and_not_of_spark(
    spark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole, part = Path("whole.parquet"), Path("part.parquet")
    pq.write_table(pa.table({"x": [2, 1], "kommune": ["b", "a"]}), part)
    with ON_SPARK.warehouse() as warehouse:
        warehouse.register_files("t", [part], COLUMNS)
        assert warehouse.arrow("t", ["x"]).column("code").to_pylist() == ["a", "b"]
        warehouse.write_parquet("t", whole, ["x"])
        assert pq.read_table(whole).column("x").to_pylist() == [1, 2]
        warehouse.join_parquet([whole], Path("joined.parquet"), [], {"number": "x"})
    assert pq.read_table("joined.parquet").column_names == ["number"]
