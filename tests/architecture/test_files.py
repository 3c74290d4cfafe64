"""Size, names and content of the files that make up the project."""

import re
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "synthetic_registry").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SQL = sorted((ROOT / "sql").rglob("*.sql"))
GRAB_BAGS = re.compile(r"^(utils?|misc|helpers?|common|extras?|tools|stuff|base|core)(_|$)|_(utils?|helpers?|misc)$")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def tracked() -> list[Path]:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("no git checkout: an unpacked source distribution has no tracked files")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_files_are_short() -> None:
    assert len(SOURCES) > 40
    assert names([path for path in [*SOURCES, *TESTS] if lines(path) > 400]) == []
    assert names([path for path in SQL if lines(path) > 120]) == []
    assert statistics.median(lines(path) for path in SOURCES) <= 150


def test_files_are_named_for_what_they_hold() -> None:
    assert names([path for path in [*SOURCES, *TESTS] if GRAB_BAGS.search(path.stem)]) == []
    folders = {path.parent.name for path in [*SOURCES, *SQL]}
    assert [name for name in folders if GRAB_BAGS.search(name)] == []


def test_test_files_have_unique_names() -> None:
    stems = [path.stem for path in TESTS if path.stem.startswith("test_")]
    assert sorted(stem for stem in set(stems) if stems.count(stem) > 1) == []
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_nothing_built_cached_or_personal_is_tracked() -> None:
    unwanted = re.compile(
        r"(^|/)(\.venv|build|dist|demo|__pycache__|\.[a-z_]+_cache)/|\.(pyc|whl|parquet|duckdb|egg-info)$|~$"
    )
    assert [name for name in names(tracked()) if unwanted.search(name)] == []
    assert [name for name in names(tracked()) if (ROOT / name).stat().st_size > 700_000] == []


def test_the_top_level_is_the_fixed_one() -> None:
    allowed = {
        "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt", ".ci", ".gitignore",
        "sql", "synthetic_registry", "src", "notebooks", "tests",
    }  # fmt: skip
    assert {Path(name).parts[0] for name in names(tracked())} <= allowed


# written in two halves, so that this file does not find itself
HOSTS = re.compile(
    "(index" + "-url|find" + '-links) *=|"resolved": *"http|registry *= *"http|https?://[^ "\'<>)]*/simple'
)
MACHINE = re.compile(r"(?<![A-Za-z0-9_.$<)}])/(work|root|farm|tmp/[a-z]+)/")
UNFINISHED = re.compile("raise NotImplemented" + "Error|TO" + "DO|FIX" + "ME|XX" + "X")


@pytest.mark.parametrize(
    ("pattern", "what"), [(HOSTS, "registry host"), (MACHINE, "machine path"), (UNFINISHED, "unfinished work")]
)
def test_tracked_text_is_free_of(pattern: re.Pattern[str], what: str) -> None:
    found = []
    for path in tracked():
        if path.suffix in {".gz", ".png", ".svg"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == [], what


def test_the_patterns_find_what_they_are_for() -> None:
    assert MACHINE.search("open('/" + "root/x')")
    assert MACHINE.search("cd /" + "tmp/ips/venv")
    assert not MACHINE.search("src/root/x")
    assert HOSTS.search("index" + "-url = https://example.org")
    assert GRAB_BAGS.search("date_utils")
    assert GRAB_BAGS.search("misc")
    assert not GRAB_BAGS.search("database")
