"""Run the models of sql/3_municipality_year over the engine's person-years and fetch their few rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipscausal import person_year
from ipscausal.municipality_year.design_columns import Counted, counted_columns, to_arrow
from ipscausal.municipality_year.dimensions import register_dimensions
from ipscausal.municipality_year.person_group_sums import MODELS as PERSON_GROUPS
from ipscausal.municipality_year.person_group_sums import year_bits
from ipscausal.municipality_year.tables import KEYS, OF_PLACES, CellTables, sort
from ipscausal.outcomes import column_of
from ipscausal.person_year import Population
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

FOLDER = "3_municipality_year"
_SUMS = ("person_total", "municipality_year", "municipality_year_outcome")
_COVARIATES = ("covariate_product", "covariate_outcome")
_PAIRS = ("person_stay", "municipality_person", "municipality_year_pair", "municipality_year_pair_outcome")
_COVARIATE_PAIRS = ("covariate_year_product", "covariate_year_outcome")
_LEVELS = (
    "municipality_type", "prior_work", "person_year_level", "subgroup_person", "subgroup_year", "subgroup_year_outcome",
    "subgroup_year_pair", "subgroup_year_pair_outcome",
)  # fmt: skip
_KEY = ("person_id", "year")
TextValues = Mapping[int, Sequence[str]]


def count(warehouse: Warehouse, study: Study, population: Population, values: TextValues | None = None) -> CellTables:
    """Every sum of the study, by its dimensions too, from one pass over the person-years.

    values: those of each text covariate by its place in the study's list, where more persons than these are counted.
    """
    if values is None:
        values = text_values(warehouse, population.covariate_kinds)
    counted = _register_covariates(warehouse, study, population, values)
    wanted = [*_SUMS, *_PAIRS, "municipality_dose"]
    if counted:
        wanted += [*_COVARIATES, *_COVARIATE_PAIRS]
    if study.population.receipt != "entry" and study.population.period == "year":
        wanted.append("composition")
    if study.design.municipality_covariates:
        wanted.append("municipality_covariate")
    if study.extracts.neighbours is not None:
        wanted.append("neighbour_start")
    if study.heterogeneity.by:
        register_dimensions(warehouse, study)
        wanted += _LEVELS
    if study.design.person_effects != "none":
        warehouse.register_table("year_bit", year_bits(population.years))
        wanted += PERSON_GROUPS
    given = person_year.parameters(study, first_start=population.units.first_start)
    return _fetch(warehouse, study, counted, wanted, given)


def count_before(warehouse: Warehouse, study: Study, population: Population) -> CellTables:
    """The sums of `person_year.build_candidates`: no pairs of years, since nothing is inferred from them."""
    values = text_values(warehouse, population.covariate_kinds)
    counted = _register_covariates(warehouse, study, population, values)
    return _fetch(warehouse, study, counted, [*_SUMS, *(_COVARIATES if counted else ())], {})


def _fetch(
    warehouse: Warehouse, study: Study, counted: tuple[Counted, ...], wanted: Collection[str], given: Mapping[str, Any]
) -> CellTables:
    _run(warehouse, wanted, given)
    kept = [name for name in (*KEYS, *OF_PLACES) if name in wanted]
    tables = {name: sort(name, warehouse.arrow(name)) for name in kept}
    return CellTables(study.counted_outcomes, counted, tables)


def _run(warehouse: Warehouse, names: Collection[str], given: Mapping[str, Any]) -> None:
    for model in load_models(FOLDER):
        if model.name in names:
            warehouse.run(model, given)


def text_values(warehouse: Warehouse, kinds: Mapping[int, str]) -> TextValues:
    """The values of text covariates among the person-years of the engine. kinds: see `Population.covariate_kinds`."""
    import pyarrow as pa

    texts = [position for position, kind in kinds.items() if kind == "text"]
    warehouse.register_table("text_covariate", pa.table({"position": pa.array(texts, pa.int32())}))
    _run(warehouse, ("covariate_category",), {})
    values: dict[int, list[str]] = {}
    for row in warehouse.arrow("covariate_category", ("position", "value")).to_pylist():
        values.setdefault(row["position"], []).append(row["value"])
    del warehouse.ran["covariate_category"]  # its rows depend on how persons are divided
    return values


def _register_covariates(
    warehouse: Warehouse, study: Study, population: Population, values: TextValues
) -> tuple[Counted, ...]:
    counted = counted_columns(study.design.covariates, population.covariate_kinds, values)
    warehouse.register_table("design_column", to_arrow(counted))
    _run(warehouse, ("covariate",), {})
    return counted


def write_person_year(warehouse: Warehouse, path: Path, study: Study, columns: Mapping[int, str]) -> None:
    """Write the person-years (`restricted/person_year.parquet`), sorted by person_id and year.

    Outcomes are columns of exact whole numbers under the names of their kinds (`workdays_e4` in 1/10000 day).
    columns: name of each regressor's column by its number in the engine.
    """
    _run(warehouse, ("person_year_export", "person_year_amount"), {})
    outcomes = {k: column_of(name) for k, name in enumerate(study.counted_outcomes, start=1)}
    warehouse.spread("person_year_export", "person_year_amount", outcomes, _KEY, "person_year_outcomes")
    warehouse.spread("person_year_outcomes", "covariate", columns, _KEY, "person_year_file")
    warehouse.write_parquet("person_year_file", path, _KEY)
