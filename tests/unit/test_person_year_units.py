"""Which municipalities are treated, comparison, or neither, from the rollout and the design."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ipscausal.errors import IdentificationError
from ipscausal.person_year.units import Programme, Unit, candidate_units, programmes, study_units
from ipscausal.study import Study

SEEN = ("0301", "1103", "1804", "4601", "5001")


def study(**design: Any) -> Study:
    tables = ("persons", "residence", "employment", "benefits", "rollout")
    if "comparison" not in design:
        design = {"comparison_municipalities": ("0301", "1103"), **design}
    return Study.model_validate({
        "schema_version": 1,
        "study": {"id": "units", "title": {"en": "Units"}},
        "extracts": {table: {"path": f"{table}.parquet"} for table in tables},
        "population": {"years": (2011, 2019), "benefit": "WAA"},
        "design": design,
    })  # fmt: skip


def starts(code: str, start: str, last: str | None = None) -> Programme:
    return Programme(code, dt.date.fromisoformat(start), dt.date.fromisoformat(last) if last else None)


def test_an_open_end_is_year_9999_and_others_become_the_last_day() -> None:
    rows = [("1", dt.date(2015, 1, 1), dt.date(9999, 12, 31)), ("2", dt.date(2015, 1, 1), dt.date(2017, 1, 1))]
    assert programmes(rows) == (starts("1", "2015-01-01"), starts("2", "2015-01-01", "2016-12-31"))


def test_listed_comparison() -> None:
    found = study_units(study(), [starts("1804", "2016-03-01")], ())
    assert found.units == (Unit("0301", "control"), Unit("1103", "control"), Unit("1804", "treated", 2016))
    assert (found.first_start, found.partial_start) == (2016, ("1804",))


@pytest.mark.parametrize("comparison", ["never", "not yet"])
def test_comparison_with_everybody_untreated_in_the_window(comparison: str) -> None:
    rollout = [starts("1804", "2016-01-01"), starts("4601", "2020-01-01"), starts("5001", "2011-12-31")]
    found = study_units(study(comparison=comparison), rollout, SEEN)
    assert found.codes("treated") == ("1804",)
    assert found.codes("control") == ("0301", "1103", "4601")
    assert found.codes("always") == ("5001",)
    assert (found.later, found.partial_start) == (("4601",), ())


def test_a_list_of_treated_leaves_other_adopters_out() -> None:
    rollout = [starts("1804", "2016-01-01"), starts("4601", "2014-01-01")]
    found = study_units(study(treated=("1804",), comparison="never"), rollout, SEEN)
    assert found.codes("treated") == ("1804",)
    assert "4601" not in found.codes("control")
    assert found.first_start == 2016


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        ("2016-01-01", Unit("1804", "treated", 2016)),
        ("2016-01-02", Unit("1804", "treated", 2017, partial_year=2016)),
        ("2012-07-01", Unit("1804", "treated", 2013, partial_year=2012)),
    ],
)
def test_first_full_year(start: str, unit: Unit) -> None:
    found = study_units(study(first_treated_year="first full year"), [starts("1804", start)], ())
    assert found.units[-1] == unit
    assert [year for year in range(2011, 2020) if not unit.included(year)] == [
        year for year in (unit.partial_year,) if year
    ]


def test_a_start_in_the_last_year_is_untreated_where_only_full_years_count() -> None:
    rollout = [starts("1804", "2016-01-01"), starts("4601", "2019-02-01")]
    found = study_units(study(first_treated_year="first full year", comparison="not yet"), rollout, SEEN)
    assert Unit("4601", "control", partial_year=2019) in found.units


@pytest.mark.parametrize(
    ("after_end", "last", "ended_from"),
    [
        ("drop", "2017-06-30", 2018),
        ("drop", "2017-12-31", 2018),
        ("drop", "2018-01-01", 2019),
        ("still treated", "2017-06-30", None),
    ],
)
def test_years_after_the_end_of_a_programme(after_end: str, last: str, ended_from: int | None) -> None:
    found = study_units(study(after_end=after_end), [starts("1804", "2016-01-01", last)], ())
    unit = found.units[-1]
    assert (unit.ended_from, found.ended) == (ended_from, ("1804",))
    assert unit.included(2017)
    assert unit.included(2019) == (ended_from is None)


def test_a_programme_to_the_end_of_the_window_has_not_ended() -> None:
    assert study_units(study(), [starts("1804", "2016-01-01", "2019-12-31")], ()).ended == ()


@pytest.mark.parametrize(
    ("design", "rollout", "message"),
    [
        ({}, [], "no programme starts between 2012 and 2019"),
        ({}, [starts("1804", "2011-01-01")], "all 1 start in or before 2011"),
        ({}, [starts("1804", "2020-01-01")], "no programme starts"),
        ({"treated": ("4601",)}, [starts("1804", "2016-01-01")], "1 treated municipalities have no start.*4601"),
        ({}, [starts("0301", "2016-01-01")], "1 comparison municipalities have the programme.*0301"),
        ({"comparison": "never"}, [starts(code, "2016-01-01") for code in SEEN], "no comparison municipality"),
        ({}, [starts("1804", "2016-01-01", "2018-12-31")], "1 programmes end before.*1804"),
    ],
)
def test_what_is_not_identified(design: dict[str, Any], rollout: list[Programme], message: str) -> None:
    with pytest.raises(IdentificationError, match=message) as caught:
        study_units(study(**design), rollout, SEEN)
    assert caught.value.remedy


def test_candidates_are_everybody_before_the_first_start() -> None:
    rollout = [starts("1804", "2016-01-01"), starts("4601", "2014-05-01"), starts("5001", "2010-01-01")]
    found = candidate_units(study(), rollout, SEEN)
    assert found.codes("candidate") == SEEN
    assert found.first_start == 2014
    assert candidate_units(study(treated=("1804",)), rollout, SEEN).first_start == 2016
    with pytest.raises(IdentificationError, match="no programme starts inside the study years"):
        candidate_units(study(), [starts("5001", "2010-01-01")], SEEN)


def test_a_start_counts_from_its_year_or_from_the_first_whole_one() -> None:
    full = study(first_treated_year="first full year")
    assert study().counts_from(dt.date(2016, 3, 1)) == 2016
    assert full.counts_from(dt.date(2016, 3, 1)) == 2017
    assert full.counts_from(dt.date(2016, 1, 1)) == 2016
