"""`--ledger` as a user meets it: what is noted, what is said, which exit code, and the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lib.command import done, ipscausal

from ipscausal.disclosure import Ledger, read_ledger

NEAR = "trends arm=treated year=2017 persons"


@pytest.fixture
def shared(finished: Path, tmp_path: Path) -> Path:
    """The ledger of several studies, with a release that counts three persons more in one year."""
    (own,) = read_ledger(finished / "restricted/ledger.jsonl").entries
    counts = {**own.counts, NEAR: own.counts[NEAR] + 3}
    other = replace(own, release="b" * 64, study="another-study", definition="c" * 64, counts=counts)
    path = tmp_path / "shared.jsonl"
    path.write_text(Ledger().with_entry(other).text, encoding="ascii")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_notes_what_it_releases(finished: Path) -> None:
    (entry,) = read_ledger(finished / "restricted/ledger.jsonl").entries
    assert entry.counts[NEAR] >= 10
    assert entry.release[:12] in (finished / "release/context.md").read_text(encoding="utf-8")
    for path in (finished / "release").glob("*.*"):
        assert b"ledger.jsonl" not in path.read_bytes()


def test_a_release_near_that_of_another_study_is_said_and_stays_said(copy: Path, shared: Path) -> None:
    before = contents(copy / "release")
    told = done("release", "--out", copy, "--ledger", shared)
    assert "for review: numbers of persons that differ by a few from release bbbbbbbbbbbb" in told.stderr
    assert "(study another-study): 1; see release/context.md" in told.stderr
    context = (copy / "release/context.md").read_text(encoding="utf-8")
    assert "as release bbbbbbbbbbbb of " in context
    assert "another definition of population or outcome" in context
    changed = contents(copy / "release")
    differing = {name for name in before if before[name] != changed[name]} - {"context.md", "results.json"}
    assert {name for name in differing if not name.startswith("checksums/")} == set()
    assert len(read_ledger(shared).entries) == 2
    assert len(read_ledger(copy / "restricted/ledger.jsonl").entries) == 2
    # made again without the shared ledger, and with it: nothing moves
    for more in ((), ("--ledger", shared)):
        done("release", "--out", copy, *more)
        assert contents(copy / "release") == changed
    assert len(read_ledger(shared).entries) == 2
    done("report", "--out", copy)
    assert done("verify", "--out", copy).returncode == 0
    assert len(read_ledger(copy / "restricted/ledger.jsonl").entries) == 2, "verify carries it"


def test_an_edited_ledger_stops_the_release(copy: Path, shared: Path) -> None:
    before = contents(copy)
    shared.write_text(shared.read_text().replace("another-study", "another-stuff"))
    refused = ipscausal("release", "--out", copy, "--ledger", shared)
    assert refused.returncode == 4
    assert "the ledger shared.jsonl: line 1 is not as it was written" in refused.stderr
    assert "put the file back from a copy" in refused.stderr
    own = copy / "restricted/ledger.jsonl"
    own.write_text(own.read_text() + "{}\n")
    edited = ipscausal("release", "--out", copy)
    assert edited.returncode == 2
    assert "restricted/ledger.jsonl: changed since it was written" in edited.stderr
    assert {name for name, content in contents(copy).items() if content != before.get(name)} == {
        "restricted/ledger.jsonl"
    }


def test_a_ledger_cut_short_stops_the_next_release(registry: object, copy: Path, shared: Path) -> None:
    """Every line that is left chains; the folder knows that its own is gone, in whatever ledger it was noted."""
    done("release", "--out", copy, "--ledger", shared)
    before, whole = contents(copy), shared.read_text()
    own = copy / "restricted/ledger.jsonl"
    arguments = registry.arguments  # type: ignore[attr-defined]
    for ledger, command in ((shared, "release"), (shared, "run"), (own, "run")):
        held = ledger.read_text()
        ledger.write_text("".join(held.splitlines(keepends=True)[:-1]))
        more = arguments if command == "run" else ()
        refused = ipscausal(command, *more, "--out", copy, "--ledger", shared)
        name = "shared.jsonl" if ledger == shared else "restricted/ledger.jsonl"
        assert refused.returncode == 4, refused.stderr
        assert f"the ledger {name}: lines are missing that were there when the outputs" in refused.stderr
        assert "put the file back from a copy" in refused.stderr
        ledger.write_text(held)
    shared.unlink()
    assert ipscausal("release", "--out", copy, "--ledger", shared).returncode == 4, "all lines"
    assert contents(copy) == before
    # longer by releases of others it is the same ledger
    shared.write_text(whole)
    ledger = read_ledger(shared)
    shared.write_text(ledger.with_entry(replace(ledger.entries[0], release="e" * 64)).text)
    done("release", "--out", copy, "--ledger", shared)


def test_a_ledger_in_no_folder_is_refused_before_any_work(registry: object, copy: Path, tmp_path: Path) -> None:
    arguments = registry.arguments  # type: ignore[attr-defined]
    for command in (("run", *arguments, "--out", tmp_path / "new"), ("release", "--out", copy)):
        refused = ipscausal(*command, "--ledger", tmp_path / "nowhere" / "ledger.jsonl")
        assert refused.returncode == 2
        assert "--ledger ledger.jsonl: there is no such folder" in refused.stderr
    assert not (tmp_path / "new").exists()
