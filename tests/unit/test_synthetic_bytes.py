"""The same scenario, seed, persons and defects give the same bytes; neighbours share what they should share."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synthetic_registry import write_registry

PERSONS = 9_000  # more than one chunk


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("registries")
    return {
        "one": write_registry("reference-study", 7, root / "one", PERSONS),
        "again": write_registry("reference-study", 7, root / "again", PERSONS),
        "other seed": write_registry("reference-study", 8, root / "other", PERSONS),
        "no effect": write_registry("no-effect", 7, root / "none", PERSONS),
    }


def test_the_same_arguments_give_the_same_bytes(folders: dict[str, Path]) -> None:
    assert digest(folders["one"]) == digest(folders["again"])


def test_all_files_of_the_contract_are_written_in_parts(folders: dict[str, Path]) -> None:
    assert set(digest(folders["one"])) == {
        "persons.parquet",
        "residence.parquet",
        "benefits.parquet",
        "employment/part-00000.parquet",
        "employment/part-00001.parquet",
        "rollout.csv",
        "municipalities.csv",
        "neighbours.csv",
        "price_index.csv",
        "education.parquet",
        "study.toml",
        "truth.json",
    }


def test_another_seed_gives_other_persons_and_the_same_design(folders: dict[str, Path]) -> None:
    one, other = digest(folders["one"]), digest(folders["other seed"])
    same = {name for name in one if one[name] == other[name]}
    assert same == {"rollout.csv", "municipalities.csv", "neighbours.csv", "price_index.csv", "study.toml"}


def test_without_effect_the_same_seed_holds_the_same_persons_and_their_work_without_ips(
    folders: dict[str, Path],
) -> None:
    with_ips, without = digest(folders["one"]), digest(folders["no effect"])
    for name in ("persons.parquet", "residence.parquet", "benefits.parquet", "rollout.csv"):
        assert with_ips[name] == without[name]
    y1 = [tuple(row.values()) for row in pq.read_table(folders["one"] / "employment").to_pylist()]
    y0 = [tuple(row.values()) for row in pq.read_table(folders["no effect"] / "employment").to_pylist()]
    assert len(y1) > len(y0)
    assert set(y0) <= set(y1)
