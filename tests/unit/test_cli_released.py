"""What the screen says of a release: the same years and the same N as the report, the truth beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lib.example_results import changed, example, with_disclosure

from ipscausal.cli import released
from ipscausal.disclosure import release
from ipscausal.report import read
from ipscausal.results import Results

OF_WORKDAYS = (
    "mean", "estimate", "std_error", "conf_low", "conf_high", "work_years", "work_years_low", "work_years_high",
)  # fmt: skip
TRUTH = {
    "overall": {"att": 5.6},
    "effects": [
        {"event_time": 1, "n": 400, "att": 3.0},
        {"event_time": 2, "n": 300, "att": 6.0},
        {"event_time": 3, "n": 100, "att": 10.0},
        {"event_time": 4, "n": 0, "att": None},
    ],
}


def pooled() -> Results:
    return changed(example(), "headline", lambda r: r["term"] == "event_3", term="event_2", event_time=2, label="≥ 2")


def shown(results: Results, folder: Path) -> tuple[str, str]:
    release(results, folder)
    found = read(folder)
    return " ".join(released.text(found).split()), released.beside_truth(found, TRUTH)


def as_a_share(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row about workdays as one about a share of persons: a hundredth of each number, so that none is above 1."""
    if row.get("outcome") != "workdays":
        return dict(row)
    smaller = {name: row[name] / 100 for name in OF_WORKDAYS if row.get(name) is not None}
    return {**row, **smaller, "outcome": "employed_on_midsummer"}


def test_an_exact_last_year(tmp_path: Path) -> None:
    text, truth = shown(example(), tmp_path)
    assert "Average over 2016-2019: +5.60 (95% interval" in text
    assert "Latest year, 2019 (year 3 after the start year): +10.50 (95% interval" in text
    assert "+5.60 x 521 / 230 = 12.7 per calendar year." in text
    assert "521 is the mean number of recipients a year over all exposed years, the same for both numbers." in text
    assert truth.endswith("years +5.60, year 3 after the start year +10.00 workdays per recipient")


def test_a_pool_of_later_years_and_its_truth(tmp_path: Path) -> None:
    text, truth = shown(pooled(), tmp_path)
    assert "Year 2 and later after the start year: +10.50 (95% interval" in text
    assert "Latest year" not in text
    # (300 x 6 + 100 x 10) / 400
    assert truth.endswith("years +5.60, year 2 and later after the start year +7.00 workdays per recipient")


def test_a_reason_tells_the_limit_of_its_own_rule(tmp_path: Path) -> None:
    results = with_disclosure(example(), min_cluster_df=2)
    text, _ = shown(
        changed(results, "estimates", lambda r: r["outcome"] == "benefit_days", n_municipalities=2), tmp_path
    )
    assert "rests on no more than 2 municipalities" in text


def test_a_cohort_fixed_beforehand_has_its_own_first_step(tmp_path: Path) -> None:
    results = example()
    population = {**results.study["population"], "receipt": "baseline cohort"}
    text, _ = shown(replace(results, study={**results.study, "population": population}), tmp_path)
    assert "Ever received work assessment allowance (WAA) in the study years; all study years counted" in text


def test_the_screen_calls_nobody_a_recipient_where_everyone_counts(tmp_path: Path) -> None:
    results = example()
    population = {**results.study["population"], "receipt": "everyone", "benefit": None}
    text, truth = shown(replace(results, study={**results.study, "population": population}), tmp_path)
    assert "recipient" not in (text + truth).lower()
    assert "workdays a year per resident" in " ".join(text.split())


def test_an_effect_on_a_share_is_told_in_percentage_points_and_has_no_known_truth(tmp_path: Path) -> None:
    results = example()
    tables = {name: tuple(map(as_a_share, rows)) for name, rows in results.tables.items()}
    outcome = {
        **results.study["outcome"], "name": "employed_on_midsummer",
        "define": [{"name": "employed_on_midsummer", "kind": "employed_on", "date": "06-24"}],
    }  # fmt: skip
    results = replace(results, tables=tables, study={**results.study, "outcome": outcome})
    release(results, tmp_path)
    found = read(tmp_path)
    assert "Effect on employed on 24 June (percentage points per recipient)" in released.text(found)
    assert "+5.60 (95% interval" in " ".join(released.text(found).split())
    assert released.beside_truth(found, TRUTH) == ""
