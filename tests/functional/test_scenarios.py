"""Every scenario of the synthetic registry goes from extracts to a report; defects that stop say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipscausal import pipeline
from ipscausal.disclosure import RELEASED_TABLES
from ipscausal.errors import ContractError, ExtractError
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import DEFECTS, SCENARIOS, write_registry

NATIONAL = "national-rollout"  # its 350 municipalities take minutes: its known truth is tested among the simulations


def quick(folder: Path) -> Study:
    """The scenario's own study, its methods chosen without simulated panels and in one language."""
    document = read_study(folder / "study.toml").model_dump(mode="python")
    document["inference"] |= {"calibration_draws": 0, "draws": 199}
    document["report"] |= {"languages": ("en",)}
    return Study.model_validate(document)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != NATIONAL])
def test_a_scenario_goes_all_the_way(scenario: str, tmp_path: Path) -> None:
    registry = write_registry(scenario, seed=11, out=tmp_path / "registry", persons=6000)
    found = pipeline.run(quick(registry), registry, tmp_path / "out")
    assert (tmp_path / "out" / "report" / "report.en.html").exists()
    headline = found.results.tables["headline"]
    assert headline
    assert {path.stem for path in (tmp_path / "out" / "release").glob("*.csv")} <= {
        *(table.name for table in RELEASED_TABLES), "withheld",
    }  # fmt: skip


def test_the_national_scenario_becomes_a_panel(tmp_path: Path) -> None:
    registry = write_registry(NATIONAL, seed=11, out=tmp_path / "registry", persons=20_000)
    counted = pipeline.panel(quick(registry), registry, tmp_path / "out")
    assert len(counted.cells.municipality) > 300


@pytest.mark.parametrize("defect", [name for name, entry in DEFECTS.items() if entry.severity == "error"])
def test_a_defect_that_stops_says_so_and_writes_nothing(defect: str, tmp_path: Path) -> None:
    scenario = "municipality-reform" if "municipality_changes" in DEFECTS[defect].tables else "reference-study"
    registry = write_registry(scenario, seed=11, out=tmp_path / "registry", persons=3000, defects=[defect])
    out = tmp_path / "out"
    with pytest.raises((ContractError, ExtractError)) as stopped:
        pipeline.run(quick(registry), registry, out)
    assert stopped.value.exit_code == 3
    assert stopped.value.problems
    assert stopped.value.remedy
    assert not (out / "manifest.json").exists()
