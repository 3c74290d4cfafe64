"""Stages and long steps on stderr: lines where it is no terminal, with the time that is left at the pace so far."""

from __future__ import annotations

import sys

import pytest

from ipscausal.cli import progress


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_stages_always_and_models_only_when_they_take_long(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    say = progress.Progress()
    say("contract")
    clock.now += 1
    say("checks/check_persons")
    clock.now += 11
    say("checks/check_employment")
    assert capsys.readouterr().err.splitlines() == ["[   0.0 s] contract", "[  12.0 s]   checks/check_employment"]


def test_rows_and_the_time_left_at_the_pace_so_far(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    say = progress.Progress()
    step = "2_person_year/employment_extract"
    say.counted(step, 0, 100_000_000)
    clock.now += 12
    say.counted(step, 20_000_000, 100_000_000)  # a fifth in 12 s
    clock.now += 1
    say.counted(step, 30_000_000, 100_000_000)  # too soon for another line
    clock.now += 27
    say.counted(step, 40_000_000, 100_000_000)
    assert capsys.readouterr().err.splitlines() == [
        f"[  12.0 s]   {step} 20,000,000 of 100,000,000, about 48 s left",
        f"[  40.0 s]   {step} 40,000,000 of 100,000,000, about 60 s left",
    ]


def test_the_same_step_once_more_has_a_pace_of_its_own(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    say = progress.Progress()
    say.counted("bucket", 0, 10)
    clock.now += 60
    say.counted("bucket", 9, 10)
    clock.now += 15
    say.counted("bucket", 0, 10)  # another count of the same kind begins
    clock.now += 600
    say.counted("bucket", 1, 10)
    assert [line.partition("bucket ")[2] for line in capsys.readouterr().err.splitlines()] == [
        "9 of 10, about 7 s left", "0 of 10", "1 of 10, about 90 min left",
    ]  # fmt: skip


def test_a_terminal_has_bars_that_leave_no_line(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    say = progress.Progress()
    say.counted("bucket", 0, 4)
    say.counted("2_person_year/population", 0, 10)
    clock.now += 2
    say.counted("2_person_year/population", 5, 10)
    say.counted("bucket", 1, 4)
    assert set(say._tasks) == {"model", "bucket"}
    say("2_person_year/job_spell")
    assert set(say._tasks) == {"bucket"}
    say.counted("bucket", 4, 4)
    assert (say._tasks, say._bars) == ({}, None)
    assert "[" not in capsys.readouterr().out


def test_ranges_of_persons_are_told_as_they_go_by(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    say = progress.Progress()
    say("person_year, municipality_year in 3 ranges of persons")
    for done in range(3):
        say.counted("ranges of persons", done, 3)
        say(f"2_person_year/range {done + 1} of 3")  # beside the count, not yet worth a line of its own
        clock.now += 15
    say.counted("ranges of persons", 3, 3)
    assert capsys.readouterr().err.splitlines() == [
        "[   0.0 s] person_year, municipality_year in 3 ranges of persons",
        "[  15.0 s]   ranges of persons 1 of 3, about 30 s left",
        "[  30.0 s]   ranges of persons 2 of 3, about 15 s left",
        "[  45.0 s]   ranges of persons 3 of 3",
    ]
