"""A small synthetic registry and one finished run of it, made once per worker."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from lib.command import done

from synthetic_registry import write_registry


@dataclass(frozen=True, slots=True)
class Registry:
    study: Path
    extracts: Path

    @property
    def arguments(self) -> tuple[object, ...]:
        return ("--study", self.study, "--extracts", self.extracts)

    def with_study(self, folder: Path, *changes: tuple[str, str]) -> "Registry":
        """The same extracts with a changed study file."""
        text = self.study.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        changed = folder / "study.toml"
        changed.write_text(text, encoding="utf-8")
        return Registry(changed, self.extracts)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = write_registry("reference-study", 11, tmp_path_factory.mktemp("registry") / "extracts", 5000)
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    # few copies of the panel and one report: these tests are about commands, not about rates and pages
    for key, quick in (("calibration_draws", "100"), ("languages", '["en"]'), ("formats", '["html"]')):
        text, replaced = re.subn(rf"^{key} = .*$", f"{key} = {quick}", text, flags=re.MULTILINE)
        assert replaced == 1, key
    study.write_text(text, encoding="utf-8")
    return Registry(study, folder)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is done: its outputs, read-only by agreement, and what it told."""

    out: Path
    told: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def finished_run(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    out = tmp_path_factory.mktemp("finished") / "results"
    return Finished(out, done("run", *registry.arguments, "--out", out))


@pytest.fixture(scope="session")
def finished(finished_run: Finished) -> Path:
    """The outputs of a run; read-only by agreement."""
    return finished_run.out


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A finished run that a test may change; a run into it counts nothing again that the study does not change."""
    return Path(shutil.copytree(finished, tmp_path / "results"))


@pytest.fixture
def until() -> Callable[[subprocess.Popen[str], str], None]:
    """Wait until a running command announces a stage on stderr."""

    def wait(child: subprocess.Popen[str], stage: str) -> None:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("[") and line.split("] ")[1].strip().startswith(stage):
                return
        raise AssertionError(f"the command ended before {stage}")

    return wait
