"""The output folder: staging, refusal of folders that are not ours, locks, full disks, manifests."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ipscausal import outputs
from ipscausal.errors import MachineError, UsageError
from ipscausal.outputs.folder import whole_still


def write(out: Path, text: str, *parts: str) -> dict[str, object]:
    with outputs.transaction(out, parts) as staging:
        for part in parts:
            (staging.part(part) / "file.txt").write_text(text)
        return staging.commit({"command": "run"})


def leave_with(error: BaseException, out: Path) -> None:
    with outputs.transaction(out, ["report"]) as staging:
        (staging.part("report") / "file.txt").write_text("half")
        raise error


def test_commit_replaces_named_parts_and_keeps_the_others(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    first = write(out, "one", "restricted", "report")
    second = write(out, "two", "report")
    assert (out / "restricted/file.txt").read_text() == "one"
    assert (out / "report/file.txt").read_text() == "two"
    assert [entry["path"] for entry in second["outputs"]] == ["report/file.txt", "restricted/file.txt"]  # type: ignore[attr-defined,index]
    assert second["parts"] == {"restricted": first["run"], "report": second["run"]}
    assert json.loads((out / "manifest.json").read_text()) == second
    assert {"version", "results"} - set(second) == {"version", "results"}


def test_files_of_a_replaced_part_do_not_linger(tmp_path: Path) -> None:
    write(tmp_path / "out", "one", "report")
    with outputs.transaction(tmp_path / "out", ["report"]) as staging:
        (staging.part("report") / "other.txt").write_text("two")
        staging.commit({})
    assert [path.name for path in (tmp_path / "out/report").iterdir()] == ["other.txt"]


def test_a_part_may_be_a_file(tmp_path: Path) -> None:
    with outputs.transaction(tmp_path / "out", ["study.toml"]) as staging:
        (staging.folder / "study.toml").write_text("a = 1")
        manifest = staging.commit({})
    assert (tmp_path / "out/study.toml").read_text() == "a = 1"
    assert manifest["outputs"][0]["path"] == "study.toml"


@pytest.mark.parametrize("error", [UsageError("refused"), KeyboardInterrupt(), ZeroDivisionError()])
def test_leaving_without_commit_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    out = tmp_path / "out"
    write(out, "one", "report")
    with pytest.raises(type(error)):
        leave_with(error, out)
    assert (out / "report/file.txt").read_text() == "one"
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "report"]


def test_a_failed_first_command_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        leave_with(ZeroDivisionError(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folders_that_are_not_ours_are_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(UsageError, match="not outputs of ipscausal"), outputs.transaction(tmp_path, ["report"]):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "thesis.txt"]
    with (
        pytest.raises(UsageError, match="a file, not a folder"),
        outputs.transaction(tmp_path / "thesis.txt", ["report"]),
    ):
        pass


def test_a_folder_without_its_manifest_is_told_apart_from_a_strangers(tmp_path: Path) -> None:
    write(tmp_path / "out", "one", "release")
    whole = (tmp_path / "out/manifest.json").read_text()
    for damaged in (whole[:40], None):
        (tmp_path / "out/manifest.json").unlink()
        if damaged is not None:
            (tmp_path / "out/manifest.json").write_text(damaged)
        with pytest.raises(UsageError, match=r"manifest\.json is missing or unreadable"):
            write(tmp_path / "out", "two", "release")
        (tmp_path / "out/manifest.json").write_text(whole)
    write(tmp_path / "out", "two", "release")


def test_a_manifest_without_its_parts_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"software": {"name": "ipscausal"}, "command": "run"}')
    assert outputs.read_manifest(tmp_path) is None
    with pytest.raises(UsageError, match="holds no finished run"):
        outputs.require_whole(tmp_path, ["release"], "run again")


def test_outputs_of_another_command_are_refused_untouched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", "report")
    with (
        pytest.raises(UsageError, match="the folder holds what `ipscausal run` made"),
        outputs.transaction(out, ["report"], after=("init",)),
    ):
        pass
    assert (out / "report/file.txt").read_text() == "one"
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "report"]
    with outputs.transaction(out, ["report"], after=("release", "run")):
        pass


def test_a_file_of_the_user_in_a_part_stops_its_replacement_but_in_no_other_part(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", "release", "report")
    (out / "release/mynote.txt").write_text("mine")
    (out / "release/Thumbs.db").write_text("a file manager's")
    with pytest.raises(UsageError, match="files of yours") as caught:
        write(out, "two", "release", "report")
    assert caught.value.problems == ("release: 1 file that ipscausal did not write",)
    assert (out / "release/mynote.txt").read_text() == "mine"
    assert (out / "release/file.txt").read_text() == "one"
    write(out, "two", "report")
    (out / "release/mynote.txt").unlink()
    write(out, "three", "release", "report")


def test_edited_files_are_recognised_and_removed_ones_are_no_loss(tmp_path: Path) -> None:
    outputs.require_unedited(tmp_path / "out", ["restricted"], "")
    write(tmp_path / "out", "one", "restricted", "report")
    outputs.require_unedited(tmp_path / "out", ["restricted", "report"], "")
    (tmp_path / "out/report/file.txt").unlink()
    (tmp_path / "out/restricted/file.txt").write_text("edited")
    outputs.require_unedited(tmp_path / "out", ["report"], "")
    with pytest.raises(UsageError, match="overwrite your changes") as caught:
        outputs.require_unedited(tmp_path / "out", ["restricted", "report"], "choose another folder")
    assert caught.value.problems == ("restricted/file.txt: edited since",)


HOLDER = """
import sys, time
from pathlib import Path
from ipscausal import outputs
with outputs.transaction(Path(sys.argv[1]), ["report"]) as staging:
    (staging.part("report") / "half.txt").write_text("half")
    print("holding", flush=True)
    time.sleep(60)
