"""SAS, SPSS and Stata files become Parquet of the contract's types, or are refused in words without a value."""

from __future__ import annotations

import datetime as dt
import gzip
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from lib import delivery
from lib.converting import SECRET, done, problems
from lib.delivery import day

from ipscausal.errors import UsageError


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": [1.0, 2.0, 3.0],
            "sex": [1.0, 2.0, 9.0],
            "birth_date": [dt.date(1990, 1, 2), None, dt.date(1980, 3, 4)],
            "death_date": pd.to_datetime(["2015-01-01", "2015-06-30", None]),
            "school": ["0301", "", "a "],
        }
    )


class TestStatistical:
    @pytest.mark.parametrize("ending", ["sav", "zsav", "dta", "xpt"])
    def test_types_dates_and_labels(self, tmp_path: Path, people: pd.DataFrame, ending: str) -> None:
        source = tmp_path / f"persons.{ending}"
        labels = {"variable_value_labels": {"sex": {1: "Mann", 2: "Kvinne"}}}
        write = {"dta": pyreadstat.write_dta, "xpt": pyreadstat.write_xport}.get(ending, pyreadstat.write_sav)
        more = {} if ending == "xpt" else {"row_compress": True, **labels} if ending == "zsav" else labels
        write(people.drop(columns="death_date") if ending == "xpt" else people, str(source), **more)
        told = done(source, tmp_path / "out", "persons")
        made = pq.read_table(tmp_path / "out/persons.parquet").to_pydict()
        assert made["person_id"] == [1, 2, 3]
        assert made["sex"] == [1, 2, 9]
        assert made["birth_date"] == [day("1990-01-02"), None, day("1980-03-04")]
        assert made["school"] == ["0301", None, "a"]
        assert dict(told.columns)["person_id"] == "int64"
        if ending != "xpt":
            assert made["death_date"] == [day("2015-01-01"), day("2015-06-30"), None]
            assert told.notes[0] == "value labels on 1 column: their codes are written"
            done(source, tmp_path / "out", "persons", labels="labels")
            assert pq.read_table(tmp_path / "out/persons.parquet")["sex"].to_pylist() == ["Mann", "Kvinne", "9"]

    def test_values_declared_missing_become_empty_and_are_counted(self, tmp_path: Path, people: pd.DataFrame) -> None:
        spss, stata = tmp_path / "spss.sav", tmp_path / "stata.dta"
        pyreadstat.write_sav(people, str(spss), missing_ranges={"sex": [{"lo": 8, "hi": 9}], "school": ["0301"]})
        people["sex"] = pd.Series([1, "a", 2], dtype=object)
        pyreadstat.write_dta(people, str(stata), missing_user_values={"sex": ["a"]})
        assert done(spss, tmp_path / "out", "persons").notes[0] == "2 values declared missing in 2 columns made empty"
        assert pq.read_table(tmp_path / "out/spss.parquet")["sex"].to_pylist() == [1, 2, None]
        assert done(stata, tmp_path / "out", "persons").notes[0] == "1 value declared missing in 1 column made empty"
        assert pq.read_table(tmp_path / "out/stata.parquet")["sex"].to_pylist() == [1, None, 2]

    def test_pieces_make_the_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ipscausal.convert.statistical._PIECE", 4)
        frame = pd.DataFrame({"person_id": range(1, 11), "sex": ["1", "2"] * 5})
        for name, write in (("a.dta", pyreadstat.write_dta), ("b.xpt", pyreadstat.write_xport)):
            write(frame, str(tmp_path / name))
            told = done(tmp_path / name, tmp_path / "out", "persons")
            assert told.rows == 10
            made = pq.read_table(tmp_path / "out" / told.target)
            assert made["person_id"].to_pylist() == list(range(1, 11))

    def test_codes_and_ids_that_are_numbers(self, tmp_path: Path) -> None:
        source = tmp_path / "residence.dta"
        frame = pd.DataFrame({"person_id": [1.0, 2.5, 2.0**53 + 2], "municipality": [301.0, 1103.0, -5.0]})
        pyreadstat.write_dta(frame, str(source))
        assert problems(source, "residence") == [
            "residence.dta: column 'municipality': municipality codes delivered as numbers have lost their leading "
            "zeros (0301 became 301); say how many digits they have with --code-digits"
        ]
        assert problems(source, "residence", code_digits=4) == [
            "residence.dta: column 'person_id': 2 values are not a whole number of at most 15 digits (longer ones lose "
            "digits)",
            "residence.dta: column 'municipality': 1 value is not a whole number of at most 4 digits",
        ]
        pyreadstat.write_dta(frame.assign(person_id=[1, 2, 3], municipality=[301, 1103, 5001]), str(source))
        done(source, tmp_path / "out", "residence", code_digits=4, person="text")
        made = pq.read_table(tmp_path / "out/residence.parquet").to_pydict()
        assert made == {"person_id": ["1", "2", "3"], "municipality": ["0301", "1103", "5001"]}

    def test_a_zero_padded_format_says_how_many_digits(self, tmp_path: Path) -> None:
        source = tmp_path / "residence.dta"
        frame = pd.DataFrame({"person_id": [1], "municipality": [301]})
        pyreadstat.write_dta(frame, str(source), variable_format={"municipality": "%04.0f"})
        done(source, tmp_path / "out", "residence")
        assert pq.read_table(tmp_path / "out/residence.parquet")["municipality"].to_pylist() == ["0301"]

    def test_months_of_stata(self, tmp_path: Path) -> None:
        source = tmp_path / "persons.dta"
        frame = pd.DataFrame({"person_id": [1, 2, 3], "birth_month": [364.0, -1.0, None], "sex": [1, 2, 1]})
        pyreadstat.write_dta(frame, str(source), variable_format={"birth_month": "%tm"})
        done(source, tmp_path / "out", "persons")
        assert pq.read_table(tmp_path / "out/persons.parquet")["birth_month"].to_pylist() == [199005, 195912, None]

    def test_months_of_stata_are_the_months_of_a_layout(self, tmp_path: Path) -> None:
        source = tmp_path / "benefits.dta"
        frame = pd.DataFrame({"person_id": [1, 2], "benefit": ["WAA", "WAA"], "month": [660.0, 659.0]})
        pyreadstat.write_dta(frame, str(source), variable_format={"month": "%tmCCYY-NN"})
        done(source, tmp_path / "out", None, delivery.study(extracts={"benefits": {"layout": "monthly"}}))
        assert pq.read_table(tmp_path / "out/benefits.parquet")["month"].to_pylist() == [201501, 201412]

    @pytest.mark.parametrize(
        ("ending", "format_name", "number"),
        [
            ("xpt", "NORDFDD10", 20119), ("xpt", "YYMMN6", 20119), ("xpt", "MONYY7", 20119), ("xpt", "DATE9", 20119),
            ("sav", "MOYR8", 20119 * 86400 + 11903760000), ("dta", "%tdCCYY.NN.DD", 20119), ("dta", "%dD/N/CY", 20119),
            ("dta", "%tcCCYY.NN.DD", 20119 * 86_400_000),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("empty", ["empty first", "filled first"])
    def test_whatever_format_a_day_is_shown_in_it_is_the_day(
        self, tmp_path: Path, ending: str, format_name: str, number: int, empty: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ipscausal.convert.statistical._LOOKED_AT", 1)
        source = tmp_path / f"jobs.{ending}"
        days = [None, float(number)] if empty == "empty first" else [float(number), None]
        frame = pd.DataFrame({"person_id": ["1", "2"], "start_date": days})
        write = {"dta": pyreadstat.write_dta, "xpt": pyreadstat.write_xport, "sav": pyreadstat.write_sav}[ending]
        more = {"file_format_version": 8} if ending == "xpt" else {}
        write(frame, str(source), variable_format={"start_date": format_name}, **more)
        done(source, tmp_path / "out", "employment")
        found = pq.read_table(tmp_path / "out/jobs.parquet")["start_date"].to_pylist()
        assert [one for one in found if one] == [day("2015-01-31")]

    def test_a_format_of_their_own_makes_no_date(self, tmp_path: Path) -> None:
        source = tmp_path / "persons.xpt"
        frame = pd.DataFrame({"person_id": ["1"], "birth_month": [199005.0], "sex": [1.0]})
        pyreadstat.write_xport(frame, str(source), file_format_version=8, variable_format={"birth_month": "YEARMON6"})
        done(source, tmp_path / "out", "persons")
        assert pq.read_table(tmp_path / "out/persons.parquet")["birth_month"].to_pylist() == [199005]

    def test_a_number_is_seldom_a_date_and_noon_is_no_day(self, tmp_path: Path) -> None:
        source = tmp_path / "jobs.sav"
        noon = pd.to_datetime(["2015-01-01 12:00:00", "2015-01-01 00:00:00"])
        pyreadstat.write_sav(pd.DataFrame({"person_id": [1, 2], "start_date": [1.0, 2.0]}), str(source))
        assert problems(source, "employment") == [
            "jobs.sav: column 'start_date': 2 values are not a date written as 20150131 (days counted from a year need "
            'the format of a date, given where the file was made; days since 1970-01-01 need dates = "epoch days" in '
            "the study file)"
        ]
        pyreadstat.write_sav(pd.DataFrame({"person_id": [1, 2], "start_date": [20150131.0, None]}), str(source))
        done(source, tmp_path / "dated", "employment")
        assert pq.read_table(tmp_path / "dated/jobs.parquet")["start_date"].to_pylist() == [day("2015-01-31"), None]
        pyreadstat.write_sav(pd.DataFrame({"person_id": [1, 2], "start_date": noon}), str(source))
        assert problems(source, "employment") == [
            "jobs.sav: column 'start_date': 1 value is not a date without a time of day"
        ]

    @pytest.mark.parametrize("name", ["a.sav", "a.dta", "a.sas7bdat", "a.xpt"])
    def test_a_damaged_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(SECRET.encode() * 200)
        ending = Path(name).suffix
        assert problems(tmp_path / name, "persons") == [
            f"{name}: this cannot be read as {ending}; the file is damaged, of another program, or in another encoding "
            "(--encoding)"
        ]

    def test_without_the_extra(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyreadstat", None)
        (tmp_path / "a.sav").write_bytes(b"x")
        with pytest.raises(UsageError) as raised:
            done(tmp_path / "a.sav", tmp_path / "out", "persons")
        assert raised.value.remedy == 'pip install "ipscausal[convert]", or export the files as CSV'
        assert not (tmp_path / "out").exists()


SAS = Path(__file__).parent / "sas" / "five_rows.sas7bdat.gz"


def test_a_file_that_sas_wrote(tmp_path: Path) -> None:
    """No package writes sas7bdat, so one file of SAS itself stands for them."""
    source = tmp_path / "employment.sas7bdat"
    source.write_bytes(gzip.decompress(SAS.read_bytes()))
    delivered = {"person_id": "integer_row", "employer_id": "text_row", "start_date": "date_row"}
    study = delivery.study(extracts={"employment": {"columns": {**delivered, "position_pct": "float_row"}}})
    told = done(source, tmp_path / "out", None, study)
    assert dict(told.columns) == {
        "integer_row": "int64", "text_row": "string", "float_row": "double", "date_row": "date32[day]",
    }  # fmt: skip
    made = pq.read_table(tmp_path / "out/employment.parquet").to_pydict()
    assert made["integer_row"] == [1, 2, 3, 4, 5]
    assert [len(one) for one in made["text_row"]] == [9, 14, 720, 4, 4]
    assert made["float_row"] == [2.5, 17.23, 3.21, 100.9, 98.6]
    assert [str(one) for one in made["date_row"]] == [
        "2018-01-02",
        "2018-02-05",
        "2017-11-21",
        "2016-05-19",
        "1999-10-25",
    ]
