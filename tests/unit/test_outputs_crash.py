"""A command cut off after any single file-system step leaves whole outputs behind.

A child process is stopped dead (no cleanup runs) after its n-th step, for every n; what it left
is judged before and after the next command has had its turn.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipscausal import outputs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="children are made with fork")

PARTS = ("restricted", "release", "report")
STEPS = ("replace", "fsync", "unlink", "rmdir", "mkdir", "open")
KILLED = 9


def write_run(out: Path, text: str, parts: tuple[str, ...] = PARTS) -> None:
    with outputs.transaction(out, parts) as staging:
        for part in parts:
            for name in ("a.txt", "b.txt"):
                (staging.part(part) / name).write_text(text)
        staging.commit(described(text))


def described(text: str) -> dict[str, object]:
    study = {"id": text, "fingerprint": "9f2c", "plan": "draft"}
    return {"command": "run", "study": study, "python": "3.11", "started": "2026-11-22", "finished": "2026-11-22"}


def in_child_stopped_after(step: int, action: Callable[[], None]) -> int:
    """Exit status of a child that runs `action` and dies after `step` file-system calls."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = step

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def wrapper(*args: object, **kwargs: object) -> object:
            nonlocal left
            result = call(*args, **kwargs)
            left -= 1
            if left == 0:
                os._exit(KILLED)
            return result

        return wrapper

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    action()
    os._exit(0)


def said(out: Path) -> dict[str, str]:
    """What each part and the manifest say; a part whose files disagree fails here."""
    found = {}
    for part in PARTS:
        files = sorted((out / part).glob("*.txt")) if (out / part).exists() else []
        texts = {file.read_text() for file in files}
        assert len(texts) <= 1, f"{part} is half one run and half the other"
        if texts:
            assert len(files) == 2
            found[part] = texts.pop()
    manifest = out / "manifest.json"
    if manifest.exists():
        found["manifest"] = json.loads(manifest.read_text())["study"]["id"]
    crate = out / "ro-crate-metadata.json"
    if crate.exists():
        graph = json.loads(crate.read_text())["@graph"]
        found["crate"] = next(entity["name"] for entity in graph if entity["@id"] == "./").removeprefix("ipscausal: ")
    return found


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize("parts", [PARTS, ("report",)])
def test_outputs_are_all_old_or_all_new_after_a_crash_at_any_step(tmp_path: Path, parts: tuple[str, ...]) -> None:
    first = tmp_path / "first"
    write_run(first, "old")
    old = dict.fromkeys((*PARTS, "manifest", "crate"), "old")
    new = {**old, **dict.fromkeys((*parts, "manifest", "crate"), "new")}
    outcomes = []
    step, status = 0, KILLED
    while status == KILLED:
        step += 1
        out = tmp_path / f"out{step}"
        shutil.copytree(first, out)
        status = in_child_stopped_after(step, lambda out=out: write_run(out, "new", parts))  # type: ignore[misc]
        left = said(out)
        if left not in (old, new):
            assert (out / ".ipscausal" / "sealed.json").exists(), f"step {step}: mixed and not recognisable"
        with outputs.transaction(out, PARTS):
            pass
        after = said(out)
        assert after in (old, new), f"step {step}"
        assert left != new or after == new, f"step {step}: a finished command was undone"
        outputs.require_whole(out, parts, "")
        assert {path.name for path in out.iterdir()} == {*PARTS, "manifest.json", "ro-crate-metadata.json"}
        outcomes.append(after == new)
        shutil.rmtree(out)
    assert status == 0
    assert outcomes == sorted(outcomes), "once sealed, always carried through"
    assert {True, False} == set(outcomes)
    assert step > 30


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_the_repair_itself_may_be_cut_off(tmp_path: Path) -> None:
    first = tmp_path / "first"
    write_run(first, "old")
    step, status = 0, KILLED
    while True:  # the last step before the marker is gone: everything still has to be moved
        step += 1
        sealed = tmp_path / f"sealed{step}"
        shutil.copytree(first, sealed)
        in_child_stopped_after(step, lambda out=sealed: write_run(out, "new"))  # type: ignore[misc]
        if (sealed / ".ipscausal" / "sealed.json").exists():
            break
    repair = 0
    while status == KILLED:
        repair += 1
        out = tmp_path / f"repair{repair}"
        shutil.copytree(sealed, out)

        def another(out: Path = out) -> None:
            with outputs.transaction(out, PARTS):
                pass

        status = in_child_stopped_after(repair, another)
        another()
        assert said(out) == dict.fromkeys((*PARTS, "manifest", "crate"), "new"), f"repair cut off after step {repair}"
    assert repair > 10
