"""The command line of the generator, and what it refuses."""

from pathlib import Path

import pytest

from synthetic_registry import SCENARIOS, write_registry
from synthetic_registry import write as writing
from synthetic_registry.__main__ import main


def command(out: Path, **changes: str) -> list[str]:
    given = {"scenario": "reference-study", "seed": "1", "persons": "200", "out": str(out), **changes}
    return [part for name, value in given.items() for part in (f"--{name}", value)]


def test_writes_and_prints_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "registry"
    assert main(command(out)) == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(out)
    assert told.err == ""  # no progress when it is no terminal
    assert (out / "truth.json").exists()


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert main(command(tmp_path)) == 0
    assert (tmp_path / "study.toml").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scenario": "diverging"}, SCENARIOS),
        ({"defects": "strangers,typo"}, ("typo", "exact-duplicates", "missing-year")),
        ({"persons": "0"}, ("at least 1",)),
        ({"seed": "-1"}, ("seed",)),
        ({"layout": "daily"}, ("daily", "spells", "monthly", "weekly", "annual")),
        ({"scenario": "national-rollout", "defects": "unknown-status"}, ("listed",)),
    ],
)
def test_bad_arguments_are_refused_with_exit_2_and_nothing_is_written(
    changes: dict[str, str], words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tmp_path / "out", **changes)) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(command(tmp_path)) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(writing, "study_text", broken)
    with pytest.raises(OSError, match="disk full"):
        write_registry("reference-study", 1, tmp_path / "r", 200)
    assert list(tmp_path.iterdir()) == []


def test_missing_arguments_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--seed", "1"])
    assert stopped.value.code == 2


def test_help_lists_scenarios_and_defects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told for name in (*SCENARIOS, "exact-duplicates", "lost-leading-zero"))


def test_progress_counts_persons(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_registry("no-effect", 1, tmp_path / "r", 9_000, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(8192, 9_000), (9_000, 9_000)]
