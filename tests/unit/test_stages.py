"""Finished stages are used again exactly where everything they depend on is the same, to the byte."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from ipscausal import counting, provenance, stages
from ipscausal.extracts import Delivery, register
from ipscausal.machine import Machine
from ipscausal.outputs import transaction
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

REUSED = "reused: person_year, municipality_year"
Told = list[str]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry("reference-study", 9, tmp_path_factory.mktemp("delivered") / "extracts", 1500)


@pytest.fixture
def extracts(delivered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(delivered, tmp_path / "extracts"))


@pytest.fixture(scope="module")
def delivery(delivered: Path) -> Delivery:
    with Machine().warehouse(delivered) as warehouse:
        return register(warehouse, read_study(delivered / "study.toml"), delivered)


def study_of(extracts: Path, draws: int = 0, **sections: dict[str, Any]) -> Study:
    study = read_study(extracts / "study.toml")
    inference = {"calibration_draws": draws, **sections.pop("inference", {})}
    for name, changes in {"inference": inference, **sections}.items():
        study = study.model_copy(update={name: getattr(study, name).model_copy(update=changes)})
    return study


def stage(study: Study, extracts: Path, *, fresh: bool = False, buckets: int | None = None) -> tuple[Any, Told]:
    """Count, choose methods and commit, as a run does; what came of it and what was told of stages."""
    told: Told = []
    machine = Machine(progress=told.append, fresh=fresh, buckets=buckets)
    out = extracts.parent / "out"
    with transaction(out, (counting.RESTRICTED,)) as staging:
        earlier = counting.earlier_stages(out, machine)
        counted = counting.count_and_write(study, extracts, staging, machine, earlier)
        advice = counting.choose_methods_once(study, counted, staging, machine, earlier)
        staging.commit(provenance.description("panel", counted.study, counted.origin, "nothing released"))
    return (counted, advice), [line for line in told if line.startswith(("reused: ", "made anew: "))]


def files(extracts: Path) -> dict[str, bytes]:
    part = extracts.parent / "out" / "restricted"
    return {path.relative_to(part).as_posix(): path.read_bytes() for path in part.rglob("*") if path.is_file()}


def refused(*_: object, **__: object) -> None:
    raise AssertionError("counted or calibrated once more")


def test_a_rerun_counts_nothing_and_gives_the_same(extracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of(extracts, draws=100)
    (counted, advice), told = stage(study, extracts)
    assert told == []
    before = files(extracts)
    monkeypatch.setattr(sys.modules["ipscausal.advisor.advise"], "calibrate", refused)
    monkeypatch.setattr(counting.municipality_year, "count_in_ranges", refused)
    monkeypatch.setattr(counting.contract, "check", refused)
    (again, advice_again), told = stage(study, extracts)
    assert len(told) == 2
    assert told[0].startswith(f"{REUSED} (same extracts, population, ")
    assert told[0].endswith(", SQL, version)")
    assert told[1].startswith("reused: calibration (same extracts, population, ")
    assert "inference" in told[1]
    assert "inference" not in told[0]
    assert files(extracts) == before
    assert again.quality == counted.quality
    assert again.population == counted.population
    assert again.origin["rows"] == counted.origin["rows"]
    assert all((again.cells.outcome_sum[name] == total).all() for name, total in counted.cells.outcome_sum.items())
    assert advice.calibration is not None
    assert (advice_again.calibration, advice_again.digest) == (advice.calibration, advice.digest)


def test_one_byte_of_an_extract_with_its_size_and_times_as_they_were(
    extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(extracts)
    stage(study, extracts)
    path = extracts / "rollout.csv"
    seen, text = path.stat(), path.read_bytes()
    day = re.search(rb"\d{4}-\d\d-\d(\d)", text)
    assert day is not None
    path.write_bytes(text[: day.start(1)] + bytes([text[day.start(1)] ^ 1]) + text[day.end(1) :])
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_size == seen.st_size
    # within one process digests are remembered by size, time and inode; a rerun is another process
    monkeypatch.setattr("ipscausal.extracts.files._digests", {})
    _, told = stage(study, extracts)
    assert told == [
        "made anew: person_year, municipality_year (other extracts)", "made anew: calibration (other extracts)"
    ]  # fmt: skip


def differing(before: tuple[Study, Delivery, str], after: tuple[Study, Delivery, str]) -> tuple[Any, Any]:
    """What the two stages say differs, as a ledger of `before` sees `after`."""
    made = [stages.counted(*before), stages.calibrated(before[0], stages.counted(*before))]
    asked = [stages.counted(*after), stages.calibrated(after[0], stages.counted(*after))]
    ledger = stages.Ledger({one.name: one.depends_on for one in made}, {})
    assert [ledger.holds(one) for one in asked] == [not ledger.differs(one) for one in asked]
    return ledger.differs(asked[0]), ledger.differs(asked[1])


@pytest.mark.parametrize(
    ("section", "changes", "counts", "calibrates"),
    [
        ("population", {"ages": (18, 27)}, True, True),
        ("design", {"covariates": ("age",)}, True, True),
        ("heterogeneity", {"by": ("sex",)}, True, True),
        ("inference", {"seed": 4711}, False, True),
        ("disclosure", {"min_persons": 20}, False, False),
        ("report", {"languages": ("nb",)}, False, False),
    ],
)
def test_which_section_decides_what(
    delivered: Path, delivery: Delivery, section: str, changes: dict[str, Any], counts: bool, calibrates: bool
) -> None:
    before, after = study_of(delivered), study_of(delivered, **{section: changes})
    found = differing((before, delivery, "duckdb"), (after, delivery, "duckdb"))
    assert found == ((section,) if counts else (), (section,) if calibrates else ())


def test_sql_source_engine_and_file_decide(
    delivered: Path, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(delivered)
    before = stages.counted(study, delivery, "duckdb")
    ledger = stages.Ledger({before.name: before.depends_on}, {})
    assert ledger.holds(stages.counted(study, delivery, "duckdb"))
    assert ledger.differs(stages.counted(study, delivery, "spark")) == ("version",)
    renamed = replace(delivery, tables=delivery.tables[1:])
    assert ledger.differs(stages.counted(study, renamed, "duckdb")) == ("extracts",)
    with monkeypatch.context() as patch:
        patch.setattr(stages, "_source", lambda: "other")
        assert ledger.differs(stages.counted(study, delivery, "duckdb")) == ("version",)
    with monkeypatch.context() as patch:
        # other holidays are other workdays
        patch.setattr(stages, "version", lambda name: "9.99" if name == "holidays" else version(name))
        assert ledger.differs(stages.counted(study, delivery, "duckdb")) == ("version",)
    digests = {**provenance.sql_digests(), "population": "other"}
    monkeypatch.setattr(stages.provenance, "sql_digests", lambda: digests)
    assert ledger.differs(stages.counted(study, delivery, "duckdb")) == ("SQL",)


def test_every_section_but_the_named_ones_decides(extracts: Path) -> None:
    """A section that is added later makes stages anew until somebody says that it need not."""
    decides = set(stages._sections(study_of(extracts), stages._AFTER_COUNTING))
    assert decides == set(Study.model_fields) - stages._AFTER_COUNTING
    assert set(Study.model_fields) > stages._AFTER_COUNTING


@pytest.mark.parametrize("damaged", ["cells/municipality_year.parquet", "person_year.parquet"])
def test_a_file_that_is_not_as_it_was_written_is_not_used(extracts: Path, damaged: str) -> None:
    study = study_of(extracts)
    stage(study, extracts)
    before = files(extracts)
    path = extracts.parent / "out" / "restricted" / damaged
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    _, told = stage(study, extracts)
    assert not any(line.startswith("reused") for line in told)
    assert files(extracts) == before


def test_fresh_and_buckets(extracts: Path) -> None:
    study = study_of(extracts)
    stage(study, extracts)
    before = files(extracts)
    _, told = stage(study, extracts, fresh=True, buckets=3)
    assert told == []
    after = files(extracts)
    assert [name for name in before if after[name] != before[name]] == []  # to the byte, counted in three ranges
    _, told = stage(study, extracts)
    assert told[0].startswith(REUSED)
