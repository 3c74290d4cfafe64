"""Numbers as each language writes them."""

from __future__ import annotations

import datetime as dt

import pytest

from ipscausal.language import catalogue

EN, NB = catalogue("en").style, catalogue("nb").style


@pytest.mark.parametrize(
    ("value", "decimals", "english", "norwegian"),
    [
        (1234567.891, 1, "1,234,567.9", "1\u00a0234\u00a0567,9"),
        (-3.25, 1, "\u22123.2", "\u22123,2"),
        (-0.04, 1, "0.0", "0,0"),
        (0, 0, "0", "0"),
        (-1000, 0, "\u22121,000", "\u22121\u00a0000"),
    ],
)
def test_number(value: float, decimals: int, english: str, norwegian: str) -> None:
    assert EN.number(value, decimals) == english
    assert NB.number(value, decimals) == norwegian


def test_signed_number_has_a_plus_only_where_a_digit_shows() -> None:
    assert EN.signed(5.6, 1) == "+5.6"
    assert EN.signed(0.04, 1) == "0.0"
    assert NB.signed(-5.6, 1) == "\u22125,6"


def test_percent_has_a_space_in_norwegian() -> None:
    assert (EN.percent(0.091), NB.percent(0.091)) == ("9%", "9\u00a0%")
    assert NB.percent(0.0314, 1) == "3,1\u00a0%"


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "<\u00a00.001"), (0.001, "0.001"), (1 / 11, "0.091"), (0.1, "0.10"), (0.82, "0.82")]
)
def test_p_value(p: float, text: str) -> None:
    assert EN.p_value(p) == text


def test_interval_uses_a_word_because_a_dash_reads_as_minus() -> None:
    assert EN.interval(-1.4, 12.6, 1) == "\u22121.4 to 12.6"
    assert NB.interval(-1.4, 12.6, 1) == "\u22121,4 til 12,6"


def test_dates_lists_and_words() -> None:
    assert EN.day(dt.date(2026, 11, 2)) == "2 November 2026"
    assert NB.day(dt.date(2026, 11, 2)) == "2. november 2026"
    assert NB.listed(["1804", "5001", "1103"]) == "1804, 5001 og 1103"
    assert EN.listed(["1804"]) == "1804"
    assert (EN.word(11), NB.word(1), EN.word(13)) == ("eleven", "én", "13")


def test_infinity_is_never_printed() -> None:
    with pytest.raises(ValueError, match="not finite"):
        EN.number(float("nan"), 1)


def test_a_p_value_carries_its_relation_once() -> None:
    assert EN.p_relation(0.364) == "=\N{NO-BREAK SPACE}0.36"
    assert EN.p_relation(0.0004) == EN.p_value(0.0004)
