"""Run every check and report all rules at once."""

from __future__ import annotations

import pyarrow as pa

from ipscausal.contract.municipality_rules import MUNICIPALITY_RULES
from ipscausal.contract.report import ContractReport, Finding
from ipscausal.contract.rollout_rules import ROLLOUT_RULES
from ipscausal.contract.rules import BENEFIT_RULES, EMPLOYMENT_RULES, PERSON_RULES, RESIDENCE_RULES, Rule
from ipscausal.extracts import parameters
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

RULES = (*PERSON_RULES, *RESIDENCE_RULES, *BENEFIT_RULES, *EMPLOYMENT_RULES, *ROLLOUT_RULES, *MUNICIPALITY_RULES)
FOLDER = "checks"


def check(warehouse: Warehouse, study: Study) -> ContractReport:
    """Count the violations of every rule in the registered extracts (`extracts.register` comes first).

    Nothing is repaired and nothing but counts leaves the engine. Raises no ContractError: see
    `ContractReport.raise_for_errors`.
    """
    design = study.design
    listed_treated = () if design.treated == "rollout" else design.treated
    warehouse.register_table("listed_treated", _codes(listed_treated))
    warehouse.register_table("listed_comparison", _codes(design.comparison_municipalities))
    params = {
        **parameters(study),
        "first_treated_year": design.first_treated_year,
        "all_treated": int(design.treated == "rollout"),
        "all_compared": int(design.comparison != "listed"),
    }
    counts: dict[str, dict[str, int]] = {}
    helpers = ["listed_treated", "listed_comparison"]
    for model in load_models(FOLDER):
        if model.is_check:
            counts[model.name] = warehouse.violations(model, params)
        else:
            warehouse.run(model, params)
            helpers.append(model.name)
    for name in helpers:
        warehouse.drop_table(name)
    applied = [_finding(rule, counts[rule.check]) for rule in RULES if rule.applies(study)]
    found = sorted((finding for finding in applied if finding.count), key=lambda finding: finding.severity != "error")
    return ContractReport(tuple(found), tuple(finding.rule for finding in applied if not finding.count))


def _codes(codes: tuple[str, ...]) -> pa.Table:
    return pa.table({"municipality": pa.array(sorted(set(codes)), pa.string())})


def _finding(rule: Rule, counts: dict[str, int]) -> Finding:
    return Finding(
        rule=rule.name, table=rule.table, column=rule.column, severity=rule.severity, says=rule.says,
        count=counts[rule.count], of=counts[rule.of], unit=rule.unit, treatment=rule.treatment, remedy=rule.remedy,
    )  # fmt: skip
