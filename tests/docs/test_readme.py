"""The README as a reader uses it: blocks run in order, commands and files exist, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from lib.command import done, ipscausal

from ipscausal.study import Study

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_first_screen_holds_what_a_newcomer_needs() -> None:
    screen = "\n".join(README.splitlines()[:40])
    assert "What did rolling out Individual Placement and Support" in screen
    assert "make demo" in screen
    assert "make test" in screen
    assert "extracts -> contract -> person_year -> municipality_year -> estimate -> inference" in screen
    assert "![" in screen
    assert "## Your own extracts" in screen


def test_blocks_run_in_order_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for text in blocks("bash") for line in text.splitlines() if line.startswith("ipscausal ")]
    assert len(lines) == 3
    for line in lines:
        done(*shlex.split(line)[1:])
    (script,) = blocks("python")
    result = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "workdays" in result.stdout


def test_the_outcomes_shown_count_on_the_registry_of_init(tmp_path: Path) -> None:
    done("init", "--out", tmp_path / "start")
    (shown,) = [text for text in blocks("toml") if "[[outcome.define]]" in text]
    own = (tmp_path / "start/study.toml").read_text(encoding="utf-8")
    also = re.search(r"^also = .*$", shown, re.MULTILINE)
    assert also is not None
    own = re.sub(r"^also = .*$", also[0], own, count=1, flags=re.MULTILINE)
    study = tmp_path / "study.toml"
    study.write_text(own + "\n" + shown[shown.index("[[outcome.define]]") :], encoding="utf-8")
    done("check", "--study", study, "--extracts", tmp_path / "start/extracts")


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", "\n".join(blocks("bash")), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_plain_pip_lines_are_those_of_the_makefile() -> None:
    (windows,) = blocks("bat")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m venv .venv" in windows
    assert "-c constraints.txt ." in windows
    assert "--constraint constraints.txt" in makefile
    assert "ipscausal demo --out demo" in windows


def test_the_table_of_commands_is_complete_and_every_option_exists() -> None:
    rows = re.findall(r"^\| `ipscausal (\w+)([^`]*)` \|", README, re.MULTILINE)
    listed = re.findall(r"^  (\w+)  ", ipscausal("--help").stdout.split("Commands:")[1], re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(listed)
    for name, options in rows:
        known = ipscausal(name, "--help").stdout
        for option in re.findall(r"--[\w-]+", options):
            assert option in known, f"{name} {option}"


def test_links_and_pictures_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert targets
    for target in targets:
        assert target.startswith("http") or (ROOT / target.partition("#")[0]).exists(), target


def test_a_rule_is_decided_where_the_table_says() -> None:
    """Each name stands in the file before it; each key is one of the study file."""
    table = README.split("## Where a rule is decided")[1].split("\n## ")[0]
    named = re.findall(r"\]\((src/[^)]+\.py)\) `(\w+)`", table)
    assert len(named) > 12
    for path, name in named:
        assert re.search(rf"^(def |class )?{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), name
    for section, key in re.findall(r"`(\w+)\.(\w+)`", table.replace("language.catalogue", "")):
        assert key in Study.model_fields[section].annotation.model_fields, key  # type: ignore[union-attr]


def test_what_it_does_not_do_is_refused_and_not_ignored() -> None:
    from ipscausal.errors import StudyError
    from ipscausal.study_file import parse_study

    with pytest.raises(StudyError, match="is not valid here"):
        parse_study('[report]\nlanguages = ["da"]\n')
