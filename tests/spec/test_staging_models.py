"""Staging: rename, cast, close open spells, keep the study's recipients. One rule per test."""

from __future__ import annotations

import pytest
from lib.spec import draw, expect, find_model, run_model

from ipscausal.contract import STAGED
from ipscausal.extracts.tables import SEXES
from ipscausal.warehouse import open_warehouse

BENEFITS = {"benefit": "WAA", "benefits_layout": "spells", "benefits_end_offset": 1}
RESIDENCE = {
    "residence_layout": "spells", "residence_end_offset": 1, "country": "NO", "receipt": "any day in the year",
}  # fmt: skip
EMPLOYMENT = {"employment_layout": "spells", "employment_end_offset": 1}
NO_UNITS = "municipality | unit:VARCHAR"
ROLLOUT = {"programme": None, "rollout_end_offset": 1}
RECIPIENT = """
    person_id | start_date | end_date
    1         | 2015-01-01 | 2016-01-01
"""


def test_benefits_that_the_study_names_are_kept_once_and_their_ends_are_exclusive() -> None:
    rows = run_model(
        "1_staging/stg_benefit_spell",
        tables={
            "study_benefit": "benefit\nWAA\nDP",
            "extract_benefits": """
                person_id | benefit | start_date | end_date
                1         | WAA     | 2015-01-01 | 2015-01-31
                1         | WAA     | 2015-01-01 | 2015-01-31
                1         | sick    | 2015-03-01 | 2015-03-31
                1         | DP      | 2015-01-01 | 2015-01-31
                2         | WAA     | 2015-01-01 |
                3         | WAA     | 2015-01-01 | 9999-12-31
                4         | WAA     | 2015-01-01 | 2015-01-01
            """,
        },
        params=BENEFITS,
    )
    expect(
        rows,
        """
        person_id | benefit | start_date | end_date
        1         | DP      | 2015-01-01 | 2015-02-01
        1         | WAA     | 2015-01-01 | 2015-02-01
        2         | WAA     | 2015-01-01 | 9999-12-31
        3         | WAA     | 2015-01-01 | 9999-12-31
        4         | WAA     | 2015-01-01 | 2015-01-02
        """,
    )


def test_the_benefit_of_the_population_is_one_of_those_named() -> None:
    header = "person_id | benefit | start_date | end_date | source:VARCHAR | extract_date"
    rows = run_model(
        "1_staging/stg_benefit",
        tables={
            "stg_benefit_spell": f"""
                {header}
                1 | DP  | 2015-01-01 | 2015-02-01 | |
                1 | WAA | 2015-03-01 | 2015-04-01 | |
            """
        },
        params={"benefit": "WAA"},
    )
    expect(rows, "person_id | start_date | end_date\n1 | 2015-03-01 | 2015-04-01")


def test_exclusive_ends_stay_and_a_spell_without_days_is_left_out() -> None:
    rows = run_model(
        "1_staging/stg_benefit_spell",
        tables={
            "study_benefit": "benefit\nWAA",
            "extract_benefits": """
                person_id | benefit | start_date | end_date
                1         | WAA     | 2015-01-01 | 2015-02-01
                2         | WAA     | 2015-01-01 | 2015-01-01
            """,
        },
        params={**BENEFITS, "benefits_end_offset": 0},
    )
    expect(rows, "person_id | start_date | end_date\n1 | 2015-01-01 | 2015-02-01")


def test_residence_leaves_out_unknown_municipalities_duplicates_and_strangers_to_the_benefit() -> None:
    tables = {
        "extract_residence": """
            person_id | municipality | start_date | end_date
            1         | 0301         | 2010-01-01 | 2012-06-30
            1         | 0301         | 2010-01-01 | 2012-06-30
            1         | 0000         | 2012-07-01 | 2012-07-31
            1         | 9999         | 2012-08-01 | 2012-08-31
            1         | -1           | 2012-09-01 | 2012-09-30
            1         | -2           | 2012-10-01 | 2012-10-31
            1         |              | 2012-11-01 | 2012-11-30
            1         | 1103         | 2012-12-01 |
            2         | 1103         | 2010-01-01 |
        """,
        "stg_benefit": RECIPIENT,
        "municipality_unit": NO_UNITS,
    }
    expect(
        run_model("1_staging/stg_residence", tables, RESIDENCE),
        """
        person_id | municipality | start_date | end_date
        1         | 0301         | 2010-01-01 | 2012-07-01
        1         | 1103         | 2012-12-01 | 9999-12-31
        """,
    )


