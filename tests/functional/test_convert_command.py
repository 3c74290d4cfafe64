"""`ipscausal convert` as a user meets it: what it prints, its exit codes, and what is left when it is stopped."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lib.command import BIN, as_json, done, ipscausal

ROWS = "person_id;start_date;position_pct\n007;31.01.2015;37,5\n8;2016-02-29;100\n"


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.csv"
    path.write_text(ROWS, encoding="latin-1")
    return path


def test_what_is_printed_and_written(jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("convert", "--from", jobs, "--table", "employment", "--out", out)
    planned = as_json(done(*arguments, "--dry-run", "--json"))
    assert not out.exists()
    text = done(*arguments).stdout
    assert "jobs.parquet  employment     2        3" in text
    assert "person_id string, start_date date32[day], position_pct double" in text
    assert "decimal comma" in text
    assert f"Next: ipscausal check --study study.toml --extracts {out}; paths in [extracts] end in .parquet" in text
    study = next((Path(__file__).parent / "studies").glob("*.toml"))
    assert f"Next: ipscausal check --study {study} --extracts {out}; " in done(*arguments, "--study", study).stdout
    document = as_json(done(*arguments, "--json"))
    assert document["files"][0]["columns"] == planned["files"][0]["columns"]
    assert document["files"][0]["rows"] == 2
    assert pq.read_table(out / "jobs.parquet")["person_id"].to_pylist() == ["007", "8"]
    assert sorted(path.name for path in out.iterdir()) == ["jobs.parquet", "manifest.json"]


def test_exit_codes(jobs: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    nothing = ipscausal("convert", "--from", jobs, *out)
    assert (nothing.returncode, "nothing says which table this is" in nothing.stderr) == (2, True)
    absent = ipscausal("convert", "--from", tmp_path / "none.csv", "--table", "persons", *out)
    assert absent.returncode == 2
    jobs.write_text(ROWS.replace("37,5", "often"), encoding="utf-8")
    refused = ipscausal("convert", "--from", jobs, "--table", "employment", *out)
    assert refused.returncode == 3
    assert "column 'position_pct': 1 value is not a number" in refused.stderr
    assert "often" not in refused.stderr + refused.stdout
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    foreign = ipscausal("convert", "--from", jobs, "--table", "employment", "--out", tmp_path / "mine")
    assert (foreign.returncode, (tmp_path / "mine/notes.txt").read_text()) == (2, "mine")


@pytest.mark.skipif(sys.platform == "win32", reason="file-size limits are of POSIX")
def test_a_full_disk_is_told_and_the_earlier_files_stay(jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("convert", "--from", jobs, "--table", "employment", "--out", out)
    done(*arguments)
    before = (out / "jobs.parquet").read_bytes()
    jobs.write_text(ROWS + "".join(f"{i * 7919 % 1000003};2015-01-01;50\n" for i in range(60_000)), encoding="utf-8")
    child = subprocess.run(
        [str(BIN / "ipscausal"), *map(str, arguments)], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )  # fmt: skip
    assert child.returncode == 2, child.stderr
    assert "the disk of the output folder is full; the earlier outputs are whole" in child.stderr
    assert (out / "jobs.parquet").read_bytes() == before
    assert not (out / ".ipscausal").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("asked", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_stopped_in_the_middle_nothing_half_made_is_seen(
    jobs: Path, tmp_path: Path, asked: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    arguments = ("convert", "--from", jobs, "--table", "employment", "--out", out)
    done(*arguments)
    before = (out / "jobs.parquet").read_bytes()
    jobs.write_text(ROWS + "1234567;2015-01-01;50\n" * 3_000_000, encoding="utf-8")
    command = [str(BIN / "ipscausal"), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        until = time.monotonic() + 120
        while not list(out.glob(".ipscausal/new/*.parquet")):
            assert child.poll() is None, "it ended before it could be stopped"
            assert time.monotonic() < until
            time.sleep(0.01)
        child.send_signal(asked)
        _, told = child.communicate(timeout=120)
    assert child.returncode == code, told
    assert (out / "jobs.parquet").read_bytes() == before
    assert (out / ".ipscausal").exists() == (asked == signal.SIGKILL)
    jobs.write_text(ROWS, encoding="utf-8")
    done(*arguments)
    assert not (out / ".ipscausal").exists()
    assert (out / "jobs.parquet").read_bytes() == before
