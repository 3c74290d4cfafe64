"""The answer: each sentence only where its numbers are released, and the wording rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import changed, example

from ipscausal import figures
from ipscausal.disclosure import release
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.report import AnswerLine, answer, read
from ipscausal.results import Results

NBSP = "\u00a0"
LINES = (
    "estimate", "reach", "certainty", "use", "primary", "companion", "together", "rank", "breakdown", "not_used",
    "power",
)  # fmt: skip


@pytest.fixture(autouse=True)
def quick_png(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pixels are tested with the figures."""
    monkeypatch.setattr(figures, "png", lambda figure, labels: labels.alt.encode())


def said(results: Results, folder: Path, language: str = "en") -> dict[str, str]:
    """Sentences of each line, as one text."""
    release(results, folder)
    lines: tuple[AnswerLine, ...] = answer(catalogue(language), read(folder))
    return {line.key: " ".join(line.sentences).replace(NBSP, " ") for line in lines}


def att(role: str) -> Any:
    return lambda row: (row["term"], row["outcome"], row.get("role")) == ("att", "workdays", role)


def with_role(results: Results, of: str, **values: Any) -> Results:
    return changed(results, "estimates", att(of), **values)


def with_facts(results: Results, **values: Any) -> Results:
    return replace(results, facts={**results.facts, **values})


def diagnostic(results: Results, key: str, **values: Any) -> Results:
    return changed(results, "diagnostics", lambda row: row["diagnostic"] == key, **values)


def without(results: Results, *keys: str) -> Results:
    kept = tuple(row for row in results.tables["diagnostics"] if row["diagnostic"] not in keys)
    return replace(results, tables={**results.tables, "diagnostics": kept})


def test_every_line_in_english(tmp_path: Path) -> None:
    text = said(example(), tmp_path)
    assert tuple(text) == LINES
    expected = {
        "estimate": "+5.6 workdays a year per recipient Average over 2016–2019.",
        "reach": "The number is about all recipients. How many took part in IPS is not known.",
        "certainty": "The data do not tell apart an effect and no effect. They fit any effect from −1.4 to 12.6",
        "use": "On its own the number is no reason to start, extend or stop IPS: it is evidence neither for",
        "primary": "95% interval −1.4 to 12.6 workdays a year, p = 0.10, by the method “Panel model, corrected for "
        "size”. It assumes that the yearly shocks are equally large in all municipalities and fade at the same rate.",
        "companion": "95% interval −2.0 to 13.2 workdays a year, p = 0.13, by the method “Random-effects contrasts",
        "together": "The data alone cannot separate this effect from ordinary year-to-year variation between",
        "rank": "this effect is number 1. In 9% of panels without any effect",
        "breakdown": "standard deviation below 0.9 workdays a year. In this panel it is put at 2.0, with a plausible "
        "range of 1.2 to 3.1. The test by “Random-effects contrasts (RE-DiD)” rejects only if the yearly shocks in the "
        "IPS municipality are at most 0.62 times as large",
        "not_used": "gives p = 0.001. By that rule an effect would be found at the 5% level in 15% of panels like this "
        "one without an effect (plausible range 7% to 27%).",
        "power": "detects an effect of 8.0 workdays a year with 80% probability. An effect as large as the estimate, "
        "+5.6, would be detected in 49% of repetitions.",
    }
    assert {key: sentence in text[key] for key, sentence in expected.items()} == dict.fromkeys(expected, True)


def test_every_line_in_bokmaal(tmp_path: Path) -> None:
    text = said(example(), tmp_path, "nb")
    assert tuple(text) == LINES
    expected = {
        "estimate": "+5,6 arbeidsdager i året per mottaker Gjennomsnitt for 2016–2019.",
        "reach": "Tallet gjelder alle mottakere. Det er ikke kjent hvor mange som deltok i IPS.",
        "certainty": "Dataene skiller ikke mellom en effekt og ingen effekt.",
        "use": "Alene er tallet ingen grunn til å starte, utvide eller avslutte IPS",
        "primary": "Metodens test forkaster den ikke på 5 %-nivå.",
        "together": "Dataene alene kan ikke skille denne effekten fra vanlig variasjon mellom kommuner fra år til år.",
        "breakdown": "har et standardavvik under 0,9 arbeidsdager i året. I dette panelet er det anslått til 2,0",
        "not_used": "i 15 % av paneler som dette uten noen effekt (rimelig område 7 % til 27 %).",
        "power": "oppdager en effekt på 8,0 arbeidsdager i året med 80 % sannsynlighet.",
    }
    assert {key: sentence in text[key] for key, sentence in expected.items()} == dict.fromkeys(expected, True)


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        (lambda r: with_role(r, "companion", conf_low=None, conf_high=None), "companion"),
        (lambda r: without(r, "breakdown_ratio", "breakdown_lau_li"), "together"),
        (lambda r: changed(r, "estimates", lambda row: row["rank"] is not None, rank=None), "rank"),
        (lambda r: without(r, "breakdown_sd", "breakdown_ratio"), "breakdown"),
        (lambda r: with_facts(r, conventional_rate=None, cr1_false_positive_rate=None), "not_used"),
        (lambda r: with_role(r, "conventional", role="other"), "not_used"),
        (lambda r: with_facts(r, power_at_estimate=None, mde=None), "power"),
    ],
)
def test_a_line_without_its_number_is_not_there(tmp_path: Path, change: Any, gone: str) -> None:
    assert gone not in said(change(example()), tmp_path)