def test_sentinel_codes_are_codes_like_others_outside_norway() -> None:
    tables = {
        "extract_residence": """
            person_id | municipality | start_date | end_date
            1         | 0000         | 2010-01-01 |
            1         | 9999         | 2009-01-01 | 2009-12-31
        """,
        "stg_benefit": RECIPIENT,
        "municipality_unit": NO_UNITS,
    }
    rows = run_model("1_staging/stg_residence", tables, {**RESIDENCE, "country": "GB"})
    expect(rows, "person_id | municipality\n1 | 0000\n1 | 9999")


def test_person_takes_the_birth_date_else_the_first_of_the_birth_month() -> None:
    tables = {
        "extract_persons": """
            person_id | birth_date | birth_month:INTEGER | sex | death_date
            1         | 1990-05-17 | 199006              | F   |
            2         |            | 199006              | M   | 2015-03-01
            3         |            | 199013              | M   |
            4         |            | 1990                | M   |
            5         |            |                     | M   |
            6         | 1990-01-01 |                     | F   |
        """,
        "stg_benefit": """
            person_id | start_date | end_date
            1         | 2015-01-01 | 2016-01-01
            1         | 2017-01-01 | 2018-01-01
            2         | 2015-01-01 | 2016-01-01
            3         | 2015-01-01 | 2016-01-01
            4         | 2015-01-01 | 2016-01-01
            5         | 2015-01-01 | 2016-01-01
        """,
    }
    expect(
        run_model("1_staging/stg_person", tables, {"receipt": "any day in the year"}),
        """
        person_id | birth_date | woman | death_date
        1         | 1990-05-17 | 1     |
        2         | 1990-06-01 | 0     | 2015-03-01
        3         |            | 0     |
        4         |            | 0     |
        5         |            | 0     |
        """,
    )


@pytest.mark.parametrize(
    ("code", "sex", "woman"),
    [
        *((code, "F", 1) for code in SEXES["woman"]),
        *((code, "M", 0) for code in SEXES["man"]),
        (" Kvinne ", "F", 1),
        ("M", "M", 0),
        ("0", None, None),
        ("9", None, None),
        ("", None, None),
    ],
)
def test_sex_codes(code: str, sex: str | None, woman: int | None) -> None:
    tables = {
        "extract_persons": f"""
            person_id | birth_date | birth_month:INTEGER | sex:VARCHAR | death_date
            1         | 1990-01-01 |                     | {code}      |
        """,
        "stg_benefit": RECIPIENT,
    }
    (row,) = run_model("1_staging/stg_person", tables, {"receipt": "any day in the year"})
    assert (row["sex"], row["woman"]) == (sex, woman)


def test_rollout_earliest_start_and_last_end_count() -> None:
    tables = {
        "municipality_unit": "municipality | unit:VARCHAR\n5099 | 5001",
        "extract_rollout": """
            municipality | start_date:VARCHAR | end_date:VARCHAR | programme
            0301         | 2016-01-01         | 2016-12-31       | IPS
            0301         | 2015-06-01         | 2015-12-31       | IPS
            1103         | 2015-06-01         |                  | IPS
            1103         | 2014-06-01         | 2014-12-31       | IPS
            5001         | 01.06.2015         |                  | IPS
            4601         |                    |                  | IPS
                         | 2015-01-01         |                  | IPS
        """,
    }
    expect(
        run_model("1_staging/stg_rollout", tables, ROLLOUT),
        """
        municipality | start_date | end_date   | programme
        0301         | 2015-06-01 | 2017-01-01 | IPS
        1103         | 2014-06-01 | 9999-12-31 | IPS
        """,
    )


