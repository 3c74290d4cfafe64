"""Run every check and report all rules at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ipscausal.contract.municipality_rules import MUNICIPALITY_RULES
from ipscausal.contract.report import ContractReport, Finding
from ipscausal.contract.rollout_rules import ROLLOUT_RULES
from ipscausal.contract.rules import BENEFIT_RULES, EMPLOYMENT_RULES, PERSON_RULES, RESIDENCE_RULES, Rule
from ipscausal.contract.unit_counts import unit_counts
from ipscausal.contract.unit_rules import UNIT_RULES
from ipscausal.extracts import coverage, parameters, units_map
from ipscausal.reforms import unit_of
from ipscausal.study import Study
from ipscausal.warehouse import Model, PersonRange, Warehouse, load_models

RULES = (
    *PERSON_RULES, *RESIDENCE_RULES, *BENEFIT_RULES, *EMPLOYMENT_RULES, *ROLLOUT_RULES, *MUNICIPALITY_RULES,
    *UNIT_RULES,
)  # fmt: skip
FOLDER = "checks"
_EVERYBODY = (PersonRange(),)
# they compare rows of one person with each other, which takes memory: counted in ranges of persons, they add up
_BY_PERSON = frozenset({"recipient", "recipient_job", "check_job", "check_spell_repeats"})


def check(warehouse: Warehouse, study: Study, ranges: Sequence[PersonRange] = _EVERYBODY) -> ContractReport:
    """Count the violations of every rule in the registered extracts (`extracts.register` comes first).

    ranges: of persons, counted one after the other where a rule compares rows of the same person.

    Nothing is repaired and nothing but counts leaves the engine. Raises no ContractError: see
    `ContractReport.raise_for_errors`.
    """
    design = study.design
    listed_treated = () if design.treated == "rollout" else design.treated
    units = units_map(warehouse, study)
    treated = coverage(warehouse, study, units)
    unit = unit_of(units.acting)
    compared = {unit.get(code, code) for code in design.comparison_municipalities}
    if design.mixed_units != "error":
        compared -= {one.unit.name for one in treated if one.is_mixed}  # they go with their unit, as the study says
    warehouse.register_table("listed_treated", _codes(unit.get(code, code) for code in listed_treated))
    warehouse.register_table("listed_comparison", _codes(compared))
    params = {
        **parameters(study),
        "first_treated_year": design.first_treated_year,
        "all_treated": int(design.treated == "rollout"),
        "all_compared": int(design.comparison != "listed"),
    }
    counts: dict[str, dict[str, int]] = {"units": unit_counts(warehouse, study, units, treated)}
    models = load_models(FOLDER)
    counts |= _counts(warehouse, [model for model in models if model.name not in _BY_PERSON], params)
    by_person = [model for model in models if model.name in _BY_PERSON]
    for people in ranges:
        warehouse.restrict(people)
        for name, here in _counts(warehouse, by_person, params).items():
            counts[name] = {key: counts.get(name, {}).get(key, 0) + value for key, value in here.items()}
    warehouse.restrict(PersonRange())
    for name in ("listed_treated", "listed_comparison"):
        warehouse.drop_table(name)
    applied = [_finding(rule, counts[rule.check]) for rule in RULES if rule.applies(study)]
    found = sorted((finding for finding in applied if finding.count), key=lambda finding: finding.severity != "error")
    return ContractReport(tuple(found), tuple(finding.rule for finding in applied if not finding.count))


def _counts(warehouse: Warehouse, models: Sequence[Model], params: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """What the checks count, by name; the tables they share are gone afterwards."""
    counts: dict[str, dict[str, int]] = {}
    for model in models:
        if model.is_check:
            counts[model.name] = warehouse.violations(model, params)
        else:
            warehouse.run(model, params)
    for model in models:
        if not model.is_check:
            warehouse.drop_table(model.name)
    return counts


def _codes(codes: Iterable[str]) -> pa.Table:
    return pa.table({"municipality": pa.array(sorted(set(codes)), pa.string())})


def _finding(rule: Rule, counts: dict[str, int]) -> Finding:
    return Finding(
        rule=rule.name, table=rule.table, column=rule.column, severity=rule.severity, says=rule.says,
        count=counts[rule.count], of=counts[rule.of], unit=rule.unit, treatment=rule.treatment, remedy=rule.remedy,
    )  # fmt: skip
