"""Counts in disguise: shares subtracted from each other, and effects that are differences of shares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import MEANS, PERSONS, START, YEARS, changed, event_study_rows, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import release
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")

TREATED = dict(zip(YEARS, PERSONS["treated"], strict=True))


def with_few_employed(year: int) -> Results:
    """Five of the treated are employed in a year; the effects by year are on employment and agree with the shares."""
    shares = {
        arm: dict(zip(YEARS, means, strict=True))
        for arm, means in zip(("treated", "control"), MEANS["employed"], strict=True)
    }
    shares["treated"][year] = 5 / TREATED[year]
    gap = {of: shares["treated"][of] - shares["control"][of] for of in YEARS}
    results = example()
    results = replace(results, tables={**results.tables, "event_study": event_study_rows("employed")})
    results = changed(
        results,
        "trends",
        lambda r: (r["outcome"], r["arm"], r["year"]) == ("employed", "treated", year),
        mean=shares["treated"][year],
    )
    for time in (-3, -2, 0, 1, 2, 3):
        told = gap[START + time] - gap[START - 1]
        results = changed(results, "event_study", lambda r, t=time: r["event_time"] == t, estimate=told)
    return results


def solved_at_the_reference(folder: Path) -> list[float]:
    """The employed of the year before the start, from each effect whose own year shows its shares."""
    mean = {
        (r["arm"], int(r["year"])): float(r["mean"])
        for r in rows(folder, "trends")
        if r["outcome"] == "employed" and r["mean"]
    }
    found = []
    for row in rows(folder, "event_study"):
        year = START + int(row["event_time"])
        known = {("treated", year), ("control", year), ("control", START - 1)} <= mean.keys()
        if row["estimate"] and row["is_reference"] != "true" and known:
            share = mean["treated", year] - mean["control", year] - float(row["estimate"]) + mean["control", START - 1]
            found.append(share * TREATED[START - 1])
    return found


def test_a_share_withheld_at_the_reference_does_not_follow_from_the_effects(tmp_path: Path) -> None:
    """Each effect by year is a difference from the year of reference, whose share is then the only one not shown."""
    release(with_few_employed(START - 1), tmp_path)
    assert solved_at_the_reference(tmp_path) == []
    headline = {r["term"]: r["estimate"] for r in rows(tmp_path, "headline")}
    assert headline["att"] != "", "the average is against all years before: it tells their sum alone"


def test_where_it_is_shown_the_same_solution_gives_the_persons(tmp_path: Path) -> None:
    results = with_few_employed(2010)
    release(results, tmp_path)
    counted = MEANS["employed"][0][YEARS.index(START - 1)] * TREATED[START - 1]
    found = solved_at_the_reference(tmp_path)
    assert found
    assert found == pytest.approx([counted] * len(found))


@pytest.mark.parametrize("estimator", ["att_gt", "sun_abraham", "stacked", "switching", "efficient"])
def test_an_average_against_that_year_alone_goes_with_it(tmp_path: Path, estimator: str) -> None:
    about = changed(
        with_few_employed(START - 1), "estimates", lambda r: r["outcome"] == "employed", estimator=estimator
    )
    release(about, tmp_path)
    assert not any(r["estimate"] for r in rows(tmp_path, "estimates") if r["outcome"] == "employed")


def with_competitive_jobs(alone: int) -> Results:
    """Employment in competitive jobs beside that in any: in 2018 so many of the treated have another job alone."""
    results = example()
    employed = [r for r in results.tables["trends"] if r["outcome"] == "employed"]
    fewer = {(r["arm"], r["year"]): alone if (r["arm"], r["year"]) == ("treated", 2018) else 60 for r in employed}
    counted = {(r["arm"], r["year"]): round(r["mean"] * r["persons"]) for r in employed}
    whole = [{**r, "mean": counted[r["arm"], r["year"]] / r["persons"]} for r in employed]
    narrower = [
        {
            **r,
            "outcome": "competitive_employed",
            "mean": (counted[r["arm"], r["year"]] - fewer[r["arm"], r["year"]]) / r["persons"],
        }
        for r in employed
    ]
    others = [r for r in results.tables["trends"] if r["outcome"] != "employed"]
    return replace(results, tables={**results.tables, "trends": (*others, *whole, *narrower)})


@pytest.mark.parametrize(("alone", "leaves"), [(1, False), (9, False), (10, True), (0, True)])
def test_a_share_within_another_is_not_subtracted_from_it(tmp_path: Path, alone: int, leaves: bool) -> None:
    release(with_competitive_jobs(alone), tmp_path)
    shown = {(r["outcome"], int(r["year"])) for r in rows(tmp_path, "trends") if r["arm"] == "treated" and r["mean"]}
    assert ({("employed", 2018), ("competitive_employed", 2018)} <= shown) is leaves
    assert ("employed", 2018) in shown, "the narrower share gives way"
    missing = [year for year in YEARS if ("competitive_employed", year) not in shown]
    assert not leaves or missing == []
    assert leaves or len(missing) >= 2, "one alone would follow from the average"


DATE: dict[str, Any] = {
    "define": [
        {"name": "employed_on_midsummer", "kind": "employed_on", "date": "06-24"},
        {"name": "neet_on_midsummer", "kind": "neet_on", "date": "06-24"},
    ]
}


def with_neet(neither: int) -> Results:
    """Employed on a date, and NEET on it: in 2018 so many of the treated are neither, being in education alone."""
    results = example()
    employed = [r for r in results.tables["trends"] if r["outcome"] == "employed"]
    counted = {(r["arm"], r["year"]): round(r["mean"] * r["persons"]) for r in employed}
    rest = {place: neither if place == ("treated", 2018) else 60 for place in counted}
    told = [
        {**r, "outcome": outcome, "mean": having / r["persons"]}
        for r in employed
        for place in [(r["arm"], r["year"])]
        for outcome, having in (
            ("employed_on_midsummer", counted[place]),
            ("neet_on_midsummer", r["persons"] - counted[place] - rest[place]),
        )
    ]
    trends = (*results.tables["trends"], *told)
    study = {**results.study, "outcome": {**results.study["outcome"], **DATE}}
    return replace(results, tables={**results.tables, "trends": trends}, study=study)


@pytest.mark.parametrize(("neither", "leaves"), [(1, False), (9, False), (10, True), (0, True)])
def test_who_is_neither_employed_nor_neet_is_not_what_remains(tmp_path: Path, neither: int, leaves: bool) -> None:
    release(with_neet(neither), tmp_path)
    shown = {(r["outcome"], int(r["year"])) for r in rows(tmp_path, "trends") if r["arm"] == "treated" and r["mean"]}
    missing = [[year for year in YEARS if (one["name"], year) not in shown] for one in DATE["define"]]
    assert (missing == [[], []]) is leaves
    assert leaves or any(2018 in years and len(years) >= 2 for years in missing), "one alone would follow"


@pytest.mark.parametrize(("working", "leaves"), [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("year", [2018, START - 1])
def test_the_days_of_the_only_one_who_works_are_not_the_mean_times_all(
    tmp_path: Path, working: int, leaves: bool, year: int
) -> None:
    about = changed(
        with_disclosure(example(), min_persons=3),
        "trends",
        lambda r: (r["outcome"], r["arm"], r["year"]) == ("employed", "treated", year),
        mean=working / TREATED[year],
    )
    release(about, tmp_path)
    mean = {
        int(r["year"]): r["mean"]
        for r in rows(tmp_path, "trends")
        if (r["outcome"], r["arm"]) == ("workdays", "treated")
    }
    missing = {of for of, told in mean.items() if not told}
    assert (year not in missing) is leaves
    assert leaves or len(missing) >= 2, "one alone would follow from the average"
    effects = {START + int(r["event_time"]): r["estimate"] for r in rows(tmp_path, "event_study")}
    assert not any(effects.get(of) for of in missing - {START - 1})
    if START - 1 in missing:
        assert not any(told for of, told in effects.items() if of != START - 1)
