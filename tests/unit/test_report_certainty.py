"""How sure the answer is: the grade follows the released numbers, and the words follow the grade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lib.example_effects import in_doubt
from lib.example_results import example
from lib.guardrails import CAUSE, VERDICT
from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.language import LANGUAGES, study_words
from ipscausal.report import Released, answer, read
from ipscausal.report.certainty import doubts, grade

Change = Callable[[Released], Released]
GRADES = ("no_interval", "apart", "open", "fragile", "agrees")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The example as it is released: an interval that holds zero."""
    folder = tmp_path_factory.mktemp("certainty") / "release"
    with undrawn():
        release(in_doubt(example()), folder)
    return read(folder)


def rows(released: Released, table: str, where: Callable[[Any], bool], **values: Any) -> Released:
    assert any(where(row) for row in released.tables[table])
    changed = tuple({**row, **values} if where(row) else row for row in released.tables[table])
    return replace(released, tables={**released.tables, table: changed})


def effect(of_role: str, **values: Any) -> Change:
    return lambda released: rows(
        released, "estimates", lambda r: (r["term"], r["outcome"], r["role"]) == ("att", "workdays", of_role), **values
    )


def of(table: str, key: str, value: object, **values: Any) -> Change:
    return lambda released: rows(released, table, lambda row: row[key] == value, **values)


OUTSIDE = {"conf_low": 1.0, "conf_high": 9.0, "p_value": 0.01, "status": "ok", "p_floor": 0.0}


def firm(released: Released) -> Released:
    """The same with everything in place: two methods, calm breakdowns, checks passed, rates kept, estimators agreed."""
    changes = (
        effect("primary", **OUTSIDE), effect("companion", **OUTSIDE),
        *(of("diagnostics", "diagnostic", key, level="green") for key in ("breakdown_sd", "breakdown_ratio",
                                                                          "breakdown_lau_li")),
        lambda r: rows(r, "sensitivity", lambda row: True, verdict="passed"),
        of("calibration", "role", "primary", rate_low=0.03),
        lambda r: rows(r, "estimators", lambda row: row["differs"] is not None, differs="no"),
    )  # fmt: skip
    for change in changes:
        released = change(released)
    return released


def test_everything_in_place_is_the_highest_grade(plain: Released) -> None:
    assert grade(firm(plain)) == "agrees"
    assert doubts(firm(plain)) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (effect("primary", conf_low=None), "no_interval"),
        (effect("primary", p_value=None), "no_interval"),
        (effect("primary", status="known_invalid"), "no_interval"),
        (effect("primary", status="cannot_reject"), "no_interval"),
        (of("sensitivity", "question", "placebo_dates", verdict="not passed"), "apart"),
        (effect("primary", conf_low=-0.1), "open"),
        (effect("primary", p_value=0.05), "open"),
        (effect("primary", p_floor=0.09), "open"),
        (effect("primary", conf_low=-9.0, conf_high=-1.0), "agrees"),
    ],
)
def test_the_grade_follows_the_primary_effect_and_the_years_before(
    plain: Released, change: Change, expected: str
) -> None:
    assert grade(change(firm(plain))) == expected


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (effect("companion", conf_low=-0.1), "companion"),
        (effect("companion", status="cannot_reject"), "companion"),
        (effect("companion", role="other"), "companion"),
        (of("sensitivity", "question", "movers", verdict="not passed"), "checks"),
        (lambda r: rows(r, "sensitivity", lambda row: True, verdict="cannot tell"), "unchecked"),
        (of("calibration", "role", "primary", rate_low=0.06), "rate"),
        (of("estimators", "estimator", "stacked", differs="yes"), "estimators"),
        (lambda r: of("diagnostics", "diagnostic", "breakdown_sd", level="red")(
            of("diagnostics", "diagnostic", "breakdown_ratio", level="amber")(r)), "inseparable"),
    ],
)  # fmt: skip
def test_one_doubt_is_enough_to_take_the_highest_grade_away(plain: Released, change: Change, why: str) -> None:
    shaken = change(firm(plain))
    assert grade(shaken) == "fragile"
    assert doubts(shaken) == (why,)


def test_a_method_that_finds_too_much_is_judged_by_the_sure_end_of_its_rate(plain: Released) -> None:
    assert grade(of("calibration", "role", "primary", false_positive_rate=0.09, rate_low=0.05)(firm(plain))) == "agrees"


def said(released: Released, language: str = "en") -> dict[str, str]:
    lines = answer(study_words(language, released.study), released)
    return {line.key: " ".join(line.sentences).replace("\u00a0", " ") for line in lines}


CASES: dict[str, Change] = {
    "no_interval": lambda r: effect("primary", conf_low=None, conf_high=None)(firm(r)),
    "apart": lambda r: of("sensitivity", "question", "anticipation", verdict="not passed")(firm(r)),
    "open": lambda r: r,
    "fragile": lambda r: effect("companion", conf_low=-0.1)(firm(r)),
    "agrees": firm,
}


def test_the_words_of_each_grade_in_english(plain: Released) -> None:
    text = {name: said(change(plain)) for name, change in CASES.items()}
    assert {name: grade(change(plain)) for name, change in CASES.items()} == {name: name for name in GRADES}
    assert text["open"]["certainty"] == (
        "The data do not tell apart an effect and no effect. They fit any effect from −1.4 to 12.6 workdays a year."
    )
    assert text["open"]["use"].startswith("On its own the number is no reason to start, extend or stop IPS")
    assert text["fragile"]["certainty"] == (
        "There is a sign of an effect, and it is not firm. The main method leaves zero out "
        "(1.0 to 9.0 workdays a year), but a second method with other assumptions does not."
    )
    assert "Plan with the cautious end of the range, 1.0 workdays a year, rather" in text["agrees"]["use"]
    assert text["apart"]["use"].startswith("Do not use the number as the effect of IPS.")
    assert text["no_interval"]["use"].startswith("Do not base a decision on this number.")


def test_the_cautious_end_of_a_fall_is_the_one_next_to_zero(plain: Released) -> None:
    fallen = effect("primary", conf_low=-9.0, conf_high=-1.0)(firm(plain))
    assert "cautious end of the range, −1.0 workdays" in said(fallen)["use"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_grade_has_words_that_claim_no_cause_and_no_verdict(plain: Released, language: str) -> None:
    for name, change in CASES.items():
        text = said(change(plain), language)
        assert {"reach", "certainty", "use"} <= set(text), name
        for key in ("reach", "certainty", "use"):
            assert not CAUSE.search(text[key])
            assert not VERDICT.search(text[key])
            assert "{" not in text[key]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "How many took part in IPS is not known."),
        ({"reach": {"share": None}}, "is withheld by the disclosure rules."),
        ({"reach": {"share": 0.16}}, "Those who took part in IPS in a year make up 16% of them."),
        ({"reach": {"share": 1.2}}, "are 120% of their number, so some were not among them."),
    ],
)
def test_reach_stands_beside_the_effect(plain: Released, facts: dict[str, Any], told: str) -> None:
    text = said(replace(plain, facts={**plain.facts, **facts}))["reach"]
    assert text.startswith("The number is about all recipients.")
    assert text.endswith(told)


def test_page_one_holds_the_answer_and_what_follows_and_no_more(plain: Released) -> None:
    from ipscausal.report.headline import evidence, headline

    words = study_words("en", plain.study)
    assert [line.key for line in headline(words, plain).answer] == ["estimate", "reach", "certainty", "use"]
    (rest,) = evidence(words, plain)
    assert [term for term, _ in rest.items][:3] == ["Primary interval", "Companion", "Taken together"]
