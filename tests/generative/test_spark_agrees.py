"""Spark counts what DuckDB counts, to the bit: findings of the contract, cells, types of every model, person-years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generative.registries import BASE
from generative.test_outcomes_agree import VARIANTS, _crowd, check
from lib.spark import ON_SPARK

from ipscausal import counting, pipeline
from ipscausal.contract import ContractReport
from ipscausal.errors import ExtractError
from ipscausal.extracts import register
from ipscausal.machine import Machine
from ipscausal.municipality_year import count_in_ranges
from ipscausal.study import Extract, Study
from ipscausal.study_file import read_study
from ipscausal.warehouse import PersonRange, Warehouse
from ipscausal.warehouse.engine import DuckDBWarehouse
from synthetic_registry import DEFECTS, SCENARIOS, write_registry

pytestmark = pytest.mark.usefixtures("spark")
ENGINES = (Machine(), ON_SPARK)
ASKED_FOR = {
    "covariate_product", "covariate_year_outcome", "municipality_covariate", "municipality_dose", "neighbour_start",
    "person_effect", "person_group_outcome", "subgroup_year_pair_outcome",
}  # fmt: skip
EVERYBODY = (PersonRange(),)
PERSONS = {"national-rollout": 3000}
SPARK_NAMES = {"VARCHAR": "string", "INTEGER": "int"}
# type errors never reach an engine
UNREADABLE = ("wrong-type",)
# each defect is planted where it can be, all of one severity in one delivery
OF_REFORMS = ("change-twice", "change-of-unknown-code", "circular-renumbering", "lost-code")
REFERENCE, REFORM = "reference-study", "municipality-reform"


def delivered(folder: Path, scenario: str, defects: list[str] | None = None) -> tuple[Study, Path]:
    write_registry(scenario, 3, folder, persons=PERSONS.get(scenario, 1200), defects=defects or [])
    return read_study(folder / "study.toml"), folder


def of(severity: str, scenario: str) -> list[str]:
    names = [name for name, defect in DEFECTS.items() if defect.severity == severity and name not in UNREADABLE]
    return [name for name in names if (name in OF_REFORMS) == (scenario == REFORM)]


def plain(study: Study, **population: Any) -> Study:
    """Without checks and subgroups, whose models other tests run: these are about what lies below them."""
    document = study.model_dump(mode="python") | {"sensitivity": (), "heterogeneity": {}}
    document["population"] |= population
    if document["population"]["benefit"] is None:
        document["outcome"]["also"] = ("employed", "employment_days")
    return Study.model_validate(document)


def types(warehouse: Warehouse) -> Mapping[str, list[tuple[str, str]]]:
    """Columns and types of every model that ran and is still there, in Spark's words."""
    if isinstance(warehouse, DuckDBWarehouse):
        there = {row[0] for row in warehouse.connection.execute("show tables").fetchall()}
        found = {name: warehouse.connection.table(name) for name in warehouse.ran if name in there}
        return {
            name: [(c, SPARK_NAMES.get(str(t), str(t).lower())) for c, t in zip(one.columns, one.types, strict=True)]
            for name, one in found.items()
        }
    catalog = warehouse.spark.catalog  # type: ignore[attr-defined]
    there = {table.name for table in catalog.listTables()}
    return {name: warehouse.spark.table(name).dtypes for name in warehouse.ran if name in there}  # type: ignore[attr-defined]


def same(tables: Mapping[str, pa.Table], others: Mapping[str, pa.Table]) -> None:
    assert tables.keys() == others.keys()
    for name, table in tables.items():
        assert table.schema.equals(others[name].schema), name
        assert table.equals(others[name]), name


def findings(quality: ContractReport) -> list[tuple[str, int, int]]:
    return [(found.rule, found.count, found.of) for found in quality.findings]


def agree(study: Study, folder: Path) -> None:
    """Cells, attrition, rows and types of every model."""
    found = []
    for machine in ENGINES:
        with machine.warehouse(folder) as warehouse:
            register(warehouse, study, folder)
            found.append(
                (*count_in_ranges(warehouse, study, EVERYBODY, machine.counted), dict(warehouse.ran), types(warehouse))
            )
    (people, cells, rows, kinds), (spark_people, spark_cells, spark_rows, spark_kinds) = found
    assert people.attrition == spark_people.attrition
    assert rows == spark_rows
    assert kinds == spark_kinds
    same(cells.tables, spark_cells.tables)


