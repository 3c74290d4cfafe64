"""No report says more than its numbers bear: every sentence of the examples, and a breach of each rule caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from lib.example_effects import in_doubt, staggered
from lib.example_results import example
from lib.guardrails import breaches, of_words
from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.language import LANGUAGES, catalogue, study_words
from ipscausal.report import read
from ipscausal.report.content import document
from ipscausal.report.document import AnswerLine, Document, Headline, KeyFigure, Paragraph, Section, Table, TableRow
from ipscausal.results import Results

REACHED = {"share": 0.16, "least": 60.0, "others": 300.0, "participants": 160.0, "persons": [1000]}


def with_reach(results: Results) -> Results:
    return replace(results, facts={**results.facts, "reach": REACHED})


def with_deviations(results: Results) -> Results:
    plan = {"locked": "2026-03-01", "sha256": "ab" * 32, "version": "0.1.0"}
    one = {"key": "population.ages", "planned": "[18, 29]", "used": "[18, 34]", "date": "2026-05-02", "reason": "Asked"}
    study = {**results.study, "study": {**results.study["study"], "plan": {"status": "amended", "url": ""}}}
    return replace(results, study=study, facts={**results.facts, "plan": plan, "deviations": [one]})


EXAMPLES: dict[str, Callable[[Results], Results]] = {
    "one date": lambda results: results, "in doubt": lambda results: with_reach(in_doubt(results)),
    "staggered": lambda results: with_deviations(staggered(results)),
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(EXAMPLES))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("guardrails") / "release"
    with undrawn():
        release(EXAMPLES[request.param](example()), made)
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_a_report_breaks_a_rule(folder: Path, language: str) -> None:
    released = read(folder)
    with undrawn():
        made = document(study_words(language, released.study), released)
    assert breaches(made) == []
    assert {section.anchor for section in made.sections} >= {"event-study", "methods", "evidence", "checklists"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_that_a_report_may_use_breaks_a_rule_of_words(language: str) -> None:
    words = catalogue(language)
    texts = {key: words.raw(key) for key in words.keys if not key.startswith("explain.")}
    assert {key: text for key, text in texts.items() if of_words(text)} == {}


LINES = tuple(AnswerLine(key, key, (f"{key} in plain words.",), ("short",)) for key in ("reach", "certainty", "use"))
FIGURE = KeyFigure("Average", "+5.6", "days", "95% interval", "12.7 work-years", "per calendar year", "")
BOX = Headline("Q", "Did it?", "A", LINES, "F", (FIGURE,), "+5.60 × 521 ÷ 230 = 12.7 per calendar year.")
TABLE = Table("Main", ("Method", "p", "Status"), (TableRow(("CR1", "0.01 (56%)", "known to be invalid")),))
METHODS = Section("methods", "Methods", (TABLE, Paragraph("reach in plain words.", "note")))
_WORDLESS = {field.name: "" for field in fields(Document)}
KEPT = Document(**{**_WORDLESS, "language": "en", "made": None, "headline": BOX, "sections": (METHODS,)})


def saying(text: str) -> Document:
    return replace(KEPT, sections=(*KEPT.sections, Section("x", "X", (Paragraph(text),))))


def boxed(**values: object) -> Document:
    return replace(KEPT, headline=replace(BOX, **values))


def line(key: str, text: str) -> tuple[AnswerLine, ...]:
    return tuple(replace(one, sentences=(text,)) if one.key == key else one for one in LINES)


BREACHES = {
    "IPS caused more work.": "cause",
    "Årsaken er IPS.": "cause",
    "Tiltaket forårsaket mer arbeid.": "cause",
    "Dette er ein kausal verknad.": "cause",
    "The effect is significant.": "verdict",
    "Effekten er signifikant.": "verdict",
    "IPS works well.": "verdict",
    "They were 32% more likely to work.": "likely",
    "De hadde 32 prosent mer sannsynlig arbeid.": "likely",
    "An odds ratio of 1.32 is 32% more.": "odds as risk",
    "Oddsforholdet er 1,3 ganger større.": "odds as risk",
    "Participants gained 5.6 days.": "participants",
    "Deltakerne fikk 5,6 dager mer.": "participants",
    "Deltakarane fekk 5,6 dagar meir.": "participants",
    "It is worth 12.7 work-years.": "work-years without N, D and period",
    "Det svarer til 12,7 årsverk.": "work-years without N, D and period",
    "That is +8.8 per cent relative to the comparison.": "relative before absolute",
}


def test_a_document_that_keeps_the_rules_has_no_breach() -> None:
    assert breaches(KEPT) == []


@pytest.mark.parametrize("text", sorted(BREACHES))
def test_a_sentence_that_breaks_a_rule_is_caught(text: str) -> None:
    assert [found.split(":")[0] for found in breaches(saying(text))] == [BREACHES[text]]


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (boxed(rule=""), "work-years without"),
        (boxed(rule="+5.60 × 521 ÷ 230 = 12.7"), "work-years without"),
        (boxed(figures=(replace(FIGURE, second_unit=""),)), "work-years without"),
        (boxed(answer=line("certainty", "p = 0.03, so it is there.")), "not plain"),
        (boxed(answer=line("use", "Use the confidence interval.")), "not plain"),
        (boxed(answer=LINES[:1]), "not plain"),
        (replace(KEPT, sections=(replace(METHODS, blocks=METHODS.blocks[:1]),)), "an effect without its reach"),
        (
            replace(KEPT, sections=(replace(METHODS, blocks=(
                replace(TABLE, rows=(TableRow(("CR1", "0.01", "known to be invalid")),)), METHODS.blocks[1])),)),
            "a p that the design cannot support",
        ),
    ],
)  # fmt: skip
def test_a_document_that_leaves_out_what_belongs_is_caught(broken: Document, rule: str) -> None:
    found = breaches(broken)
    assert found
    assert all(text.startswith(rule) for text in found)
