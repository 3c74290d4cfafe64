"""The synthetic registry is a delivery like any other: clean it passes, and each planted defect is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipscausal.contract import ContractReport, check
from ipscausal.errors import ExtractError
from ipscausal.extracts import register
from ipscausal.study_file import read_study
from ipscausal.warehouse import open_warehouse
from synthetic_registry import DEFECTS, SCENARIOS, write_registry

# the rules that must speak, besides whatever the clean registry already says
RULES = {
    "exact-duplicates": {"employment_repeated", "benefits_repeated", "residence_repeated"},
    "strangers": {"employment_stranger", "benefits_stranger"},
    "position-above-100": {"employment_position_above"},
    "late-rollout": {"rollout_late"},
    "early-rollout": {"rollout_always"},
    "young-benefit": {"benefits_young"},
    "unknown-status": {"comparison_status_unknown"},
    "comparison-in-rollout": {"comparison_treated"},
    "null-person-id": {"persons_person_missing"},
    "duplicate-person": {"persons_repeated"},
    "lost-leading-zero": {"residence_malformed"},
    "malformed-municipality": {"residence_malformed"},
    "overlapping-residence": {"residence_conflict"},
    "start-after-end": {"employment_start_after_end"},
    "negative-position": {"employment_position_negative"},
    "missing-year": {"employment_empty_year"},
    "late-reports": {"employment_last_year_drop"},
    "source-break": {"employment_source_change"},
    "restated": {"employment_reported_again"},
}
OF_REFORM = {
    "change-twice": {"changes_repeated"},
    "change-of-unknown-code": {"changes_of_unknown"},
    "circular-renumbering": {"changes_circular"},
    "lost-code": {"residence_code_lost"},
}
BY_TYPE = {"wrong-type"}


def report(folder: Path, *defects: str, scenario: str = "reference-study") -> ContractReport:
    # of 350 municipalities some are so small that only the whole country has somebody in each
    persons = None if scenario == "national-rollout" else 4000
    written = write_registry(scenario, seed=7, out=folder / "registry", persons=persons, defects=defects)
    study = read_study(written / "study.toml")
    with open_warehouse([written], threads=1) as warehouse:
        register(warehouse, study, written)
        return check(warehouse, study)


def rules(found: ContractReport, severity: str) -> set[str]:
    return {finding.rule for finding in found.findings if finding.severity == severity}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> ContractReport:
    return report(tmp_path_factory.mktemp("clean"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_clean_registry_has_no_error_and_only_the_mess_it_means_to_have(scenario: str, tmp_path: Path) -> None:
    clean = report(tmp_path, scenario=scenario)
    assert rules(clean, "error") == set()
    assert rules(clean, "warning") <= {
        "employment_overlapping", "employment_position_zero", "employment_position_above", "employment_after_death",
        "benefits_after_death", "comparison_status_unknown",
    } | ({"mixed_units", "mixed_units_persons"} if scenario == "municipality-reform" else set())  # fmt: skip


def test_every_defect_has_its_rules() -> None:
    assert {*RULES, *OF_REFORM, *BY_TYPE} == set(DEFECTS)


@pytest.mark.parametrize("defect", RULES)
def test_planted_defect_is_found_with_its_severity(defect: str, clean: ContractReport, tmp_path: Path) -> None:
    found = report(tmp_path, defect)
    severity = DEFECTS[defect].severity
    assert RULES[defect] <= rules(found, severity)
    # nobody who plants a warning is stopped
    assert (rules(found, "error") == set()) == (severity == "warning")


@pytest.mark.parametrize("defect", OF_REFORM)
def test_planted_defect_of_a_table_of_changes_is_found(defect: str, tmp_path: Path) -> None:
    found = report(tmp_path, defect, scenario="municipality-reform")
    severity = DEFECTS[defect].severity
    assert OF_REFORM[defect] <= rules(found, severity)
    assert (rules(found, "error") == set()) == (severity == "warning")


def test_planted_wrong_type_is_refused_before_the_contract(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="position_pct is declared as number or integer, delivered as text"):
        report(tmp_path, "wrong-type")
