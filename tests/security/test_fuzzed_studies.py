"""A study file of any content is read or refused in words, with exit code 2: no traceback, no exit 1."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipscausal import pipeline
from ipscausal.errors import IpsError, StudyError
from ipscausal.study import Study
from ipscausal.study_file import parse_study
from synthetic_registry.scenario import scenario
from synthetic_registry.study_file import study_text

ODD = (
    "0", "-1", "9" * 30, "9" * 5000, "1e400", "-inf", "nan", "true", "''", '""', '"x"', '"\\u0000"', '"; drop table x"',
    "'''\na\n'''", "[]", "[[]]", "{}", "{ a = 1 }", "[1, 'a', []]", "2015-02-30", "2015-02-28", "07:32:00",
    "1979-05-27T07:32:00Z",
    '"../../etc/passwd"', '"C:\\\\x"', '"\U0001f600"', "[" * 50 + "]" * 50, "[" * 5000 + "]" * 5000,
    '"' + "x" * 20_000 + '"', "0x10", "1_000", '"NO"', '"2015"', '["0301", "0301"]', "[2019, 2011]", "[2011, 3000000]",
)  # fmt: skip


@cache
def lines() -> list[str]:
    return [line for line in study_text(scenario("reference-study")).splitlines() if line.partition("#")[0].strip()]


def keys() -> list[int]:
    return [number for number, line in enumerate(lines()) if "=" in line.partition("#")[0]]


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The commented study file after a few edits: other values, keys, sections, bytes."""
    text = list(lines())
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.sampled_from(keys()))
        name = text[number].partition("=")[0].strip() if "=" in text[number] else "x"
        value = draw(st.one_of(st.sampled_from(ODD), st.integers().map(str), st.floats().map(str), st.dates().map(str)))
        match draw(st.integers(0, 7)):
            case 0 | 1 | 2 | 3:
                text[number] = f"{name} = {value}"
            case 4:
                text[number] = ""
            case 5:
                key = draw(st.sampled_from(["x", "path", "__class__", "ø", '"a.b"', name]))
                text.insert(number, f"{key} = {value}")
            case 6:
                text.insert(
                    number, draw(st.sampled_from(["[extracts]", "[[study]]", "[a.b.c]", "[", "]", "[design.x]"]))
                )
            case 7:
                text[number] = draw(st.text(max_size=30))
    return "\n".join(text)


def refusal(text: str) -> IpsError | None:
    try:
        study = parse_study(text)
        assert isinstance(study, Study)
        assert parse_study(text).fingerprint == study.fingerprint
        pipeline.require_feasible(study)
    except IpsError as refused:
        return refused
    return None


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=edited())
def test_an_edited_study_is_read_or_refused_in_words(text: str) -> None:
    refused = refusal(text)
    if refused is not None:
        assert refused.exit_code in (2, 4), repr(refused)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(blacklist_categories=("Cs",)), max_size=200))
def test_any_text_is_no_study(text: str) -> None:
    with pytest.raises(StudyError):
        parse_study(text)


ONE_OF_EACH = ("-1", "9" * 30, "nan", '"x"', "[]", "{ a = 1 }", "2015-02-28")


@pytest.mark.parametrize("value", ONE_OF_EACH)
def test_every_key_with_every_odd_value(value: str) -> None:
    """One key at a time, so that no other mistake stops the reading first."""
    for number in keys():
        name = lines()[number].partition("=")[0].strip()
        refused = refusal("\n".join([*lines()[:number], f"{name} = {value}", *lines()[number + 1 :]]))
        assert refused is None or refused.exit_code in (2, 4), name


def test_the_file_that_is_edited_is_a_study() -> None:
    document: dict[str, Any] = tomllib.loads("\n".join(lines()))
    assert set(document) >= {"study", "extracts", "population", "design"}
    assert refusal("\n".join(lines())) is None
