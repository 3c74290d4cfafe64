"""The synthetic registry in every layout, through the pipeline: the same cells; late, restated and broken reports."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipscausal import pipeline
from ipscausal.errors import ContractError
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import LAYOUTS, write_registry

PERSONS = 3000


def study_of(registry: Path, **population: str) -> Study:
    document = read_study(registry / "study.toml").model_dump(mode="python")
    document["population"] |= population
    return Study.model_validate(document)


def written(folder: Path, layout: str = "spells", *defects: str) -> Path:
    return write_registry("reference-study", 7, folder / "registry", PERSONS, defects, layout=layout)


def cells(folder: Path, layout: str = "spells", *defects: str) -> pa.Table:
    """The municipality-years of a registry."""
    registry = written(folder, layout, *defects)
    pipeline.panel(study_of(registry), registry, folder / "out")
    return pq.read_table(folder / "out" / "restricted" / "municipality_year.parquet")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return cells(tmp_path_factory.mktemp("clean"))


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "spells"])
def test_every_layout_of_a_registry_gives_the_same_cells_to_the_bit(
    layout: str, clean: pa.Table, tmp_path: Path
) -> None:
    assert cells(tmp_path, layout).equals(clean)
    delivered = pq.read_schema(next((tmp_path / "registry" / "employment").glob("*.parquet")))
    assert {"monthly": "month", "weekly": "week", "annual": "year"}[layout] in delivered.names
    assert (delivered.field("start_date").type == pa.int32()) == (layout == "monthly")


@pytest.mark.parametrize("layout", ["spells", "monthly"])
def test_restated_jobs_do_not_change_a_number(layout: str, clean: pa.Table, tmp_path: Path) -> None:
    assert cells(tmp_path, layout, "restated").equals(clean)


@pytest.mark.parametrize("layout", ["spells", "monthly", "weekly"])
def test_a_last_year_that_is_not_reported_whole_is_left_out_and_told(
    layout: str, clean: pa.Table, tmp_path: Path
) -> None:
    registry = written(tmp_path, layout, "late-reports")
    counted = pipeline.panel(study_of(registry), registry, tmp_path / "out")
    assert counted.study.population.years == (2011, 2018)
    assert [(n.code, n.values) for n in counted.quality.notices] == [("last_year_drop", {"year": 2018})]
    found = pq.read_table(tmp_path / "out" / "restricted" / "municipality_year.parquet")
    names = ["municipality", "year", "persons", "age_sum"]
    whole = clean.select(names).filter(pa.compute.less(clean.column("year"), 2019))
    assert found.select(names).equals(whole)


def test_a_late_year_is_kept_or_refused_where_the_study_says_so(tmp_path: Path) -> None:
    registry = written(tmp_path, "spells", "late-reports")
    kept = pipeline.panel(study_of(registry, incomplete_last_year="keep"), registry, tmp_path / "out")
    assert kept.study.population.years == (2011, 2019)
    assert [(n.code, n.values) for n in kept.quality.notices] == [("last_year_keep", {"year": 2019})]
    with pytest.raises(ContractError) as refused:
        pipeline.panel(study_of(registry, incomplete_last_year="error"), registry, tmp_path / "none")
    (problem,) = refused.value.problems
    assert problem.startswith("employment: last months of the study without new jobs, or extracted before they were")
    assert "4 of 12 months" in problem
    assert 'population.incomplete_last_year = "drop"' in problem
    assert not (tmp_path / "none" / "manifest.json").exists()


def test_another_source_is_told_until_its_first_year_is_declared(tmp_path: Path) -> None:
    registry = written(tmp_path, "monthly", "source-break")
    study = study_of(registry)
    found = {finding.rule for finding in pipeline.check(study, registry)[1].findings}
    assert "employment_source_change" in found
    declared = study.model_copy(update={"outcome": study.outcome.model_copy(update={"break_years": (2015,)})})
    found = {finding.rule for finding in pipeline.check(declared, registry)[1].findings}
    assert "employment_source_change" not in found
