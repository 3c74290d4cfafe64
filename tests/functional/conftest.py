"""A small synthetic registry and one finished run of it, made once per worker."""

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
    assert text.count("calibration_draws = 2000") == 1
    # few copies of the panel: these tests are about commands, not about rates
    study.write_text(text.replace("calibration_draws = 2000", "calibration_draws = 100"), encoding="utf-8")
    return Registry(study, folder)


@pytest.fixture(scope="session")
def finished(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a run; read-only by agreement."""
    out = tmp_path_factory.mktemp("finished") / "results"
    done("run", *registry.arguments, "--out", out)
    return out


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
