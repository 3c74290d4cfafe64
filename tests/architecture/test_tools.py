"""Linter, formatter, type checker and import contracts are part of the suite."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("mypy", "--no-incremental"),
        ("lint-imports", "--no-cache"),
    ],
    ids=["ruff-check", "ruff-format", "mypy", "lint-imports"],
)
def test_tool_is_satisfied(command: tuple[str, ...]) -> None:
    done = run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("estimate", "from ipscausal.warehouse import open_warehouse"),
        ("inference", "import ipscausal.municipality_year"),
        ("report", "from ipscausal.estimate import did"),
        ("person_year", "import duckdb"),
        ("errors", "import ipscausal.study"),
        ("disclosure", "import synthetic_registry"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, room: str, line: str) -> None:
    """The contracts can fail: each kind of forbidden import, written into a copy, is named."""
    for package in ("src/ipscausal", "synthetic_registry"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT / "src" if package.startswith("src") else ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    target = tmp_path / "ipscausal" / room
    path = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()"
    done = run(sys.executable, "-c", code, "--no-cache", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_every_tested_version_is_pinned() -> None:
    from importlib.metadata import requires
    from re import match

    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0] for line in pins if not line.startswith("#")}
    assert all("==" in line for line in pins if not line.startswith("#"))
    wanted = {match(r"[A-Za-z0-9-]+", line)[0].lower() for line in requires("ipscausal") or []}  # type: ignore[index]
    assert wanted <= pinned


def test_warnings_are_errors_and_slow_tests_wait_for_their_own_command() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert options["filterwarnings"][0] == "error"
    assert "not slow" in options["addopts"]
