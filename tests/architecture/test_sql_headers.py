"""Every file of `sql/` is one SELECT that does what its header says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ipscausal.errors import WarehouseError
from ipscausal.warehouse import load_models, sql_folder
from ipscausal.warehouse.models import Model, read_model

FOLDERS = ("0_units", "1_staging", "2_person_year", "3_municipality_year", "checks")
FILES = sorted(sql_folder().rglob("*.sql"))
MODELS = {path.stem: read_model(path) for path in FILES}
# what each folder may read besides its own models and registered tables
EARLIER = {
    "0_units": (),
    "1_staging": (),
    "2_person_year": ("1_staging",),
    "3_municipality_year": ("1_staging", "2_person_year"),
    "checks": ("0_units",),
}
# jobs are staged once the population is known: the employment files are read once, and for its persons only
AFTER_POPULATION = {"stg_employment": ("2_person_year",)}
LONGEST = 120


def statements(sql: str) -> list[duckdb.Statement]:
    return duckdb.connect().extract_statements(sql)


def tree(sql: str) -> dict[str, Any]:
    connection = duckdb.connect()
    text = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()[0][0]
    return json.loads(text)["statements"][0]["node"]


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def tables_read(sql: str) -> set[str]:
    """Base tables of a statement; a table reached under its own name from a CTE of that name counts."""
    root = tree(sql)
    ctes = {entry["key"] for node in walk(root) for entry in node.get("cte_map", {}).get("map", [])}
    read: set[str] = set()

    def visit(node: Any, hidden: frozenset[str]) -> None:
        if isinstance(node, list):
            for child in node:
                visit(child, hidden)
        if not isinstance(node, dict):
            return
        if node.get("type") == "BASE_TABLE" and node["table_name"] not in hidden:
            read.add(node["table_name"])
        entries = node.get("cte_map", {}).get("map", [])
        visible = set(hidden)
        for entry in entries:
            # a CTE sees those before it, never itself
            visit(entry["value"], frozenset(visible))
            visible.add(entry["key"])
        for name, child in node.items():
            if name != "cte_map":
                visit(child, frozenset(visible))

    visit(root, frozenset())
    assert ctes or read
    return read


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
class TestEachFile:
    def test_is_one_select_below_the_length_limit(self, path: Path) -> None:
        found = statements(path.read_text())
        assert [str(statement.type) for statement in found] == ["StatementType.SELECT"]
        assert len(path.read_text().splitlines()) < LONGEST

    def test_binds_the_parameters_it_declares(self, path: Path) -> None:
        model = read_model(path)
        assert statements(model.sql)[0].named_parameters == set(model.params)

    def test_reads_the_tables_it_declares(self, path: Path) -> None:
        model = read_model(path)
        assert tables_read(model.sql) == set(model.reads)

    def test_names_every_column_of_its_result(self, path: Path) -> None:
        stars = [
            node for node in walk(tree(path.read_text())["select_list"] if is_plain(path) else tree(path.read_text()))
            if node.get("type") == "STAR"
        ]  # fmt: skip
        assert stars == []

    def test_says_what_a_row_means(self, path: Path) -> None:
        model = read_model(path)
        assert model.folder in FOLDERS
        assert model.grain.startswith("one row")
        assert len(model.meaning.split()) >= 5

    def test_reads_its_own_folder_and_those_before_it(self, path: Path) -> None:
        model = read_model(path)
        allowed = {model.folder, *EARLIER[model.folder], *AFTER_POPULATION.get(model.name, ())}
        folders = {MODELS[name].folder for name in model.reads if name in MODELS}
        assert folders <= allowed

    def test_uses_nothing_that_differs_between_engines(self, path: Path) -> None:
        sql = "\n".join(line for line in path.read_text().lower().splitlines() if not line.startswith("--"))
        # days between two dates are the same everywhere; years and months are not
        words = (
            "hugeint|asof|pivot|list|list_\\w+|avg|dayofweek|isodow|date_diff(?!\\('day')|datediff|quantile_cont|hash"
        )
        banned = rf"\b({words}|macro)\b"
        assert re.findall(banned, sql) == []


def is_plain(path: Path) -> bool:
    """Whether the result is one select, not a union of several."""
    return "select_list" in tree(path.read_text())


def test_model_names_are_unique_over_all_folders() -> None:
    assert len(MODELS) == len(FILES)


@pytest.mark.parametrize("folder", FOLDERS)
def test_models_run_after_those_they_read(folder: str) -> None:
    ordered = [model.name for model in load_models(folder)]
    for model in load_models(folder):
        own = [name for name in model.reads if name in ordered]
        assert all(ordered.index(name) < ordered.index(model.name) for name in own)


def test_star_and_undeclared_table_are_seen() -> None:
    sql = "with a as (select x from t1), t2 as (select x from t2) select * from a join t2 on a.x = t2.x"
    assert tables_read(sql) == {"t1", "t2"}
    assert any(node.get("type") == "STAR" for node in walk(tree(sql)["select_list"]))


def test_incomplete_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.sql"
    path.write_text("-- model: m\n-- grain: one row per x (x)\n-- reads: t\nselect x from t\n")
    with pytest.raises(WarehouseError, match="incomplete model header"):
        read_model(path)


def test_check_has_the_grain_one_row(tmp_path: Path) -> None:
    path = tmp_path / "c.sql"
    path.write_text("-- model: c\n-- grain: one row\n-- reads: none\n-- params: none\nselect 1 as total\n")
    model = read_model(path)
    assert model.is_check
    assert isinstance(model, Model)
    assert (model.key, model.reads, model.params) == ((), (), ())
