"""Declarations, rules, checks and dictionary say the same."""

from __future__ import annotations

import inspect

from ipscausal.contract import RULES, TABLES, dictionary, unit_counts
from ipscausal.warehouse import load_models

# an empty code counts as unknown; a person without sex stays; both have a rule of another name
EMPTY_CELLS = {
    ("persons", "birth_date"): "persons_birth_unknown",
    ("persons", "sex"): "persons_sex_unknown",
    ("residence", "municipality"): "residence_unknown",
    ("rollout", "municipality"): "rollout_malformed",
    ("rollout", "start_date"): "rollout_start_malformed",
    ("benefits", "benefit"): "benefits_empty_year",
    ("municipalities", "municipality"): "comparison_status_unknown",
    ("neighbours", "municipality"): "neighbours_malformed",
    ("neighbours", "neighbour"): "neighbours_malformed",
    ("municipality_changes", "old_code"): "changes_malformed",
    ("municipality_changes", "new_code"): "changes_one_sided",
    ("municipality_changes", "date"): "changes_date_malformed",
    ("price_index", "year"): "price_index_malformed",
    ("price_index", "index"): "price_index_malformed",
}


def test_every_column_that_must_be_filled_has_a_rule() -> None:
    names = {rule.name for rule in RULES}
    for table in TABLES:
        for column in table.columns:
            if column.filled:
                short = column.name.removesuffix("_id").removesuffix("_date")
                rule = EMPTY_CELLS.get((table.name, column.name), f"{table.name}_{short}_missing")
                assert rule in names, (table.name, column.name)


def test_rules_point_at_counts_that_exist() -> None:
    checks = {model.name: model for model in load_models("checks") if model.is_check}
    counted = inspect.getsource(unit_counts)
    for rule in RULES:
        for name in (rule.count, rule.of):
            where = f'"{name}":' in counted if rule.check == "units" else f" {name}" in checks[rule.check].sql
            assert where, rule.name
    assert {rule.check for rule in RULES} == {"units", *checks}


def test_rules_concern_declared_tables_and_columns() -> None:
    declared = {table.name: {column.name for column in table.columns} | {""} for table in TABLES}
    for rule in RULES:
        assert rule.column in declared[rule.table], rule.name
        assert rule.treatment != "", rule.name
        assert (rule.treatment == "stops the run") == (rule.severity == "error"), rule.name


def test_a_rule_has_one_meaning_per_study() -> None:
    names = [rule.name for rule in RULES]
    repeated = {name for name in names if names.count(name) > 1}
    assert repeated == {"rollout_ended", "mixed_units"}


def test_dictionary_lists_every_column_and_rule() -> None:
    text = dictionary()
    for table in TABLES:
        assert f"## {table.name}\n" in text
        for column in table.columns:
            assert f"| `{column.name}` |" in text
    for rule in RULES:
        assert f"| {rule.says} | {rule.severity} | {rule.treatment} |" in text
    assert (
        "| `sex` | text or integer | yes | Sex. "
        "Known values: 2, f, k, w, female, kvinne, woman, 1, m, male, mann, man. |" in text
    )
