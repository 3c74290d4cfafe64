"""The trial a study stands in for, the checklists, deviations from the plan and origins, as a report tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from lib.example_effects import in_doubt
from lib.example_results import example
from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.language import LANGUAGES, catalogue, study_words
from ipscausal.report import Released, read
from ipscausal.report.checklists import RECORD, TARGET, checklists
from ipscausal.report.content import document
from ipscausal.report.deviations import deviations
from ipscausal.report.document import Document, Paragraph, Section, Table, TableRow
from ipscausal.report.provenance import provenance, subtitle
from ipscausal.report.target_trial import PARTS, target_trial
from ipscausal.study import Extracts, Report, Statements, TargetTrial


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Released:
    folder = tmp_path_factory.mktemp("checklists") / "release"
    with undrawn():
        release(in_doubt(example()), folder)
    return read(folder)


@pytest.fixture(scope="module")
def whole(plain: Released) -> dict[str, Document]:
    """The whole report in every language; other tests make the section that they are about."""
    with undrawn():
        return {language: document(study_words(language, plain.study), plain) for language in LANGUAGES}


def stating(released: Released, **sections: Any) -> Released:
    """The same release of a study with other sections."""
    return replace(released, study={**released.study, **sections})


HERE = tuple(Section(anchor, anchor, ()) for anchor in ("checks", "deviations", "provenance"))


def blocks(released: Released, anchor: str, language: str = "en", sections: tuple[Section, ...] = HERE) -> Any:
    words = study_words(language, released.study)
    makers: dict[str, Callable[[], Any]] = {
        "checklists": lambda: checklists(words, released, sections), "deviations": lambda: deviations(words, released),
        "target-trial": lambda: target_trial(words, released), "provenance": lambda: (provenance(words, released),),
    }  # fmt: skip
    return makers[anchor]()


def tables(released: Released, anchor: str, language: str = "en", sections: tuple[Section, ...] = HERE) -> list[Table]:
    return [block for block in blocks(released, anchor, language, sections) if isinstance(block, Table)]


def by_item(table: Table) -> dict[str, TableRow]:
    return {row.cells[0]: row for row in table.rows}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_is_answered_and_points_to_a_section_that_is_there(
    whole: dict[str, Document], language: str
) -> None:
    made = whole[language]
    headings = {one.heading for one in made.sections} | {made.headline.answer_label}
    lists = next(one for one in made.sections if one.anchor == "checklists")
    shown = [block for block in lists.blocks if isinstance(block, Table)]
    assert len(shown) == 2
    for table in shown:
        items = [row for row in table.rows if row.tone != "group"]
        assert all(row.cells[1] for row in items)
        assert {row.cells[2] for row in items} <= headings | {""}
        assert all("{" not in cell for row in items for cell in row.cells)
    assert [one.anchor for one in made.sections][-5:] == [
        "target-trial", "deviations", "withheld", "checklists", "provenance",
    ]  # fmt: skip
    origins = made.sections[-1].blocks[0]
    assert isinstance(origins, Paragraph)
    assert next(one.heading for one in made.sections if one.anchor == "meaning") in origins.text


def test_record_has_its_thirteen_numbers_and_target_its_six_sections() -> None:
    assert [item.key.replace("_", ".") for item in RECORD] == [
        "1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1",
    ]  # fmt: skip
    assert len(TARGET) == 6
    parts = tuple(TargetTrial.model_fields)
    assert parts == PARTS
    words = catalogue("nb")
    answered = [key for key in words.keys if key.startswith(("checklist.target.", "checklist.record."))]
    items = {f"checklist.target.{item.key}" for group in TARGET.values() for item in group}
    assert set(answered) == items | {f"checklist.record.{item.key}" for item in RECORD}
    statements = {item.statement for group in (*TARGET.values(), RECORD) for item in group if item.statement}
    assert statements == set(Statements.model_fields)
    assert [name for name in Extracts.model_fields if not words.has(f"register.{name}")] == []


def test_a_section_that_a_study_does_not_have_is_not_applicable_and_says_why(plain: Released) -> None:
    with_checks, without = (
        by_item(tables(plain, "checklists", sections=sections)[0])["Further analyses and checks"].cells[1:]
        for sections in (HERE, HERE[1:])
    )
    assert with_checks == ("Answered in the section.", "checks")
    assert without == ("Not applicable, because the study has no such analysis.", "")


def test_what_only_authors_know_is_taken_from_the_study_file_or_told_to_be_missing(plain: Released) -> None:
    stated = stating(plain, statements={"funding": {"en": "A ministry", "nb": "Et departement"}, "ethics": "REK 1"})
    english, norwegian = (by_item(tables(stated, "checklists", language)[0]) for language in ("en", "nn"))
    assert english["Funding"].cells[1] == "A ministry"
    # the nearest language of those that are stated
    assert norwegian["Finansiering"].cells[1] == "Et departement"
    assert (english["Approval"].cells[1], norwegian["Godkjenning"].cells[1]) == ("REK 1", "REK 1")
    assert english["Interests of the authors"].cells[1] == "Not stated: the study file has no statements.interests."


@pytest.mark.parametrize(
    ("change", "item", "told"),
    [
        ({"design": {"covariates": ["age", "sex"]}}, "Adjustment for differences at the start", "Adjusted for the "),
        ({"population": {"benefit": None, "receipt": "everyone"}}, "6.2 Validation of what they were selected by",
         "Not applicable, because persons are selected by age and residence, which"),
        ({}, "6.2 Validation of what they were selected by",
         "Not applicable, because persons are selected by receipt of work assessment allowance (WAA), age and"),
        ({}, "1.2 Place and time", "11 municipalities, 2010–2019."),
        ({}, "Data sources, places and years", "Persons, residence, "),
    ],
)  # fmt: skip
def test_answers_follow_the_study(plain: Released, change: dict[str, Any], item: str, told: str) -> None:
    changed = stating(plain, **{name: {**plain.study[name], **values} for name, values in change.items()})
    rows = {key: row for table in tables(changed, "checklists") for key, row in by_item(table).items()}
    told = told.replace("the ", "") if item.startswith("Adjustment") else told
    assert rows[item].cells[1].startswith(told)


def test_a_part_of_the_trial_that_the_study_states_stands_in_place_of_the_rule(plain: Released) -> None:
    own = {"eligibility": "18–64 år", "strategies": {"en": "IPS now", "nb": "IPS nå"}}
    (table,) = tables(stating(plain, target_trial=own), "target-trial")
    (written,) = tables(plain, "target-trial")
    assert [row.cells[1] for row in table.rows[:2]] == ["18–64 år", "IPS now"]
    assert [row.cells for row in table.rows[2:]] == [row.cells for row in written.rows[2:]]
    assert [row.cells[2] for row in table.rows] == [row.cells[2] for row in written.rows]
    assert len(table.rows) == len(PARTS)
    assert all(all(row.cells) for row in written.rows)


@pytest.mark.parametrize(
    ("receipt", "told"),
    [
        ("baseline cohort", "the cohort is fixed before it"),
        ("entry", "begins to receive"),
        ("1 January", "in each year"),
    ],
)
def test_time_begins_where_the_population_says(plain: Released, receipt: str, told: str) -> None:
    population = {**plain.study["population"], "receipt": receipt, "follow_up_months": 12}
    (table,) = tables(stating(plain, population=population), "target-trial")
    assert told in by_item(table)["When it begins"].cells[2]


@pytest.mark.parametrize("asked", [(), ("RECORD",), ("TARGET",), ("RECORD", "TARGET")])
def test_a_report_holds_the_checklists_that_are_asked_for(plain: Released, asked: tuple[str, ...]) -> None:
    asking = stating(plain, report={**plain.study["report"], "checklists": list(asked)})
    assert bool(blocks(asking, "target-trial")) is ("TARGET" in asked)
    assert [table.caption.split(",")[0] for table in tables(asking, "checklists")] == list(asked)
    assert bool(blocks(asking, "checklists")) is bool(asked)


def test_both_are_asked_for_unless_the_study_says_otherwise() -> None:
    assert Report().checklists == get_args(get_args(Report.model_fields["checklists"].annotation)[0])


PLAN = {"locked": "2026-03-01", "sha256": "ab" * 32, "version": "0.1.0"}
AGES = {"key": "population.ages", "planned": "[18, 29]", "used": "[18, 34]", "date": "2026-05-02", "reason": "Asked"}
MOVERS = {"key": "sensitivity.movers.check", "planned": '"movers"', "used": "", "date": "2026-11-22", "reason": ""}


def planned(released: Released, status: str, **facts: Any) -> Released:
    about = {**released.study["study"], "plan": {"status": status, "url": ""}}
    return replace(stating(released, study=about), facts={**released.facts, **facts})


@pytest.mark.parametrize(
    ("status", "facts", "told"),
    [
        ("draft", {}, "No plan was locked: the study file calls its plan a draft."),
        ("locked", {}, "The lock was not at hand where these numbers were made"),
        ("locked", {"plan": PLAN, "deviations": []},
         "No deviations. Every choice that can move a number is as in the plan locked 1 March 2026."),
        ("amended", {"plan": PLAN, "deviations": [AGES, MOVERS]},
         "The plan was locked 1 March 2026. 2 choices are not as planned."),
        ("amended", {"plan": PLAN, "deviations": [AGES]}, "1 choice is not as planned."),
    ],
)  # fmt: skip
def test_deviations_are_told_or_why_they_cannot_be(
    plain: Released, status: str, facts: dict[str, Any], told: str
) -> None:
    made = planned(plain, status, **facts)
    assert told in blocks(made, "deviations")[0].text
    assert len(tables(made, "deviations")) == bool(facts.get("deviations"))
    # where a protocol is asked for, and among the origins
    assert told in by_item(tables(made, "checklists")[0])["Registration, protocol and changes"].cells[1]
    assert told in by_item(tables(made, "provenance")[0])["Deviations from the plan"].cells[1]


def test_each_deviation_has_its_day_both_values_and_a_reason(plain: Released) -> None:
    made = planned(plain, "amended", plan=PLAN, deviations=[AGES, MOVERS])
    (table,) = tables(made, "deviations")
    assert [row.cells for row in table.rows] == [
        ("population.ages", "2 May 2026", "[18, 29]", "[18, 34]", "Asked"),
        ("sensitivity.movers.check", "22 November 2026", '"movers"', "–", "none given"),
    ]
    assert by_item(tables(made, "provenance")[0])["Locked plan (SHA-256)"].cells[1] == "ab" * 32
    assert subtitle(study_words("en", made.study), made).endswith("Analysis plan of 1 March 2026, later amended.")


def test_origins_tell_when_a_table_was_drawn_and_which_codes_are_used(plain: Released) -> None:
    persons = {**plain.study["extracts"]["persons"], "extracted": "2026-10-01"}
    dated = stating(plain, extracts={**plain.study["extracts"], "persons": persons})
    rows = by_item(tables(dated, "provenance")[0])
    assert rows["Extract persons (SHA-256)"].cells[1] == f"20,411 rows; drawn 1 October 2026; {'ab12' * 16}"
    plainly = by_item(tables(plain, "provenance")[0])
    assert "; day of extraction not stated; " in plainly["Extract persons (SHA-256)"].cells[1]
    assert plainly["Municipality codes"].cells[1].startswith("As registered in each year")
    joined = stating(plain, population={**plain.study["population"], "municipalities": "harmonised"})
    assert "table of changes" in by_item(tables(joined, "provenance")[0])["Municipality codes"].cells[1]


def test_the_lock_is_no_path_and_its_section_no_place(plain: Released, tmp_path: Path) -> None:
    """What a release says of a plan is day, hash and version, whatever the facts of a run hold."""
    about = {**PLAN, "path": "/home/analyst/study.locked.toml"}
    results = example()
    locked = replace(results, facts={**results.facts, "plan": about, "deviations": [AGES]})
    with undrawn():
        release(locked, tmp_path / "release")
    assert read(tmp_path / "release").facts["plan"] == PLAN
