"""Rules of changed codes and of units of several municipalities, each broken once in a small delivery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lib import delivery

from ipscausal.contract import ContractReport, check
from ipscausal.errors import ContractError
from ipscausal.study import Study

MERGED = "0399"
PEOPLE = 24
Tables = dict[str, delivery.Columns]


def tables(changes: dict[str, list[Any]] | None = None, **more: delivery.Columns) -> Tables:
    """Persons 1-12 live in 0301, which starts on 1 July 2013, 13-24 in 1103; both become 0399 on 1 January 2014."""
    people = list(range(1, PEOPLE + 1))
    first = [delivery.TREATED if person <= PEOPLE // 2 else delivery.CONTROL for person in people]
    found = delivery.columns()
    found["persons"] = {
        "person_id": people, "birth_date": [delivery.day("1990-05-05")] * PEOPLE,
        "sex": ["F"] * PEOPLE, "death_date": [None] * PEOPLE,
    }  # fmt: skip
    found["residence"] = {
        "person_id": people * 2 + [1],
        "municipality": [*first, *[MERGED] * PEOPLE, delivery.OTHER],
        "start_date": [delivery.day("2005-01-01")] * PEOPLE + [delivery.day("2014-01-01")] * PEOPLE
        + [delivery.day("1999-01-01")],
        "end_date": [delivery.day("2013-12-31")] * PEOPLE + [None] * PEOPLE + [delivery.day("1999-12-31")],
    }  # fmt: skip
    found["rollout"] = {"municipality": [delivery.TREATED], "start_date": [delivery.day("2013-07-01")]}
    found["municipalities"] = {"municipality": [delivery.TREATED, delivery.CONTROL, delivery.OTHER, MERGED]}
    found["municipality_changes"] = changes or {
        "old_code": [delivery.TREATED, delivery.CONTROL], "new_code": [MERGED, MERGED], "date": ["2014-01-01"] * 2,
    }  # fmt: skip
    return found | more


def study(**changes: dict[str, Any]) -> Study:
    population = {"municipalities": "harmonised"} | changes.pop("population", {})
    design = {"comparison": "never", "comparison_municipalities": []} | changes.pop("design", {})
    return delivery.study(
        extracts={"municipality_changes": {"path": "municipality_changes.parquet"}} | changes.pop("extracts", {}),
        population=population, design=design, **changes,
    )  # fmt: skip


def found(folder: Path, delivered: Tables, chosen: Study) -> ContractReport:
    with delivery.registered(delivery.write(folder, delivered), chosen) as warehouse:
        return check(warehouse, chosen)


def counts(report: ContractReport) -> dict[str, tuple[str, int, int]]:
    about = ("changes_", "residence_code_", "mixed_", "unit", "rollout_code", "municipalities_")
    return {
        finding.rule: (finding.severity, finding.count, finding.of)
        for finding in report.findings
        if finding.rule.startswith(about)
    }


def test_a_merge_across_arms_stops_a_study_that_does_not_say_what_then(tmp_path: Path) -> None:
    report = found(tmp_path, tables(), study())
    assert counts(report) == {
        "mixed_units": ("error", 1, 1),
        "mixed_units_persons": ("warning", 12, 24),
    }
    with pytest.raises(ContractError) as raised:
        report.raise_for_errors()
    assert "only a part starts the programme: 1 of 1 treated units" in str(raised.value)
    assert 'design.mixed_units = "drop", "treated" or "partial"' in str(raised.value)


@pytest.mark.parametrize(
    ("policy", "treatment"),
    [
        ("drop", "left out of both arms"),
        ("treated", "treated as a whole, so that the effect is diluted by those it does not reach"),
        ("partial", "treated, with the share of persons who lived in that part before the start as dose"),
    ],
)
def test_the_study_decides(policy: str, treatment: str, tmp_path: Path) -> None:
    report = found(tmp_path, tables(), study(design={"mixed_units": policy}))
    assert counts(report)["mixed_units"] == ("warning", 1, 1)
    assert [finding.treatment for finding in report.findings if finding.rule == "mixed_units"] == [treatment]


def test_shares_of_few_persons_are_not_told(tmp_path: Path) -> None:
    report = found(tmp_path, tables(), study(disclosure={"min_persons": 13}))
    assert "mixed_units_persons" not in counts(report)


def test_a_comparison_inside_a_mixed_unit_is_no_contradiction_once_the_study_has_decided(tmp_path: Path) -> None:
    listed = {"comparison": "listed", "comparison_municipalities": [delivery.CONTROL]}
    assert "comparison_treated" in {f.rule for f in found(tmp_path, tables(), study(design=listed)).errors}
    decided = study(design={**listed, "mixed_units": "treated"})
    with delivery.registered(tmp_path, decided) as warehouse:
        assert "comparison_treated" not in {finding.rule for finding in check(warehouse, decided).findings}


def test_as_registered_says_that_codes_come_and_go(tmp_path: Path) -> None:
    report = found(tmp_path, tables(), study(population={"municipalities": "as registered"}))
    assert counts(report) == {
        "residence_code_reformed": ("warning", 3, 3),
        "changes_unused": ("warning", 2, 2),
        "rollout_code_changes": ("warning", 1, 1),
    }


def changes(rows: str) -> dict[str, list[Any]]:
    cells = [line.split() for line in rows.split(";")]
    return {name: [row[i] for row in cells] for i, name in enumerate(("old_code", "new_code", "date"))}


WHOLE = "0301 0399 2014-01-01; 1103 0399 2014-01-01"


@pytest.mark.parametrize(
    ("rows", "rule", "expected"),
    [
        ("0301 0399 2014-01-01", "residence_code_lost", ("error", 1, 3)),
        (f"{WHOLE}; 0301 0399 2014-01-01", "changes_repeated", ("warning", 1, 3)),
        (f"{WHOLE}; 0399 0301 2014-01-01", "changes_circular", ("error", 2, 3)),
        (f"{WHOLE}; 9801 9802 2012-01-01", "changes_of_unknown", ("warning", 1, 3)),
        (f"{WHOLE}; 301 0399 2014-01-01", "changes_malformed", ("error", 1, 3)),
        (f"{WHOLE}; 9801 9802 tomorrow", "changes_date_malformed", ("error", 1, 3)),
        ("0301 0399 2014-01-01; 1103 1104 2010-05-01; 1103 0399 2014-01-01", "residence_code_ended", ("warning", 1, 3)),
    ],
)
def test_what_is_wrong_with_a_table_of_changes_is_found(
    rows: str, rule: str, expected: tuple[str, int, int], tmp_path: Path
) -> None:
    assert counts(found(tmp_path, tables(changes(rows)), study()))[rule] == expected


def test_a_code_of_few_persons_may_come_and_go(tmp_path: Path) -> None:
    """Chance empties small places: only ten and more say that something happened."""
    delivered = tables(changes("0301 0399 2014-01-01"))
    keep = [row for row in range(2 * PEOPLE) if row not in (12, 13, 14)]  # nine remain in 1103
    residence = delivered["residence"]
    delivered["residence"] = {name: [cells[row] for row in keep] for name, cells in residence.items()}
    assert "residence_code_lost" not in counts(found(tmp_path, delivered, study()))


class TestUnitsAboveTheMunicipality:
    """0301 and 1103 form the trust Sør, 5001 has no unit."""

    UNITS: dict[str, list[Any]] = {  # noqa: RUF012
        "municipality": ["0301", "1103", "5001"], "unit": ["Sør", "Sør", None],
    }  # fmt: skip

    def delivered(self, **more: delivery.Columns) -> Tables:
        clean = delivery.columns()
        return clean | {"municipalities": self.UNITS} | more

    def study(self, **design: Any) -> Study:
        chosen = {"comparison": "never", "comparison_municipalities": []} | design
        return delivery.study(population={"units": "unit"}, design=chosen)

    def test_a_row_that_names_the_unit_starts_all_of_it(self, tmp_path: Path) -> None:
        rollout = {"municipality": ["Sør"], "start_date": [delivery.day("2013-01-01")]}
        report = found(tmp_path, self.delivered(rollout=rollout), self.study())
        assert counts(report) == {"municipalities_without_unit": ("warning", 1, 2)}

    def test_a_row_that_names_a_municipality_starts_a_part_of_it(self, tmp_path: Path) -> None:
        report = found(tmp_path, self.delivered(), self.study())
        assert counts(report)["mixed_units"] == ("error", 1, 1)

    def test_parts_that_start_on_different_days_are_told(self, tmp_path: Path) -> None:
        rollout = {
            "municipality": ["0301", "1103"],
            "start_date": [delivery.day("2013-01-01"), delivery.day("2014-01-01")],
        }
        report = found(tmp_path, self.delivered(rollout=rollout), self.study())
        assert counts(report)["unit_of_several_starts"] == ("warning", 1, 1)
        assert "mixed_units" not in counts(report)

    def test_a_unit_may_not_be_called_like_a_municipality_of_another(self, tmp_path: Path) -> None:
        named = {"municipality": ["0301", "1103", "5001"], "unit": ["5001", "5001", "Nord"]}
        report = found(tmp_path, self.delivered(municipalities=named), self.study(mixed_units="drop"))
        assert counts(report)["units_named_like_others"] == ("error", 1, 2)

    def test_a_municipality_with_two_units_joins_them(self, tmp_path: Path) -> None:
        twice = {
            "municipality": ["0301", "1103", "1103", "5001"], "unit": ["Sør", "Sør", "Vest", "Nord"],
            "year": ["2011", "2011", "2014", None],
        }  # fmt: skip
        report = found(tmp_path, self.delivered(municipalities=twice), self.study(mixed_units="drop"))
        assert counts(report)["units_of_several_groups"] == ("warning", 1, 2)

    def test_city_districts_have_six_digits_where_the_table_knows_them(self, tmp_path: Path) -> None:
        districts = ["030101", "030102"]
        delivered = self.delivered(
            municipalities={"municipality": [*districts, "1103"], "unit": [*districts, "1103"]},
            rollout={"municipality": ["030101"], "start_date": [delivery.day("2013-01-01")]},
        )
        delivered["residence"]["municipality"] = ["030101", "030101", "030102", "030102", "1103"]
        report = found(tmp_path, delivered, self.study())
        assert report.errors == ()
        delivered["municipalities"] = {"municipality": ["1103"], "unit": ["1103"]}
        (tmp_path / "again").mkdir()
        broken = found(tmp_path / "again", delivered, self.study())
        assert {"residence_malformed", "rollout_malformed"} <= {finding.rule for finding in broken.errors}
