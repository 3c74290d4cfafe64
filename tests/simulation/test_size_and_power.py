"""Size and power: a small fixed-seed run of the simulation programme, and what its committed table must show."""

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from lib.size_designs import COLUMNS

HERE = Path(__file__).parent
NAMES = [column.name for column in COLUMNS]
HONEST = ("panel", "re_did")


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("size_and_power", HERE / "size_and_power.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed() -> dict[tuple[str, str, bool], dict[str, str]]:
    with (HERE / "size_and_power.csv").open(encoding="ascii") as file:
        return {(row["column"], row["method"], row["effect"] == "0.0"): row for row in csv.DictReader(file)}


def small_run(programme: ModuleType, name: str, designs: int, sets: int) -> dict[str, tuple[float, float]]:
    rows = [row for number in range(designs) for row in programme.piece((NAMES.index(name), number, sets))]
    return {r["method"]: (r["rejects_05"], r["monte_carlo_se"]) for r in programme.table(rows) if r["effect"] == 0}


def test_one_treated_of_eleven(programme: ModuleType) -> None:
    found = small_run(programme, "1 of 11, sd 2, rho 0.4", designs=8, sets=250)
    for name in HONEST:
        rate, error = found[name]
        assert 0.01 - 3 * error <= rate <= 0.06 + 3 * error
    assert found["cr1"][0] > 0.40
    assert found["cr2"][0] > 0.35
    assert found["ri"][0] == 0  # its floor is 1/11


def test_three_treated_of_eleven(programme: ModuleType) -> None:
    found = small_run(programme, "3 of 11, sd 2, rho 0.4", designs=8, sets=150)
    for name in (*HONEST, "ri", "wcr_s"):
        rate, error = found[name]
        assert rate <= 0.06 + 3 * error
    assert found["cr1"][0] > found["wcr_s"][0]


def test_a_stopped_programme_keeps_what_is_whole(programme: ModuleType, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    row = '{"rows": [{"column": "%s", "design": 0, "method": "panel", "effect": 0.0, "sets": 40, "hits": [0, 10, 20]}]}'
    journal.write_text(row % NAMES[0] + "\n" + (row % NAMES[0])[:60], encoding="ascii")
    (only,) = programme.table(programme.finished(journal))
    assert (only["rejects_001"], only["rejects_05"], only["rejects_10"]) == (0.0, 0.25, 0.5)
    assert only["monte_carlo_se"] == pytest.approx(np.sqrt(0.25 * 0.75 / 40), abs=1e-5)


@pytest.mark.parametrize("name", [n for n in NAMES if "treated-noisier" not in n])
@pytest.mark.parametrize("method", HONEST)
def test_committed_size_of_the_recommended_methods(committed: dict, name: str, method: str) -> None:
    row = committed[name, method, True]
    assert float(row["rejects_05"]) <= 0.06 + 2 * float(row["monte_carlo_se"])


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("1 of 11, sd")])
def test_committed_size_of_the_conventional_method(committed: dict, name: str) -> None:
    assert float(committed[name, "cr1", True]["rejects_05"]) > 0.40


def test_the_committed_table_has_every_column_with_enough_data_sets(committed: dict) -> None:
    assert {column for column, _, _ in committed} == set(NAMES)
    for name in NAMES:
        assert int(committed[name, "panel", True]["data_sets"]) >= (900 if "350" in name else 3_900)