def judged(study: Study, folder: Path) -> ContractReport:
    """What the contract finds, the same on both engines."""
    reports = []
    for machine in ENGINES:
        with machine.warehouse(folder) as warehouse:
            reports.append(counting.check(warehouse, study, folder, machine)[1])
    assert findings(reports[0]) == findings(reports[1])
    assert reports[0].passed == reports[1].passed
    return reports[0]


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in (REFERENCE, REFORM)])
def test_every_scenario_gives_the_same_cells(scenario: str, tmp_path: Path) -> None:
    study, folder = delivered(tmp_path / "registry", scenario)
    agree(plain(study), folder)


@pytest.mark.parametrize("scenario", [REFERENCE, REFORM])
def test_all_defects_with_a_treatment_give_the_same_cells(scenario: str, tmp_path: Path) -> None:
    planted = of("warning", scenario)
    study, folder = delivered(tmp_path / "registry", scenario, planted)
    assert len(judged(study, folder).warnings) >= len(planted) > 1
    agree(plain(study), folder)


@pytest.mark.parametrize("scenario", [REFERENCE, REFORM])
def test_all_defects_that_stop_a_run_are_counted_alike(scenario: str, tmp_path: Path) -> None:
    study, folder = delivered(tmp_path / "registry", scenario, of("error", scenario))
    assert len(judged(study, folder).errors) > 1


@pytest.mark.parametrize("defect", UNREADABLE)
def test_a_delivery_that_cannot_be_read_is_refused_alike(defect: str, tmp_path: Path) -> None:
    study, folder = delivered(tmp_path / "registry", REFERENCE, [defect])
    told = []
    for machine in ENGINES:
        with machine.warehouse(folder) as warehouse, pytest.raises(ExtractError) as refused:
            register(warehouse, study, folder)
        told.append(str(refused.value))
    assert told[0] == told[1]


def everything(folder: Path) -> Study:
    """A study that asks for all there is: covariates of both kinds, dimensions, doses, neighbours, person effects.

    And for outcomes of several extracts, whose union Spark once could not plan.
    """
    persons = pq.read_table(folder / "persons.parquet")
    country = pa.array([(None, "south", "north", "east")[k % 17 % 4] for k in range(persons.num_rows)])
    pq.write_table(persons.append_column("country", country), folder / "persons.parquet")
    study = read_study(folder / "study.toml")
    design = {
        "covariates": ("age", "country", "sex"), "municipality_covariates": ("unemployment_pct",), "dose": "fidelity",
        "person_effects": "separate",
    }  # fmt: skip
    outcome = {"also": ("employed", "earnings", "neet_days"), "prices_of": 2019}
    more = {
        "neighbours": Extract(path="neighbours.csv"), "education": Extract(path="education.parquet"),
        "price_index": Extract(path="price_index.csv"),
    }  # fmt: skip
    by = ("sex", "age band", "prior work", "country")
    return study.model_copy(
        update={
            "extracts": study.extracts.model_copy(update=more),
            "outcome": study.outcome.model_copy(update=outcome),
            "design": study.design.model_copy(update=design),
            "heterogeneity": study.heterogeneity.model_copy(update={"by": by}),
        }
    )


def test_panel_with_everything_asked_for_is_the_same_on_file(tmp_path: Path) -> None:
    """Person-years are one file, sorted, on both engines."""
    _, folder = delivered(tmp_path / "registry", REFERENCE)
    study, written, ran = everything(folder), [], []
    for machine in ENGINES:
        out = tmp_path / machine.engine
        origin = pipeline.panel(study, folder, out, machine).origin
        assert origin["engine"]["name"] == machine.engine
        ran.append(origin["rows"])
        restricted = out / "restricted"
        cells = {path.stem: pq.read_table(path) for path in sorted((restricted / "cells").glob("*.parquet"))}
        written.append((cells, pq.read_table(restricted / "person_year.parquet")))
        assert not list(restricted.glob(".*"))
    assert ran[0] == ran[1]
    assert set(ran[1]) > ASKED_FOR
    same(written[0][0], written[1][0])
    duck, spark = written[0][1], written[1][1]
    assert duck.num_rows > 500
    assert duck.column_names == spark.column_names
    assert duck.equals(spark.cast(duck.schema))


@pytest.mark.parametrize(
    "changes",
    [{}, {"receipt": "entry", "residence": "at entry", "follow_up_months": 12, "ages": None}],
    ids=["calendar years", "months since entry"],
)
def test_every_kind_of_outcome_is_that_of_the_slow_reference(changes: dict[str, Any]) -> None:
    registry, education = _crowd(3)
    with ON_SPARK.warehouse() as warehouse:
        assert check(warehouse, registry, education, replace(BASE, **changes), VARIANTS[1]) > 100
