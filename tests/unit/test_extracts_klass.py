"""Tables of changed codes as KLASS exports them, and as a study maps them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from lib import delivery

from ipscausal.cli import klass as fetching
from ipscausal.errors import ExtractError, UsageError
from ipscausal.extracts import klass, units_map
from ipscausal.extracts.units import StudyUnitsMap

CHANGES = """oldCode;oldName;oldShortName;newCode;newName;newShortName;changeOccurred
1141;Finnøy;Finnøy;1103;Stavanger;Stavanger;2020-01-01
1142;Rennesøy;;1103;Stavanger;;2020-01-01
;;;1108;Sandnes;;2020-01-01
"""
CORRESPONDENCE = """"sourceCode","sourceName","targetCode","targetName"
"1103","Stavanger","1103","Stavanger"
"1141","Finnøy","1103","Stavanger"
"0301","Oslo","0301","Oslo"
"""
COMMAS = CHANGES.replace(";", ",")
SIMPLE = "old_code,new_code,date\n1141,1103,2020-01-01\n"


def units(folder: Path, file: str, **extract: Any) -> StudyUnitsMap:
    """The units of a small study of 2011-2020 with that file as its table of changes."""
    tables = delivery.columns()
    tables["benefits"]["end_date"] = [delivery.day("2020-12-31")] * 5
    chosen = delivery.study(
        extracts={"municipality_changes": {"path": file, **extract}},
        population={"municipalities": "harmonised", "years": [2011, 2020]},
    )
    with delivery.registered(delivery.write(folder, tables), chosen) as warehouse:
        return units_map(warehouse, chosen)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("text", [CHANGES, COMMAS])
def test_an_export_of_changes_reads_as_it_is(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_bytes(text.encode(encoding))
    (unit,) = units(tmp_path, "changes.csv").units
    assert (unit.name, unit.codes) == ("1103", ("1103", "1141", "1142"))


def test_a_correspondence_table_takes_its_day_from_the_study(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(CORRESPONDENCE, encoding="utf-8")
    (unit,) = units(tmp_path, "table.csv", date="2020-01-01").units
    assert (unit.codes, unit.kind) == (("1103", "1141"), "enlarged")
    assert units(tmp_path, "table.csv", date="2021-01-01").units == ()


def test_a_correspondence_table_without_a_day_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(CORRESPONDENCE, encoding="utf-8")
    with pytest.raises(ExtractError) as raised:
        units(tmp_path, "table.csv")
    assert raised.value.problems == (
        "municipality_changes: column date is missing; where all rows are of one day, set date = YYYY-MM-DD in "
        "[extracts.municipality_changes]; the delivery has 'old_code', 'new_code'",
    )


def test_other_names_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("fra,til,dato\n1141,1103,2020-01-01\n", encoding="utf-8")
    found = units(tmp_path, "own.csv", columns={"old_code": "fra", "new_code": "til", "date": "dato"})
    assert found.unit_of == {"1103": "1103", "1141": "1103"}


def test_a_table_of_our_own_names_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(SIMPLE, encoding="utf-8")
    assert klass.read(tmp_path / "own.csv") is None
    assert units(tmp_path, "own.csv").unit_of == {"1103": "1103", "1141": "1103"}


def test_parquet_with_real_dates_reads_alike(tmp_path: Path) -> None:
    table = delivery.table({"old_code": ["1141"], "new_code": ["1103"], "date": [dt.date(2020, 1, 1)]})
    import pyarrow.parquet as pq

    pq.write_table(table, tmp_path / "changes.parquet")
    assert units(tmp_path, "changes.parquet").unit_of == {"1103": "1103", "1141": "1103"}


def test_codes_that_lost_their_zeros_are_refused(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = delivery.table({"old_code": [301], "new_code": [301], "date": [dt.date(2020, 1, 1)]})
    pq.write_table(table, tmp_path / "changes.parquet")
    with pytest.raises(ExtractError) as raised:
        units(tmp_path, "changes.parquet")
    assert any("lost their leading zeros" in problem for problem in raised.value.problems)


class TestFetching:
    def client(self, frame: pd.DataFrame | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        class KlassClassification:
            def __init__(self, number: str) -> None:
                assert number == "131"

            def get_changes(self, from_date: str) -> pd.DataFrame:
                if isinstance(frame, Exception):
                    raise frame
                return frame

        monkeypatch.setattr(
            fetching, "import_module", lambda _: SimpleNamespace(KlassClassification=KlassClassification)
        )

    def test_the_changes_are_written_as_a_study_reads_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = {"oldCode": ["1141", None], "newCode": ["1103", "0301"], "changeOccurred": ["2020-01-01"] * 2}
        self.client(pd.DataFrame(rows), monkeypatch)
        assert fetching.fetch_changes(tmp_path / "changes.csv") == 2
        text = (tmp_path / "changes.csv").read_text(encoding="utf-8")
        assert text == "old_code,new_code,date\n1141,1103,2020-01-01\n,0301,2020-01-01\n"

    def test_without_a_network_nothing_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client(OSError("no route"), monkeypatch)
        with pytest.raises(UsageError, match="KLASS cannot be reached"):
            fetching.fetch_changes(tmp_path / "changes.csv")
        assert not (tmp_path / "changes.csv").exists()

    def test_without_the_extra_the_remedy_names_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(_: str) -> None:
            raise ImportError

        monkeypatch.setattr(fetching, "import_module", missing)
        with pytest.raises(UsageError) as raised:
            fetching.fetch_changes(tmp_path / "changes.csv")
        assert 'pip install "ipscausal[klass]"' in raised.value.remedy

    def test_a_file_that_is_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "changes.csv").write_text("mine", encoding="utf-8")
        with pytest.raises(UsageError, match="the file is there; nothing was fetched"):
            fetching.fetch_changes(tmp_path / "changes.csv")
        assert (tmp_path / "changes.csv").read_text(encoding="utf-8") == "mine"
