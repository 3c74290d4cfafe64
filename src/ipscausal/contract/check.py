"""Run every check and report all rules at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ipscausal.contract.completeness import CHECK, LAST_YEAR_RULES, PROFILES, whole_years
from ipscausal.contract.municipality_rules import MUNICIPALITY_RULES
from ipscausal.contract.outcome_rules import CHECK_BENEFIT, NAMED_BENEFIT, OUTCOME_RULES, benefits_named
from ipscausal.contract.report import ContractReport, Finding
from ipscausal.contract.rollout_rules import ROLLOUT_RULES
from ipscausal.contract.rules import BENEFIT_RULES, EMPLOYMENT_RULES, PERSON_RULES, RESIDENCE_RULES, Rule
from ipscausal.contract.unit_counts import unit_counts
from ipscausal.contract.unit_rules import CHANGES, UNIT_RULES
from ipscausal.extracts import coverage, parameters, units_map
from ipscausal.reforms import unit_of
from ipscausal.study import Study
from ipscausal.warehouse import Model, PersonRange, Warehouse, load_models

RULES = (
    *PERSON_RULES, *RESIDENCE_RULES, *BENEFIT_RULES, *EMPLOYMENT_RULES, *ROLLOUT_RULES, *MUNICIPALITY_RULES,
    *UNIT_RULES, *LAST_YEAR_RULES, *OUTCOME_RULES,
)  # fmt: skip
FOLDER = "checks"
_EVERYBODY = (PersonRange(),)
# what reads it compares rows of one person with each other: that takes memory, and adds up over ranges of persons
_RECIPIENT = "recipient"


def check(warehouse: Warehouse, study: Study, ranges: Sequence[PersonRange] = _EVERYBODY) -> ContractReport:
    """Count the violations of every rule in the registered extracts (`extracts.register` comes first).

    ranges: of persons, counted one after the other where a rule compares rows of the same person.

    Nothing is repaired and nothing but counts leaves the engine. Raises no ContractError: see
    `ContractReport.raise_for_errors`.
    """
    study, missing_months = whole_years(warehouse, study)
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
    warehouse.register_table("declared_break", pa.table({"year": pa.array(study.outcome.break_years, pa.int32())}))
    kinds = pa.array(study.outcome.excluded_job_kinds, pa.string())
    warehouse.register_table("excluded_job_kind", pa.table({"job_kind": kinds}))
    params = {
        **parameters(study),
        "prices_of": study.outcome.prices_of,
        "first_treated_year": design.first_treated_year,
        "all_treated": int(design.treated == "rollout"),
        "all_compared": int(design.comparison != "listed"),
    }
    counts: dict[str, dict[str, int]] = {"units": unit_counts(warehouse, study, units, treated)}
    counts[CHECK] = missing_months
    counts[CHECK_BENEFIT], absent = _named_benefits(warehouse, study)
    models = [model for model in load_models(FOLDER) if model.name not in (CHECK, CHECK_BENEFIT, *PROFILES)]
    by_person = _by_person(models)
    counts |= _counts(warehouse, [model for model in models if model not in by_person], params)
    rows = Counter[str]()
    for number, people in enumerate(ranges, start=1):
        if len(ranges) > 1:
            warehouse.progress(f"{FOLDER}/range {number} of {len(ranges)}")
        warehouse.restrict(people)
        for name, here in _counts(warehouse, by_person, params).items():
            counts[name] = {key: counts.get(name, {}).get(key, 0) + value for key, value in here.items()}
        rows.update({model.name: warehouse.ran[model.name] for model in by_person if not model.is_check})
    warehouse.ran.update(rows)
    warehouse.restrict(PersonRange())
    small = ("listed_treated", "listed_comparison", "declared_break", "excluded_job_kind")
    for name in (*small, "code_person", *PROFILES):
        warehouse.drop_table(name)
    applied = [_finding(rule, counts[rule.check], absent) for rule in RULES if _is_asked(rule, study)]
    return _report(applied, study)


def check_units(warehouse: Warehouse, study: Study) -> ContractReport:
    """The rules of changed codes and of joined units alone, from the registered extracts."""
    units = units_map(warehouse, study)
    counts = {"units": unit_counts(warehouse, study, units, coverage(warehouse, study, units))}
    counts |= _counts(warehouse, [one for one in load_models(FOLDER) if one.name == CHANGES], parameters(study))
    warehouse.drop_table("code_person")
    return _report(
        [_finding(r, counts[r.check], ()) for r in UNIT_RULES if r.check in counts and r.applies(study)], study
    )


def _report(applied: Sequence[Finding], study: Study) -> ContractReport:
    found = sorted((finding for finding in applied if finding.count), key=lambda finding: finding.severity != "error")
    return ContractReport(tuple(found), tuple(one.rule for one in applied if not one.count), study.last_year)


def _by_person(models: Sequence[Model]) -> list[Model]:
    """Those about recipients, by what they read; `models` in the order they run."""
    names = {_RECIPIENT}
    for model in models:
        if names & set(model.reads):
            names.add(model.name)
    return [model for model in models if model.name in names]


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


def _is_asked(rule: Rule, study: Study) -> bool:
    """Whether a rule is about something the study reads: without a benefit no row of benefits is."""
    asked = rule.table != "benefits" or rule.name == NAMED_BENEFIT or study.population.benefit is not None
    return asked and rule.applies(study)


def _codes(codes: Iterable[str]) -> pa.Table:
    return pa.table({"municipality": pa.array(sorted(set(codes)), pa.string())})


def _named_benefits(warehouse: Warehouse, study: Study) -> tuple[dict[str, int], list[str]]:
    """Counts of the benefits that outcomes name, and the outcomes whose benefit no row has."""
    [model] = [model for model in load_models(FOLDER) if model.name == CHECK_BENEFIT]
    found = {
        name: warehouse.violations(model, {"named_benefit": benefit}) for name, benefit in benefits_named(study).items()
    }
    absent = [name for name, here in found.items() if here["absent"]]
    return {"outcomes": len(found), "absent": len(absent)}, absent


def _finding(rule: Rule, counts: dict[str, int], absent: Sequence[str]) -> Finding:
    """absent: outcomes of the study whose benefit no row has; they are told by name."""
    says = f"{rule.says} ({', '.join(absent)})" if rule.name == NAMED_BENEFIT else rule.says
    count, of = counts[rule.count], counts[rule.of]
    return Finding(
        rule=rule.name, table=rule.table, column=rule.column, severity=rule.severity, says=says,
        count=count if count > rule.beyond * of else 0, of=of, unit=rule.unit, treatment=rule.treatment,
        remedy=rule.remedy,
    )  # fmt: skip
