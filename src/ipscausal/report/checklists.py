"""TARGET (2025) and RECORD (2015), each item answered: where it stands, what it says, or why it does not apply.

Items are in words of our own. Those of RECORD bear the numbers of the statement; those of TARGET stand under its six
sections without numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipscausal.language import Catalogue, benefit_of, capital
from ipscausal.report.deviations import deviations_in_short
from ipscausal.report.document import Block, Paragraph, Section, Table, TableRow
from ipscausal.report.released import Released
from ipscausal.report.target_trial import checklists_of, stated


@dataclass(frozen=True, slots=True)
class Item:
    """key: of the catalogue. anchor: the section that answers it. statement: the authors' text that does."""

    key: str
    anchor: str = ""
    statement: str = ""


PAGE = "question"
"""Address of page one."""
TARGET: Mapping[str, tuple[Item, ...]] = {
    "abstract": (Item("identified", "target-trial"), Item("summary", PAGE)),
    "introduction": (Item("background"), Item("question", PAGE), Item("reason")),
    "methods": (
        Item("data", "provenance"), Item("protocol", "target-trial"), Item("mapping", "target-trial"),
        Item("confounding", "definitions"), Item("missing", "flow"),
    ),
    "results": (
        Item("selection", "flow"), Item("baseline", "baseline"), Item("follow_up", "recipients"),
        Item("outcomes", "trends"), Item("estimates", "methods"), Item("additional", "checks"),
    ),
    "discussion": (Item("interpretation", PAGE), Item("limitations", "meaning")),
    "other": (
        Item("ethics", statement="ethics"), Item("registration", "deviations"),
        Item("sharing", "provenance", "data_access"), Item("funding", statement="funding"),
        Item("interests", statement="interests"),
    ),
}  # fmt: skip
RECORD = (
    Item("1_1", "provenance"), Item("1_2", "definitions"), Item("1_3"), Item("6_1", "definitions"), Item("6_2"),
    Item("6_3", "flow"), Item("7_1", "definitions"), Item("12_1", statement="data_access"), Item("12_2", "flow"),
    Item("12_3", "flow"), Item("13_1", "flow"), Item("19_1", "meaning"), Item("22_1", "provenance"),
)  # fmt: skip


def checklists(words: Catalogue, released: Released, sections: tuple[Section, ...]) -> tuple[Block, ...]:
    """The checklists that the study asks for. sections: of the report, which the items point to."""
    asked = checklists_of(released)
    if not asked:
        return ()
    headings = {section.anchor: section.heading for section in sections} | {PAGE: words.raw("report.answer_label")}
    answers = _Answers(words, released, headings)
    made = {"TARGET": ("TARGET, 2025", _target), "RECORD": ("RECORD, 2015", _record)}
    tables = tuple(
        Table(
            caption=made[name][0],
            columns=tuple(words.raw(f"report.checklist_{column}") for column in ("item", "answer", "place")),
            rows=made[name][1](answers),
            text_columns=(1, 2),
        )
        for name in asked
    )
    return Paragraph(words.raw("report.checklists_text")), *tables


def _target(answers: _Answers) -> tuple[TableRow, ...]:
    rows: list[TableRow] = []
    for group, items in TARGET.items():
        rows.append(TableRow((answers.words.raw(f"checklist.group.{group}"),), "group"))
        rows += [answers.row("target", item, "") for item in items]
    return tuple(rows)


def _record(answers: _Answers) -> tuple[TableRow, ...]:
    return tuple(answers.row("record", item, f"{item.key.replace('_', '.')} ") for item in RECORD)


class _Answers:
    """What items are answered with."""

    def __init__(self, words: Catalogue, released: Released, headings: Mapping[str, str]) -> None:
        self.words, self._released, self._headings = words, released, headings
        self._values = _values(words, released)

    def row(self, name: str, item: Item, number: str) -> TableRow:
        """The item with its answer and the section it stands in."""
        place = self._headings.get(item.anchor, "")
        item_text = f"{number}{self.words.raw(f'checklist.{name}.{item.key}')}"
        return TableRow((item_text, self._answer(name, item, place), place))

    def _answer(self, name: str, item: Item, place: str) -> str:
        if item.statement:
            given = (self._released.study.get("statements") or {}).get(item.statement)
            missing = self.words.text("checklist.not_stated", name=f"statements.{item.statement}")
            return stated(given, self.words.language) or missing
        key = f"checklist.{name}_answer.{item.key}"
        if item.key == "confounding" and self._values["covariates"]:
            key += "_adjusted"
        if self.words.has(key):
            return self.words.text(key, **self._values)
        return self.words.raw("checklist.see" if place else "checklist.absent")


def _values(words: Catalogue, released: Released) -> dict[str, Any]:
    study, facts = released.study, released.facts
    delivered = [name for name, extract in study["extracts"].items() if extract]
    selected = "benefit" if study["population"]["benefit"] else "everyone"
    return {
        "registers": [words.name("register", name) for name in delivered],
        "registers_first": capital(words.style.listed(words.name("register", name) for name in delivered)),
        "first": facts["first_year"],
        "last": facts["last_year"],
        "municipalities": facts["n_municipalities"],
        "covariates": [words.name("covariate", name) for name in study["design"]["covariates"]],
        "plan": deviations_in_short(words, released),
        "selected": words.text(f"checklist.selected.{selected}", benefit=benefit_of(words, study["population"])),
    }
