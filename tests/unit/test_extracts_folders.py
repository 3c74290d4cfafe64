"""A table in many files: columns in another order or of another width, in the names of folders, under any file name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib import delivery
from lib.delivery import day
from lib.file_names import NAMES

from ipscausal.errors import ExtractError, UsageError
from ipscausal.extracts import register
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse


def write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        pq.write_table(table, stream)


def jobs(path: str = "jobs", **more: Any) -> Study:
    return delivery.study(extracts={"employment": {"path": path, **more}})


def rows(folder: Path, study: Study, table: str = "extract_employment") -> list[dict[str, Any]]:
    with delivery.registered(folder, study) as warehouse:
        return warehouse.arrow(table).to_pylist()


def problems(folder: Path, study: Study) -> list[str]:
    with open_warehouse([folder]) as warehouse, pytest.raises(ExtractError) as raised:
        register(warehouse, study, folder)
    return list(raised.value.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return delivery.write(tmp_path)


@pytest.fixture
def whole(folder: Path) -> pa.Table:
    return pq.read_table(folder / "employment.parquet")


class TestFilesThatDiffer:
    def test_column_order_and_widths_make_no_difference(self, folder: Path, whole: pa.Table) -> None:
        expected = rows(folder, delivery.study())
        kinds = (
            {"person_id": pa.int8(), "employer_id": pa.large_string(), "position_pct": pa.int16()},
            {
                "person_id": pa.int64(),
                "employer_id": pa.dictionary(pa.int8(), pa.string()),
                "position_pct": pa.float64(),
            },
            {"person_id": pa.uint32(), "start_date": pa.date64(), "position_pct": pa.decimal128(5, 1)},
            {"person_id": pa.int32(), "end_date": pa.date64(), "position_pct": pa.float32()},
        )
        for turned in (range(4), reversed(range(4))):
            for place, row in enumerate(turned):
                one = whole.slice(row, 1).select(sorted(whole.column_names, reverse=bool(place % 2)))
                fields = [field.with_type(kinds[row].get(field.name, field.type)) for field in one.schema]
                write(folder / f"jobs/{place}.parquet", one.cast(pa.schema(fields)))
            found = rows(folder, jobs())
            assert sorted(found, key=lambda row: row["person_id"]) == expected

    def test_a_number_that_the_first_file_could_not_hold(self, folder: Path, whole: pa.Table) -> None:
        """The engine alone would read every file with the types of the first."""
        small = whole.slice(0, 1).set_column(0, "person_id", pa.array([1], pa.int8()))
        large = whole.slice(1, 1).set_column(0, "person_id", pa.array([4_000_000_000]))
        write(folder / "jobs/a.parquet", small)
        write(folder / "jobs/b.parquet", large)
        assert [row["person_id"] for row in rows(folder, jobs())] == [1, 4_000_000_000]

    def test_a_column_that_one_file_has_nothing_in(self, folder: Path, whole: pa.Table) -> None:
        nothing = whole.slice(0, 2)
        for name in ("end_date", "employer_id", "position_pct"):
            nothing = nothing.set_column(nothing.column_names.index(name), name, pa.nulls(2))
        for first, second in ((nothing, whole.slice(2)), (whole.slice(2), nothing)):
            write(folder / "jobs/a.parquet", first)
            write(folder / "jobs/b.parquet", second)
            found = {row["person_id"]: row for row in rows(folder, jobs())}
            assert (found[1]["end_date"], found[1]["employer_id"], found[1]["position_pct"]) == (None, None, None)
            assert found[3]["end_date"] == day("2013-06-30")

    @pytest.mark.parametrize(
        ("column", "values", "said"),
        [
            ("person_id", pa.array(["1", "2"]), "person_id is text, not integer"),
            ("start_date", pa.array([dt.datetime(2011, 1, 1)] * 2), "start_date is timestamp, not date"),
            ("employer_id", pa.array([1, 2]), "employer_id is integer, not text"),
            ("position_pct", pa.array([True, False]), "position_pct is yes/no, not number"),
        ],
    )
    def test_kinds_that_do_not_go_together(
        self, folder: Path, whole: pa.Table, column: str, values: pa.Array, said: str
    ) -> None:
        write(folder / "jobs/a.parquet", whole.slice(0, 2))
        other = whole.slice(2).set_column(whole.column_names.index(column), column, values)
        write(folder / "jobs/b.parquet", other)
        assert problems(folder, jobs()) == [
            f"employment: jobs/b.parquet: other columns or types than jobs/a.parquet ({said})"
        ]


class TestFolderNames:
    def test_a_column_in_folder_names_is_the_text_that_stands_there(self, folder: Path) -> None:
        homes = pq.read_table(folder / "residence.parquet")
        expected = rows(folder, delivery.study(), "extract_residence")
        for row in range(homes.num_rows):
            code = homes["municipality"][row].as_py()
            one = homes.slice(row, 1).drop_columns(["municipality"])
            write(folder / f"homes/kommune={code}/part{row}.parquet", one)
        study = delivery.study(extracts={"residence": {"path": "homes", "columns": {"municipality": "kommune"}}})
        found = rows(folder, study, "extract_residence")
        assert sorted(found, key=lambda row: row["person_id"]) == expected
        assert found[0]["municipality"] == "0301", "a number would have lost its zero"

    def test_years_and_months_divide_a_table_without_being_asked_for(self, folder: Path, whole: pa.Table) -> None:
        expected = rows(folder, delivery.study())
        for row in range(4):
            write(folder / f"jobs/year={2011 + row}/month=1/part.parquet", whole.slice(row, 1))
        assert rows(folder, jobs()) == expected

    def test_covariates_empty_and_escaped_values(self, folder: Path) -> None:
        people = pq.read_table(folder / "persons.parquet")
        values = ("a%2Fb", "__HIVE_DEFAULT_PARTITION__", "%C3%A6", "01", "100%")
        for row, value in enumerate(values):
            write(folder / f"people/school={value}/p.parquet", people.slice(row, 1))
        study = delivery.study(design={"covariates": ["school"]}, extracts={"persons": {"path": "people"}})
        found = {row["person_id"]: row["covariate_1"] for row in rows(folder, study, "extract_persons")}
        assert found == {1: "a/b", 2: None, 3: "æ", 4: "01", 5: "100%"}

    def test_a_folder_that_names_what_the_contract_wants_as_date_or_number(self, folder: Path, whole: pa.Table) -> None:
        write(folder / "jobs/start_date=2011-02-01/p.parquet", whole.drop_columns(["start_date"]))
        assert problems(folder, jobs()) == [
            "employment: column start_date is declared as date or timestamp, delivered as text; convert it in the "
            "export"
        ]

    def test_a_column_in_the_files_and_in_the_folder_names(self, folder: Path, whole: pa.Table) -> None:
        write(folder / "jobs/employer_id=z/p.parquet", whole)
        assert problems(folder, jobs()) == [
            "employment: column 'employer_id' is in the files and in the names of their folders (employer_id=...); "
            "keep one of them"
        ]
        write(folder / "jobs/employer_id=z/p.parquet", whole.append_column("EMPLOYER_ID", whole["employer_id"]))
        assert "but for capitals" in problems(folder, jobs())[0]

    def test_a_column_that_only_some_folders_name_is_missing(self, folder: Path, whole: pa.Table) -> None:
        write(folder / "jobs/sector=a/p.parquet", whole.slice(0, 2))
        write(folder / "jobs/rest/p.parquet", whole.slice(2))
        found = sorted(rows(folder, jobs()), key=lambda row: row["person_id"])
        assert found == rows(folder, delivery.study())
        found = problems(folder, jobs(columns={"employer_id": "sector"}))
        assert found[0].startswith("employment: column employer_id (mapped to 'sector') is missing")


class TestFileNames:
    def test_every_name_is_that_file_and_no_other(self, folder: Path, whole: pa.Table) -> None:
        """A name with a star is no pattern once it was found, else rows would come twice or from another file."""
        for number, name in enumerate(NAMES):
            write(folder / f"jobs/{name}.parquet", whole.slice(0, 1).set_column(0, "person_id", pa.array([number])))
        assert sorted(row["person_id"] for row in rows(folder, jobs())) == list(range(len(NAMES)))
        for number, name in enumerate(NAMES):
            if not {"*", "?"} & set(name):
                found = rows(folder, jobs(f"jobs/{name}.parquet"))
                assert [row["person_id"] for row in found] == [number], name

    def test_a_folder_inside_a_pattern_is_told_by_the_name_of_the_pattern(self, tmp_path: Path) -> None:
        folder = tmp_path / "res*" / "restricted"
        folder.mkdir(parents=True)
        with pytest.raises(UsageError, match=r"^res\*: the folder's name holds"), open_warehouse([folder]):
            pass

    def test_the_extracts_folder_itself_must_not_be_a_pattern(self, tmp_path: Path) -> None:
        folder = tmp_path / "a[1]"
        folder.mkdir()
        delivery.write(folder)
        with (
            pytest.raises(UsageError, match=r"a\[1\]: the folder's name holds \*, \? or \["),
            open_warehouse([folder]),
        ):
            pass
