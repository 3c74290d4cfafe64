"""What left before: a chain of lines that cannot be edited unseen, and releases held against it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import changed, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import RELEASED_TABLES, Ledger, read_ledger, release, shared_ledger, write_shared
from ipscausal.disclosure.differencing import COUNTED_BY, digest
from ipscausal.disclosure.ledger import Entry, Near
from ipscausal.errors import DisclosureError, UsageError
from ipscausal.outputs.lock import locked
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")

YEAR = "trends arm=treated year=2017 persons"


def entry(number: int, **values: Any) -> Entry:
    known = {"study": "reference-study", "date": "2026-11-22", "definition": "d" * 64, "counts": {YEAR: 516.0 + number}}
    return Entry(**{"release": f"{number}" * 64, **known, **values})


def chain(count: int) -> Ledger:
    ledger = Ledger()
    for number in range(count):
        ledger = ledger.with_entry(entry(number))
    return ledger


def with_year(persons: int) -> Results:
    """The example with another number of treated persons in 2017, as in trends and nowhere else."""
    return changed(example(), "trends", lambda r: r["arm"] == "treated" and r["year"] == 2017, persons=persons)


def context(folder: Path) -> str:
    return (folder / "context.md").read_text(encoding="utf-8")


def statuses(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "results.json").read_text())["results"]  # type: ignore[no-any-return]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# the file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    near = Near("0" * 64, "other", "2026-01-02", False, {"trends": 2})
    ledger = chain(2).with_entry(entry(7, compared=2, near=(near,)))
    write_shared(tmp_path / "ledger.jsonl", ledger)
    found = read_ledger(tmp_path / "ledger.jsonl")
    assert found == ledger
    assert found.entries[-1].near[0].count == 2
    assert read_ledger(tmp_path / "none.jsonl") == Ledger()


Tamper = Callable[[list[str]], list[str]]
TAMPERED: dict[str, tuple[Tamper, int]] = {
    "a number": (lambda lines: [lines[0].replace("516.0", "526.0"), *lines[1:]], 1),
    "a line gone": (lambda lines: [lines[0], *lines[2:]], 2),
    "the first line gone": (lambda lines: lines[1:], 1),
    "lines swapped": (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
    "a line twice": (lambda lines: [lines[0], lines[0], *lines[1:]], 2),
    "no line": (lambda lines: [*lines, "{}"], 4),
    "half a line": (lambda lines: [*lines[:-1], lines[-1][:-20]], 3),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_an_edited_ledger_is_told_by_its_line(tmp_path: Path, how: str) -> None:
    tamper, line = TAMPERED[how]
    path = tmp_path / "ledger.jsonl"
    edited = tamper(list(chain(3).lines))
    assert edited != list(chain(3).lines)
    path.write_text("\n".join(edited) + "\n")
    with pytest.raises(DisclosureError, match=rf"the ledger ledger\.jsonl: line {line} is not as it was written"):
        read_ledger(path)


def test_a_number_cannot_be_changed_with_its_own_hash_made_anew(tmp_path: Path) -> None:
    """Whoever knows the format forges one line; the next line still holds the hash of the true one."""
    forged = Ledger().with_entry(entry(0, counts={YEAR: 900.0}))
    (tmp_path / "ledger.jsonl").write_text("\n".join([*forged.lines, *chain(3).lines[1:]]) + "\n")
    with pytest.raises(DisclosureError, match="line 2"):
        read_ledger(tmp_path / "ledger.jsonl")


def test_the_same_release_is_noted_once_whenever_it_is_made() -> None:
    ledger = chain(2)
    assert ledger.with_entry(entry(1)) is ledger
    assert ledger.with_entry(replace(entry(1), date="2027-01-01")) is ledger
    assert len(ledger.with_entry(replace(entry(1), compared=5)).lines) == 3


def test_no_person_is_in_a_ledger(tmp_path: Path) -> None:
    made = release(example(), tmp_path / "release").entry
    (line,) = Ledger().with_entry(made).lines
    assert set(json.loads(line)) == {
        "release", "study", "date", "definition", "counts", "compared", "near", "withheld", "previous", "hash",
    }  # fmt: skip
    assert made.counts[YEAR] == 516
    assert all(count >= 10 for count in made.counts.values())


def test_a_shared_ledger_is_held_by_one_command_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipscausal.disclosure.ledger.PATIENCE", 0.2)
    path = tmp_path / "ledger.jsonl"
    with (
        locked(tmp_path / "ledger.jsonl.lock"),
        pytest.raises(UsageError, match="another ipscausal command is writing to it"),
        shared_ledger(path),
    ):
        pass
    with shared_ledger(path) as ledger:
        write_shared(path, ledger.with_entry(entry(1)))
    assert sorted(place.name for place in tmp_path.iterdir()) == ["ledger.jsonl"]


def test_nobody_is_lost_when_several_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    code = (
        "import sys; from pathlib import Path; from ipscausal.disclosure.ledger import *\n"
        "for k in range(5):\n"
        "    with shared_ledger(Path(sys.argv[1])) as ledger:\n"
        "        made = Entry(sys.argv[2] * 32 + str(k) * 32, 's', '2026-11-22', 'd' * 64, {})\n"
        "        write_shared(Path(sys.argv[1]), ledger.with_entry(made))\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abc"]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert len({noted.release for noted in read_ledger(path).entries}) == 15


@pytest.mark.parametrize("place", ["nowhere/ledger.jsonl", "."])
def test_a_place_that_holds_no_ledger_is_refused(tmp_path: Path, place: str) -> None:
    with (
        pytest.raises(UsageError, match="there is no such folder, or a folder has this name"),
        shared_ledger(tmp_path / place),
    ):
        pass


# releases held against it


def test_every_number_of_persons_is_noted() -> None:
    counted = {table.name for table in RELEASED_TABLES if table.counts}
    assert counted == set(COUNTED_BY)
    for table in RELEASED_TABLES:
        assert set(COUNTED_BY.get(table.name, ())) <= set(table.columns)


def test_a_first_release_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    made = release(example(), tmp_path / "release").entry
    assert (made.compared, made.near) == (0, ())
    assert "No earlier release is in the ledger" in context(tmp_path / "release")
    assert "DifferencingCheck" not in (tmp_path / "release/results.json").read_text()


@pytest.mark.parametrize("difference", [1, -1, 9, -9])
def test_few_persons_between_two_releases_are_for_review(tmp_path: Path, difference: int) -> None:
    first = release(example(), tmp_path / "first").entry
    found = release(with_year(516 + difference), tmp_path / "second", [[first]])
    (near,) = found.entry.near
    assert (near.release, dict(near.tables), near.same_definition) == (first.release, {"trends": 1}, True)
    assert found.status == "review"
    told = context(tmp_path / "second")
    assert first.release[:12] in told
    assert found.entry.release[:12] in told
    assert "1 number differs by fewer than 10 persons, in trends.csv" in told
    trends = statuses(tmp_path / "second")["trends"]
    assert trends["fair"]["check_status"]["DifferencingCheck"] == "review"
    assert first.release[:12] in trends["exception"]
    assert statuses(tmp_path / "second")["flow"]["fair"]["check_status"]["DifferencingCheck"] == "pass"
    assert str(516 + difference) not in told
    assert treated(tmp_path / "second") == str(516 + difference), "for review, not withheld"


@pytest.mark.parametrize("difference", [0, 10, -10])
def test_nobody_or_enough_persons_between_two_releases_pass(tmp_path: Path, difference: int) -> None:
    first = release(example(), tmp_path / "first").entry
    results = changed(with_year(516 + difference), "headline", lambda row: True, p_value=0.5)
    made = release(results, tmp_path / "second", [[first]]).entry
    assert made.release != first.release
    assert (made.compared, made.near) == (1, ())
    assert "None does." in context(tmp_path / "second")
    checks = statuses(tmp_path / "second")["trends"]["fair"]["check_status"]
    assert checks["DifferencingCheck"] == "pass"


def test_another_definition_is_held_against_too_and_said(tmp_path: Path) -> None:
    first = release(example(), tmp_path / "first").entry
    study = {**example().study, "population": {**example().study["population"], "ages": [18, 28]}}
    found = release(replace(with_year(513), study=study), tmp_path / "second", [[first]]).entry
    assert found.definition != first.definition
    assert not found.near[0].same_definition
    assert "another definition of population or outcome" in context(tmp_path / "second")


def test_titles_methods_and_paths_are_no_definition(tmp_path: Path) -> None:
    first = release(example(), tmp_path / "first").entry
    study = {**example().study, "inference": {"level": 0.9, "seed": 1, "draws": 99}}
    assert release(replace(example(), study=study), tmp_path / "second").entry.definition == first.definition


def treated(folder: Path) -> str:
    found = [r for r in rows(folder, "trends") if r["arm"] == "treated" and r["year"] == "2017"]
    return found[0]["persons"]


def test_a_rule_set_may_withhold_instead(tmp_path: Path) -> None:
    first = release(example(), tmp_path / "first").entry
    strict = with_disclosure(with_year(513), earlier_releases="withhold")
    found = release(strict, tmp_path / "second", [[first]])
    assert treated(tmp_path / "second") == ""
    assert YEAR not in found.entry.counts
    hidden = [r for r in rows(tmp_path / "second", "trends") if r["arm"] == "treated" and not r["persons"]]
    assert len({row["year"] for row in hidden}) >= 2, "or the sum over years gives it away"
    assert any("differencing" in row["reason"] for row in hidden)


def test_persons_of_the_work_years_cannot_be_divided_out(tmp_path: Path) -> None:
    first = release(example(), tmp_path / "first").entry
    strict = with_disclosure(example(persons=518), earlier_releases="withhold")
    release(strict, tmp_path / "second", [[first]])
    for row in rows(tmp_path / "second", "headline"):
        assert (row["work_year_persons"], row["work_years"], row["work_years_low"]) == ("", "", "")
        assert row["estimate"]
    assert {row["work_years"] for row in rows(tmp_path / "second", "estimates")} == {""}


@pytest.mark.parametrize("rule", ["review", "withhold"])
def test_made_again_a_release_has_the_same_bytes(tmp_path: Path, rule: str) -> None:
    """With its own line in the ledger, with later ones after it, and without the ledger it was held against."""
    other = release(example(), tmp_path / "other").entry
    results = with_disclosure(with_year(513), earlier_releases=rule)
    own = Ledger()
    made = release(results, tmp_path / "once", [own.entries, [other]]).entry
    own = own.with_entry(made)
    later = replace(other, release="e" * 64)
    for name, ledgers in {
        "again": [own.entries, [other, made]], "later": [own.entries, [other, made, later]], "alone": [own.entries, ()],
    }.items():  # fmt: skip
        again = release(results, tmp_path / name, ledgers).entry
        assert bytes_of(tmp_path / name) == bytes_of(tmp_path / "once")
        assert own.with_entry(again) is own
    assert rule != "withhold" or treated(tmp_path / "alone") == ""


def test_the_name_of_a_release_is_that_of_its_numbers(tmp_path: Path) -> None:
    made = release(example(), tmp_path / "a").entry
    assert release(with_year(600), tmp_path / "b").entry.release != made.release
    assert release(replace(example(), provenance={}), tmp_path / "c").entry.release == made.release
    assert digest({}) != digest({"trends": []})
