"""Names of a study and of its rollout as units of the cells, and what becomes of units that start in a part of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ipscausal.errors import IdentificationError
from ipscausal.extracts import Coverage
from ipscausal.person_year.joining import Joining, touched_by_reforms
from ipscausal.person_year.units import Programme, Unit, candidate_units, of_units, study_units
from ipscausal.reforms import Change, JoinedUnit
from ipscausal.study import Study

DAY = dt.date(2016, 3, 1)
CHANGES = tuple(Change(dt.date(2019, 1, 1), old, "0190") for old in ("0104", "0106"))
MERGED = {"0104": "0190", "0106": "0190", "0190": "0190"}
SEEN = ("0190", "0301", "1103", "1804")


def study(**design: Any) -> Study:
    tables = ("persons", "residence", "employment", "benefits", "rollout", "municipalities", "municipality_changes")
    return Study.model_validate({
        "schema_version": 1,
        "study": {"id": "units", "title": {"en": "Units"}},
        "extracts": {table: {"path": f"{table}.parquet"} for table in tables},
        "population": {"years": (2011, 2019), "benefit": "WAA", "municipalities": "harmonised"},
        "design": design,
    })  # fmt: skip


def starts(code: str, start: str, last: str | None = None) -> Programme:
    return Programme(code, dt.date.fromisoformat(start), dt.date.fromisoformat(last) if last else None)


def joining(policy: str = "error", persons_without: int = 64, **more: Any) -> Joining:
    """0106 starts on 1 March 2016 and becomes one with 0104 later: 36 of 100 persons."""
    unit = JoinedUnit("0190", ("0104", "0106", "0190"), "merged")
    found = Coverage(unit, DAY, (DAY,), ("0104",), 36, persons_without)
    return Joining(MERGED, coverage=(found,), policy=policy, joined=(3, 1), **more)


ROLLOUT = [starts("0190", "2016-03-01"), starts("1804", "2017-01-01")]


def test_a_unit_whose_whole_starts_is_treated() -> None:
    found = study_units(study(comparison="never"), ROLLOUT, SEEN, joining(persons_without=0))
    assert found.codes("treated") == ("0190", "1804")
    assert [unit.share for unit in found.units] == [1.0] * 4


def test_a_unit_that_starts_in_a_part_of_it_stops_the_study() -> None:
    with pytest.raises(IdentificationError, match="start in a part of them only: 0190"):
        study_units(study(comparison="never"), ROLLOUT, SEEN, joining())


def test_dropped_it_is_in_no_arm_and_its_start_does_not_count() -> None:
    found = study_units(study(comparison="never", mixed_units="drop"), ROLLOUT, SEEN, joining("drop"))
    assert (found.codes("treated"), found.codes("control")) == (("1804",), ("0301", "1103"))
    assert found.first_start == 2017
    listed = study(comparison_municipalities=("0104", "0301"), mixed_units="drop")
    assert study_units(listed, ROLLOUT, (), joining("drop")).codes("control") == ("0301",)
    screened = candidate_units(study(comparison="never", mixed_units="drop"), ROLLOUT, SEEN, joining("drop"))
    assert ([unit.municipality for unit in screened.units], screened.first_start) == (["0301", "1103", "1804"], 2017)


@pytest.mark.parametrize(("policy", "share"), [("treated", 1.0), ("partial", 0.36)])
def test_treated_as_a_whole_or_by_share(policy: str, share: float) -> None:
    chosen = study(comparison_municipalities=("0104", "0301"), mixed_units=policy)
    found = study_units(chosen, ROLLOUT, (), joining(policy))
    assert found.units == (
        Unit("0190", "treated", 2016, share=share), Unit("0301", "control"), Unit("1804", "treated", 2017),
    )  # fmt: skip


def test_lists_of_the_study_may_name_any_code_inside() -> None:
    chosen = study(treated=("0104",), comparison_municipalities=("1103",))
    found = study_units(chosen, ROLLOUT, (), joining(persons_without=0))
    assert (found.codes("treated"), found.codes("control")) == (("0190",), ("1103",))


def test_notices_count_what_was_joined_and_what_is_mixed() -> None:
    several = Coverage(JoinedUnit("a", ("a", "b"), "merged"), DAY, (DAY, dt.date(2018, 1, 1)), (), 9, 0)
    told = Joining(MERGED, coverage=(*joining().coverage, several), policy="drop", joined=(3, 1)).notices
    assert [(notice.code, notice.values) for notice in told] == [
        ("codes_joined", {"codes": 3, "units": 1}),
        ("mixed_units_drop", {"count": 1}),
        ("unit_of_several_starts", {"count": 1}),
    ]
    assert Joining().notices == ()


def test_codes_that_only_share_a_region_with_reformed_ones_are_not_counted() -> None:
    region = JoinedUnit("East", ("0101", "0104", "0106", "0190"), "merged", CHANGES, ("East",))
    named = JoinedUnit("West", ("1101", "1102"), "grouped", (), ("West",))
    assert touched_by_reforms((region, named)) == (3, 1)


class TestClusters:
    """Cells of municipalities, treatment of trusts: 0301 and the merged 0190 are Sør, 1804 and 1103 are Nord."""

    TRUSTS = {"Sør": ("0190", "0301"), "Nord": ("1103", "1804")}  # noqa: RUF012

    def joining(self) -> Joining:
        return Joining(MERGED, self.TRUSTS)

    def test_a_trust_starts_as_a_whole_with_its_earliest_start(self) -> None:
        rollout = [starts("Sør", "2017-05-01", "2018-12-31"), starts("0301", "2016-02-01")]
        assert of_units(rollout, self.joining()) == (starts("0190", "2016-02-01"), starts("0301", "2016-02-01"))

    def test_a_trust_ends_with_the_last_end_of_its_parts(self) -> None:
        rollout = [starts("1103", "2017-05-01", "2018-12-31"), starts("1804", "2016-02-01", "2019-06-30")]
        both = [starts(code, "2016-02-01", "2019-06-30") for code in ("1103", "1804")]
        assert of_units(rollout, self.joining()) == tuple(both)

    def test_municipalities_know_their_trust(self) -> None:
        chosen = study(comparison_municipalities=("Nord",), treated=("0106",))
        found = study_units(chosen, [starts("0190", "2016-03-01")], (), self.joining())
        assert [(unit.municipality, unit.arm, unit.cluster) for unit in found.units] == [
            ("0190", "treated", "Sør"), ("0301", "treated", "Sør"),
            ("1103", "control", "Nord"), ("1804", "control", "Nord"),
        ]  # fmt: skip
