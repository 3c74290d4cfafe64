"""Rounded numbers are rounded wherever they go, add up, and do not tell what they were."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lib.example_effects import in_doubt
from lib.example_results import changed, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401

from ipscausal.disclosure import RELEASED_TABLES, release
from ipscausal.disclosure.rounding import bounds_of, rounded, significant, step_of
from ipscausal.disclosure.rules import ROUNDING, presets
from ipscausal.report import render
from ipscausal.results import Results

pytestmark = pytest.mark.usefixtures("quick_png")
BASES = {"base 3": 3, "base 5": 5}
TRUE_COUNTS = ("17482", "40083", "4856", "35227", "2279", "15603", "20411", "40063")
"""Persons, person-years, rows and degrees of freedom of the example."""


@pytest.mark.parametrize(
    ("rounding", "counts"),
    [
        ("none", {0: 0, 7: 7}),
        ("base 3", {0: 0, 1: 0, 2: 3, 4: 3, 5: 6, 10: 9}),
        ("base 5", {0: 0, 2: 0, 3: 5, 7: 5, 8: 10, 521: 520}),
        ("midpoint 6", {0: 0, 1: 3, 6: 3, 7: 9, 12: 9, 13: 15}),
    ],
)
def test_counts_by_hand(rounding: str, counts: dict[int, int]) -> None:
    assert {count: rounded(count, rounding) for count in counts} == counts


@given(count=st.integers(0, 10_000), rounding=st.sampled_from(ROUNDING))
def test_an_outsider_knows_exactly_the_counts_that_leave_as_the_same_number(count: int, rounding: str) -> None:
    shown = rounded(count, rounding)
    low, high = bounds_of(shown, rounding)
    same = [other for other in range(max(0, count - 10), count + 11) if rounded(other, rounding) == shown]
    assert (min(same), max(same)) == (low, high)


@given(persons=st.integers(10, 5000), mean=st.floats(0, 260))
def test_a_mean_does_not_tell_the_count_it_rests_on(persons: int, mean: float) -> None:
    """Every number of persons that rounds to the same has a whole sum with the same rounded mean."""
    step = step_of(persons)
    told = round(mean / step) * step
    low, high = bounds_of(rounded(persons, "base 5"), "base 5")
    for other in range(int(low), int(high) + 1):
        nearest = round(told * other) / other
        assert abs(nearest - told) <= step / 2 * 1.3  # two whole sums lie within a step, or nearly


def test_twelve_digits_of_a_mean_tell_the_count() -> None:
    """Why digits go: of the five counts that leave as 430, one alone gives a whole sum of days."""
    mean = 26113 / 431
    whole = [n for n in range(428, 433) if abs(mean * n - round(mean * n)) < 1e-6]
    assert whole == [431]
    assert step_of(430) == 0.01
    assert significant(mean, 4) == 60.59


@pytest.mark.parametrize("rounding", [*BASES, "midpoint 6"])
def test_everything_that_leaves_is_rounded(tmp_path: Path, rounding: str) -> None:
    folder = tmp_path / "release"
    release(with_disclosure(in_doubt(example()), rounding=rounding), folder)
    for table in RELEASED_TABLES:
        if not (folder / f"{table.name}.csv").exists():
            continue
        made = {"person_years", "n_person_years", "n_treated", "n_control"} if rounding == "midpoint 6" else set()
        for row in rows(folder, table.name):
            for name in set(table.counts) - made:
                if row[name]:
                    count = float(row[name])
                    assert count % BASES.get(rounding, 6) == (3 if rounding == "midpoint 6" and count else 0)
    _nowhere(TRUE_COUNTS, rounding, folder)


def _nowhere(counts: tuple[str, ...], rounding: str, folder: Path) -> None:
    """None of the counts stands in a file as it was, with or without a mark between the thousands."""
    hidden = [count for count in counts if rounded(int(count), rounding) != int(count)]
    assert len(hidden) >= 6
    written = [f"{count[:-3]}{mark}{count[-3:]}" for count in hidden for mark in ("", ",", "\u00a0", "\u202f")]
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".png":
            text = path.read_text(encoding="utf-8")
            # not within a digest
            assert not [count for count in written if re.search(rf"(?<![\w.]){count}(?!\w)", text)], path.name


def test_the_report_knows_the_rounded_numbers_alone(tmp_path: Path) -> None:
    release(with_disclosure(in_doubt(example()), rounding="base 5"), tmp_path / "release")
    render(tmp_path / "release", tmp_path / "report", ("en", "nb"), ("html",))
    _nowhere(TRUE_COUNTS, "base 5", tmp_path / "report")
    report = (tmp_path / "report" / "report.en.html").read_text(encoding="utf-8")
    assert "17,480" in report
    assert "the work-years are computed from the rounded number" in report
    assert "Totals, shares and work-years are made of rounded counts" in report


def test_totals_are_made_of_the_rounded_counts(tmp_path: Path) -> None:
    release(with_disclosure(in_doubt(example()), rounding="base 5"), tmp_path)
    trends = [row for row in rows(tmp_path, "trends") if row["outcome"] == "workdays"]
    last = {row["arm"]: int(row["person_years"]) for row in rows(tmp_path, "flow") if row["step"] == "4"}
    by_arm = {arm: [row for row in trends if row["arm"] == arm] for arm in ("treated", "control")}
    for arm, own in by_arm.items():
        assert last[arm] == sum(int(row["persons"]) for row in own)
        before = sum(int(row["persons"]) for row in own if int(row["year"]) < 2016)
        assert {int(row[f"n_{arm}"]) for row in rows(tmp_path, "baseline")} == {before}
    assert last["all"] == last["treated"] + last["control"]
    assert {int(row["n_person_years"]) for row in rows(tmp_path, "estimates")} == {last["all"]}


def test_work_years_are_of_the_rounded_number(tmp_path: Path) -> None:
    release(with_disclosure(example(), rounding="base 5"), tmp_path)
    att, last = rows(tmp_path, "headline")
    for row in (att, last):
        assert row["work_year_persons"] == "520"
        assert float(row["work_years"]) == pytest.approx(float(row["estimate"]) * 520 / 230, rel=1e-3)
    # 5.6 x 520 / 230 and not 5.6 x 521 / 230 = 12.69
    assert att["work_years"] == "12.66"
    (primary,) = (r for r in rows(tmp_path, "estimates") if r["outcome"] == "workdays" and r["role"] == "primary")
    assert primary["work_years"] == "12.66"


def test_persons_that_the_study_itself_gives_are_not_rounded(tmp_path: Path) -> None:
    study = example(persons=518)
    study.study["work_years"]["persons"] = 518
    release(with_disclosure(study, rounding="base 5"), tmp_path)
    assert {row["work_year_persons"] for row in rows(tmp_path, "headline")} == {"518"}


def test_shares_are_made_of_rounded_counts(tmp_path: Path) -> None:
    release(with_disclosure(example(), rounding="base 5"), tmp_path)
    for row in rows(tmp_path, "trends"):
        if row["outcome"] == "employed":
            having = float(row["mean"]) * int(row["persons"])
            # four significant digits of a share of at most 3,700 persons
            assert abs(having / 5 - round(having / 5)) < 0.05
    # 0.462 of 431 persons are 199, which leave as 200 of 430
    named = {(row["outcome"], row["arm"], row["year"]): row["mean"] for row in rows(tmp_path, "trends")}
    assert float(named["employed", "treated", "2010"]) == significant(200 / 430, 4)


def with_women(having: int) -> Results:
    """The example with so many women among the 2,772 treated person-years before the start, told as a run tells it."""
    share, other = having / 2772, 0.547
    deviations = [math.sqrt(p * (1 - p) * n / (n - 1)) for p, n in ((share, 2772), (other, 20620))]
    told = {
        "treated_mean": share, "treated_sd": deviations[0], "control_sd": deviations[1],
        "std_difference": (share - other) / math.hypot(*deviations) * math.sqrt(2),
    }  # fmt: skip
    return changed(
        with_disclosure(example(), rounding="base 5"), "baseline", lambda r: r["variable"] == "women", **told
    )


@pytest.mark.parametrize("having", [45, 1420])
def test_the_deviation_of_a_share_tells_the_rounded_count_and_no_more(tmp_path: Path, having: int) -> None:
    """Of a share p the deviation is sqrt(p (1 - p)): solved for p it would give the count that rounding hides."""
    told = []
    for count in range(having - 2, having + 3):
        release(with_women(count), tmp_path / str(count))
        told += [row for row in rows(tmp_path / str(count), "baseline") if row["variable"] == "women"]
    assert [row for row in told if row != told[0]] == []
    spread, n = float(told[0]["treated_sd"]), int(told[0]["n_treated"])
    low = (1 - math.sqrt(max(0.0, 1 - 4 * spread**2 * (n - 1) / n))) / 2
    solved = min((p * n for p in (low, 1 - low)), key=lambda count: abs(count - having))
    assert solved == pytest.approx(having, abs=15 if having > 1000 else 0.1)  # flat where a half has it
    gap = float(told[0]["treated_mean"]) - float(told[0]["control_mean"])
    deviations = [float(told[0][f"{arm}_sd"]) for arm in ("treated", "control")]
    assert float(told[0]["std_difference"]) == pytest.approx(gap / math.hypot(*deviations) * math.sqrt(2), rel=2e-2)


def test_degrees_of_freedom_of_persons_are_rounded_and_those_of_municipalities_are_not(tmp_path: Path) -> None:
    release(with_disclosure(example(), rounding="base 5"), tmp_path)
    found = {row["method"]: row["df"] for row in rows(tmp_path, "estimates") if row["outcome"] == "workdays"}
    assert (found["panel"], found["hc1"]) == ("9", "40065")


@pytest.mark.parametrize("ruleset", presets())
def test_each_rule_set_releases_the_example(tmp_path: Path, ruleset: str) -> None:
    release(with_disclosure(in_doubt(example()), ruleset=ruleset, min_persons=None, min_residual_df=None), tmp_path)
    told = json.loads((tmp_path / "facts.json").read_text(encoding="ascii"))["rules"]
    asked = {rule: one["value"] for rule, one in presets()[ruleset].items() if rule != "about"}
    assert {rule: told[rule] for rule in asked} == asked
    (att, _) = rows(tmp_path, "headline")
    assert att["n_persons"] == ("17482" if asked["rounding"] == "none" else "17480")
    for row in rows(tmp_path, "estimates"):
        for name in ("estimate", "std_error", "conf_low", "work_years_high"):
            assert len(row[name].lstrip("-0.").replace(".", "").rstrip("0")) <= asked["significant_digits"]
    assert f"Rule set {ruleset}:" in (tmp_path / "context.md").read_text(encoding="utf-8")


def test_a_rule_that_takes_nobody_adds_nobody(tmp_path: Path) -> None:
    """The last step is the sum of rounded years: the step before it, of the same persons, shows the same number."""
    results = example()
    last = {r["arm"]: r for r in results.tables["flow"] if r["step"] == 4}
    for arm, row in last.items():
        same = {"persons": row["persons"], "person_years": row["person_years"]}
        results = changed(results, "flow", lambda r, a=arm: (r["step"], r["arm"]) == (3, a), **same)
    release(with_disclosure(results, rounding="midpoint 6"), tmp_path)
    shown = {(r["step"], r["arm"]): (r["persons"], r["person_years"]) for r in rows(tmp_path, "flow")}
    assert {arm: shown["3", arm] for arm in last} == {arm: shown["4", arm] for arm in last}
    # rounded by itself it would be another number
    assert int(shown["3", "all"][1]) != rounded(last["all"]["person_years"], "midpoint 6")
