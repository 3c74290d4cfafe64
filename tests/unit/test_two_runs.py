"""What changed between two runs: every difference that was made, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib import example_effects, example_results
from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.errors import UsageError
from ipscausal.outputs import transaction
from ipscausal.results import Results
from ipscausal.two_runs import TwoRuns, compare

ORIGIN = {
    "inputs": [{"table": "employment", "rows": 1200, "sha256": "a" * 64}], "sql": {"population": "b" * 64},
    "python": "3.11.7", "packages": {"numpy": "2.4.6"}, "seed": 1,
}  # fmt: skip


def _folder(out: Path, results: Results, origin: Mapping[str, Any] = ORIGIN) -> Path:
    with undrawn(), transaction(out, ("release",)) as staging:
        release(results, staging.folder / "release")
        staging.commit({"command": "run", **origin})
    return out


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _folder(tmp_path_factory.mktemp("first") / "out", example_results.example())


def _changed(first: Path, other: Results, origin: Mapping[str, Any] = ORIGIN) -> TwoRuns:
    return compare(first, _folder(first.parent.with_name(f"{first.parent.name}-{id(other)}") / "out", other, origin))


def test_a_run_does_not_differ_from_itself(first: Path) -> None:
    found = compare(first, first)
    assert not found.study
    assert not found.extracts
    assert not found.sql
    assert not found.versions
    assert not found.moved
    assert found.compared["headline"] > 10


def test_a_choice_an_input_a_model_and_a_version_are_each_named(first: Path) -> None:
    results = example_results.example()
    ages = {**results.study["population"], "ages": [18, 34]}
    origin = {
        **ORIGIN, "inputs": [{"table": "employment", "rows": 1201, "sha256": "c" * 64}],
        "sql": {"population": "d" * 64}, "packages": {"numpy": "2.5.0"},
    }  # fmt: skip
    found = _changed(first, replace(results, study={**results.study, "population": ages}), origin)
    assert [change.what for change in found.study] == ["population.ages"]
    assert found.study[0].second == [18, 34]
    assert [(c.what, c.first, c.second) for c in found.versions] == [("packages.numpy", "2.4.6", "2.5.0")]
    assert [change.what for change in found.sql] == ["population"]
    assert found.extracts[0].first == "1,200 rows, aaaaaaaaaaaa"
    assert found.extracts[0].second == "1,201 rows, cccccccccccc"
    assert not found.moved


def test_a_row_of_fewer_municipalities_or_another_level_is_the_same_row(first: Path) -> None:
    results = example_results.example()
    rows = [dict(row) for row in results.tables["estimates"]]
    moved = next(row for row in rows if row["role"] == "primary" and row["std_error"])
    moved |= {"n_municipalities": moved["n_municipalities"] - 1, "level": 0.9, "estimate": moved["estimate"] + 1}
    found = _changed(first, replace(results, tables={**results.tables, "estimates": tuple(rows)}))
    assert {one.column for one in found.moved} == {"estimate", "level", "n_municipalities"}
    assert all(one.first is not None and one.second is not None for one in found.moved)


def test_subgroups_that_a_plan_declares_are_the_same_subgroups(tmp_path: Path) -> None:
    results = example_effects.in_doubt(example_results.example())
    rows = tuple({**row, "declared": not row["declared"]} for row in results.tables["subgroups"])
    declared = replace(results, tables={**results.tables, "subgroups": rows})
    found = compare(_folder(tmp_path / "draft", results), _folder(tmp_path / "locked", declared))
    assert not found.moved
    shown = sum(row["estimate"] is not None for row in rows)
    assert found.compared["subgroups"] >= shown * len(("estimate", "conf_low", "conf_high"))


def test_a_number_that_moved_is_told_in_standard_errors(first: Path) -> None:
    results = example_results.example()
    rows = [dict(row) for row in results.tables["estimates"]]
    moved = next(row for row in rows if row["role"] == "primary" and row["std_error"])
    before = moved["estimate"]
    moved["estimate"] = before + 0.5 * moved["std_error"]
    found = _changed(first, replace(results, tables={**results.tables, "estimates": tuple(rows)}))
    (one,) = found.moved
    assert (one.table, one.column, one.first) == ("estimates", "estimate", before)
    assert one.in_errors == pytest.approx(0.5)


def test_a_number_that_is_withheld_in_one_run_is_told_as_absent(first: Path) -> None:
    results = example_results.example()
    rows = [dict(row) for row in results.tables["trends"]]
    rows[0]["mean"] = None
    found = _changed(first, replace(results, tables={**results.tables, "trends": tuple(rows)}))
    assert [(one.table, one.column, one.second) for one in found.moved] == [("trends", "mean", None)]


def test_a_folder_without_a_run_is_refused(first: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        compare(first, tmp_path)


def test_a_release_that_was_edited_is_not_compared(first: Path, tmp_path: Path) -> None:
    edited = _folder(tmp_path / "out", example_results.example())
    headline = edited / "release/headline.csv"
    headline.write_bytes(headline.read_bytes().replace(b"1", b"2"))
    with pytest.raises(UsageError) as refused:
        compare(first, edited)
    assert refused.value.problems == ("release/headline.csv: changed since it was written",)
