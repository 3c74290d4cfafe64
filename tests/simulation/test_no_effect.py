"""Where there is no effect: what one seed is asked, and what the committed table must show."""

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from lib.national import ROBUST

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("no_effect", HERE / "no_effect.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed() -> dict[str, dict[str, str]]:
    with (HERE / "no_effect.csv").open(encoding="ascii") as file:
        return {row["asked"]: row for row in csv.DictReader(file)}


def test_one_seed_is_asked_of_every_estimator_that_applies(programme: ModuleType) -> None:
    """The estimator under random timing does not: it needs more than one municipality that starts."""
    rows = {row["asked"]: row for row in programme.piece(0)}
    assert set(ROBUST) - set(rows) == {"efficient"}
    assert {"did", "did, conventional", "event_study, before", "event_study, after"} <= set(rows)
    assert all(row["p"] is None or 0 <= row["p"] <= 1 for row in rows.values())
    assert rows["did"]["method"] not in ("cr1", "analytic")


def test_shares_and_their_bound(programme: ModuleType) -> None:
    given = [("panel", 0.05), ("panel", 0.051), ("panel", 0.2), ("panel", None), ("sup_t", 0.01)]
    rows = [{"asked": "did", "method": method, "p": p} for method, p in given]
    bound = 0.05 + 3 * (0.05 * 0.95 / 4) ** 0.5
    assert programme.table(rows) == [
        {"asked": "did", "method": "panel (3), sup_t (1)", "seeds": 4, "found": 0.5, "bound": round(bound, 4)}
    ]


def test_nothing_is_found_too_often(committed: dict[str, dict[str, str]]) -> None:
    """But by the conventional method, which is never quoted: with one treated municipality it finds what it likes."""
    # a band goes with the panel model only, and one seed's advice is another method
    least = {asked: 195 if asked == "event_study, after" else 200 for asked in committed}
    assert [asked for asked, row in committed.items() if int(row["seeds"]) < least[asked]] == []
    assert set(ROBUST) - set(committed) == {"efficient"}
    too_often = [asked for asked, row in committed.items() if float(row["found"]) > float(row["bound"])]
    assert too_often == ["did, conventional"]
