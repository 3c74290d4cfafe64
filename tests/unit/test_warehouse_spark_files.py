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
