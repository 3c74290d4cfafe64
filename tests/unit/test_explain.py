"""Every name that the software prints is explained, in every language and offline."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from lib.example_results import example
from lib.released import quick_png  # noqa: F401

from ipscausal import errors
from ipscausal.advisor.diagnostics import Level
from ipscausal.cli import compared, converted, doctored, explained, locked, municipalities, pooled  # noqa: F401
from ipscausal.cli.commands import app
from ipscausal.contract import RULES
from ipscausal.contract.rules import Severity
from ipscausal.disclosure import LEDGER, RELEASED_TABLES, release
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.rules import AS_STRICT, presets
from ipscausal.disclosure.table_entry import PASS, REVIEW
from ipscausal.disclosure.table_sums import ARMS
from ipscausal.errors import ContractError, UsageError
from ipscausal.explain import explain, topics
from ipscausal.inference.registry import METHODS
from ipscausal.inference.row import Role
from ipscausal.language import LANGUAGES
from ipscausal.outcomes import BUILT_IN, KINDS
from ipscausal.sensitivity.check import Verdict
from ipscausal.study.plan import Plan

pytestmark = pytest.mark.usefixtures("quick_png")

ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.IpsError)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_rule_and_method_has_its_words(language: str) -> None:
    named = {(topic.kind, topic.name) for topic in topics(language)}
    assert {("error", kind.topic) for kind in ERRORS} <= named
    assert {("rule", rule.name) for rule in RULES} <= named
    assert {("method", name) for name in METHODS} <= named
    assert {("ruleset", name) for name in presets()} | {("disclosure", rule) for rule in AS_STRICT} <= named
    assert {("outcome", name) for name in (*BUILT_IN, *(k.name for k in KINDS.values() if k.needs))} <= named
    assert all(topic.title and (topic.lines or topic.kind in ("reason", "column")) for topic in topics(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_tells_what_it_reads_writes_and_needs(language: str) -> None:
    named = {info.name or getattr(info.callback, "__name__", "") for info in app.registered_commands}
    told = {topic.name: topic.lines for topic in topics(language) if topic.kind == "command"}
    assert told.keys() == named
    assert {len(lines) for lines in told.values()} == {3}


def test_every_file_of_a_release_and_every_column_is_told(tmp_path: Path) -> None:
    release(example(), tmp_path)
    named = {(topic.kind, topic.name) for topic in topics()}
    read_by_the_viewer = {"results.json", "config.json"}
    files = {path.name for path in tmp_path.iterdir() if path.is_file()} - read_by_the_viewer
    assert {("file", name.partition(".")[0]) for name in files} <= named
    assert {("file", table.name) for table in RELEASED_TABLES} <= named
    assert {("column", column) for table in RELEASED_TABLES for column in table.released_columns} <= named
    assert {name for kind, name in named if kind == "diagnostic"} >= {
        row["diagnostic"] for row in example().tables["diagnostics"]
    }


@pytest.mark.parametrize(
    "decided",
    [
        get_args(Verdict), get_args(Severity), get_args(Role), get_args(Level), ARMS, (PASS, REVIEW),
        get_args(Plan.model_fields["status"].annotation), (LEDGER.partition(".")[0],),
        ("released", "partly withheld", "withheld"),
    ],
)  # fmt: skip
def test_every_word_a_run_uses_for_a_state_is_told(decided: tuple[str, ...]) -> None:
    assert set(decided) <= {topic.name for topic in topics() if topic.kind == "word"}


def test_the_states_of_a_row_are_those_told() -> None:
    table = next(table for table in RELEASED_TABLES if table.name == "trends")
    row = {"persons": 40, "mean": 2.5}
    drafts = [
        Draft(table, row),
        Draft(table, row, {"mean": "complement"}),
        Draft(table, row, dict.fromkeys(row, "count")),
    ]
    assert [draft.state for draft in drafts] == ["released", "partly withheld", "withheld"]


@pytest.mark.parametrize(
    ("asked", "language", "found"),
    [
        ("strict", "en", ("ruleset", "strict")), ("work years", "en", ("column", "work_years")),
        ("work_year", "en", ("word", "work-year")), ("Event-Time", "en", ("word", "event time")),
        ("årsverk", "nb", ("word", "work-year")), ("protokoll over utleveringar", "nn", ("word", "ledger")),
        ("Panel model, corrected for size", "en", ("method", "panel")), ("RE-DiD", "en", ("method", "re_did")),
        ("trends.csv", "en", ("file", "trends")), ("run", "nn", ("command", "run")),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(asked: str, language: str, found: tuple[str, str]) -> None:
    assert found in {(topic.kind, topic.name) for topic in explain(asked, language)}


def test_a_rule_set_tells_its_values_and_where_they_come_from() -> None:
    (topic,) = explain("nav")
    assert dict(topic.lines)["min_persons"].startswith("4 (nav.no")
    (rule,) = explain("min_persons")
    assert "strict 10; ssb 3; nav 4" in rule.lines[0][1]


@pytest.mark.parametrize("kind", ERRORS)
def test_a_kind_of_error_tells_its_exit_code(kind: type[errors.IpsError]) -> None:
    (topic,) = (topic for topic in topics() if topic.kind == "error" and topic.name == kind.topic)
    assert topic.exit_code == kind.exit_code


def test_a_kind_without_a_topic_is_told_as_the_kind_it_belongs_to() -> None:
    from ipscausal.convert.delivered import Unreadable

    assert issubclass(Unreadable, errors.ExtractError)
    assert [topic.name for topic in topics() if topic.kind == "error"].count(Unreadable.topic) == 1


def test_a_number_is_an_exit_code() -> None:
    assert {topic.name for topic in explain("3")} == {"extracts", "contract"}
    assert all(topic.exit_code == ContractError.exit_code for topic in explain("3"))


def test_a_rule_tells_what_to_do() -> None:
    (topic,) = explain("employment_start_after_end")
    assert topic.kind == "rule"
    assert "end before they start" in topic.title
    assert any("swapped" in text for _, text in topic.lines)


def test_a_misspelt_name_meets_its_neighbours() -> None:
    with pytest.raises(UsageError) as refused:
        explain("employment_start_after_ends")
    assert "did you mean employment_start_after_end " in refused.value.remedy
