"""School leavers in Northern Ireland: from the extracts to what was counted straight from the monthly source.

The expected files were counted without spells and without SQL (see README.md beside them), so agreement is
exact, in whole weekdays. The rollout is a placebo: no programme started in Belfast.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from lib.reference import reference, reference_json

from ipscausal import estimate, extracts, municipality_year, person_year
from ipscausal.municipality_year import Cells
from ipscausal.person_year import Population
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse

AREAS = ("0001", "0002", "0003", "0004", "0005")
PARQUET = ("persons", "residence", "employment", "benefits")


def study() -> Study:
    return Study.model_validate({
        "schema_version": 1,
        "study": {"id": "mvad", "title": {"en": "School leavers, placebo rollout"}},
        "extracts": {name: {"path": f"{name}.parquet"} for name in PARQUET} | {"rollout": {"path": "rollout.csv"}},
        "population": {"years": (1994, 1998), "ages": "any", "benefit": "JOBLESS"},
        "outcome": {"country": "GB", "days": "weekdays"},
        "design": {"comparison_municipalities": AREAS[1:]},
    })  # fmt: skip


@dataclass(frozen=True)
class Counted:
    population: Population
    cells: Cells
    rows: dict[tuple[str, int], dict[str, object]]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    folder, out = reference("mvad"), tmp_path_factory.mktemp("mvad")
    with open_warehouse([folder, out], threads=1) as warehouse:
        extracts.register(warehouse, study(), folder)
        population = person_year.build(warehouse, study())
        cells = municipality_year.build(warehouse, study(), population)
        municipality_year.write_person_year(warehouse, out / "person_year.parquet", study(), {})
    rows = pq.read_table(out / "person_year.parquet").to_pylist()
    return Counted(population, cells, {(row["person_id"], row["year"]): row for row in rows})


def expected(name: str) -> list[dict[str, str]]:
    with Path(reference(f"mvad/{name}")).open(newline="", encoding="ascii") as stream:
        return list(csv.DictReader(stream))


def test_person_years_are_those_of_the_monthly_source(counted: Counted) -> None:
    source = {(row["person_id"], int(row["year"])): row for row in expected("expected_person_year.csv")}
    assert counted.rows.keys() == source.keys()
    for key, row in source.items():
        found = counted.rows[key]
        assert found["municipality"] == row["municipality"]
        assert found["workdays_e4"] == 10_000 * int(row["weekdays_employed"])
        assert found["employment_days"] == int(row["weekdays_employed"])
        assert found["employed"] == int(int(row["employed_months"]) > 0)


def test_cells_are_those_of_the_monthly_source(counted: Counted) -> None:
    days, employed = counted.cells.panel("workdays"), counted.cells.panel("employed")
    assert days.municipality == AREAS
    assert days.years.tolist() == [1994, 1995, 1996, 1997, 1998]
    for row in expected("expected_municipality_year.csv"):
        cell = AREAS.index(row["municipality"]), int(row["year"]) - 1994
        assert days.persons[cell] == int(row["persons"])
        assert days.y[cell] == int(row["sum_weekdays"])
        assert days.yy[cell] == int(row["sum_sq"])
        assert employed.y[cell] == employed.yy[cell] == int(row["employed_at_all"])
        assert days.mean[cell] == float(row["mean_weekdays"])


def test_did_is_least_squares_on_the_person_rows(counted: Counted) -> None:
    truth = reference_json("mvad/expected_did.json")
    result = estimate.did(counted.cells.panel("workdays"))
    assert result.n_observations == truth["n_person_years"]
    # both are least squares solved in float64
    assert result.coef[0] == pytest.approx(truth["did_weekdays_person_weighted"], rel=1e-11)


def test_nobody_is_lost_on_the_way(counted: Counted) -> None:
    everybody = {row.rule: (row.persons, row.person_years) for row in counted.population.attrition if row.arm == "all"}
    assert set(everybody.values()) == {(231, 500)}
    assert counted.cells.person_count == 231
    assert counted.cells.movers == 0
    assert np.isinf(counted.cells.adoption[1:]).all()
    assert counted.cells.adoption[0] == 1996
