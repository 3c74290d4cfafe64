"""Every way a delivery can be unreadable has its own message, and all of them come at once."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib import delivery
from lib.delivery import changed, day

from ipscausal.errors import ExtractError
from ipscausal.extracts import register
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse

REMEDY = "correct the delivery or the [extracts] part of the study file; nothing was written"
HAS = "the delivery has"


def problems(folder: Path, study: Study | None = None) -> list[str]:
    with open_warehouse([folder], threads=1) as warehouse, pytest.raises(ExtractError) as raised:
        register(warehouse, study or delivery.study(), folder)
    assert raised.value.exit_code == 3
    assert raised.value.remedy == REMEDY
    return list(raised.value.problems)


def rows(folder: Path, view: str, study: Study | None = None) -> list[tuple[Any, ...]]:
    with delivery.registered(folder, study or delivery.study()) as warehouse:
        return warehouse.connection.table(view).fetchall()


def rename(folder: Path, table: str, **names: str) -> None:
    path = folder / f"{table}.parquet"
    read = pq.read_table(path)
    pq.write_table(read.rename_columns([names.get(name, name) for name in read.column_names]), path)


def drop(folder: Path, table: str, column: str) -> None:
    path = folder / f"{table}.parquet"
    pq.write_table(pq.read_table(path).drop_columns([column]), path)


def replace(folder: Path, table: str, column: str, values: pa.Array) -> None:
    path = folder / f"{table}.parquet"
    read = pq.read_table(path)
    pq.write_table(read.set_column(read.column_names.index(column), column, values), path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return delivery.write(tmp_path)


class TestFiles:
    def test_missing_file_suggests_a_near_name(self, folder: Path) -> None:
        study = delivery.study(extracts={"persons": {"path": "person.parquet"}})
        assert problems(folder, study) == ["persons: file 'person.parquet' is missing; did you mean 'persons.parquet'?"]

    def test_glob_and_folder_without_a_match(self, folder: Path) -> None:
        (folder / "jobs").mkdir()
        study = delivery.study(extracts={"persons": {"path": "p*/x*.parquet"}, "employment": {"path": "jobs"}})
        assert problems(folder, study) == [
            "persons: no file matches 'p*/x*.parquet'",
            "employment: folder 'jobs' holds no Parquet file",
        ]

    @pytest.mark.parametrize("path", ["../persons.parquet", "/etc/passwd", "a/../../persons.parquet"])
    def test_path_out_of_the_folder(self, path: str, folder: Path) -> None:
        study = delivery.study(extracts={"persons": {"path": path}})
        assert problems(folder, study) == [
            f"persons: path {path!r} must stay inside the extracts folder: no leading slash, no '..'"
        ]

    def test_link_out_of_the_folder(self, tmp_path: Path) -> None:
        inside = tmp_path / "in"
        inside.mkdir()
        delivery.write(inside)
        shutil.move(inside / "persons.parquet", tmp_path / "elsewhere.parquet")
        (inside / "persons.parquet").symlink_to(tmp_path / "elsewhere.parquet")
        assert problems(inside) == [
            "persons: path 'persons.parquet' leads out of the extracts folder through a link; "
            "copy the file into the folder"
        ]

    def test_absent_extracts_folder(self, tmp_path: Path) -> None:
        assert problems(tmp_path / "no")[0] == ("persons: the extracts folder does not exist (give it with --extracts)")

    def test_truncated_text_encrypted_empty_and_other_files(self, folder: Path) -> None:
        good = (folder / "persons.parquet").read_bytes()
        (folder / "persons.parquet").write_bytes(good[:-20])
        (folder / "residence.parquet").write_text("person_id;municipality\n1;0301\n" * 100)
        (folder / "employment.parquet").write_bytes(b"")
        (folder / "benefits.parquet").write_bytes(b"PARE" + good[4:-4] + b"PARE")
        (folder / "rollout.parquet").write_bytes(b"\x00\x01\x02" * 100)
        (folder / "municipalities.parquet").write_bytes(good[:-40] + b"\xff" * 32 + good[-8:])
        assert problems(folder) == [
            "persons: persons.parquet: the Parquet file is truncated (its end is missing); "
            "copy it again and compare sizes",
            "residence: residence.parquet: this is a text file (CSV?) named like a Parquet file; convert it "
            "(`ipscausal convert`)",
            "employment: employment.parquet: the file is empty (0 bytes); the delivery was interrupted, "
            "ask for it again",
            "benefits: benefits.parquet: the Parquet file is encrypted; decrypt it first",
            "rollout: rollout.parquet: this is not a Parquet file; export it as Parquet",
            "municipalities: municipalities.parquet: the Parquet footer cannot be read; the file is damaged, "
            "ask for it again",
        ]

    def test_table_without_rows(self, folder: Path) -> None:
        path = folder / "benefits.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
        assert problems(folder) == ["benefits: 'benefits.parquet' holds no rows; ask for the delivery again"]

    def test_person_table_as_csv(self, folder: Path) -> None:
        (folder / "persons.csv").write_text("person_id\n1\n")
        study = delivery.study(extracts={"persons": {"path": "persons.csv"}})
        assert problems(folder, study) == [
            "persons: 'persons.csv' cannot be CSV; convert it to Parquet (`ipscausal convert`)"
        ]

    def test_split_files_are_read_together(self, folder: Path) -> None:
        (folder / "year=2011").mkdir()
        whole = pq.read_table(folder / "employment.parquet")
        pq.write_table(whole.slice(0, 1), folder / "year=2011" / "a.parquet")
        pq.write_table(whole.slice(1), folder / "year=2011" / "b [1].parquet")
        (folder / "year=2011" / "_SUCCESS").write_text("")
        (folder / "year=2011" / ".hidden.parquet").write_text("")
        expected = sorted(rows(folder, "extract_employment"))
        for path in ("year=2011", "year=*/*.parquet", "year*/[ab]*.parquet"):
            study = delivery.study(extracts={"employment": {"path": path}})
            assert sorted(rows(folder, "extract_employment", study)) == expected

    def test_split_files_must_have_one_schema(self, folder: Path) -> None:
        whole = pq.read_table(folder / "employment.parquet")
        (folder / "jobs").mkdir()
        pq.write_table(whole, folder / "jobs" / "a.parquet")
        other = whole.drop_columns(["employer_id"]).append_column("extra", pa.array([1] * 4))
        texts = pa.array(["1"] * 4)
        pq.write_table(
            other.set_column(other.column_names.index("position_pct"), "position_pct", texts),
            folder / "jobs" / "b.parquet",
        )
        study = delivery.study(extracts={"employment": {"path": "jobs"}})
        assert problems(folder, study) == [
            "employment: jobs/b.parquet: other columns or types than jobs/a.parquet "
            "(lacks employer_id; adds extra; position_pct is text, not number)"
        ]


class TestColumns:
    def test_missing_columns_name_the_mapping_and_a_near_one(self, folder: Path) -> None:
        rename(folder, "employment", position_pct="stillingspst")
        rename(folder, "residence", municipality="municipality_no")
        study = delivery.study(extracts={"employment": {"columns": {"position_pct": "stillingsprosent"}}})
        assert problems(folder, study) == [
            "residence: column municipality is missing; did you mean 'municipality_no'?; "
            "the delivery has 'person_id', 'municipality_no', 'start_date', 'end_date'",
            "employment: column position_pct (mapped to 'stillingsprosent') is missing; did you mean 'stillingspst'?; "
            "the delivery has 'person_id', 'employer_id', 'start_date', 'end_date', 'stillingspst'",
        ]

    def test_mapping_of_no_column(self, folder: Path) -> None:
        study = delivery.study(extracts={"persons": {"columns": {"person": "person_id"}}})
        assert problems(folder, study) == [
            "persons: the study maps 'person', which is no column of this table; did you mean 'person_id'?; "
            "it has 'person_id', 'birth_date', 'birth_month', 'sex', 'death_date'"
        ]

    def test_optional_column_that_the_study_maps_must_be_there(self, folder: Path) -> None:
        study = delivery.study(extracts={"employment": {"columns": {"end_date": "slutt"}}})
        assert problems(folder, study)[0].startswith(
            "employment: column end_date (mapped to 'slutt') is missing; the delivery has"
        )

    def test_birth_date_or_birth_month(self, folder: Path) -> None:
        drop(folder, "persons", "birth_date")
        assert problems(folder) == [
            "persons: column birth_date (or birth_month) is missing; the delivery has 'person_id', 'sex', 'death_date'"
        ]

    @pytest.mark.parametrize("months", [pa.array([199005] * 5), pa.array(["199005"] * 5)])
    def test_birth_month_as_number_or_text(self, months: pa.Array, folder: Path) -> None:
        rename(folder, "persons", birth_date="birth_month")
        replace(folder, "persons", "birth_month", months)
        assert rows(folder, "extract_persons")[0] == (1, None, 199005, "F", None)

    def test_mistyped_columns(self, folder: Path) -> None:
        replace(folder, "persons", "birth_date", pa.array(["1990-05-05"] * 5))
        replace(folder, "employment", "position_pct", pa.array(["100"] * 4))
        replace(folder, "benefits", "start_date", pa.array([dt.datetime(2011, 1, 1)] * 5, pa.timestamp("us", "UTC")))
        replace(folder, "benefits", "benefit", pa.nulls(5))
        assert problems(folder) == [
            "persons: column birth_date is declared as date or timestamp, delivered as text; convert it in the export",
            "employment: column position_pct is declared as number or integer, delivered as text; "
            "convert it in the export",
            "benefits: column benefit holds nothing at all; ask for the delivery again",
            "benefits: column start_date is declared as date or timestamp, delivered as timestamp[us, tz=UTC]; "
            "convert it in the export",
        ]

    @pytest.mark.parametrize("codes", [pa.array([301, 301, 1103, 1103, 5001]), pa.array([301.0] * 5)])
    def test_municipality_as_number_has_lost_its_zeros(self, codes: pa.Array, folder: Path) -> None:
        replace(folder, "residence", "municipality", codes)
        assert problems(folder) == [
            "residence: column municipality is a number, so municipality codes have lost their leading zeros "
            "(0301 became 301); export the codes as text"
        ]

    def test_person_as_text_here_and_integer_there(self, folder: Path) -> None:
        replace(folder, "benefits", "person_id", pa.array(list("12344")))
        assert problems(folder) == [
            "person_id is integer in persons, integer in residence, integer in employment, text in benefits; "
            "deliver it as one kind in all tables"
        ]

    def test_columns_that_differ_only_in_capitals(self, folder: Path) -> None:
        path = folder / "persons.parquet"
        read = pq.read_table(path)
        pq.write_table(read.append_column("SEX", read["sex"]), path)
        assert problems(folder) == ["persons: two delivered columns are called 'sex' but for capitals; rename one"]

    @pytest.mark.parametrize("name", ['"; drop table x', "a.b", "it's", "sp ace", "æøå", "select", "$x", "x" * 300])
    def test_any_column_name_works(self, name: str, folder: Path) -> None:
        rename(folder, "employment", person_id=name)
        study = delivery.study(extracts={"employment": {"columns": {"person_id": name}}})
        assert [row[0] for row in rows(folder, "extract_employment", study)] == [1, 2, 3, 4]

    @pytest.mark.parametrize("name", ["", "*"])
    def test_a_name_the_engine_cannot_hold_is_refused(self, name: str, folder: Path) -> None:
        rename(folder, "employment", person_id=name)
        study = delivery.study(extracts={"employment": {"columns": {"person_id": name}}})
        assert problems(folder, study) == [
            "employment: column person_id is mapped to a name the engine cannot hold; rename it"
        ]

    def test_problems_of_all_tables_come_at_once(self, folder: Path) -> None:
        (folder / "persons.parquet").unlink()
        drop(folder, "residence", "municipality")
        (folder / "benefits.parquet").write_bytes(b"")
        found = problems(folder)
        assert [problem.partition(":")[0] for problem in found] == ["persons", "residence", "benefits"]


class TestTypes:
    def test_midnight_is_a_date_and_a_time_of_day_is_not(self, folder: Path) -> None:
        midnight = [dt.datetime(2011, 2, 1)] * 3
        replace(folder, "employment", "start_date", pa.array([*midnight, None], pa.timestamp("ns")))
        assert [row[2] for row in rows(folder, "extract_employment")] == [day("2011-02-01")] * 3 + [None]
        noon = pa.array([*midnight, dt.datetime(2011, 2, 1, 12)], pa.timestamp("ms"))
        replace(folder, "employment", "start_date", noon)
        assert problems(folder) == ["employment: column start_date has a time of day in 1 of 4 rows; deliver a date"]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (pa.array([100, 0, -5, None], pa.int8()), ["100.00", "0.00", "-5.00", "None"]),
            (pa.array([33.335, float("nan"), float("inf"), -1e300]), ["33.34", "None", "9999999.00", "-9999999.00"]),
            # the statistics of these files leave NaN out
            (pa.array([float("nan"), 0.0, 0.0, 1.0]), ["None", "0.00", "0.00", "1.00"]),
            (pa.array([float("nan"), 1e9, float("nan"), 1e9]), ["None", "9999999.00", "None", "9999999.00"]),
            (pa.array([50.5, 0.004, 0.006, 100.0], pa.float32()), ["50.50", "0.00", "0.01", "100.00"]),
        ],
    )
    def test_position_becomes_hundredths_of_a_percent(
        self, values: pa.Array, expected: list[str], folder: Path
    ) -> None:
        replace(folder, "employment", "position_pct", values)
        assert [str(row[4]) for row in rows(folder, "extract_employment")] == expected

    @pytest.mark.parametrize(
        ("values", "stored"),
        [
            (pa.array([1, 2, 3, 4, 5], pa.int32()), 1),
            (pa.array([1, 2, 3, 4, 5], pa.uint64()), 1),
            (pa.array(list("12345"), pa.large_string()), "1"),
            (pa.array(list("12345")).dictionary_encode(), "1"),
        ],
    )
    def test_person_keeps_its_kind(self, values: pa.Array, stored: object, folder: Path) -> None:
        for name, picks in (("persons", range(5)), ("residence", range(5)), ("employment", range(4))):
            replace(folder, name, "person_id", values.take(pa.array(list(picks))))
        replace(folder, "benefits", "person_id", values.take(pa.array([0, 1, 2, 3, 3])))
        assert rows(folder, "extract_persons")[0][0] == stored

    def test_optional_columns_and_tables_are_empty_of_the_right_type(self, folder: Path) -> None:
        drop(folder, "persons", "death_date")
        drop(folder, "employment", "employer_id")
        replace(folder, "employment", "end_date", pa.nulls(4))
        with delivery.registered(folder, delivery.study()) as warehouse:
            persons = warehouse.connection.table("extract_persons")
            jobs = warehouse.connection.table("extract_employment")
            assert (persons.columns[-1], str(persons.types[-1])) == ("death_date", "DATE")
            assert dict(zip(jobs.columns, map(str, jobs.types), strict=True)) == {
                "person_id": "BIGINT", "employer_id": "VARCHAR", "start_date": "DATE", "end_date": "DATE",
                "position_pct": "DECIMAL(9,2)", "job_id": "VARCHAR", "job_kind": "VARCHAR", "hours": "DECIMAL(18,2)",
                "earnings": "DECIMAL(18,2)", "source": "VARCHAR", "extract_date": "DATE", "period": "VARCHAR",
            }  # fmt: skip
            assert jobs.fetchall()[0][1:4:2] == (None, None)

    def test_absent_optional_table_is_registered_empty(self, folder: Path) -> None:
        document = delivery.study().model_dump()
        document["extracts"]["municipalities"] = None
        assert rows(folder, "extract_municipalities", Study.model_validate(document)) == []


class TestCovariates:
    def test_covariates_take_fixed_names_in_the_order_of_the_study(self, folder: Path) -> None:
        tables = changed("persons", school=["a", "b", None, "a", "a"], size=[1.0, 2.0, float("nan"), None, 9.0])
        delivery.write(folder, tables)
        study = delivery.study(
            design={"covariates": ["age", "size", "sex", "level"]},
            extracts={"persons": {"columns": {"level": "school"}}},
        )
        assert [row[5:] for row in rows(folder, "extract_persons", study)] == [
            (1, "a"), (2, "b"), (None, None), (None, "a"), (9, "a"),
        ]  # fmt: skip
        with open_warehouse([folder]) as warehouse:
            assert register(warehouse, study, folder).covariates == ("size", "level")

    def test_covariate_that_is_not_whole_or_not_there(self, folder: Path) -> None:
        delivery.write(folder, changed("persons", size=[1.0, 2.5, 3.0, 0.1, None]))
        assert problems(folder, delivery.study(design={"covariates": ["size"]})) == [
            "persons: covariate 'size' is not a whole number in 2 of 5 rows; round, rescale or group it in the export"
        ]
        assert problems(folder, delivery.study(design={"covariates": ["sice"]}))[0].startswith(
            "persons: column sice is missing; did you mean 'size'?"
        )


class TestDelivery:
    def test_fingerprint_and_counts(self, folder: Path) -> None:
        with open_warehouse([folder]) as warehouse:
            delivered = register(warehouse, delivery.study(), folder)
        first = delivered.tables[0]
        assert (first.name, first.rows, first.files[0].relative) == ("persons", 5, "persons.parquet")
        assert first.bytes == (folder / "persons.parquet").stat().st_size
        assert len(first.files[0].sha256) == 64
        assert ("sex", "sex") in first.columns

    def test_change_during_the_run_is_seen(self, folder: Path) -> None:
        with open_warehouse([folder]) as warehouse:
            delivered = register(warehouse, delivery.study(), folder)
            delivered.verify_unchanged()
            touched = folder / "residence.parquet"
            os.utime(touched, ns=(1, 1))
            delivered.verify_unchanged()
            with (folder / "persons.parquet").open("ab") as stream:
                stream.write(b"x")
            (folder / "benefits.parquet").unlink()
            with pytest.raises(ExtractError) as raised:
                delivered.verify_unchanged()
        assert raised.value.problems == (
            "persons.parquet: other content than at the start of the run",
            "benefits.parquet: gone",
        )

    @pytest.mark.skipif(os.name == "nt", reason="Windows keeps no time of the last change of any kind")
    def test_a_change_is_seen_whose_time_was_set_back(self, folder: Path) -> None:
        written = folder / "persons.parquet"
        with open_warehouse([folder]) as warehouse:
            delivered = register(warehouse, delivery.study(), folder)
            before, content = written.stat(), bytearray(written.read_bytes())
            content[len(content) // 2] ^= 0xFF
            written.write_bytes(content)
            os.utime(written, ns=(before.st_atime_ns, before.st_mtime_ns))
            with pytest.raises(ExtractError) as raised:
                delivered.verify_unchanged()
        assert raised.value.problems == ("persons.parquet: other content than at the start of the run",)
