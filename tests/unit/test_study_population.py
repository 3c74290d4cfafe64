"""Choices of [population] that contradict each other are told, all at once; those that go together are taken."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from lib import delivery
from lib.hand_study import study
from pydantic import ValidationError

from ipscausal.person_year.calendar import follow_up_table, last_followed_year
from ipscausal.study.population import Population, month_and_day

BASE: dict[str, Any] = {"years": [2014, 2017], "benefit": "WAA"}
ENTRY = {"receipt": "entry", "follow_up_months": 12, "residence": "at entry"}


@pytest.mark.parametrize(
    "choices",
    [
        {},
        ENTRY,
        ENTRY | {"age_rule": "receipt day", "gap_months": 2, "residence": "before rollout"},
        {"receipt": "on a date", "receipt_day": "02-28", "age_rule": "receipt day"},
        {"residence": "on a date", "residence_day": "12-31"},
        {"residence": "majority of the year", "emigration": "ends the risk time"},
        {"receipt": "everyone", "benefit": None},
        {"receipt": "no benefit", "gap_months": 2},
    ],
    ids=str,
)
def test_choices_that_go_together_are_taken(choices: dict[str, Any]) -> None:
    assert Population.model_validate(BASE | choices).years == (2014, 2017)


@pytest.mark.parametrize(
    ("choices", "fault"),
    [
        ({"benefit": None}, "benefit is missing"),
        ({"benefit": None, "receipt": "no benefit"}, "benefit is missing"),
        ({"receipt": "on a date"}, "receipt_day goes with"),
        ({"receipt_day": "06-30"}, "receipt_day goes with"),
        ({"receipt": "on a date", "receipt_day": "02-29"}, "a day that every year has"),
        ({"receipt": "on a date", "receipt_day": "06-31"}, "a day that every year has"),
        ({"receipt": "on a date", "receipt_day": "30.06"}, "receipt_day"),
        ({"residence": "on a date"}, "residence_day goes with"),
        ({"residence_day": "06-30"}, "residence_day goes with"),
        ({"receipt": "entry", "residence": "at entry"}, "follow_up_months goes with"),
        ({"follow_up_months": 12}, "follow_up_months goes with"),
        ({"residence": "at entry"}, 'residence = "at entry" goes with'),
        (ENTRY | {"residence": "1 January"}, 'receipt = "entry" needs residence'),
        (ENTRY | {"deaths": "drop the year of death"}, "windows of its own"),
        ({"age_rule": "receipt day"}, "age_rule"),
        ({"receipt": "everyone", "gap_months": 2}, "gap_months is not read"),
    ],
    ids=str,
)
def test_choices_that_contradict_each_other_are_told(choices: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Population.model_validate(BASE | choices)


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        Population.model_validate(BASE | {"receipt": "on a date", "residence": "at entry", "benefit": None})
    told = str(caught.value)
    assert all(fault in told for fault in ("benefit is missing", "receipt_day goes with", "at entry"))


def test_a_cohort_cannot_be_a_check_where_nobody_has_a_benefit() -> None:
    everyone = BASE | {"receipt": "everyone", "benefit": None}
    with pytest.raises(ValidationError, match=r"needs population\.benefit"):
        type(study()).model_validate(
            study(population=everyone, outcome={"also": ["employed"]}).model_dump(mode="python")
            | {"sensitivity": [{"check": "baseline_cohort"}]}
        )


def test_a_day_of_the_year_is_read_and_none_is_1_january() -> None:
    assert month_and_day("06-30") == (6, 30)
    assert month_and_day(None) == (1, 1)


def test_months_since_an_entry_end_on_the_same_day_or_the_last_of_a_shorter_month() -> None:
    rows = {row["entry_date"]: row["until_date"] for row in follow_up_table(13, 2015, 2016).to_pylist()}
    assert len(rows) == 365 + 366
    assert rows[dt.date(2015, 1, 1)] == dt.date(2016, 2, 1)
    assert rows[dt.date(2015, 1, 31)] == dt.date(2016, 2, 29)
    assert rows[dt.date(2016, 1, 30)] == dt.date(2017, 2, 28)
    assert rows[dt.date(2015, 12, 31)] == dt.date(2017, 1, 31)
    assert follow_up_table(None, 2015, 2016).num_rows == 0


@pytest.mark.parametrize(("months", "last"), [(None, 2019), (1, 2018), (12, 2018), (13, 2017), (24, 2017), (25, 2016)])
def test_a_year_counts_where_every_entry_of_it_can_be_followed(months: int | None, last: int) -> None:
    assert last_followed_year(months, 2019) == last


def test_a_table_drawn_before_the_last_year_was_over_is_told() -> None:
    def extracts(day: str) -> dict[str, Any]:
        return {"employment": {"extracted": day}, "persons": {"extracted": "2001-01-01"}}

    last = delivery.study().last_year
    with pytest.raises(
        ValidationError, match=f"extracts.employment.extracted = {last}-12-31 lies before the end of {last}"
    ):
        delivery.study(extracts=extracts(f"{last}-12-31"))
    assert delivery.study(extracts=extracts(f"{last + 1}-01-01")).last_year == last
    kept = {"incomplete_last_year": "keep"}
    assert delivery.study(extracts=extracts(f"{last}-06-30"), population=kept).last_year == last
