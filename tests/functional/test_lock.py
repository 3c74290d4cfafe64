"""A plan from its lock to the deviations that a run reports everywhere, with one run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lib.command import as_json, done, ipscausal

if TYPE_CHECKING:
    from conftest import Registry

LOCKED = ('status = "draft"', 'status = "locked"')


def test_a_run_asks_for_the_lock_and_reports_what_is_not_as_planned(registry: Registry, tmp_path: Path) -> None:
    planned = registry.with_study(tmp_path)
    told = done("lock", "--study", planned.study)
    lock = tmp_path / "study.locked.toml"
    digest = told.stdout.split("sha256 ")[1].split()[0]
    assert 'Set plan.status = "locked" in study.toml; it says "draft".' in " ".join(told.stdout.split())
    again = ipscausal("lock", "--study", planned.study)
    assert (again.returncode, "this plan is locked already" in again.stderr) == (2, True)

    alone = tmp_path / "alone"
    alone.mkdir()
    without = ipscausal("run", *registry.with_study(alone, LOCKED).arguments, "--out", alone / "out")
    assert (without.returncode, "study.locked.toml: there is no such lock" in without.stderr) == (2, True)
    assert not (alone / "out").exists()

    used = registry.with_study(tmp_path, LOCKED, ("gap_months = 0", "gap_months = 2"))
    result = done("run", *used.arguments, "--out", tmp_path / "out")
    assert "population.gap_months: 0 -> 2 (" in " ".join(result.stdout.split())
    facts = json.loads((tmp_path / "out/release/facts.json").read_text(encoding="ascii"))["facts"]
    assert [(one["key"], one["planned"], one["used"]) for one in facts["deviations"]] == [
        ("population.gap_months", "0", "2")
    ]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert facts["plan"]["sha256"] == manifest["plan"]["sha256"] == digest
    assert manifest["deviations"] == facts["deviations"]
    page = (tmp_path / "out/report/report.en.html").read_text(encoding="utf-8")
    assert "1 choice is not as planned." in page
    assert "population.gap_months" in page

    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.replace("population.gap_months = 0", "population.gap_months = 2"), encoding="utf-8")
    edited = ipscausal("run", *used.arguments, "--out", tmp_path / "out", "--dry-run")
    assert (edited.returncode, "the lock has been edited since it was written" in edited.stderr) == (2, True)


def test_a_lock_in_json_and_dry(registry: Registry, tmp_path: Path) -> None:
    study = shutil.copy(registry.study, tmp_path / "study.toml")
    dry = as_json(done("lock", "--study", study, "--json", "--dry-run"))
    assert dry["writes"] == [str(tmp_path / "study.locked.toml")]
    assert not (tmp_path / "study.locked.toml").exists()
    found = as_json(done("lock", "--study", study, "--json"))
    assert (len(found["sha256"]), found["lock"]) == (64, str(tmp_path / "study.locked.toml"))
