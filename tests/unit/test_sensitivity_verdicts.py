"""The rules by which a check passes, and the sentence it is told in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ipscausal.inference import Inference
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.sensitivity import QUESTIONS, Check, sentence
from ipscausal.sensitivity.check import of_alternative, of_changes, of_placebos


def row(estimate: float, half: float, **other: Any) -> Inference:
    """An estimate whose 95 per cent interval is `half` on either side, with the p-value that goes with it."""
    p = 0.01 if abs(estimate) > half else 0.5
    return Inference("att", "panel", estimate, "ok", "", 0.95, p_value=p, conf_low=estimate - half,
                     conf_high=estimate + half, **other)  # fmt: skip


def test_a_placebo_passes_only_if_it_could_have_failed() -> None:
    assert of_placebos([row(0.5, 2.0)], size=4.0) == "passed"
    # the same number with an interval that holds an effect as large as the estimate, on either side
    assert of_placebos([row(0.5, 3.8)], size=4.0) == "cannot tell"
    assert of_placebos([row(-2.5, 2.0)], size=4.0) == "not passed"
    assert of_placebos([row(-2.5, 2.6)], size=4.0) == "cannot tell"
    assert of_placebos([row(0.5, 2.0), None], size=4.0) == "cannot tell"
    assert of_placebos([], size=4.0) == "cannot tell"
    assert of_placebos([row(0.0, 0.1)], size=0.0) == "cannot tell"


def test_several_placebos_share_the_level() -> None:
    """One p-value of 0.01 among six is what chance does; among five it is not."""
    assert of_placebos([row(2.5, 2.0), *[row(0.0, 2.0)] * 5], size=9.0) == "passed"
    assert of_placebos([row(2.5, 2.0), *[row(0.0, 2.0)] * 4], size=9.0) == "not passed"


def test_an_invalid_row_proves_nothing() -> None:
    invalid = Inference("att", "cr1", 3.0, "known_invalid", "", 0.95, p_value=0.001, conf_low=2.0, conf_high=4.0)
    assert of_placebos([invalid], size=9.0) == "cannot tell"
    assert of_alternative(row(4.0, 2.0), invalid, 4.0) == "cannot tell"


def test_an_alternative_confirms_contradicts_or_is_silent() -> None:
    main = row(4.0, 2.0)
    assert of_alternative(main, row(3.0, 2.0), 4.0) == "passed"
    assert of_alternative(main, row(0.5, 1.0), 4.0) == "not passed"
    assert of_alternative(main, row(-3.0, 1.0), 4.0) == "not passed"
    # found again, but half of it is ruled out
    assert of_alternative(main, row(1.0, 0.5), 4.0) == "not passed"
    assert of_alternative(main, row(1.0, 2.0), 4.0) == "cannot tell"
    assert of_alternative(main, None, 4.0) == "cannot tell"
    below = row(-4.0, 2.0)
    assert of_alternative(below, row(-3.0, 2.0), 4.0) == "passed"
    assert of_alternative(below, row(0.5, 1.0), 4.0) == "not passed"


def test_where_no_effect_is_shown_an_alternative_can_only_contradict() -> None:
    main = row(1.0, 2.0)
    assert of_alternative(main, row(3.0, 1.0), 1.0) == "not passed"
    assert of_alternative(main, row(0.0, 0.1), 1.0) == "cannot tell"


def test_pieces_left_out() -> None:
    main = row(4.0, 2.0)
    assert of_changes(main, np.array([3.0, 4.5, 5.0])) == "passed"
    assert of_changes(main, np.array([1.9, 4.5])) == "not passed"
    assert of_changes(main, np.array([4.0, 6.1])) == "not passed"
    assert of_changes(main, np.array([3.0, np.nan])) == "cannot tell"
    # what can be told is told, whatever cannot be spared
    assert of_changes(main, np.array([-1.0, np.nan])) == "not passed"
    assert of_changes(row(1.0, 2.0), np.array([-1.0, 3.0])) == "cannot tell"
    assert of_changes(main, np.array([])) == "cannot tell"


VALUES = {
    "effect": 4.0, "count": 3, "years": 2, "sharp": 1, "rank": 2, "of": 11, "floor": 0.09, "without": "2014", "lost": 1,
    "year": 2015, "at": 1.0, "slope": 0.5, "power": 0.8, "p": 0.04,
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_its_sentence(question: Any, language: str) -> None:
    words = catalogue(language)
    said = set()
    verdicts: tuple[Any, ...] = ("passed", "not passed", "cannot tell")
    for verdict in verdicts:
        check = Check("the name", question, verdict, 1.25, 0.5, 2.0, VALUES)
        said.add(sentence(check, words))
        assert words.has(f"check.{question}.name")
        assert words.raw(f"check.{question}.question").endswith("?")
    assert len(said) == 3
    assert all(text.endswith(".") and "{" not in text for text in said)


def test_effects_are_scaled_for_display_and_multiples_are_not() -> None:
    words = catalogue("en")
    honest = Check("x", "honest_did", "passed", 1.5, 0.02, 0.06, {"effect": 0.04, "at": 1.0})
    assert "1.50 times" in sentence(honest, words, 100)
    assert "(at 1.0 times: 2.0 to 6.0)" in sentence(honest, words, 100)
    moved = Check("Stayers", "movers", "passed", 0.04, 0.02, 0.06, {"effect": 0.05})
    assert "+4.0 (2.0 to 6.0)" in sentence(moved, words, 100)


def test_without_a_number_the_sentence_says_so() -> None:
    words = catalogue("en")
    assert "Could not be carried out" in sentence(Check("x", "window", "cannot tell", None, None, None, {}), words)
    unbounded = Check("x", "honest_did", "passed", None, 1.0, 2.0, {"effect": 4.0, "at": 1.0})
    assert "however different" in sentence(unbounded, words)


@pytest.mark.parametrize(("low", "high", "among"), [(2.0, 3.0, "+3.0"), (1.0, 2.0, "+1.0"), (2.0, 2.0, "+2.0")])
def test_a_hidden_trend_has_no_interval_but_what_it_is_among_studies_that_pass(
    low: float, high: float, among: str
) -> None:
    check = Check("the name", "pretrend_power", "cannot tell", 2.0, low, high, VALUES)
    said = sentence(check, catalogue("en"))
    assert f"would bring +2.0 ({among} on average among studies that pass the test) is found" in said
    assert " to " not in said.split("found")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_every_piece_can_be_spared_none_is_said_to_be_missing(language: str) -> None:
    words = catalogue(language)
    for question in ("without_municipality", "without_year"):
        lost, none = (
            sentence(Check("x", question, "cannot tell", 1.0, 0.5, 2.0, {**VALUES, "lost": count}), words)
            for count in (1, 0)
        )
        assert "; 1 " in lost
        assert "; 0 " not in none
        assert none != lost.replace("; 1 ", "; 0 ")