"""


def test_two_commands_on_one_folder_and_a_lock_left_by_a_killed_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", "report")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(out)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(UsageError, match=rf"process {holder.pid}\) is writing"):
            write(out, "two", "report")
        assert (out / ".ipscausal/new/report/half.txt").exists()
        holder.kill()
        holder.wait()
    assert (out / ".ipscausal/lock").exists()
    write(out, "three", "report")
    assert (out / "report/file.txt").read_text() == "three"
    assert not (out / ".ipscausal").exists()


COUNTER = """
import sys
from pathlib import Path
from ipscausal.outputs.folder import whole_still
from ipscausal.outputs.lock import locked
from ipscausal.errors import UsageError
path, total = Path(sys.argv[1]), 0
while total < 150:
    try:
        with locked(path.with_name("lock")):
            path.write_text(str(int(path.read_text()) + 1))
            total += 1
    except UsageError:
        pass
"""


def test_the_lock_excludes_under_contention(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    workers = [subprocess.Popen([sys.executable, "-c", COUNTER, str(counter)]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert counter.read_text() == "450"


FULL = """
import resource, sys
from pathlib import Path
from ipscausal import outputs
from ipscausal.errors import MachineError
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with outputs.transaction(Path(sys.argv[1]), ["report"]) as staging:
        (staging.part("report") / "file.txt").write_bytes(b"x" * 100_000)
        staging.commit({})
except MachineError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file-size limits are a POSIX thing")
def test_a_full_disk_is_an_error_with_a_remedy_and_outputs_stay_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", "report")
    child = subprocess.run([sys.executable, "-c", FULL, str(out)], capture_output=True, text=True, check=True)
    assert "the disk of the output folder is full; the earlier outputs are whole" in child.stdout
    assert "free space" in child.stdout
    assert str(tmp_path) not in child.stdout
    assert (out / "report/file.txt").read_text() == "one"
    assert not (out / ".ipscausal").exists()


def test_a_failing_disk_is_never_a_plain_os_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", "one", "report")
    for code, expected in ((13, UsageError), (5, MachineError)):

        def failing(descriptor: int, code: int = code) -> None:
            raise OSError(code, os.strerror(code), str(tmp_path))

        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(expected) as caught:
            write(tmp_path / "out", "two", "report")
        assert str(tmp_path) not in str(caught.value)
    assert (tmp_path / "out/report/file.txt").read_text() == "one"


