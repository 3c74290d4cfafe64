"""A registry divided by municipality, each part counted alone, and pooled: what one run over all of it gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lib.command import as_json, done, ipscausal
from lib.split_registry import split

from ipscausal.study_file import read_study

# with covariates, dimensions and person effects, without checks that count persons anew
CHANGES = (
    ("covariates = []", 'covariates = ["age", "sex"]'),
    ('person_effects = "none"', 'person_effects = "separate"'),
    ("draws = 9999", "draws = 99"),
)


@pytest.fixture(scope="module")
def study(registry: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    changed = registry.with_study(tmp_path_factory.mktemp("study"), *CHANGES).study
    text = changed.read_text(encoding="utf-8")
    without, count = re.subn(r"# Attacks on the answer.*?(?=# work-years)", "", text, flags=re.S)
    assert count == 1
    changed.write_text(without, encoding="utf-8")
    return changed


@pytest.mark.parametrize("parts", [2, 3])
def test_a_pool_is_the_run_over_the_union(registry: Any, study: Path, tmp_path: Path, parts: int) -> None:
    union, pieces = split(registry.extracts, tmp_path, parts)
    whole, pooled = tmp_path / "whole", tmp_path / "pooled"
    done("run", "--study", study, "--extracts", union, "--out", whole)
    for k, piece in enumerate(pieces):
        done("cells", "--study", study, "--extracts", piece, "--out", tmp_path / f"cells{k}")
    done("pool", *(tmp_path / f"cells{k}" for k in range(parts)), "--out", pooled)
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
    members = json.loads((pooled / "release" / "provenance.json").read_text())["inputs"]
    told = json.loads((pooled / "restricted" / "pool.json").read_text())
    assert [member["sha256"] for member in members] == [member["sha256"] for member in told["members"]]
    assert [member["label"] for member in told["members"]] == [f"cells{k}" for k in range(parts)]
    report = (pooled / "report" / "report.en.html").read_text(encoding="utf-8")
    assert f"The cells of {parts} registries are pooled" in report
    assert "Two-way fixed effects of persons and years" in report


def test_what_a_pool_is_told_and_refuses(registry: Any, study: Path, tmp_path: Path) -> None:
    _, pieces = split(registry.extracts, tmp_path, 2)
    for k, piece in enumerate(pieces):
        made = done("cells", "--study", study, "--extracts", piece, "--out", tmp_path / f"cells{k}")
        assert "ipscausal pool" in made.stdout
        assert not list((tmp_path / f"cells{k}").rglob("person_year*"))
    both = [tmp_path / "cells0", tmp_path / "cells1"]
    plan = as_json(done("pool", *both, "--out", tmp_path / "out", "--dry-run", "--json"))
    assert sum(member["municipalities"] for member in plan["members"]) == 11
    assert not (tmp_path / "out").exists()
    # another definition
    changed = tmp_path / "other.toml"
    changed.write_text(
        study.read_text(encoding="utf-8").replace("ages = [18, 29]", "ages = [18, 28]"), encoding="utf-8"
    )
    assert read_study(changed).population.ages == (18, 28)
    done("cells", "--study", changed, "--extracts", pieces[1], "--out", tmp_path / "other")
    refused = ipscausal("pool", both[0], tmp_path / "other", "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "population.ages: [18, 29] in cells0, [18, 28] in other" in refused.stderr
    assert not (tmp_path / "out").exists()
    # the same registry twice
    refused = ipscausal("pool", both[0], both[0], "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "counted in more than one member" in refused.stderr


def test_a_pool_is_not_replaced_by_a_run_and_can_be_released_again(registry: Any, study: Path, tmp_path: Path) -> None:
    _, pieces = split(registry.extracts, tmp_path, 2)
    folders = [tmp_path / f"cells{k}" for k in range(2)]
    for piece, folder in zip(pieces, folders, strict=True):
        done("cells", "--study", study, "--extracts", piece, "--out", folder)
    out = tmp_path / "out"
    done("pool", *folders, "--out", out)
    held = (out / "release" / "estimates.csv").read_bytes()
    assert ipscausal("run", "--study", study, "--extracts", pieces[0], "--out", out).returncode == 2
    assert ipscausal("cells", "--study", study, "--extracts", pieces[0], "--out", out).returncode == 2
    refused = ipscausal("verify", "--out", out)
    assert refused.returncode == 2
    done("release", "--out", out)
    done("report", "--out", out)
    assert (out / "release" / "estimates.csv").read_bytes() == held
    done("pool", *folders, "--out", out)
    assert (out / "release" / "estimates.csv").read_bytes() == held
