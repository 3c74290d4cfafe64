"""Participants over the persons whom the effect is about, and when that may be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lib.hand_study import cells

from ipscausal.analysis.reach import reach
from ipscausal.disclosure.facts import released_facts
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.language import study_words

INSIDE = cells()
ENTRY = {"population": {"receipt": "entry", "follow_up_months": 24, "residence": "at entry"}}


def reached(
    *, before: float = 0.0, exposed: float | None = None, share: float = 0.5, receipt: str = "any day in the year"
) -> dict[str, float | None] | None:
    """Reach where each exposed cell has `exposed` participants, or a share of its persons."""
    treated = INSIDE.years[None, :] >= INSIDE.adoption[:, None]
    taking_part = np.where(treated, share * INSIDE.persons if exposed is None else exposed, before)
    return reach(replace(INSIDE, participants=taking_part), receipt)


def told(found: object) -> object:
    return released_facts({"reach": found}, (), 1000.0, rules_in_force({}))["facts"].get("reach")


def test_participants_over_persons_of_the_exposed_years() -> None:
    found = reached(share=0.25)
    assert found is not None
    assert found["share"] == pytest.approx(0.25)
    treated = INSIDE.years[None, :] >= INSIDE.adoption[:, None]
    persons = np.where(treated, INSIDE.persons, 0).sum(axis=0)[treated.any(axis=0)]
    assert found["least"] == pytest.approx(0.25 * persons.min())
    assert found["others"] == pytest.approx(0.75 * persons.min())


def test_years_without_the_programme_do_not_count() -> None:
    assert reached(before=99.0) == reached(before=0.0)


def test_a_year_that_is_not_known_leaves_reach_unknown() -> None:
    assert reached(exposed=float("nan")) is None
    assert reach(INSIDE, "any day in the year") is None
    assert told(None) is None


def test_more_participants_than_persons_have_no_others_among_them() -> None:
    found = reached(share=1.5)
    assert found is not None
    assert (found["share"], found["others"]) == (pytest.approx(1.5), None)


@pytest.mark.parametrize("receipt", ["entry", "baseline cohort"])
def test_participants_of_all_recipients_are_not_divided_by_some_of_them(receipt: str) -> None:
    assert reached(share=0.25, receipt=receipt) is None
    assert reached(share=0.25, receipt="everyone") == reached(share=0.25)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "The number is about all new recipients. How many of them took part in IPS is not known."),
        ("nb", "Tallet gjelder alle nye mottakere. Det er ikke kjent hvor mange av dem som deltok i IPS."),
        ("nn", "Talet gjeld alle nye mottakarar. Det er ikkje kjent kor mange av dei som deltok i IPS."),
    ],
)
def test_it_is_told_of_whom_the_number_of_participants_is_not_known(language: str, told: str) -> None:
    words = study_words(language, ENTRY)
    assert words.raw("reach.unknown") == told
    assert words.raw("reach.short.unknown") != study_words(language, {}).raw("reach.short.unknown")


@pytest.mark.parametrize(
    ("least", "others", "share"),
    [(10.0, 10.0, 0.33), (9.9, 500.0, None), (500.0, 9.9, None), (10.0, None, 0.33), (0.0, 500.0, None)],
)
def test_a_share_leaves_with_enough_on_both_sides_in_whole_per_cent(
    least: float, others: float | None, share: float | None
) -> None:
    years = {"participants": 50.0, "persons": [90, 60]}
    assert told({"share": 0.3333, "least": least, "others": others, **years}) == {"share": share}


def test_a_share_is_made_of_rounded_counts_where_counts_are_rounded() -> None:
    found = {"share": 84 / 105, "least": 42.0, "others": 10.0, "participants": 84.0, "persons": [52, 53]}
    assert told(found) == {"share": 0.81}  # 85 / (50 + 55)
    exact = rules_in_force({"ruleset": "ssb"})
    assert released_facts({"reach": found}, (), 1000.0, exact)["facts"]["reach"] == {"share": 0.8}