def test_a_withheld_effect_leaves_one_sentence_and_no_number(tmp_path: Path) -> None:
    hidden = changed(example(), "estimates", lambda row: row["outcome"] == "workdays", support_control=9)
    hidden = changed(hidden, "headline", lambda row: row["term"] == "att", support_control=9)
    assert said(hidden, tmp_path) == {"estimate": "This number is withheld by the disclosure rules."}


def test_an_interval_without_zero_is_told_by_what_it_excludes(tmp_path: Path) -> None:
    text = said(with_role(example(), "primary", conf_low=0.7, p_value=0.03), tmp_path)["primary"]
    assert "an effect of zero is not compatible with the data, nor are effects below 0.7 or above 12.6 workdays" in text
    assert "cannot reject" not in text


def test_not_rejecting_is_said_of_a_test(tmp_path: Path) -> None:
    text = said(example(), tmp_path)["primary"]
    assert "effects below −1.4 and above 12.6 workdays a year are not compatible with the data" in text
    assert "the test of this method does not reject it at the 5% level" in text


@pytest.mark.parametrize(
    ("primary", "companion", "depends"),
    [(0.03, 0.09, True), (0.09, 0.03, True), (0.03, 0.04, False), (0.09, 0.2, False), (0.05, 0.2, False)],
)
def test_disagreement_across_the_level_depends_on_an_assumption(
    tmp_path: Path, primary: float, companion: float, depends: bool
) -> None:
    results = with_role(with_role(example(), "primary", p_value=primary), "companion", p_value=companion)
    text = said(results, tmp_path)["together"]
    assert ("depends on the assumption that" in text) is depends
    if depends:
        rejecting = (
            "the yearly shocks are equally large" if primary < companion else "yearly shocks disturb the changes"
        )
        assert f"depends on the assumption that {rejecting}" in text
        assert "p = 0.030) rejects, the other" in text


def test_a_companion_that_could_never_reject_does_not_disagree(tmp_path: Path) -> None:
    results = with_role(example(), "primary", p_value=0.03)
    results = with_role(results, "companion", p_value=1 / 11, status="cannot_reject")
    assert "depends on" not in said(results, tmp_path)["together"]


@pytest.mark.parametrize(
    ("levels", "told"),
    [(("red", "red", "green"), True), (("amber", "green", "amber"), True), (("red", "green", "green"), False),
     (("green", "green", "green"), False)],
)  # fmt: skip
def test_two_of_three_breakdowns_bring_the_fixed_sentence(tmp_path: Path, levels: tuple[str, ...], told: bool) -> None:
    results = example()
    for key, level in zip(("breakdown_sd", "breakdown_ratio", "breakdown_lau_li"), levels, strict=True):
        results = diagnostic(results, key, level=level)
    assert ("cannot separate" in said(results, tmp_path).get("together", "")) is told


def test_breakdowns_at_zero_have_their_own_sentence(tmp_path: Path) -> None:
    results = diagnostic(diagnostic(example(), "breakdown_sd", value=0.0), "breakdown_ratio", value=0.0)
    text = said(results, tmp_path)["breakdown"]
    assert "even if there were no yearly shocks to municipalities at all" in text
    assert "even if the IPS municipality has no yearly shocks at all" in text
    assert "0.0" not in text


def test_without_the_shocks_of_the_panel_nothing_is_said_of_them(tmp_path: Path) -> None:
    text = said(without(example(), "shock_sd"), tmp_path)["breakdown"]
    assert "below 0.9 workdays a year. The test by" in text
    assert "In this panel" not in text


def test_the_conventional_p_is_never_alone(tmp_path: Path) -> None:
    bare = with_facts(example(), conventional_rate=None)
    text = said(bare, tmp_path / "closed")["not_used"]
    assert "p =" not in text
    assert "in 38% of panels like this one without an effect." in text
    no_p = said(with_role(example(), "conventional", p_value=None), tmp_path / "rate")["not_used"]
    assert "is not shown: by it an effect would be found at the 5% level in 15% of panels" in no_p


def test_shares_are_told_in_percentage_points(tmp_path: Path) -> None:
    results = example()
    outcome = {**results.study["outcome"], "name": "employed"}
    tables = {
        **results.tables,
        "headline": tuple({**row, "outcome": "employed"} for row in results.tables["headline"]),
        "diagnostics": tuple(
            {**row, "outcome": "employed", "value": 0.01 if row["diagnostic"] == "breakdown_sd" else row["value"]}
            for row in results.tables["diagnostics"]
        ),
    }
    text = said(
        with_facts(replace(results, tables=tables, study={**results.study, "outcome": outcome}), mde=0.04), tmp_path
    )
    assert text["estimate"].startswith("+2.7 percentage points per recipient")
    assert "standard deviation below 1.0 percentage points" in text["breakdown"]
    assert "an effect of 4.0 percentage points" in text["power"]


def test_the_screen_has_the_same_lines_in_short(tmp_path: Path) -> None:
    release(example(), tmp_path)
    lines = answer(catalogue("en"), read(tmp_path))
    short: Mapping[str, tuple[str, ...]] = {line.key: line.short for line in lines}
    assert tuple(short) == LINES
    assert short["primary"] == ("95% interval −1.4 to 12.6, p\xa0=\xa00.10: Panel model, corrected for size",)
    assert all(len(text) < 170 for texts in short.values() for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_answer_or_the_diagnostics_is_a_verdict(language: str) -> None:
    words = catalogue(language)
    texts = [words.raw(key).lower() for key in words.keys if key.startswith(("answer.", "diagnostic.", "method."))]
    assert len(texts) > 150
    for verdict in ("significant", "signifikant", "proves", "beviser", "effective.", "virker ikke", "does not work"):
        assert [text for text in texts if verdict in text] == []
