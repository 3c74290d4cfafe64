"""Cells are the sums of the person-years on file, covariates included; candidates see no year after the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from generative.crowd import crowd
from generative.engine import load
from generative.registries import ALWAYS, BASE, CONTROLS, ELSEWHERE, TREATED, study_of

from ipscausal import municipality_year, person_year
from ipscausal.errors import IdentificationError
from ipscausal.municipality_year import Cells
from ipscausal.outcomes import column_of
from ipscausal.person_year import Population
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse

PEOPLE = 300
OUTCOMES = ("workdays", "employed", "employment_days", "benefit_days")
REGISTRY = crowd(8, PEOPLE)


def study(covariates: tuple[str, ...] = ()) -> Study:
    plain = study_of(replace(BASE, ages=None))
    return plain.model_copy(update={"design": plain.design.model_copy(update={"covariates": covariates})})


def with_covariates(warehouse: Warehouse) -> None:
    """Put a text and a number column beside the persons, the text unknown for every tenth person."""
    load(warehouse, REGISTRY)
    persons = warehouse.arrow("extract_persons")
    ids = persons.column("person_id").to_pylist()
    region = pa.array([None if i % 10 == 0 else ("north", "south", "east")[i % 3] for i in ids], pa.string())
    grade = pa.array([(i * 7) % 11 - 5 for i in ids], pa.int64())
    warehouse.register_table(
        "extract_persons", persons.append_column("covariate_1", region).append_column("covariate_2", grade)
    )


@dataclass(frozen=True)
class Built:
    population: Population
    cells: Cells
    rows: pd.DataFrame


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    out: Path = tmp_path_factory.mktemp("cells")
    chosen = study(("region", "age", "grade", "sex"))
    with open_warehouse([out], threads=2) as warehouse:
        with_covariates(warehouse)
        population = person_year.build(warehouse, chosen)
        cells = municipality_year.build(warehouse, chosen, population)
        columns = {column.number: f"covariate_{column.position}" for column in cells.covariates}
        municipality_year.write_person_year(warehouse, out / "person_year.parquet", chosen, columns)
        rows = pd.read_parquet(out / "person_year.parquet")
        yield Built(population, cells, rows.assign(workdays=rows["workdays_e4"] / 10_000))


def test_every_sum_is_that_of_the_rows(built: Built) -> None:
    cells, names = built.cells, [f"covariate_{k + 1}" for k in range(len(built.cells.covariates))]
    assert names == [column for column in built.rows.columns if column.startswith("covariate_")]
    assert built.rows[["person_id", "year"]].equals(
        built.rows[["person_id", "year"]].sort_values(["person_id", "year"])
    )
    for g, code in enumerate(cells.municipality):
        for t, year in enumerate(cells.years):
            rows = built.rows[(built.rows["municipality"] == code) & (built.rows["year"] == year)]
            x = rows[names].to_numpy(dtype=np.int64)
            assert cells.persons[g, t] == len(rows)
            assert cells.women[g, t] == rows["woman"].sum()
            assert cells.age_sum[g, t] == rows["age"].sum()
            assert (cells.x[g, t] == x.sum(axis=0)).all()
            assert (cells.xx[g, t] == x.T @ x).all()
            for outcome in OUTCOMES:
                y = rows[column_of(outcome)].to_numpy(dtype=np.int64)
                assert cells.outcome_sum[outcome][g, t] == y.sum()
                assert cells.outcome_sumsq[outcome][g, t] == (y * y).sum()
                assert (cells.xy[outcome][g, t] == x.T @ y).all()


def test_panel_has_the_variance_of_the_rows(built: Built) -> None:
    panel = built.cells.panel("workdays")
    assert panel.within_variance is not None
    for (code, year), rows in built.rows.groupby(["municipality", "year"]):
        cell = panel.municipality.index(code), panel.years.tolist().index(year)
        # pandas adds floats, so the last digits differ
        assert panel.within_variance[cell] == pytest.approx(rows["workdays"].var(), rel=1e-12)
        assert panel.mean[cell] == pytest.approx(rows["workdays"].mean(), rel=1e-12)


def spread(rows: pd.DataFrame, values: pd.Series, years: np.ndarray) -> np.ndarray:
    """Persons x years: deviation from the cell mean over the size of the cell, 0 where a person is not there."""
    wide = rows.assign(value=values).pivot_table(index="person_id", columns="year", values="value")
    wide = wide.reindex(columns=years)
    return ((wide - wide.mean()) / wide.count()).fillna(0.0).to_numpy()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_panel_has_the_covariances_of_means_of_the_rows(built: Built, outcome: str) -> None:
    panel, k = built.cells.panel(outcome), len(built.cells.covariates)
    means, cross, of_x = panel.mean_covariance, panel.outcome_covariate_covariance, panel.covariate_covariance
    assert means is not None
    assert cross is not None
    assert of_x is not None
    for g, code in enumerate(panel.municipality):
        own = built.rows[built.rows["municipality"] == code]
        y = spread(own, own[outcome].astype(float), panel.years)
        x = [spread(own, own[f"covariate_{i + 1}"].astype(float), panel.years) for i in range(k)]
        factor = len(y) / (len(y) - 1)
        assert means[g] == pytest.approx(factor * y.T @ y, rel=1e-10, abs=1e-12)
        for i in range(k):
            assert cross[g, :, :, i] == pytest.approx(factor * y.T @ x[i], rel=1e-10, abs=1e-12)
            for j in range(k):
                assert of_x[g, :, :, i, j] == pytest.approx(factor * x[i].T @ x[j], rel=1e-10, abs=1e-12)


def test_covariates_are_coded_as_told(built: Built) -> None:
    cells, rows = built.cells, built.rows
    assert [column.covariate for column in cells.covariates] == ["region", "region", "age", "grade", "sex"]
    place = {column.category: f"covariate_{column.position}" for column in cells.covariates if column.category}
    for region, rest in (("north", 0), ("south", 1), ("east", 2)):
        if region in place:
            assert ((rows["person_id"] % 3 == rest) == (rows[place[region]] == 1)).all()
    assert (rows["covariate_3"] == rows["age"]).all()
    assert (rows["covariate_4"] == (rows["person_id"] * 7) % 11 - 5).all()
    assert ((rows["woman"] == 1) == (rows[place.get("M", place.get("F", ""))] == int("F" in place))).all()


def test_persons_with_an_unknown_covariate_leave_and_are_counted(built: Built) -> None:
    assert (built.rows["person_id"] % 10 != 0).all()
    steps = {row.rule: row for row in built.population.attrition if row.arm == "all"}
    assert steps["covariates"].person_years == len(built.rows)
    assert steps["always_treated"].person_years > len(built.rows)
    assert list(steps) == [
        "persons_with_benefit", "registered", "resident", "study_municipality", "alive", "always_treated", "covariates",
    ]  # fmt: skip


def test_persons_and_movers_are_counted_once(built: Built) -> None:
    homes = built.rows.groupby("person_id")["municipality"].nunique()
    assert (built.cells.person_count, built.cells.movers) == (len(homes), int((homes > 1).sum()))
    assert built.cells.movers > 0


def test_candidates_are_every_municipality_before_the_first_start() -> None:
    with open_warehouse([], threads=1) as warehouse:
        load(warehouse, REGISTRY)
        whole = municipality_year.build(warehouse, study(), person_year.build(warehouse, study()))
        early = municipality_year.candidate_cells(warehouse, study())
        again = municipality_year.build(warehouse, study(), person_year.build(warehouse, study()))
    assert early.municipality == tuple(sorted([TREATED, *CONTROLS, ALWAYS, ELSEWHERE]))
    assert early.years.tolist() == [2014]
    assert set(early.arm) == {"candidate"}
    assert early.pairs is None
    assert whole.panel("workdays").covariate_covariance is None
    assert early.panel("workdays").mean_covariance is None
    for code in (TREATED, *CONTROLS):
        g, h = early.municipality.index(code), whole.municipality.index(code)
        assert early.outcome_sum["workdays"][g, 0] == whole.outcome_sum["workdays"][h, 0]
    assert (again.persons == whole.persons).all()


def test_candidates_do_not_change_with_what_happens_after_the_start() -> None:
    late = [
        (person, "new", day.replace(year=2015), None, 100)
        for person, _, day, _, _ in REGISTRY.employment
        if day.day < 29
    ]
    changed = replace(REGISTRY, employment=[*REGISTRY.employment, *late])
    panels = []
    for registry in (REGISTRY, changed):
        with open_warehouse([], threads=1) as warehouse:
            load(warehouse, registry)
            panels.append(municipality_year.candidate_cells(warehouse, study()).panel("workdays"))
    assert (panels[0].y == panels[1].y).all()
    assert (panels[0].yy == panels[1].yy).all()


@pytest.mark.parametrize(("gone", "message"), [(TREATED, "no treated"), (None, "no comparison")])
def test_an_arm_without_persons_is_not_identified(gone: str | None, message: str) -> None:
    arm = {TREATED} if gone else set(CONTROLS)
    registry = replace(REGISTRY, residence=[row for row in REGISTRY.residence if row[1] not in arm])
    with open_warehouse([], threads=1) as warehouse:
        load(warehouse, registry)
        population = person_year.build(warehouse, study())
        with pytest.raises(IdentificationError, match=message):
            municipality_year.build(warehouse, study(), population)
