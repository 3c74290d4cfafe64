"""Text files become Parquet of the contract's types, or are refused in words without a value."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from lib import delivery
from lib.converting import SECRET, done, problems, silent, text
from lib.delivery import day

from ipscausal.convert import Choices, convert, plan
from ipscausal.errors import ExtractError, UsageError


class TestText:
    def test_types_are_those_of_the_contract_and_zeros_stay(self, tmp_path: Path) -> None:
        source = text(
            tmp_path,
            "person_id;employer_id;start_date;end_date;position_pct\n"
            '007;0012;2015-01-31;;37,5\n 7 ;12;1.2.2016;29.02.2016;"100"\n8;;20160229;2016-12-31 00:00:00;,5\n'.replace(
                ";,5", ";0,5"
            ),
        )
        told = done(source, tmp_path / "out", "employment")
        assert (told.rows, told.target) == (3, "persons.parquet")
        assert told.notes == ("read as utf-8, separated by semicolon", "decimal comma")
        assert pq.read_table(tmp_path / "out/persons.parquet").to_pydict() == {
            "person_id": ["007", "7", "8"],
            "employer_id": ["0012", "12", None],
            "start_date": [day("2015-01-31"), day("2016-02-01"), day("2016-02-29")],
            "end_date": [None, day("2016-02-29"), day("2016-12-31")],
            "position_pct": [37.5, 100.0, 0.5],
        }

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
    @pytest.mark.parametrize(("mark", "name"), [(";", "semicolon"), (",", "comma"), ("\t", "tab"), ("|", "bar")])
    def test_encoding_and_separator_are_found_out(self, tmp_path: Path, encoding: str, mark: str, name: str) -> None:
        town = "Bærum – vest" if encoding == "cp1252" else "Bærum"
        source = text(tmp_path, f"benefit{mark}person_id\r\n{town}{mark}1\r\n", encoding)
        told = done(source, tmp_path / "out", "benefits")
        found = encoding.removesuffix("-sig")
        assert told.notes == (f"read as {found}, separated by {name}",)
        assert pq.read_table(tmp_path / "out/persons.parquet").to_pylist() == [{"benefit": town, "person_id": "1"}]

    def test_encoding_that_is_named(self, tmp_path: Path) -> None:
        source = text(tmp_path, "benefit;person_id\nBærum;1\n", "cp865")
        done(source, tmp_path / "out", "benefits", encoding="cp865")
        assert pq.read_table(tmp_path / "out/persons.parquet")["benefit"].to_pylist() == ["Bærum"]

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "the file is empty"),
            (b"\xff\xfea\x00", "the file is UTF-16; save it as UTF-8"),
            (b"a\x00;b\n", "the file holds null bytes, so it is no text; export it again"),
            (b"PAR1", "this is a Parquet file named like a text file; it needs no conversion"),
            (b"a;a\n1;2\n", "the header names a column twice, or leaves one without a name; correct the header"),
            (b"a;\n1;2\n", "the header names a column twice, or leaves one without a name; correct the header"),
            (b"a;b\n", "the file has a header and no rows"),
            (b'a;b\n1;"PLANTED4711\n2;x\n', "a quotation mark is opened and never closed; export the file again"),
            (b"a;b,c\n1;2\n", "the header does not tell which separator is used; give it with --separator"),
            (
                b"a;b\n1;2\nPLANTED4711;2;3\n4\n",
                "line 3 and 1 more: another number of cells than the header (2); a separator inside a text needs "
                "quotation marks around it, export the file again",
            ),
        ],
    )
    def test_a_file_that_is_no_table_of_text(self, tmp_path: Path, content: bytes, problem: str) -> None:
        (tmp_path / "persons.csv").write_bytes(content)
        assert problems(tmp_path / "persons.csv", "persons") == [f"persons.csv: {problem}"]

    def test_wrong_encoding_that_is_named(self, tmp_path: Path) -> None:
        source = text(tmp_path, "sex;person_id\næ;1\n", "latin-1")
        assert problems(source, "persons", encoding="utf-8") == [
            "persons.csv: the file is not utf-8; it looks like latin-1"
        ]
        assert problems(source, "persons", encoding="elvish") == [
            "persons.csv: no such encoding; use utf-8, latin-1 or cp1252 with --encoding"
        ]

    def test_values_that_do_not_fit_are_counted_and_nothing_is_written(self, tmp_path: Path) -> None:
        source = text(
            tmp_path,
            f"person_id;start_date;position_pct\n{SECRET};2015-02-29;1.000,5\n2;03/04/2015;50,5\n3;16000;{SECRET}\n"
            "4;0000-00-00;80.5\n",
        )
        assert problems(source, "employment") == [
            "persons.csv: column 'start_date': 4 values are not a date written as 2015-01-31, 20150131 or 31.01.2015 "
            "(03/04/2015 needs --slashes; texts for empty need --missing)",
            "persons.csv: column 'position_pct': 3 values are not a number with the decimal sign of this file "
            "(--decimal names it; texts for empty need --missing)",
        ]

    @pytest.mark.parametrize(("order", "expected"), [("day/month", "2015-04-03"), ("month/day", "2015-03-04")])
    def test_dates_with_slashes_and_texts_for_empty(self, tmp_path: Path, order: str, expected: str) -> None:
        source = text(tmp_path, "person_id;start_date\n1;3/4/2015\n2;00000000\n3;.\n")
        done(source, tmp_path / "out", "employment", slashes=order, missing=("00000000", "."))
        assert pq.read_table(tmp_path / "out/persons.parquet")["start_date"].to_pylist() == [day(expected), None, None]

    def test_other_writings_that_leave_no_doubt(self, tmp_path: Path) -> None:
        written = ["2015/01/31", "31JAN2015", "01feb2016", "31DEC9999", "2015/12/01 00:00:00"]
        source = text(tmp_path, "person_id;start_date\n" + "".join(f"1;{date}\n" for date in written))
        done(source, tmp_path / "out", "employment")
        expected = ["2015-01-31", "2015-01-31", "2016-02-01", "9999-12-31", "2015-12-01"]
        assert pq.read_table(tmp_path / "out/persons.parquet")["start_date"].to_pylist() == [day(d) for d in expected]
        source = text(tmp_path, "person_id;start_date\n1;31FEB2015\n1;31OKT2015\n")
        with pytest.raises(ExtractError, match="1 problem") as raised:
            convert(source, tmp_path / "none", "employment", None, Choices(), silent)
        assert "2 values are not a date" in raised.value.problems[0]

    @pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (".", "point")])
    def test_decimals_that_may_be_thousands_are_refused(self, tmp_path: Path, mark: str, name: str) -> None:
        rows = f"person_id;position_pct;earnings\n1;50;12{mark}500\n2;100;-1{mark}234\n3;100;900\n"
        doubt = (
            f"persons.csv: every number with a {name} has three digits after it, so these are decimals or thousands; "
            "--decimal comma or --decimal point says which sign is the decimal one (thousands are exported without a "
            "sign)"
        )
        assert problems(text(tmp_path, rows), "employment") == [doubt]
        done(text(tmp_path, rows), tmp_path / "named", "employment", decimal=mark)
        assert pq.read_table(tmp_path / "named/persons.parquet")["earnings"].to_pylist() == [12.5, -1.234, 900.0]
        done(text(tmp_path, rows + f"4;37{mark}5;1\n"), tmp_path / "shown", "employment")
        assert pq.read_table(tmp_path / "shown/persons.parquet")["earnings"].to_pylist() == [12.5, -1.234, 900.0, 1.0]

    def test_person_ids_as_whole_numbers_only_where_no_zero_is_lost(self, tmp_path: Path) -> None:
        source = text(tmp_path, "person_id;sex\n12;1\n7;2\n")
        done(source, tmp_path / "out", "persons", person="integer")
        assert pq.read_table(tmp_path / "out/persons.parquet")["person_id"].to_pylist() == [12, 7]
        source = text(tmp_path, "person_id;sex\n012;1\n7;2\n", name="b.csv")
        with pytest.raises(ExtractError) as raised:
            convert(source, tmp_path / "out", "persons", None, Choices(person="integer"), silent)
        assert raised.value.problems == (
            "b.csv: column 'person_id': 1 value is not a whole number without leading zeros (text keeps them: leave "
            "--person out)",
        )
        assert (tmp_path / "out/persons.parquet").is_file(), "the earlier conversion is whole"

    def test_columns_beside_the_contract_are_text_unless_named(self, tmp_path: Path) -> None:
        source = text(tmp_path, "PERSON_ID;school;income\n1;0301;12,5\n")
        told = done(source, tmp_path / "out", "persons", numbers=("income",))
        assert told.columns == (("person_id", "string"), ("school", "string"), ("income", "double"))
        assert told.notes[2:] == (
            "1 column renamed in capitals as the contract writes them",
            "1 column beside the contract kept as text (numbers among them: --numbers)",
        )

    @pytest.mark.parametrize("ending", ["csv", "dta"])
    def test_epoch_days_where_the_study_says_so(self, tmp_path: Path, ending: str) -> None:
        source, out = tmp_path / f"employment.{ending}", tmp_path / "out"
        frame = pd.DataFrame({"person_id": ["1", "2"], "start_date": [16436, -1], "extract_date": [20150301, 2932896]})
        if ending == "csv":
            frame.to_csv(source, index=False)
        else:
            pyreadstat.write_dta(frame, str(source))
        study = delivery.study(extracts={"employment": {"dates": "epoch days"}})
        done(source, out, None, study)
        assert pq.read_table(out / "employment.parquet").to_pydict() == {
            "person_id": ["1", "2"],
            "start_date": [day("2015-01-01"), day("1969-12-31")],
            "extract_date": [day("2015-03-01"), day("9999-12-31")],
        }
        text(tmp_path, "person_id,start_date\n1,9999999\n2,soon\n3,\n", name="employment.csv")
        with pytest.raises(ExtractError) as raised:
            convert(tmp_path / "employment.csv", tmp_path / "none", None, study, Choices(), silent)
        assert raised.value.problems == (
            "employment.csv: column 'start_date': 2 values are not a number of days since 1970-01-01, or a date "
            "written as 2015-01-31, 20150131 or 31.01.2015",
        )

    def test_months_and_years(self, tmp_path: Path) -> None:
        source = text(tmp_path, "person_id;birth_month;sex\n1;199005;1\n2;1991-12;2\n3;;2\n")
        done(source, tmp_path / "out", "persons")
        assert pq.read_table(tmp_path / "out/persons.parquet")["birth_month"].to_pylist() == [199005, 199112, None]

    def test_many_rows_stream_in_pieces(self, tmp_path: Path) -> None:
        rows = 1_500_000
        lines = "".join(f"{i:07d};2015-01-01\n" for i in range(rows))
        heard: list[tuple[str, int, int]] = []
        source = text(tmp_path, "person_id;start_date\n" + lines)
        convert(source, tmp_path / "out", "employment", None, Choices(), lambda *told: heard.append(told))
        made = pq.read_table(tmp_path / "out/persons.parquet")
        assert made.num_rows == rows
        assert made["person_id"][-1].as_py() == f"{rows - 1:07d}"
        assert len(heard) > 1
        assert heard[-1] == ("persons.csv", rows, rows)


class TestFolder:
    def test_tables_are_those_to_which_the_study_leads(self, tmp_path: Path) -> None:
        source, out = tmp_path / "in", tmp_path / "out"
        (source / "jobs/year=2015").mkdir(parents=True)
        text(source, "lopenr;birth_date;sex\n01;1990-01-01;1\n")
        text(source / "jobs/year=2015", "person_id;start_date\n01;2015-01-01\n", name="a.csv")
        text(source / "jobs", "start_date;person_id\n2015-01-01;01\n", name="b.csv")
        text(source, "municipality;start_date\n0301;2013-01-01\n", name="rollout.csv")
        (source / ".hidden.csv").write_text("x")
        study = delivery.study(
            extracts={
                "persons": {"columns": {"person_id": "lopenr"}}, "employment": {"path": "jobs/**/*.parquet"},
                "rollout": {"path": "rollout.csv"},
            }
        )  # fmt: skip
        planned = plan(source, None, study, Choices())
        assert not out.exists()
        told = convert(source, out, None, study, Choices(), silent)
        assert [(one.target, one.table) for one in told] == [
            ("jobs/b.parquet", "employment"), ("jobs/year=2015/a.parquet", "employment"),
            ("persons.parquet", "persons"), ("rollout.parquet", "rollout"),
        ]  # fmt: skip
        assert [(one.target, one.columns) for one in planned] == [(one.target, one.columns) for one in told]
        assert dict(told[2].columns) == {"lopenr": "string", "birth_date": "date32[day]", "sex": "string"}
        assert dict(told[3].columns)["start_date"] == "date32[day]"

    def test_what_belongs_nowhere_or_twice_is_refused(self, tmp_path: Path) -> None:
        text(tmp_path, "a\n1\n", name="x.csv")
        with pytest.raises(UsageError, match="no path of the study's"):
            convert(tmp_path, tmp_path / "out", None, delivery.study(), Choices(), silent)
        text(tmp_path, "a\n1\n", name="x.txt")
        with pytest.raises(UsageError, match="two files would become the same Parquet file"):
            convert(tmp_path, tmp_path / "out", "persons", None, Choices(), silent)
        with pytest.raises(UsageError, match="there is no such table"):
            convert(tmp_path, tmp_path / "out", "people", None, Choices(), silent)

    def test_one_bad_file_of_many_leaves_nothing_and_all_problems_are_told(self, tmp_path: Path) -> None:
        text(tmp_path, "person_id;start_date\n1;2015-01-01\n", name="a.csv")
        text(tmp_path, "person_id;start_date\n1;soon\n", name="b.csv")
        text(tmp_path, "", name="c.csv")
        with pytest.raises(ExtractError, match="2 problems") as raised:
            convert(tmp_path, tmp_path / "out", "employment", None, Choices(), silent)
        assert [problem.partition(":")[0] for problem in raised.value.problems] == ["b.csv", "c.csv"]
        assert not (tmp_path / "out").exists()

    def test_files_of_an_earlier_conversion_are_not_lost(self, tmp_path: Path) -> None:
        for name in ("first", "second"):
            (tmp_path / name / "jobs").mkdir(parents=True)
            text(tmp_path / name / "jobs", "person_id;start_date\n1;2015-01-01\n", name=f"{name}.csv")
        convert(tmp_path / "first", tmp_path / "out", "employment", None, Choices(), silent)
        with pytest.raises(
            UsageError, match="an earlier conversion made 1 of the files in a folder that this one would replace"
        ):
            convert(tmp_path / "second", tmp_path / "out", "employment", None, Choices(), silent)
        assert (tmp_path / "out/jobs/first.parquet").is_file()

    def test_what_was_converted_is_a_delivery(self, tmp_path: Path) -> None:
        """The small clean delivery through CSV of the Norwegian kind gives the same views."""
        whole, source = tmp_path / "whole", tmp_path / "csv"
        whole.mkdir()
        source.mkdir()
        delivery.write(whole)
        for name in delivery.columns():
            frame = pq.read_table(whole / f"{name}.parquet").to_pandas()
            frame.to_csv(source / f"{name}.csv", sep=";", decimal=",", index=False, encoding="latin-1")
        study = delivery.study()
        convert(source, tmp_path / "out", None, study, Choices(person="integer"), silent)
        for name in delivery.columns():
            with delivery.registered(whole, study) as here, delivery.registered(tmp_path / "out", study) as there:
                view = f"extract_{name}"
                assert here.arrow(view).to_pylist() == there.arrow(view).to_pylist()


def test_types_of_parquet_are_as_told(tmp_path: Path) -> None:
    source = text(tmp_path, "person_id;birth_date;sex\n1;1990-01-01;1\n")
    told = done(source, tmp_path / "out", "persons")
    schema = pq.read_schema(tmp_path / "out/persons.parquet")
    assert told.columns == tuple((field.name, str(field.type)) for field in schema)
    assert schema.field("birth_date").type == pa.date32()
