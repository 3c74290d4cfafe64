"""Each exit code by something that deserves it, with what to do on stderr and nothing written."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lib.command import BIN, as_json, ipscausal

from ipscausal.cli import entry
from synthetic_registry import write_registry


def refused(code: int, *arguments: object) -> str:
    """stderr of a command that ends with `code`, says what to do and shows no traceback."""
    result = ipscausal(*arguments)
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rnu",), "Did you mean 'run'"),
        (("run", "--studdy", "x"), "No such option: --studdy"),
        (("run",), "Missing option"),
        (("run", "--study", "s.toml", "--extracts", "nowhere", "--out", "o"), "does not exist"),
        (("report", "--out", "nowhere"), "the folder holds no finished run"),
        (("demo", "--out", "o", "--threads", "0"), "--threads"),
        (("demo", "--out", "o", "--memory-limit", "lots"), "such as 512MB or 4GB"),
    ],
)
def test_2_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert says in refused(2, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_2_study_file_with_every_mistake(registry: Any, tmp_path: Path) -> None:
    broken = registry.with_study(
        tmp_path, ('benefit = "WAA"', 'benefits = "WAA"'), ("ages = [18, 29]", "ages = [29, 18]"),
        ('formats = ["html"]', 'formats = ["html", "doc"]'), ('name = "workdays"', 'name = "workday"'),
    )  # fmt: skip
    arguments = ("run", *broken.arguments, "--out", tmp_path / "out")
    told = refused(2, *arguments)
    assert "study.toml: 5 mistakes" in told
    for words in (
        'did you mean "benefit"?',
        'did you mean "workdays"?',
        'did you mean "docx"?',
        "[youngest, oldest]",
    ):
        assert words in told
    document = as_json(ipscausal(*arguments, "--json"))
    assert document["error"]["exit_code"] == 2
    assert len(document["error"]["problems"]) == 5
    assert not (tmp_path / "out").exists()


def test_2_output_folder_of_somebody_else(registry: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    told = refused(2, "run", *registry.arguments, "--out", tmp_path)
    assert "not outputs of ipscausal" in told
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_3_extracts_that_cannot_be_read(registry: Any, tmp_path: Path) -> None:
    missing = registry.with_study(
        tmp_path,
        ('path = "persons.parquet"', 'path = "person.parquet"'),
        ('path = "rollout.csv"', 'path = "start.csv"'),
    )
    told = refused(3, "run", *missing.arguments, "--out", tmp_path / "out")
    assert "did you mean 'persons.parquet'?" in told
    assert "'start.csv' is missing" in told
    assert not (tmp_path / "out").exists()


def test_3_contract_broken(tmp_path: Path) -> None:
    folder = write_registry("reference-study", 5, tmp_path / "extracts", 1500, ["negative-position"])
    arguments = ("--study", folder / "study.toml", "--extracts", folder)
    told = refused(3, "run", *arguments, "--out", tmp_path / "out")
    assert "the extracts break 1 rule of the contract" in told
    assert "What to do: " in told
    assert not (tmp_path / "out").exists()
    checked = ipscausal("check", *arguments)
    assert checked.returncode == 3
    assert "ERROR" in checked.stdout


@pytest.mark.parametrize("command", ["check", "municipalities"])
def test_3_with_json_is_one_document_that_holds_findings_and_problems(command: str, tmp_path: Path) -> None:
    defect = {"check": "negative-position", "municipalities": "circular-renumbering"}[command]
    scenario = {"check": "reference-study", "municipalities": "municipality-reform"}[command]
    folder = write_registry(scenario, 5, tmp_path / "extracts", 1500, [defect])
    told = ipscausal(command, "--study", folder / "study.toml", "--extracts", folder, "--json")
    assert told.returncode == 3
    document = as_json(told)
    assert document["command"] == command
    assert document["error"]["exit_code"] == 3
    errors = [finding for finding in document["findings"] if finding["severity"] == "error"]
    assert len(document["error"]["problems"]) == len(errors) > 0


def test_2_a_machine_too_small_is_no_bug(registry: Any, tmp_path: Path) -> None:
    told = refused(2, "panel", *registry.arguments, "--out", tmp_path / "out", "--memory-limit", "5MB")
    assert "the engine ran out of memory" in told
    assert "raise --memory-limit" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="file-size limits are a POSIX thing")
def test_2_a_full_disk_is_no_bug(copy: Path) -> None:
    script = 'ulimit -f 8 && exec "$1" report --out "$2"'
    shell = ["bash", "-c", script, "bash", str(BIN / "ipscausal"), str(copy)]
    result = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "the disk of the output folder is full; the earlier outputs are whole" in result.stderr


LIMIT = ("min_persons = 10", "min_persons = 100000")
LOOSE = ("min_persons = 10", "min_persons = 2")


def test_4_disclosure(registry: Any, copy: Path, tmp_path: Path) -> None:
    out = copy
    before = {path: path.read_bytes() for part in ("release", "report") for path in (out / part).glob("*.*")}
    results = (out / "restricted/results.json").read_bytes()
    told = refused(4, "run", *registry.with_study(tmp_path, LIMIT).arguments, "--out", out)
    assert "no headline may leave" in told
    assert "release/ and report/ in the folder: still of an earlier run" in told
    assert {path: path.read_bytes() for path in before} == before
    assert (out / "restricted/results.json").read_bytes() != results
    assert "come from different runs" not in refused(4, "release", "--out", out)


@pytest.mark.parametrize("command", ["check", "run", "panel"])
def test_4_a_loosened_rule_stops_before_any_work(registry: Any, tmp_path: Path, command: str) -> None:
    out = () if command == "check" else ("--out", tmp_path / "out")
    told = refused(4, command, *registry.with_study(tmp_path, LOOSE).arguments, *out)
    assert "min_persons = 2 is looser than 3 in the rule set ssb" in told
    assert "extracts" not in told  # not even the first stage was begun
    assert not (tmp_path / "out").exists()


def test_2_years_without_a_calendar_stop_before_any_work(registry: Any, tmp_path: Path) -> None:
    early = registry.with_study(tmp_path, ("years = [2011, 2019]", "years = [1900, 2019]"), ('"NO"', '"SM"'))
    told = refused(2, "check", *early.arguments)
    assert "no public holidays are known for" in told
    assert "extracts" not in told


def test_5_nothing_identified(registry: Any, tmp_path: Path) -> None:
    early = registry.with_study(tmp_path, ("years = [2011, 2019]", "years = [2011, 2014]"))
    told = refused(5, "run", *early.arguments, "--out", tmp_path / "out")
    assert "no programme starts between 2012 and 2014" in told
    assert not (tmp_path / "out").exists()


def test_5_an_outcome_that_is_the_same_for_everybody(tmp_path: Path) -> None:
    folder = write_registry("reference-study", 5, tmp_path / "extracts", 1500)
    (file,) = folder.glob("employment/*.parquet")
    jobs = pq.read_table(file)
    column = jobs.schema.get_field_index("position_pct")
    none = pa.array([0.0] * len(jobs)).cast(jobs.schema.field(column).type)
    pq.write_table(jobs.set_column(column, jobs.schema.field(column), none), file)
    told = refused(5, "run", "--study", folder / "study.toml", "--extracts", folder, "--out", tmp_path / "out")
    assert "the outcome workdays does not vary" in told
    assert "check position_pct" in told
    assert not (tmp_path / "out").exists()


def test_1_unforeseen_failure_tells_kind_and_place_but_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], registry: Any, tmp_path: Path
) -> None:
    from ipscausal import pipeline

    def failing(*_: object, **__: object) -> None:
        raise ValueError("person 01017012345 earned 999")

    monkeypatch.setattr(pipeline, "analyse", failing)
    monkeypatch.setattr(
        sys, "argv", ["ipscausal", "run", *map(str, registry.arguments), "--out", str(tmp_path / "out")]
    )
    with pytest.raises(SystemExit) as left:
        entry.main()
    told = capsys.readouterr()
    assert left.value.code == 1
    assert "unexpected ValueError in ipscausal.pipeline, line" in told.err
    assert "01017012345" not in told.err + told.out
    assert str(tmp_path) not in told.err
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv("IPSCAUSAL_DEBUG", "1")
    with pytest.raises(SystemExit):
        entry.main()
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
@pytest.mark.parametrize("stage", ["person_year", "estimate"])
def test_130_interrupted(registry: Any, tmp_path: Path, stage: str, until: Callable[..., None]) -> None:
    out = tmp_path / "out"
    command = [str(BIN / "ipscausal"), "run", *map(str, registry.arguments), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        until(child, stage)
        child.send_signal(signal.SIGINT)
        _, told = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "interrupted" in told
    assert "earlier outputs" not in told  # there are none
    assert "Traceback" not in told
    assert not out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM and SIGHUP are of POSIX")
@pytest.mark.parametrize(("asked", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_asked_to_stop_it_leaves_nothing_behind(
    registry: Any, tmp_path: Path, asked: signal.Signals, code: int, until: Callable[..., None]
) -> None:
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    command = [str(BIN / "ipscausal"), "run", *map(str, registry.arguments), "--out", str(out)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as child:
        until(child, "person_year")
        assert list(temporary.iterdir()) != []  # where person rows are spilled
        child.send_signal(asked)
        _, told = child.communicate(timeout=60)
    assert child.returncode == code
    assert "interrupted" in told
    assert "earlier outputs" not in told  # there are none
    assert not out.exists()
    assert list(temporary.iterdir()) == []


def test_a_truncated_parquet_and_a_text_file_named_parquet(registry: Any, tmp_path: Path) -> None:

    extracts = tmp_path / "extracts"
    shutil.copytree(registry.extracts, extracts)
    whole = (extracts / "persons.parquet").read_bytes()
    (extracts / "persons.parquet").write_bytes(whole[: len(whole) // 2])
    (extracts / "residence.parquet").write_text("person_id,municipality\n1,0301\n")
    told = refused(3, "check", "--study", registry.study, "--extracts", extracts)
    assert "persons.parquet" in told
    assert "residence.parquet" in told


def test_earlier_outputs_are_told_to_be_whole_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    for options in (["--out", str(tmp_path / "out")], [f"--out={tmp_path / 'out'}"]):
        (tmp_path / "out/manifest.json").unlink(missing_ok=True)
        monkeypatch.setattr(sys, "argv", ["ipscausal", "run", *options])
        assert entry._whole_still() == ""
        (tmp_path / "out/manifest.json").write_text("{}")
        assert entry._whole_still() == "; the earlier outputs are whole"
