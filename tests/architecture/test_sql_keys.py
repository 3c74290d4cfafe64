"""A model whose rows are not compared with each other says by its outermost SELECT that no two share the key.

`Model.unproven_key` reads the text of the house; here the tree of the statement is asked.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlglot
from sqlglot import exp

from ipscausal.warehouse import load_models
from ipscausal.warehouse.models import Model

MODELS = [model for folder in ("0_units", "1_staging", "2_person_year", "3_municipality_year")
          for model in load_models(folder) if model.key]  # fmt: skip
TRUSTED = [model for model in MODELS if not model.unproven_key]


def is_proven(sql: str, key: tuple[str, ...]) -> bool:
    """Whether every row is another one in the columns of the key, whatever the tables hold."""
    root = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(root, exp.Select) or list(root.find_all(exp.Explode, exp.Unnest)):
        return False
    columns = {column.alias_or_name: column.unalias() for column in root.expressions}
    if root.args.get("distinct"):
        return set(columns) <= set(key)
    group = root.args.get("group")
    keyed = [columns.get(name) for name in key]
    return group is not None and all(expression in keyed for expression in group.expressions)


@pytest.mark.parametrize("model", TRUSTED, ids=lambda model: model.name)
def test_trusted_key_is_proven(model: Model) -> None:
    assert is_proven(model.sql, model.key)


def test_most_models_of_persons_are_trusted_or_compared() -> None:
    trusted = {model.name for model in TRUSTED}
    assert {"stg_residence", "home", "person_stay", "municipality_year_outcome"} <= trusted
    # these rest on what was delivered, or on other models: only their rows can tell
    assert not {"stg_person", "person_year_outcome", "employment_year"} & trusted


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("select a, b, max(c) as c from t\ngroup by a, b\n", "ab"),
        ("select t.a, max(c) as c from t\ngroup by t.a\n", "ab"),
        ("select distinct a, b\nfrom t\n", "ab"),
        ("with x as (\n    select a from t group by b\n)\n\nselect a, sum(n) as n from x\ngroup by a\n", "a"),
    ],
)
def test_grouping_by_columns_of_the_key_alone_is_trusted(sql: str, key: str) -> None:
    model = replace(MODELS[0], sql=sql, key=tuple(key))
    assert model.unproven_key == ()
    assert is_proven(sql, model.key)


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("select a, b, max(c) as c from t\ngroup by a, b, d\n", "ab"),
        ("select a, b from t\n", "ab"),
        ("select distinct a, b, c\nfrom t\n", "ab"),
        ("select a from t\ngroup by a\nunion all\nselect a from t\ngroup by a\n", "a"),
        ("with x as (\n    select a from t group by a\n)\n\nselect a from x inner join y on x.a = y.b\n", "a"),
    ],
)
def test_other_keys_are_compared(sql: str, key: str) -> None:
    model = replace(MODELS[0], sql=sql, key=tuple(key))
    assert model.unproven_key == model.key
    assert not is_proven(sql, model.key)


@pytest.mark.parametrize(
    "sql",
    [
        "select x as a, max(c) as c from t group by a, x",
        "select unnest(b) as a from t group by b",
        "select b as a from t group by c",
    ],
)
def test_a_name_alone_proves_nothing(sql: str) -> None:
    assert not is_proven(sql, ("a",))