def test_mixed_folders_are_recognised(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="holds no finished run"):
        outputs.require_whole(out, ["release"], "run again")
    write(out, "one", "restricted", "release")
    assert outputs.require_whole(out, ["restricted", "release"], "")["command"] == "run"
    with pytest.raises(UsageError, match="holds no report"):
        outputs.require_whole(out, ["report"], "run again")
    (out / "release/file.txt").write_text("tampered")
    (out / "release/added.txt").write_text("added")
    (out / "restricted/file.txt").unlink()
    with pytest.raises(UsageError) as caught:
        outputs.require_whole(out, ["restricted", "release"], "run again")
    assert caught.value.problems == (
        "restricted/file.txt: missing",
        "release/added.txt: not written by this run",
        "release/file.txt: changed since it was written",
    )
    assert caught.value.remedy == "run again"
    with pytest.raises(UsageError, match=r"did you mean --out .*/out"):
        outputs.require_whole(tmp_path, ["release"], "")


def test_parts_of_different_runs_are_recognised_and_renewals_are_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write(out, "one", "restricted", "release")
    with outputs.transaction(out, ["release"]) as staging:
        staging.run = str(first["run"])
        (staging.part("release") / "file.txt").write_text("renewed")
        staging.commit({"command": "release"})
    outputs.require_whole(out, ["restricted", "release"], "")
    write(out, "two", "restricted")
    with pytest.raises(UsageError, match="restricted and release come from different runs"):
        outputs.require_whole(out, ["restricted", "release"], "ipscausal release")


def test_carried_files_stay_and_those_written_anew_do_not_change_the_old(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with outputs.transaction(out, ["restricted"]) as staging:
        (staging.part("restricted") / "cells").mkdir()
        for name in ("kept.txt", "renewed.txt", "cells/kept.txt"):
            (staging.part("restricted") / name).write_text("one")
        staging.commit({})
    with pytest.raises(ZeroDivisionError):
        renew(out, fail=ZeroDivisionError())
    assert (out / "restricted/renewed.txt").read_text() == "one"
    renew(out)
    assert (out / "restricted/renewed.txt").read_text() == "two"
    assert (out / "restricted/kept.txt").read_text() == "one"
    assert (out / "restricted/cells/kept.txt").read_text() == "one"
    outputs.require_whole(out, ["restricted"], "")


def renew(out: Path, fail: Exception | None = None) -> None:
    with outputs.transaction(out, ["restricted"]) as staging:
        part = staging.carry("restricted", without=["renewed.txt"])
        (part / "renewed.txt").write_text("two")
        if fail is not None:
            raise fail
        staging.commit({})


def test_the_checkers_marks_do_not_make_a_release_foreign(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with outputs.transaction(out, ["release"]) as staging:
        (staging.part("release") / "results.json").write_text("{}")
        staging.commit({})
    (out / "release/results.json").write_text('{"reviewer_summary": "fine"}')
    outputs.require_whole(out, ["release"], "")


def test_environment_names_versions_and_nobody() -> None:
    found = outputs.environment("1GB", 2)
    assert {"ipscausal", "duckdb", "numpy", "pydantic"} <= set(found["packages"])
    assert "pytest" not in found["packages"]
    assert found["memory_limit"] == "1GB"
    text = json.dumps(found)
    assert os.path.expanduser("~") not in text
    assert os.uname().nodename not in text


def test_file_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert outputs.file_sha256(tmp_path / "abc") == expected


def test_only_what_is_there_is_told_to_be_whole(tmp_path: Path) -> None:
    assert whole_still(tmp_path / "out") == ""
    write(tmp_path / "out", "one", "report")
    assert whole_still(tmp_path / "out") == "; the earlier outputs are whole"


def test_a_folder_that_is_gone_is_one_sentence_and_not_a_list_of_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", "restricted", "release")
    shutil.rmtree(out / "release")
    with pytest.raises(UsageError, match="--out out: release is no longer in the folder") as caught:
        outputs.require_whole(out, ["restricted", "release"], "run again")
    assert caught.value.problems == ()
