"""A study of everybody of an age group needs no benefit and no table of them; its persons come from residence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from lib.hand_study import study
from pydantic import ValidationError

from ipscausal.pipeline import build_panel, check
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

OPEN = dt.date(9999, 12, 31)
EVERYONE = {"receipt": "everyone", "benefit": None}


def about_everyone(base: Study) -> dict[str, Any]:
    document = base.model_dump(mode="python")
    document["population"] |= EVERYONE
    document["extracts"]["benefits"] = None
    document["outcome"]["also"] = ("employed",)
    return document | {"sensitivity": (), "heterogeneity": {}}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_registry("reference-study", 5, tmp_path_factory.mktemp("everyone") / "r", 3000)
    (folder / "benefits.parquet").unlink()
    return folder


def test_everyone_of_the_age_group_is_counted_where_they_live_on_1_january(registry: Path) -> None:
    of = Study.model_validate(about_everyone(read_study(registry / "study.toml")))
    panel = build_panel(of, registry)
    born = {row["person_id"]: row["birth_date"] for row in pq.read_table(registry / "persons.parquet").to_pylist()}
    expected = np.zeros(panel.persons.shape)
    for row in pq.read_table(registry / "residence.parquet").to_pylist():
        for t, year in enumerate(panel.years.tolist()):
            day, birth = dt.date(year, 1, 1), born[row["person_id"]]
            age = year - birth.year - ((birth.month, birth.day) > (1, 1))
            there = row["start_date"] <= day <= (row["end_date"] or OPEN)
            if there and 18 <= age <= 29 and row["municipality"] in panel.municipality:
                expected[panel.municipality.index(row["municipality"]), t] += 1
    assert expected.sum() > 2000
    assert np.array_equal(panel.persons, expected)


def test_no_rule_about_benefits_is_asked_where_there_are_none(registry: Path) -> None:
    of = Study.model_validate(about_everyone(read_study(registry / "study.toml")))
    _, quality = check(of, registry)
    assert not [found for found in quality.findings if found.table == "benefits"]
    assert not [rule for rule in quality.passed if rule.startswith("benefits")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"outcome": {"also": ("benefit_days",)}}, 'outcome "benefit_days" is about population.benefit'),
        ({"population": {"receipt": "any day in the year", "benefit": "WAA"}}, "needs the table"),
        (
            {"second_population": {
                "name": {"en": "Others"}, "benefit": "WAA", "receipt": "baseline cohort", "ages": (40, 50),
            }},
            "needs the table",
        ),
    ],
)  # fmt: skip
def test_what_needs_a_benefit_says_so(changes: dict[str, Any], fault: str) -> None:
    document = about_everyone(study(population={"ages": (18, 29)}))
    for section, values in changes.items():
        document[section] = (document[section] or {}) | values
    with pytest.raises(ValidationError, match=fault):
        Study.model_validate(document)
