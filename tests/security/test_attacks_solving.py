"""Solving for what is withheld: every sum in every table, by a linear programme, against numbers known here."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_results import changed, example, with_disclosure
from lib.outsider import Name, Outsider
from lib.planted import Planted
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import release
from ipscausal.errors import DisclosureError
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")

SEEDS = range(4)
MINIMUM = {"ssb": 10, "strict": 10, "nav": 4, "opensafely": 8}


def under(ruleset: str, results: Results) -> Results:
    disclosure = {"ruleset": ruleset, "min_persons": 10} if ruleset == "ssb" else {"ruleset": ruleset}
    return replace(results, study={**results.study, "disclosure": disclosure})


def found_out(outsider: Outsider, planted: Planted, minimum: int) -> dict[Name, tuple[float, float]]:
    """Counts of few persons that are known to within fewer persons than the rule asks for."""
    few = [name for name, count in planted.truth.items() if 0 < count < minimum and name in outsider.bounds]
    intervals = {name: outsider.interval(name) for name in few}
    return {name: (low, high) for name, (low, high) in intervals.items() if high - low < minimum - 1e-6}


@pytest.mark.parametrize("ruleset", MINIMUM)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_follows_from_all_tables_together(tmp_path: Path, seed: int, ruleset: str) -> None:
    planted = Planted(seed)
    try:
        release(under(ruleset, planted.results), tmp_path)
    except DisclosureError:
        assert list(tmp_path.iterdir()) == [], "refused, so nothing is there to solve"
        return
    assert found_out(Outsider(tmp_path), planted, MINIMUM[ruleset]) == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_outsider_believes_holds(tmp_path: Path, seed: int) -> None:
    """Every true count lies in its interval, or the sums that are used are not those of the tables."""
    planted = Planted(seed)
    release(under("ssb", planted.results), tmp_path)
    outsider = Outsider(tmp_path)
    known = [name for name in planted.truth if name in outsider.bounds]
    assert len(known) > 100
    for name in known[:: len(known) // 12]:
        low, high = outsider.interval(name)
        assert low - 1e-6 <= planted.truth[name] <= high + 1e-6, name


def test_the_outsider_finds_a_number_that_is_withheld_alone(tmp_path: Path) -> None:
    """Counts that the release withholds beside the small one are written back: it then follows to the person."""
    planted = Planted(0)
    release(under("ssb", planted.results), tmp_path)
    path = tmp_path / "trends.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))
    hidden = {(row["arm"], int(row["year"])) for row in table if not row["persons"]}
    small = min(
        (place for place in hidden if place[0] == "treated"), key=lambda place: planted.truth["persons", *place]
    )
    assert planted.truth["persons", *small] < 10
    for row in table:
        place = (row["arm"], int(row["year"]))
        if not row["persons"] and place != small:
            row["persons"] = str(planted.truth["persons", *place])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, table[0].keys())
        writer.writeheader()
        writer.writerows(table)
    low, high = Outsider(tmp_path).interval(("persons", *small))
    assert low == pytest.approx(high) == pytest.approx(planted.truth["persons", *small])


def test_a_cohort_of_one_person_leaves_neither_its_effect_nor_an_equation_for_it(tmp_path: Path) -> None:
    """The last year since start rests on one person: his effect is the average less the other years, by weights that
    are numbers of persons. So two years are unknown, or the average is.
    """
    one = changed(
        example(), "event_study", lambda r: r["event_time"] == 3, support_treated=1, n_treated_persons=1, estimate=45.0
    )
    one = changed(one, "headline", lambda r: r["event_time"] == 3, estimate=45.0)
    release(one, tmp_path)
    after = [row for row in rows(tmp_path, "event_study") if int(row["event_time"]) >= 0]
    unknown = [row["event_time"] for row in after if not row["estimate"]]
    average = [row for row in rows(tmp_path, "estimates") if row["term"] == "att" and row["outcome"] == "workdays"]
    assert "3" in unknown
    assert len(unknown) >= 2 or not any(row["estimate"] for row in average)
    for path in tmp_path.glob("*.csv"):
        for cells in csv.reader(path.read_text(encoding="utf-8").splitlines()):
            assert "45" not in cells, path.name


@pytest.mark.parametrize("df", [0, 1, 9])
def test_a_saturated_model_does_not_leave(tmp_path: Path, df: int) -> None:
    """With as many parameters as person-years, coefficients are the persons."""
    saturated = example()
    for table in ("headline", "estimates", "event_study", "diagnostics", "calibration"):
        saturated = changed(saturated, table, lambda row: True, residual_df=df)
    with pytest.raises(DisclosureError, match="no headline may leave"):
        release(saturated, tmp_path / "release")
    assert not (tmp_path / "release").exists()
    other = changed(example(), "estimates", lambda r: r["outcome"] == "employed", residual_df=df)
    release(other, tmp_path / "other")
    left = [r for r in rows(tmp_path / "other", "estimates") if r["outcome"] == "employed" and r["state"] == "released"]
    assert left == []


def test_tiny_municipalities_are_in_no_row_of_their_own(tmp_path: Path) -> None:
    """One comparison municipality of four persons: no contrast, no effect without it, and not by way of the others."""
    tiny = changed(example(), "leave_one_out", lambda r: r["left_out"] == "1833", support_control=4)
    tiny = changed(tiny, "placebo", lambda r: r["position"] == 3, support_control=4, support_treated=4)
    release(tiny, tmp_path)
    for table in ("placebo", "leave_one_out"):
        for row in rows(tmp_path, table):
            keys = {"outcome", "is_treated", "left_out", "arm", "status", "state", "reason"}
            assert not any(value for name, value in row.items() if name not in keys), table


@pytest.mark.parametrize("exception", ["", "the owner of the data agrees"])
def test_a_looser_minimum_needs_an_exception_and_tells_it(tmp_path: Path, exception: str) -> None:
    loose = with_disclosure(example(), ruleset="acro", min_persons=3, exception=exception)
    if not exception:
        with pytest.raises(DisclosureError, match="loosens a disclosure rule"):
            release(loose, tmp_path / "release")
        assert not (tmp_path / "release").exists()
        return
    assert release(loose, tmp_path / "release").status == "review"
    assert exception in (tmp_path / "release/context.md").read_text(encoding="utf-8")
