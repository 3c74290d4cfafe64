"""Checks on panels that violate exactly one thing: the check that asks about it says so, and none without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lib.known_noise import known_noise_panel

from ipscausal import sensitivity as s
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate, att_gt, did, event_study
from ipscausal.inference import Options, pre_trend_wald
from ipscausal.panel import Panel
from ipscausal.sensitivity.placebo_dates import possible_shifts
from ipscausal.sensitivity.subject import before_adoption

MUNICIPALITIES, TREATED, FIRST, YEARS, START = 18, 6, 2008, 12, 2015
JUDGE = s.primary_judge(Options())
EFFECT = 5.0


def panel(
    deviation: Callable[[np.ndarray, np.ndarray], np.ndarray], size: float = 900.0, start: float = START, seed: int = 1
) -> Panel:
    """Six treated of 18, from 2008 to 2019, start in 2015; deviation: (G, 1), (1, T) -> what is added to chance."""
    rng = np.random.default_rng(seed)
    g, t = np.arange(MUNICIPALITIES)[:, None], FIRST + np.arange(YEARS)[None, :]
    mean = 60 + 2 * g + 0.5 * (t - FIRST) + rng.normal(0, 20 / np.sqrt(size), (MUNICIPALITIES, YEARS))
    adoption = [start if place < TREATED else np.inf for place in range(MUNICIPALITIES)]
    return known_noise_panel(mean + deviation(g, t), adoption, np.full(mean.shape, size), np.full(mean.shape, 400.0),
                             first_year=FIRST)  # fmt: skip


def effect(g: np.ndarray, t: np.ndarray) -> np.ndarray:
    return EFFECT * ((g < TREATED) & (t >= START))


def nothing(g: np.ndarray, t: np.ndarray) -> np.ndarray:
    return np.zeros(np.broadcast_shapes(g.shape, t.shape))


def subject(deviation: Any, **built: Any) -> s.Subject:
    return s.subject(panel(deviation, **built), did, JUDGE)


CLEAN = subject(effect)
PLACE = np.arange(MUNICIPALITIES)
SAME_PANEL = panel(effect, seed=2)

ASKED: dict[str, Callable[[s.Subject], s.Check]] = {
    "placebo_dates": s.placebo_dates,
    "anticipation": s.anticipation,
    "placebo_municipalities": lambda one: s.placebo_municipalities(one, Options(draws=999)),
    "without_municipality": s.without_municipality,
    "without_year": s.without_year,
    "window": lambda one: s.window(one, 2011, 2017),
    "years_excluded": lambda one: s.years_excluded(one, [2018, 2019]),
    "break_before": lambda one: s.break_year(one, 2012),
    "break_after": lambda one: s.break_year(one, 2018),
    "spillover": lambda one: s.spillover(one, np.isin(PLACE, [6, 7, 8])),
}


@pytest.mark.parametrize("check", ASKED)
def test_a_clean_panel_passes(check: str) -> None:
    found = ASKED[check](CLEAN)
    assert found.verdict == "passed"
    assert found.value is not None
    assert found.values["effect"] == pytest.approx(CLEAN.effect)


@pytest.mark.parametrize("check", ["placebo_dates", "anticipation", "break_before"])
def test_few_persons_cannot_tell(check: str) -> None:
    """With 12 persons a cell no placebo could have shown an effect of this size."""
    found = ASKED[check](subject(effect, size=12.0))
    assert found.verdict == "cannot tell"


@pytest.mark.parametrize("check", [name for name in ASKED if name != "placebo_municipalities"])
def test_without_an_effect_there_is_nothing_to_confirm(check: str) -> None:
    assert ASKED[check](subject(nothing)).verdict == "cannot tell"


VIOLATIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    # the treated drift away from the others, a day a year
    "placebo_dates": lambda g, t: effect(g, t) + (g < TREATED) * (t - FIRST) * 1.0,
    "anticipation": lambda g, t: effect(g, t) + EFFECT * ((g < TREATED) & (t == START - 1)),
    "placebo_municipalities": lambda g, t: 0.5 * effect(g, t) + 6 * ((g % 5 == 0) & (t >= START) & (g >= TREATED)),
    "without_municipality": lambda g, t: 6 * EFFECT * ((g == 2) & (t >= START)),
    "without_year": lambda g, t: 5 * EFFECT * ((g < TREATED) & (t == 2017)),
    "window": lambda g, t: 5 * EFFECT * ((g < TREATED) & (t >= 2018)),
    "years_excluded": lambda g, t: 3 * EFFECT * ((g < TREATED) & (t >= 2018)),
    # the register changed in 2012, in the treated municipalities alone, to the same amount
    "break_before": lambda g, t: effect(g, t) + EFFECT * ((g < TREATED) & (t >= 2012)),
    "break_after": lambda g, t: 3 * EFFECT * ((g < TREATED) & (t >= 2018)),
    # three neighbours lose what makes the treated look better
    "spillover": lambda g, t: -4 * EFFECT * ((g >= 6) & (g <= 8) & (t >= START)),
}


@pytest.mark.parametrize("check", VIOLATIONS)
def test_the_check_that_asks_about_it_says_so(check: str) -> None:
    assert ASKED[check](subject(VIOLATIONS[check])).verdict == "not passed"


def test_dates_leave_two_years_on_either_side() -> None:
    # seven years before 2015: adoption moved back by 2 to 5 years
    assert possible_shifts(CLEAN.panel) == (2, 3, 4, 5)
    assert s.placebo_dates(CLEAN).values["count"] == 4
    short = CLEAN.panel.of_years(CLEAN.panel.years >= 2013)
    assert s.placebo_dates(s.subject(short, did, JUDGE)).verdict == "cannot tell"


def test_a_placebo_sees_nothing_of_the_years_after() -> None:
    moved = before_adoption(CLEAN.panel, CLEAN.panel.adoption - 3)
    assert moved.years.tolist() == list(range(2008, 2015))
    assert moved.adoption[0] == 2012
    louder = panel(lambda g, t: 100 * effect(g, t))
    assert s.placebo_dates(s.subject(louder, did, JUDGE)).value == pytest.approx(s.placebo_dates(CLEAN).value)


def test_with_staggered_adoption_every_cohort_moves_by_as_much() -> None:
    late = replace(CLEAN.panel, adoption=np.where(np.isin(PLACE, [0, 1]), 2017.0, CLEAN.panel.adoption))
    assert possible_shifts(late) == (2, 3, 4, 5)
    moved = before_adoption(late, late.adoption - 2)
    assert (moved.adoption[0], moved.adoption[5]) == (2015, 2013)
    assert moved.observed[0].sum() == 9
    assert moved.observed[5, :7].all()
    assert not moved.observed[5, 7:].any()


def test_any_estimator_of_one_effect_can_be_put_in_doubt() -> None:
    """A check needs no more than a function of a panel: group-time effects, averaged, serve as well."""

    def average(panel: Panel) -> Estimate:
        return aggregate(att_gt(panel, base_period="universal"), "simple")

    doubted = s.subject(CLEAN.panel, average, JUDGE)
    assert {ASKED[name](doubted).verdict for name in ("placebo_dates", "without_year", "window")} <= {"passed"}
    drifting = s.subject(panel(VIOLATIONS["placebo_dates"]), average, JUDGE)
    assert s.placebo_dates(drifting).verdict == "not passed"
    assert s.without_municipality(doubted).verdict == "passed"


def test_one_treated_municipality_cannot_be_spared() -> None:
    alone = CLEAN.panel.select((PLACE == 0) | (PLACE >= TREATED))
    found = s.without_municipality(s.subject(alone, did, JUDGE))
    assert found.verdict == "cannot tell"
    assert found.values["lost"] == 1
    # number 1 of 13, and 1 / 13 is above 0.05
    placebo = s.placebo_municipalities(s.subject(alone, did, JUDGE))
    assert (placebo.verdict, placebo.values["rank"], placebo.values["of"]) == ("cannot tell", 1, 13)


def test_outcomes_and_persons_that_cannot_be_affected() -> None:
    other = replace(panel(nothing, seed=3), outcome="height")
    assert s.untouched(CLEAN, other, "placebo_outcome", "Height").verdict == "passed"
    moved = replace(SAME_PANEL, outcome="height")
    assert s.untouched(CLEAN, moved, "placebo_outcome", "Height").verdict == "not passed"
    few = panel(nothing, size=4.0, seed=3)
    assert s.untouched(CLEAN, few, "placebo_population", "Pensioners").verdict == "cannot tell"
    # to see an effect ten times as large is easier
    assert s.untouched(CLEAN, few, "placebo_population", "Pensioners", size=10 * EFFECT).verdict == "passed"
    with pytest.raises(UsageError, match="above 0"):
        s.untouched(CLEAN, few, "placebo_population", "Pensioners", size=0.0)


def test_an_effect_in_another_unit_is_compared_in_proportion() -> None:
    scaled = replace(SAME_PANEL, outcome="hours", unit="hours", y=8 * SAME_PANEL.y, yy=64 * SAME_PANEL.yy)
    assert CLEAN.size_in(scaled) == pytest.approx(8 * CLEAN.size, rel=0.01)
    assert CLEAN.size_in(SAME_PANEL) == CLEAN.size


@pytest.mark.parametrize("question", ["comparison_group", "movers", "baseline_cohort", "outcome_definition"])
def test_the_question_put_otherwise(question: Any) -> None:
    assert s.otherwise(CLEAN, SAME_PANEL, question, "otherwise").verdict == "passed"
    assert s.otherwise(CLEAN, panel(nothing, seed=4), question, "otherwise").verdict == "not passed"
    assert s.otherwise(CLEAN, panel(nothing, size=12.0, seed=4), question, "otherwise").verdict == "cannot tell"
    # a comparison group of nobody identifies nothing
    nobody = SAME_PANEL.select(PLACE < TREATED)
    found = s.otherwise(CLEAN, nobody, question, "otherwise")
    assert (found.verdict, found.value) == ("cannot tell", None)


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="untreated"):
        s.spillover(CLEAN, PLACE < 3)
    with pytest.raises(UsageError, match="1 year"):
        s.anticipation(CLEAN, years=0)
    with pytest.raises(UsageError, match="a check is about one"):
        s.subject(CLEAN.panel, event_study, JUDGE)
    with pytest.raises(IdentificationError):
        s.subject(CLEAN.panel.select(PLACE < TREATED), did, JUDGE)
    assert s.spillover(CLEAN, np.zeros(MUNICIPALITIES, dtype=bool)).verdict == "cannot tell"


def trend_checks(deviation: Any) -> tuple[s.Check, s.Check]:
    fit = event_study(panel(deviation), window=(-6, 4))
    events = s.event_coefficients(fit)
    target = events.average_after()
    honest = s.honest_did(events.coef, events.covariance, events.n_pre, len(events.after), target)
    (power,) = s.pretrend_power(
        events.coef, events.covariance, tuple(t - events.reference for t in events.before),
        tuple(t - events.reference for t in events.after), target, powers=(0.8,),
    )  # fmt: skip
    p = pre_trend_wald(fit, 0.95).p_value
    average = float(target @ events.coef[events.n_pre :])
    return s.honest_check(honest, events), s.pretrend_check(power, average, p, 0.95, "pretrend_power")


def test_trends_that_differ_are_found_by_both_questions_about_trends() -> None:
    # an effect that the drift of the years before could hide
    honest, power = trend_checks(lambda g, t: 0.4 * effect(g, t) + (g < TREATED) * (t - FIRST) * 1.5)
    assert (honest.verdict, power.verdict) == ("not passed", "not passed")
    # sure of nothing that lasts five years, but a large effect would stand
    honest, power = trend_checks(lambda g, t: 6 * effect(g, t))
    assert (honest.verdict, power.verdict) == ("passed", "passed")
    honest, power = trend_checks(nothing)
    assert (honest.verdict, power.verdict) == ("cannot tell", "cannot tell")
