"""Every name that the software prints is explained, in every language and offline."""

from __future__ import annotations

import pytest

from ipscausal import errors
from ipscausal.contract import RULES
from ipscausal.errors import ContractError, UsageError
from ipscausal.explain import explain, topics
from ipscausal.inference.registry import METHODS
from ipscausal.language import LANGUAGES

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.IpsError)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_rule_and_method_has_its_words(language: str) -> None:
    named = {(topic.kind, topic.name) for topic in topics(language)}
    assert {("error", kind.topic) for kind in KINDS} <= named
    assert {("rule", rule.name) for rule in RULES} <= named
    assert {("method", name) for name in METHODS} <= named
    assert all(topic.title and (topic.lines or topic.kind == "reason") for topic in topics(language))


@pytest.mark.parametrize("kind", KINDS)
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
