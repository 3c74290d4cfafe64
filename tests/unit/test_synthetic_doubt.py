"""Scenarios in which an assumption fails: what fails is as large as declared, and nothing else does."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthetic_registry import write_registry
from synthetic_registry.days import working_calendar
from synthetic_registry.effects import reach
from synthetic_registry.scenario import Scenario, scenario
from synthetic_registry.shocks import DAYS_PER_LOCAL_JOB, local_rates
from synthetic_registry.truth import Cells, count
from synthetic_registry.workdays import workdays
from synthetic_registry.write import chunks, municipality_sizes


def cells_of(chosen: Scenario, seed: int, persons: int | None = None) -> Cells:
    calendar = working_calendar(chosen.first_year, chosen.last_year)
    parts = [
        count(chosen, (chunk.unexposed, chunk.people), chunk.without, chunk.through_ips, calendar)[0]
        for chunk in chunks(chosen, seed, municipality_sizes(chosen, persons))
    ]
    return sum(parts[1:], start=parts[0])


def arms(chosen: Scenario) -> tuple[np.ndarray, np.ndarray]:
    started = np.array([m.cohort is not None for m in chosen.municipalities])
    return started, ~started


@pytest.mark.parametrize("name", ["diverging-trends", "anticipation", "composition-shift"])
def test_ten_start_together_and_twenty_never_do(name: str) -> None:
    chosen = scenario(name)
    started, waiting = arms(chosen)
    assert (started.sum(), waiting.sum()) == (10, 20)
    assert {m.cohort for m in chosen.municipalities} == {2017, None}
    assert len({m.code for m in chosen.municipalities}) == 30
    assert min(m.recipients for m in chosen.municipalities) >= 300


def test_the_trend_is_added_where_ips_starts_and_nowhere_else() -> None:
    chosen = scenario("diverging-trends")
    started, waiting = arms(chosen)
    drifting = local_rates(chosen, np.random.default_rng(1))
    level = local_rates(replace(chosen, trend=0.0), np.random.default_rng(1))
    added = (drifting - level) * DAYS_PER_LOCAL_JOB
    assert np.array_equal(added[waiting], np.zeros((20, 10)))
    assert added[started] == pytest.approx(np.tile(1.8 * np.arange(10), (10, 1)))


def test_the_same_people_have_the_trend_in_their_workdays() -> None:
    """Equal persons and lasting jobs with and without it; local jobs are drawn anew (sd of a slope about 0.05)."""
    chosen = scenario("diverging-trends")
    drifting, level = cells_of(chosen, 3), cells_of(replace(chosen, trend=0.0), 3)
    assert np.array_equal(drifting.persons_with, level.persons_with)
    for arm, slope in zip(arms(chosen), (1.8, 0.0), strict=True):
        more = (drifting.with_ips - level.with_ips)[arm].sum(axis=0) / 10_000 / level.persons_with[arm].sum(axis=0)
        assert np.polyfit(np.arange(10), more, 1)[0] == pytest.approx(slope, abs=0.2)
    assert drifting.gain.sum() == 0


def test_a_difference_in_differences_finds_an_effect_of_nine_that_is_not_there() -> None:
    """1.8 a year, midpoints 5 years apart; three standard errors of the mean over four seeds (sd 1.2) are 1.8."""
    chosen = scenario("diverging-trends")
    found = []
    for seed in range(4):
        cells = cells_of(chosen, seed)
        started, waiting = arms(chosen)
        gap = np.subtract(*(cells.with_ips[a].sum(axis=0) / 10_000 / cells.persons_with[a].sum(axis=0)
                            for a in (started, waiting)))  # fmt: skip
        found.append(gap[6:].mean() - gap[:6].mean())
    assert np.mean(found) == pytest.approx(9.0, abs=1.8)


def test_reach_begins_a_year_before_the_start_on_record() -> None:
    chosen = scenario("anticipation")
    started, waiting = arms(chosen)
    share = reach(chosen)
    assert share[waiting].sum() == share[:, :5].sum() == 0
    assert (share[started, 5:] > 0).all()
    assert [chosen.target(2017, k) for k in range(-3, 4)] == [0, 0, 5.0, 7.0, 9.0, 10.5, 10.5]


def test_nothing_happens_before_the_year_of_anticipation() -> None:
    """Day by day in both histories, over everybody, in the study population or not."""
    chosen = scenario("anticipation")
    calendar = working_calendar(chosen.first_year, chosen.last_year)
    for chunk in chunks(chosen, 3, municipality_sizes(chosen, 10_000)):
        everyone = np.ones_like(chunk.people.studied)
        gained = workdays(chunk.through_ips, everyone, calendar)
        assert gained[:, :5].sum() == 0
        assert gained[:, 5].sum() > 0


def test_the_effect_comes_near_its_target_also_before_the_start(tmp_path: Path) -> None:
    """4,000 and more recipients a year are treated: the realised average has an sd of about 0.4."""
    truth = json.loads((write_registry("anticipation", 2, tmp_path / "r") / "truth.json").read_text())
    assert [effect["event_time"] for effect in truth["effects"]] == [-1, 0, 1, 2, 3]
    assert all(abs(effect["att"] - effect["target"]) < 1.5 for effect in truth["effects"])
    assert truth["overall"]["n"] == sum(effect["n"] for effect in truth["effects"][1:])
    assert truth["anticipation"] == {"years": 1, "target": [5.0]}
    assert truth["trend"] == {"workdays_a_year": 0.0, "municipalities": []}
