"""Differencing: what an outsider learns who holds several releases and subtracts."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from lib.example_results import YEARS, changed, example, with_disclosure
from lib.outsider import Outsider
from lib.released import quick_png  # noqa: F401

from ipscausal.disclosure import Ledger, release
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")

LIMIT = 10
TREATED = {2010 + k: persons for k, persons in enumerate((431, 442, 458, 470, 479, 492, 503, 516, 527, 538))}


def with_fewer(by: dict[int, int], rule: str) -> Results:
    """The example with fewer treated persons in some years, in every table that counts them."""
    persons = {year: TREATED[year] - by.get(year, 0) for year in YEARS}
    results = with_disclosure(example(), earlier_releases=rule)
    total = sum(persons.values())
    for year, count in persons.items():
        results = changed(
            results, "trends", lambda r, y=year: r["arm"] == "treated" and r["year"] == y, persons=count
        )  # fmt: skip
        if year - 2016 > -4:
            at = year - 2016
            results = changed(results, "event_study", lambda r, t=at: r["event_time"] == t, n_treated_persons=count)
    before = [persons[year] for year in YEARS if year <= 2012]
    results = changed(results, "event_study", lambda r: r["event_time"] == -4, n_treated_persons=round(sum(before) / 3))
    control = sum(r["persons"] for r in results.tables["trends"] if (r["arm"], r["outcome"]) == ("control", "workdays"))
    for arm, years in (("treated", total), ("all", total + control)):
        results = changed(results, "flow", lambda r, a=arm: (r["step"], r["arm"]) == (4, a), person_years=years)
    exposed = [persons[year] for year in YEARS if year >= 2016]
    results = changed(results, "headline", lambda r: True, n_person_years=total + control)
    results = changed(results, "headline", lambda r: True, work_year_persons=round(sum(exposed) / len(exposed)))
    results = changed(results, "estimates", lambda r: True, n_person_years=total + control)
    return changed(results, "baseline", lambda r: True, n_treated=sum(persons[y] for y in YEARS if y < 2016))


def counted(folder: Path) -> dict[tuple[str, ...], float]:
    """Every printed number of persons, by file, keys of the row and column."""
    found = {}
    columns = {"persons", "person_years", "n_persons", "n_person_years", "n_treated_persons", "work_year_persons"}
    columns |= {"n_control", "stayed", "came", "came_moved", "gone", "gone_moved", "gone_died"}
    keys = ("outcome", "term", "method", "arm", "year", "step", "rule", "event_time", "variable", "dimension", "level")
    for path in folder.glob("*.csv"):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            named = (path.name, *(row.get(key) or "" for key in keys))
            for column in columns & set(row) | ({"n_treated"} & set(row) if path.name == "baseline.csv" else set()):
                if row[column]:
                    found[(*named, column)] = float(row[column])
    return found


def few_between(one: Path, other: Path) -> list[tuple[str, ...]]:
    mine, theirs = counted(one), counted(other)
    assert len(mine.keys() & theirs.keys()) > 50
    return [name for name in mine.keys() & theirs.keys() if 0 < abs(mine[name] - theirs[name]) < LIMIT]


def release_in_turn(folder: Path, wanted: list[Results]) -> list[Path]:
    ledger, places = Ledger(), []
    for number, results in enumerate(wanted):
        places.append(folder / str(number))
        ledger = ledger.with_entry(release(results, places[-1], [ledger.entries]).entry)
    return places


FEW = ({2017: 3}, {2017: 3, 2014: 7}, {2012: 9})


@pytest.mark.parametrize("fewer", FEW)
def test_persons_between_two_releases_cannot_be_subtracted(tmp_path: Path, fewer: dict[int, int]) -> None:
    first, second = release_in_turn(tmp_path, [with_fewer({}, "withhold"), with_fewer(fewer, "withhold")])
    assert few_between(first, second) == []
    outsider = Outsider(second)
    for year in fewer:
        low, high = outsider.interval(("persons", "treated", year))
        assert high - low >= LIMIT, "or the sums of the second release tell what was taken out of it"


def test_nor_between_any_two_of_several(tmp_path: Path) -> None:
    """A third that lies far from the first, near the second."""
    wanted = [with_fewer({2017: fewer}, "withhold") for fewer in (0, 40, 45)]
    first, second, third = release_in_turn(tmp_path, wanted)
    assert few_between(first, second) == few_between(first, third) == few_between(second, third) == []


def test_where_a_person_judges_she_is_told_of_every_file(tmp_path: Path) -> None:
    first, second = release_in_turn(tmp_path, [with_fewer({}, "review"), with_fewer({2017: 3}, "review")])
    files = {name[0] for name in few_between(first, second)}
    assert files, "or nothing could be subtracted"
    told = (second / "context.md").read_text(encoding="utf-8").split("For review: ")[1].splitlines()[0]
    assert all(file in told for file in files)


def test_without_a_ledger_the_subtraction_works(tmp_path: Path) -> None:
    """What the ledger is for: two releases, each right by itself."""
    for name, fewer in (("a", {}), ("b", {2017: 3})):
        release(with_fewer(fewer, "withhold"), tmp_path / name)
    assert few_between(tmp_path / "a", tmp_path / "b")