def test_rollout_keeps_the_named_programme() -> None:
    tables = {
        "municipality_unit": "municipality | unit:VARCHAR\n5099 | 5001",
        "extract_rollout": """
            municipality | start_date:VARCHAR | end_date:VARCHAR | programme
            0301         | 2016-01-01         |                  | IPS
            0301         | 2012-01-01         |                  | jobs
            1103         | 2012-01-01         |                  | jobs
            5001         | 2012-01-01         |                  |
        """,
    }
    rows = run_model("1_staging/stg_rollout", tables, {**ROLLOUT, "programme": "IPS"})
    expect(rows, "municipality | start_date | programme\n0301 | 2016-01-01 | IPS")


@pytest.mark.parametrize(("person", "engine_type"), [("1", "BIGINT"), ("a1", "VARCHAR")])
def test_staged_tables_have_the_declared_types(person: str, engine_type: str) -> None:
    extracts = {
        "extract_persons": f"person_id | birth_date | birth_month:INTEGER | sex | death_date\n{person} | | | F |",
        "extract_residence": f"person_id | municipality | start_date | end_date\n{person} | 0301 | 2015-01-01 |",
        "extract_benefits": f"person_id | benefit | start_date | end_date\n{person} | WAA | 2015-01-01 |",
        "employment_extract": (
            "person_id | employer_id:VARCHAR | start_date | end_date | position_pct:DECIMAL(9,2)\n"
            f"{person} | 7 | 2015-01-01 | | 50"
        ),
        "study_benefit": "benefit\nWAA",
        "extract_education": f"person_id | start_date | end_date\n{person} | 2015-01-01 |",
        "extract_price_index": "year:VARCHAR | index:VARCHAR\n2015 | 100.5",
        "period_spelling": "layout | spelling | first_day:DATE | next_day:DATE",
        "municipality_unit": NO_UNITS,
        "extract_rollout": (
            "municipality | start_date:VARCHAR | end_date:VARCHAR | programme | fidelity | participants\n"
            "0301 | 2015-01-01 | | | 1e2 | 7x"
        ),
        "extract_municipalities": "municipality | year:VARCHAR | type:VARCHAR\n0301 | | town",
        "extract_neighbours": "municipality | neighbour:VARCHAR\n0301 | 1103",
        "delivered_municipality_value": (
            "municipality | year:VARCHAR | position:INTEGER | value:VARCHAR\n0301 | | 1 | 2.5"
        ),
    }
    with open_warehouse([], threads=1) as warehouse:
        for name, text in extracts.items():
            draw(warehouse, name, text)
        for name in ("stg_benefit_spell", "stg_benefit", *STAGED):
            params = {"education_end_offset": 1}
            warehouse.run(find_model(f"1_staging/{name}"), {**params, **BENEFITS, **RESIDENCE, **EMPLOYMENT, **ROLLOUT})
            table = warehouse.connection.table(name)
            found = {column: str(kind) for column, kind in zip(table.columns, table.types, strict=True)}
            expected = {column: engine_type if kind == "PERSON" else kind for column, kind in STAGED[name].items()}
            assert found == expected, name


def test_residents_are_persons_of_a_study_about_residents() -> None:
    tables = {
        "extract_persons": """
            person_id | birth_date | birth_month:VARCHAR | sex | death_date
            1         | 1990-05-17 |                     | f   |
            2         | 1991-05-17 |                     | m   |
        """,
        "stg_benefit": "person_id:BIGINT\n1",
    }
    found = {
        receipt: [row["person_id"] for row in run_model("1_staging/stg_person", tables, {"receipt": receipt})]
        for receipt in ("any day in the year", "everyone", "no benefit")
    }
    assert found == {"any day in the year": [1], "everyone": [1, 2], "no benefit": [1, 2]}
