"""However a delivery is written, the person-years are those of the slow reference, and a nasty name is only a name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generative.engine import engine_person_years
from generative.reference import Registry, Rules, person_years
from generative.registries import cases, study_of
from generative.representations import rows_of, write
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ipscausal import person_year
from ipscausal.errors import IdentificationError
from ipscausal.extracts import register
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse


def with_extracts(study: Study, said: dict[str, dict[str, Any]]) -> Study:
    document = study.model_dump()
    for table, values in said.items():
        document["extracts"][table] |= values
    return Study.model_validate(document)


def check(registry: Registry, rules: Rules, seed: int) -> None:
    expected = person_years(registry, rules)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        study = with_extracts(study_of(rules), write(Random(seed), registry, folder))  # noqa: S311
        with open_warehouse([folder], threads=1) as warehouse:
            register(warehouse, study, folder)
            if not expected:
                with pytest.raises(IdentificationError):
                    person_year.build(warehouse, study)
                return
            assert built(warehouse, study) == {key: vars_of(row) for key, row in expected.items()}


def built(warehouse: Warehouse, study: Study) -> dict[tuple[int, int], dict[str, Any]]:
    person_year.build(warehouse, study)
    rows = engine_person_years(warehouse)
    return {(int(person), year): row for (person, year), row in rows.items()}


def vars_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(), seed=st.integers(0, 2**32))
def test_the_way_of_writing_changes_nothing(case: tuple[Registry, Rules], seed: int) -> None:
    registry, rules = case
    assume(all(rows_of(registry, table) for table in ("residence", "employment", "benefits")))
    check(registry, rules, seed)
