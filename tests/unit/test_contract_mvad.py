"""A real delivery passes the contract with one warning."""

from __future__ import annotations

from lib.reference import reference

from ipscausal.contract import check
from ipscausal.extracts import parameters, register
from ipscausal.person_year.outcomes import study_benefits
from ipscausal.study import Study
from ipscausal.warehouse import load_models, open_warehouse

PARQUET = ("persons", "residence", "employment", "benefits")


def mvad_study() -> Study:
    """School leavers in Northern Ireland; Belfast is a placebo."""
    return Study.model_validate(
        {
            "schema_version": 1,
            "study": {"id": "mvad", "title": {"en": "School leavers, placebo rollout"}},
            "extracts": {name: {"path": f"{name}.parquet"} for name in PARQUET} | {"rollout": {"path": "rollout.csv"}},
            "population": {"years": [1994, 1998], "ages": "any", "benefit": "JOBLESS"},
            "outcome": {"country": "GB", "days": "weekdays"},
            "design": {
                "comparison_municipalities": ["0002", "0003", "0004", "0005"],
                "event_window": [-2, 2],
                "covariates": ["catholic", "gcse5eq"],
            },
        }
    )


def test_real_delivery_passes_with_one_warning() -> None:
    folder, study = reference("mvad"), mvad_study()
    with open_warehouse([folder], threads=1) as warehouse:
        delivery = register(warehouse, study, folder)
        report = check(warehouse, study)
        warehouse.register_table("study_benefit", study_benefits(study))
        staged = {model.name: warehouse.run(model, parameters(study)) for model in load_models("1_staging")
                  if model.name != "stg_employment"}  # fmt: skip
        delivery.verify_unchanged()
    report.raise_for_errors()
    assert [(f.rule, f.count, f.of) for f in report.findings] == [("comparison_status_unknown", 4, 4)]
    assert {table.name: table.rows for table in delivery.tables} == {
        "persons": 712, "residence": 712, "employment": 898, "benefits": 507, "rollout": 1,
    }  # fmt: skip
    assert {name: rows for name, rows in staged.items() if rows} == {
        "stg_benefit_spell": 507, "stg_benefit": 507, "stg_person": 342, "stg_residence": 342, "stg_rollout": 1,
        "stg_programme_period": 1,
    }  # fmt: skip
