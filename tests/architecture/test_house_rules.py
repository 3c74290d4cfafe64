"""Rules of the house that no linter knows, read from the syntax tree."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "src/ipscausal").rglob("*.py"))
GENERATOR = sorted((ROOT / "synthetic_registry").rglob("*.py"))
SQL_TEXT = re.compile(
    r"\b(select\s.+\sfrom|insert\s+into|create\s+(or\s+replace\s+)?(table|view)|delete\s+from|read_parquet\s*\(|drop\s+table)\b",
    re.IGNORECASE | re.DOTALL,
)


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def built_text(node: ast.AST) -> str:
    """Literal parts of a text that is put together at run time, else nothing."""
    if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
        return " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Add)):
        sides = [side.value for side in (node.left, node.right) if isinstance(side, ast.Constant)]
        return " ".join(side for side in sides if isinstance(side, str))
    return ""


def test_no_sql_is_built_from_strings() -> None:
    found = [place(path, node) for path in PACKAGE for node in nodes(path) if SQL_TEXT.search(built_text(node))]
    # identifiers cannot be bound: creating and dropping a table whose name is a file's own or ours are the exceptions
    engine = ROOT / "src/ipscausal/warehouse/engine.py"
    named = ("create or replace table ", "drop table if exists ")
    wrap = [place(engine, node) for node in nodes(engine) if built_text(node).lstrip().startswith(named)]
    assert len(wrap) <= len(named)
    assert [where for where in found if where not in wrap] == []


def test_the_sql_rule_can_fail() -> None:
    (node,) = (n for n in ast.walk(ast.parse('f"select {x} from t"')) if isinstance(n, ast.JoinedStr))
    assert SQL_TEXT.search(built_text(node))


@pytest.mark.parametrize("module", ["socket", "urllib", "http", "requests", "ftplib", "smtplib", "pickle", "shelve"])
def test_nothing_of_ours_reaches_the_network_or_unpickles(module: str) -> None:
    found = []
    for path in [*PACKAGE, *GENERATOR]:
        for node in nodes(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [place(path, node) for name in names if name.split(".")[0] == module]
    assert found == []


def test_only_the_command_line_prints() -> None:
    """A print is a log, and a log is another privacy level than an output."""
    found = [
        place(path, node)
        for path in PACKAGE
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        and path.name not in {"cli.py"} and "cli" not in path.parts
    ]  # fmt: skip
    assert found == []


def doors() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Functions other rooms may call: those a package exports, and the public ones of single-file rooms."""
    for path in PACKAGE:
        room = path.relative_to(ROOT / "src/ipscausal").parts[0]
        exported: set[str] | None = None
        if not room.endswith(".py"):
            door = (ROOT / "src/ipscausal" / room / "__init__.py").read_text(encoding="utf-8")
            exported = set(re.findall(r'"(\w+)"', door))
        for node in nodes(path):
            named = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if named and (exported is None or node.name in exported):
                yield path, node


def test_public_functions_take_no_boolean_flags_and_few_arguments() -> None:
    found = list(doors())
    assert len(found) > 40
    flags = [
        place(path, node)
        for path, node in found
        for a in [*node.args.args, *node.args.kwonlyargs]
        if isinstance(a.annotation, ast.Name) and a.annotation.id == "bool"
    ]
    assert flags == []
    assert [place(path, node) for path, node in found if len(node.args.args) > 7] == []


LAZY = [
    "pandas", "duckdb", "pyarrow", "matplotlib", "scipy", "statsmodels", "linearmodels", "numpy", "holidays", "jinja2",
    "pydantic",
]  # fmt: skip


@pytest.mark.parametrize(("module", "heavy"), [("ipscausal", LAZY), ("ipscausal.cli", LAZY)])
def test_heavy_imports_wait_until_they_are_needed(module: str, heavy: list[str]) -> None:
    code = f"import {module}, sys; print(' '.join(m for m in {heavy!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_importing_changes_no_logger_and_no_warning_filter() -> None:
    # what the packages below us do on import is theirs
    code = """
import logging, warnings, duckdb, numpy, pydantic, pyarrow, scipy.sparse, scipy.stats, typer
def state(): return list(warnings.filters), logging.root.level, logging.root.handlers[:]
before = state()
import ipscausal, ipscausal.cli.commands, ipscausal.pipeline, ipscausal.study_file, synthetic_registry
assert before == state()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
