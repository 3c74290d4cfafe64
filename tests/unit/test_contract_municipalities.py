"""Rules of the tables about municipalities, of doses and of the year before: each broken once, where it matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lib import delivery
from lib.delivery import CONTROL, OTHER, TREATED, changed, day

from ipscausal.contract import check
from ipscausal.errors import ExtractError
from ipscausal.study import Study

CODES = [TREATED, CONTROL, OTHER]
COVARIATES = {"design": {"municipality_covariates": ["size"]}}
TYPE = {"heterogeneity": {"by": ["municipality type"]}}
FIDELITY, REACH = {"design": {"dose": "fidelity"}}, {"design": {"dose": "reach"}}
BORDERS = {"extracts": {"neighbours": {"path": "neighbours.parquet"}}}
PRIOR = {"heterogeneity": {"by": ["prior work"]}}


def places(**columns: list[Any]) -> dict[str, Any]:
    return changed("municipalities", **columns)


def rollout(**columns: list[Any]) -> dict[str, Any]:
    return changed("rollout", **columns)


def borders(*pairs: tuple[str | None, str | None]) -> dict[str, Any]:
    first, second = zip(*pairs, strict=True)
    return delivery.columns() | {"neighbours": {"municipality": list(first), "neighbour": list(second)}}


def found(folder: Path, tables: dict[str, Any], **changes: dict[str, Any]) -> dict[str, tuple[int, int]]:
    chosen = delivery.study(**changes)
    with delivery.registered(delivery.write(folder, tables), chosen) as warehouse:
        return {finding.rule: (finding.count, finding.of) for finding in check(warehouse, chosen).findings}


SIZES = {"municipality": CODES, "size": [1.5, 2.0, None]}
BROKEN = {
    "municipalities_malformed": (places(municipality=[*CODES, "301"], size=[1.0] * 4), COVARIATES, (1, 4)),
    "municipalities_year_malformed": (
        places(municipality=CODES, size=[1.0] * 3, year=["2011", None, "20x1"]), COVARIATES, (1, 3),
    ),
    "municipalities_repeated": (places(municipality=[*CODES, OTHER], size=[1.0] * 4), COVARIATES, (1, 4)),
    "municipalities_not_a_number": (
        places(municipality=[*CODES, OTHER], year=["", "", "", "2012"], size=["1", "2", "3", "1,5"]),
        COVARIATES, (1, 4),
    ),
    "municipalities_without_values": (places(**SIZES), COVARIATES, (1, 3)),
    "municipalities_without_type": (places(municipality=CODES, type=["town", None, "town"]), TYPE, (1, 3)),
    "neighbours_malformed": (borders((TREATED, CONTROL), (CONTROL, OTHER), (OTHER, None)), BORDERS, (1, 3)),
    "neighbours_alone": (borders((TREATED, CONTROL)), BORDERS, (1, 3)),
    "rollout_fidelity_missing": (rollout(fidelity=["good"]), FIDELITY, (1, 1)),
    "rollout_participants_missing": (rollout(participants=[-1.0]), REACH, (1, 1)),
    "rollout_overlapping": (
        rollout(
            municipality=[TREATED] * 2, start_date=[day("2013-01-01"), day("2013-12-31")],
            end_date=[day("2013-12-31"), None], fidelity=[100.0, 110.0],
        ),
        FIDELITY, (1, 1),
    ),
    "employment_year_before_missing": (delivery.columns(), PRIOR, (1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_found_where_the_study_uses_the_column(rule: str, tmp_path: Path) -> None:
    tables, changes, expected = BROKEN[rule]
    assert {
        name: count for name, count in found(tmp_path, tables, **changes).items() if name != "rollout_several_starts"
    } == {rule: expected}


@pytest.mark.parametrize("rule", [rule for rule in BROKEN if not rule.startswith("neighbours")])
def test_nothing_is_found_where_it_does_not(rule: str, tmp_path: Path) -> None:
    assert set(found(tmp_path, BROKEN[rule][0])) <= {"rollout_several_starts"}


def test_clean_tables_have_no_finding(tmp_path: Path) -> None:
    tables = places(
        municipality=[*CODES, *CODES], year=["", "", "", "2011", "2011", "2011"], size=[1, 2, 3, 4, 5, 6],
        type=["town"] * 6,
    )  # fmt: skip
    tables["rollout"] |= {"fidelity": [100.0], "participants": [7.5]}
    tables["neighbours"] = {"municipality": [TREATED, CONTROL], "neighbour": [CONTROL, OTHER]}
    before = {
        "person_id": 1, "employer_id": "z", "start_date": day("2010-02-01"), "end_date": day("2010-06-30"),
        "position_pct": 100.0,
    }  # fmt: skip
    for column, cells in tables["employment"].items():
        cells.append(before[column])
    changes = {
        "heterogeneity": {"by": ["municipality type", "prior work"]}, **BORDERS,
        "design": {"municipality_covariates": ["size"], "dose": "fidelity"},
    }  # fmt: skip
    assert found(tmp_path, tables, **changes) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (COVARIATES, "municipalities: column size is missing"),
        (TYPE, "municipalities: column type is missing"),
        (FIDELITY, "rollout: column fidelity is missing"),
        (REACH, "rollout: column participants is missing"),
        ({"heterogeneity": {"by": ["diagnosis group"]}}, "persons: column diagnosis group is missing"),
    ],
)
def test_a_column_that_the_study_uses_must_be_delivered(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(ExtractError) as caught:
        found(tmp_path, delivery.columns(), **changes)
    assert caught.value.problems[0].startswith(says)


def test_a_dimension_is_mapped_like_a_covariate(tmp_path: Path) -> None:
    tables = changed("persons", landbak=["a", "b", "a", "b", None], dgn=[1, 2, 1, 2, 1])
    chosen: Study = delivery.study(
        design={"covariates": ["diagnosis group"]},
        heterogeneity={"by": ["country background", "diagnosis group"]},
        extracts={"persons": {"columns": {"country background": "landbak", "diagnosis group": "dgn"}}},
    )
    with delivery.registered(delivery.write(tmp_path, tables), chosen) as warehouse:
        persons = warehouse.connection.table("extract_persons")
        assert persons.columns[-2:] == ["covariate_1", "covariate_2"]
        assert [row[-2:] for row in persons.fetchall()] == [(1, "a"), (2, "b"), (1, "a"), (2, "b"), (1, None)]
