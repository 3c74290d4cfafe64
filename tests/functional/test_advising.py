"""`calibrate` and `power` as a user runs them."""

import csv
import json
from pathlib import Path
from typing import Any

from lib.command import as_json, done, ipscausal

POWER = ("--years-before", 6, "--years-after", 4, "--persons", 300, "--person-sd", 85, "--shock-sd", 2, "--rho", 0.4)


def test_calibrate_names_a_method_without_the_outcomes_of_the_treated(registry: Any, tmp_path: Path) -> None:
    out = tmp_path / "calibration"
    result = done("calibrate", *registry.arguments, "--draws", 120, "--out", out)
    assert "120 copies of the panel" in result.stdout
    assert "advisor" in result.stderr
    document = as_json(done("calibrate", *registry.arguments, "--draws", 120, "--json"))
    assert f"Primary {document['primary']}, companion {document['companion']}" in result.stdout
    advice = json.loads((out / "restricted/advice.json").read_text(encoding="ascii"))
    assert advice["digest"] == document["digest"]
    with (out / "restricted/calibration.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["method"] for row in rows] == [row["method"] for row in document["calibration"]]
    assert {"false_positive_rate", "rate_low", "rate_high", "mde", "placebo_space_k"} <= set(rows[0])
    assert "power" not in rows[0], "no effect was looked at"


def test_a_run_says_how_its_methods_were_chosen(finished: Path, registry: Any) -> None:
    facts = json.loads((finished / "restricted/results.json").read_text(encoding="ascii"))["facts"]
    assert facts["advice"]["decided_on"] == "calibration"
    assert facts["advice"]["draws"] == 100
    document = as_json(done("calibrate", *registry.arguments, "--json"))
    assert document["digest"] == facts["advice"]["digest"], "the same study is decided alike by both commands"
    assert facts["primary_method"] == document["primary"]


def test_calibrate_leaves_a_run_alone(registry: Any, finished: Path) -> None:
    refused = ipscausal("calibrate", *registry.arguments, "--out", finished)
    assert refused.returncode == 2
    assert (finished / "release").exists()


def test_a_fixed_method_is_kept(registry: Any, tmp_path: Path) -> None:
    fixed = registry.with_study(tmp_path, ('primary = "advise"', 'primary = "re_did"'))
    document = as_json(done("calibrate", *fixed.arguments, "--json"))
    assert (document["primary"], document["decided_on"]) == ("re_did", "plan")


def test_power_needs_no_data() -> None:
    result = done("power", "--treated", "1,2,3", "--controls", "10,30", *POWER)
    lines = [line for line in result.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert len(lines) == 6
    designs = as_json(done("power", "--treated", "1,2,3", "--controls", "10,30", *POWER, "--json"))["designs"]
    assert [design["treated"] for design in designs] == [1, 1, 2, 2, 3, 3]
    assert designs[0]["mde"] > designs[-1]["mde"]
    assert "reads nothing" in done("power", "--treated", "1", "--controls", "10", *POWER, "--dry-run").stdout


def test_power_refuses_what_is_no_number_and_no_design() -> None:
    wrong = ipscausal("power", "--treated", "one", "--controls", "10", *POWER)
    assert wrong.returncode == 2
    assert "1,2,3" in wrong.stderr
    nothing = ipscausal("power", "--treated", "0", "--controls", "10", *POWER)
    assert nothing.returncode == 2
    assert "nothing to judge by" in nothing.stderr
