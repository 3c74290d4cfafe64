"""kill -9 in the middle of a run: the earlier outputs stay whole, and the next run works."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lib.command import BIN, done, ipscausal

from ipscausal import outputs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX thing")
PARTS = ("restricted", "release", "report")
COUNTED = ("extracts", "contract", "person_year", "municipality_year", "writing")
STAGES = (*COUNTED, "estimate", "disclosure", "report")


def run_name(out: Path) -> str:
    """Name of the run whose outputs the folder holds, after checking every byte of every part."""
    return str(outputs.require_whole(out, PARTS, "")["parts"]["release"])


def test_killed_at_every_stage(registry: Any, copy: Path, until: Callable[..., None]) -> None:
    out = copy
    first = run_name(out)
    for stage in STAGES:
        command = [str(BIN / "ipscausal"), "run", *map(str, registry.arguments), "--out", str(out)]
        # counting is gone through again; what comes after it uses what is counted
        command += ["--fresh"] if stage in COUNTED else []
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
            until(child, stage)
            child.kill()
        assert child.returncode == -9
        assert (out / ".ipscausal/lock").exists(), stage
        assert run_name(out) == first, stage
    assert ipscausal("report", "--out", out).returncode == 0
    assert not (out / ".ipscausal").exists()
    done("run", *registry.arguments, "--out", out)
    assert run_name(out) != first


def test_killed_at_random_moments_around_the_move(copy: Path, until: Callable[..., None]) -> None:
    """`release` is short, so its move is hit often; whatever is left, the next command makes it whole."""
    out = copy
    for number in range(5):
        command = [str(BIN / "ipscausal"), "release", "--out", str(out)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
            until(child, "disclosure")
            time.sleep(0.3 * number)
            child.kill()
        done("report", "--out", out)
        run_name(out)


def test_a_second_run_waits_its_turn(registry: Any, tmp_path: Path, until: Callable[..., None]) -> None:
    out = tmp_path / "out"
    command = [str(BIN / "ipscausal"), "run", *map(str, registry.arguments), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        until(child, "contract")
        refused = ipscausal("run", *registry.arguments, "--out", out)
        assert refused.returncode == 2
        assert f"another ipscausal command (process {child.pid}) is writing" in refused.stderr
        child.communicate(timeout=120)
    assert child.returncode == 0
    assert json.loads((out / "manifest.json").read_text(encoding="ascii"))["command"] == "run"
