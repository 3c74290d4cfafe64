"""A registry divided by municipality, each part counted alone, and pooled: what one run over all of it gives."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lib.command import as_json, done, ipscausal
from lib.split_registry import split

# with covariates, dimensions and person effects, without checks that count persons anew
CHANGES = (
    ("covariates = []", 'covariates = ["age", "sex"]'),
    ('person_effects = "none"', 'person_effects = "separate"'),
    ("draws = 9999", "draws = 99"),
    ("calibration_draws = 100", "calibration_draws = 0"),
)
PARTS = 3


@pytest.fixture(scope="module")
def study(registry: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    changed = registry.with_study(tmp_path_factory.mktemp("study"), *CHANGES).study
    text = changed.read_text(encoding="utf-8")
    without, count = re.subn(r"# Attacks on the answer.*?(?=# work-years)", "", text, flags=re.S)
    assert count == 1
    changed.write_text(without, encoding="utf-8")
    return changed


@dataclass(frozen=True, slots=True)
class Parts:
    """The extracts of all and of each, the cells of each, and the pool of them; read-only by agreement."""

    union: Path
    pieces: list[Path]
    cells: list[Path]
    pooled: Path


@pytest.fixture(scope="module")
def parts(registry: Any, study: Path, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("parts")
    union, pieces = split(registry.extracts, folder, PARTS)
    cells = [folder / f"cells{k}" for k in range(PARTS)]
    for piece, out in zip(pieces, cells, strict=True):
        made = done("cells", "--study", study, "--extracts", piece, "--out", out)
        assert "ipscausal pool" in made.stdout
        assert not list(out.rglob("person_year*"))
    done("pool", *cells, "--out", folder / "pooled")
    return Parts(union, pieces, cells, folder / "pooled")


def test_a_pool_is_the_run_over_the_union(parts: Parts, study: Path, tmp_path: Path) -> None:
    whole, pooled = tmp_path / "whole", parts.pooled
    done("run", "--study", study, "--extracts", parts.union, "--out", whole)
    # every unsuppressed number, to the bit
    one, other = (json.loads((out / "restricted" / "results.json").read_text()) for out in (whole, pooled))
    assert other["tables"] == one["tables"]
    assert other["facts"] == one["facts"]
    assert [notice for notice in other["notices"] if notice["code"] != "pooled_members"] == one["notices"]
    same = (whole / "restricted" / "municipality_year.parquet").read_bytes()
    assert (pooled / "restricted" / "municipality_year.parquet").read_bytes() == same
    # every released table, byte for byte
    tables = sorted(path.name for path in (whole / "release").glob("*.csv"))
    assert len(tables) > 10
    assert sorted(path.name for path in (pooled / "release").glob("*.csv")) == tables
    for name in tables:
        assert (pooled / "release" / name).read_bytes() == (whole / "release" / name).read_bytes(), name


def test_a_pool_names_its_members(parts: Parts) -> None:
    members = json.loads((parts.pooled / "release" / "provenance.json").read_text())["inputs"]
    told = json.loads((parts.pooled / "restricted" / "pool.json").read_text())
    assert [member["sha256"] for member in members] == [member["sha256"] for member in told["members"]]
    assert [member["label"] for member in told["members"]] == [f"cells{k}" for k in range(PARTS)]
    report = (parts.pooled / "report" / "report.en.html").read_text(encoding="utf-8")
    assert f"The cells of {PARTS} registries are pooled" in report
    assert "Two-way fixed effects of persons and years" in report


def test_what_a_pool_plans_and_refuses(parts: Parts, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan = as_json(done("pool", *parts.cells, "--out", out, "--dry-run", "--json"))
    assert sum(member["municipalities"] for member in plan["members"]) == 11
    # another definition
    changed = tmp_path / "other.toml"
    text = study.read_text(encoding="utf-8").replace("ages = [18, 29]", "ages = [18, 28]")
    changed.write_text(text, encoding="utf-8")
    done("cells", "--study", changed, "--extracts", parts.pieces[1], "--out", tmp_path / "other")
    refused = ipscausal("pool", parts.cells[0], tmp_path / "other", "--out", out)
    assert refused.returncode == 2
    assert "population.ages: [18, 29] in cells0, [18, 28] in other" in refused.stderr
    # the same registry twice
    refused = ipscausal("pool", parts.cells[0], parts.cells[0], "--out", out)
    assert refused.returncode == 2
    assert "counted in more than one member" in refused.stderr
    assert not out.exists()


def test_a_pool_is_replaced_by_nothing_else_and_can_be_released_again(
    parts: Parts, study: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(parts.pooled, tmp_path / "out")
    held = (out / "release" / "estimates.csv").read_bytes()
    for command in ("run", "cells"):
        assert ipscausal(command, "--study", study, "--extracts", parts.union, "--out", out).returncode == 2
    assert ipscausal("verify", "--out", out).returncode == 2
    done("release", "--out", out)
    done("report", "--out", out)
    assert (out / "release" / "estimates.csv").read_bytes() == held
