"""Each rule of the contract is broken once in a clean delivery, and is the only finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lib import delivery
from lib.delivery import CONTROL, TREATED, added, changed, day

from ipscausal.contract import RULES, ContractReport, check
from ipscausal.errors import ContractError
from ipscausal.study import Study

Expected = dict[str, tuple[int, int]]


def found(folder: Path, tables: dict[str, Any] | None = None, study: Study | None = None) -> ContractReport:
    chosen = study or delivery.study()
    with delivery.registered(delivery.write(folder, tables), chosen) as warehouse:
        return check(warehouse, chosen)


def counts(report: ContractReport) -> Expected:
    return {finding.rule: (finding.count, finding.of) for finding in report.findings}


def test_clean_delivery_has_no_finding_and_every_rule_was_checked(tmp_path: Path) -> None:
    report = found(tmp_path)
    assert report.findings == ()
    assert set(report.passed) == {rule.name for rule in RULES if rule.applies(delivery.study())}
    report.raise_for_errors()


PERSONS = {
    "persons_person_missing": (changed("persons", person_id=[1, 2, 3, 4, None]), (1, 5)),
    "persons_repeated": (added("persons"), (1, 6)),
    "persons_birth_unknown": (changed("persons", birth_date=[None] + [day("1990-01-01")] * 4), (1, 5)),
    "persons_sex_unknown": (changed("persons", sex=["f", "K", "kvinne", "X", None]), (2, 5)),
    "persons_death_before_birth": (
        # person 5 has neither job nor benefit, so nothing else is after death
        changed("persons", death_date=[None, None, None, None, day("1980-01-01")]),
        (1, 5),
    ),
}
RESIDENCE = {
    "residence_person_missing": (added("residence", person_id=None), (1, 6)),
    "residence_start_missing": (added("residence", start_date=None), (1, 6)),
    "residence_start_after_end": (
        added("residence", start_date=day("2012-05-02"), end_date=day("2012-05-01")),
        (1, 6),
    ),
    "residence_impossible_date": (added("residence", start_date=day("1066-10-14"), end_date=day("1900-01-01")), (1, 6)),
    "residence_stranger": (added("residence", person_id=77), (1, 6)),
    "residence_far_end": (
        added("residence", start_date=day("2005-01-01"), end_date=day("2025-01-01")),
        (1, 6),
    ),
    "residence_unknown": (added("residence", municipality="0000"), (1, 6)),
    "residence_malformed": (added("residence", municipality="301"), (1, 6)),
    "residence_repeated": (added("residence", person_id=4, municipality=CONTROL), (1, 5)),
    "residence_conflict": (
        added("residence", person_id=4, municipality=TREATED, start_date=day("2014-12-31")),
        (1, 4),
    ),
}
BENEFITS = {
    "benefits_person_missing": (added("benefits", person_id=None), (1, 6)),
    "benefits_start_missing": (added("benefits", start_date=None), (1, 6)),
    "benefits_start_after_end": (added("benefits", end_date=day("2013-01-01")), (1, 6)),
    "benefits_impossible_date": (added("benefits", start_date=day("1066-10-14"), end_date=day("1900-01-01")), (1, 6)),
    "benefits_stranger": (added("benefits", person_id=77), (1, 6)),
    "benefits_far_end": (added("benefits", end_date=day("2099-12-31")), (1, 6)),
    "benefits_repeated": (added("benefits"), (1, 6)),
    "benefits_after_death": (
        changed("persons", death_date=[day("2014-12-30"), None, None, None, None]),
        (1, 5),
    ),
}
EMPLOYMENT = {
    "employment_person_missing": (added("employment", person_id=None), (1, 5)),
    "employment_start_missing": (added("employment", start_date=None), (1, 5)),
    "employment_start_after_end": (added("employment", end_date=day("2014-01-31")), (1, 5)),
    "employment_impossible_date": (
        added("employment", start_date=day("1066-10-14"), end_date=day("1900-01-01")),
        (1, 5),
    ),
    "employment_stranger": (added("employment", person_id=77), (1, 5)),
    "employment_far_end": (added("employment", start_date=day("2014-07-01"), end_date=day("2025-01-01")), (1, 5)),
    "employment_position_negative": (changed("employment", position_pct=[100.0, 50.0, -0.01, 1.0]), (1, 4)),
    "employment_position_above": (changed("employment", position_pct=[100.0, 100.01, 1e12, 1.0]), (2, 4)),
    "employment_position_missing": (changed("employment", position_pct=[None, float("nan"), 10.0, 1.0]), (2, 4)),
    "employment_position_share": (changed("employment", position_pct=[1.0, 0.5, 0.8, None]), (3, 4)),
    "employment_position_zero": (changed("employment", position_pct=[0.0, 50.0, 0.004, 1.0]), (2, 4)),
    "employment_repeated": (added("employment"), (1, 5)),
    "employment_overlapping": (added("employment", employer_id="e", start_date=day("2014-06-30")), (1, 5)),
    "employment_after_death": (
        {**changed("persons", death_date=[None, None, None, day("2014-06-29"), None]), "benefits": {
            **delivery.columns()["benefits"], "end_date": [day("2014-12-31")] * 3 + [day("2014-06-29")] * 2}},
        (1, 4),
    ),
}  # fmt: skip
ROLLOUT = {
    "rollout_malformed": (
        changed("rollout", municipality=[TREATED, "301"], start_date=[day("2013-01-01")] * 2),
        (1, 2),
    ),
    "rollout_several_starts": (
        changed("rollout", municipality=[TREATED] * 2, start_date=[day("2013-01-01"), day("2013-06-01")]),
        (1, 1),
    ),
    "rollout_late": (
        changed("rollout", municipality=[TREATED, "5001"], start_date=[day("2013-01-01"), day("2015-01-01")]),
        (1, 2),
    ),
    "rollout_always": (
        changed("rollout", municipality=[TREATED, "5001"], start_date=[day("2013-01-01"), day("2011-12-31")]),
        (1, 2),
    ),
    "rollout_without_residents": (
        changed("rollout", municipality=[TREATED, "4601"], start_date=[day("2013-01-01")] * 2),
        (1, 2),
    ),
    "comparison_treated": (
        changed("rollout", municipality=[TREATED, CONTROL], start_date=[day("2013-01-01"), day("2014-12-31")]),
        (1, 1),
    ),
    "comparison_status_unknown": (changed("municipalities", municipality=[TREATED]), (1, 1)),
}
ALONE = {**PERSONS, **RESIDENCE, **BENEFITS, **EMPLOYMENT, **ROLLOUT}
# breaking these rules cannot be done without a second finding
WITH = {
    "rollout_malformed": {"rollout_without_residents"},
    "employment_position_share": {"employment_position_missing"},
    "persons_person_missing": {"residence_stranger"},
}


@pytest.mark.parametrize("rule", ALONE)
def test_broken_rule_is_counted_and_nothing_else(rule: str, tmp_path: Path) -> None:
    tables, expected = ALONE[rule]
    report = counts(found(tmp_path, tables))
    assert report[rule] == expected
    assert set(report) == {rule} | WITH.get(rule, set())


def test_exclusive_ends_move_every_boundary_by_a_day(tmp_path: Path) -> None:
    tables = added("residence", person_id=4, municipality=TREATED, start_date=day("2014-12-31"))
    tables["residence"]["end_date"] = [None, None, None, day("2014-12-31"), None, None]
    exclusive = delivery.study(extracts={"residence": {"end_date": "exclusive"}})
    assert counts(found(tmp_path, tables))["residence_conflict"] == (1, 4)
    assert counts(found(tmp_path, tables, exclusive)) == {}


def test_exclusive_spell_that_ends_on_its_first_day_covers_none(tmp_path: Path) -> None:
    tables = added("employment", start_date=day("2014-08-01"), end_date=day("2014-08-01"))
    exclusive = delivery.study(extracts={"employment": {"end_date": "exclusive"}})
    assert counts(found(tmp_path, tables, exclusive)) == {"employment_no_days": (1, 5)}
    assert counts(found(tmp_path, tables)) == {}


def test_conflict_outside_the_study_window_is_no_finding(tmp_path: Path) -> None:
    tables = added("residence", person_id=4, municipality=TREATED, start_date=day("2005-01-01"))
    tables["residence"]["end_date"][-1] = day("2010-12-31")
    assert counts(found(tmp_path, tables)) == {}


def test_conflict_of_somebody_without_the_benefit_is_no_finding(tmp_path: Path) -> None:
    assert counts(found(tmp_path, added("residence", person_id=5, municipality=TREATED))) == {}


def test_year_without_data_is_an_error_for_each_spell_table(tmp_path: Path) -> None:
    ended = {"end_date": [day("2012-12-31")] * 5, "start_date": [day("2009-01-01")] * 5}
    tables = changed("residence", **ended)
    tables["benefits"].update(ended)
    tables["employment"].update({name: values[:4] for name, values in ended.items()})
    report = found(tmp_path, tables, delivery.study(population={"years": [2010, 2014]}))
    errors = {finding.rule: (finding.count, finding.of) for finding in report.errors}
    assert errors == {f"{name}_empty_year": (2, 5) for name in ("residence", "benefits", "employment")}
    assert counts(report)["employment_year_without_start"] == (3, 5)


def test_unknown_benefit_is_a_delivery_without_any_year(tmp_path: Path) -> None:
    report = found(tmp_path, None, delivery.study(population={"benefit": "AAP"}))
    assert counts(report) == {"benefits_empty_year": (4, 4)}
    assert "population.benefit" in report.errors[0].remedy


def test_benefit_that_begins_in_the_study_is_a_warning(tmp_path: Path) -> None:
    tables = changed("benefits", start_date=[day("2011-01-02")] + [day(f"{y}-02-01") for y in range(2011, 2015)])
    assert counts(found(tmp_path, tables)) == {"benefits_young": (1, 1)}


@pytest.mark.parametrize(
    ("code", "country", "rule"),
    [
        ("301", "NO", "residence_malformed"),
        ("03 1", "NO", "residence_malformed"),
        ("03010", "NO", "residence_malformed"),
        ("٠٣٠١", "NO", "residence_malformed"),
        ("-1", "NO", "residence_unknown"),
        (None, "NO", "residence_unknown"),
        (None, "GB", "residence_unknown"),
        ("E09000033", "GB", None),
        ("0000", "GB", None),
    ],
)
def test_municipality_code(code: str | None, country: str, rule: str | None, tmp_path: Path) -> None:
    tables = added("residence", municipality=code, person_id=5, start_date=day("2004-01-01"))
    tables["residence"]["end_date"][-1] = day("2004-12-31")
    report = counts(found(tmp_path, tables, delivery.study(outcome={"country": country})))
    assert report == ({rule: (1, 6)} if rule else {})


@pytest.mark.parametrize(
    ("after_end", "severity"), [("error", "error"), ("still treated", "warning"), ("drop", "warning")]
)
def test_programme_that_ends_in_the_window(after_end: str, severity: str, tmp_path: Path) -> None:
    tables = changed("rollout", end_date=[day("2014-12-30")])
    report = found(tmp_path, tables, delivery.study(design={"after_end": after_end}))
    assert [(f.rule, f.severity, f.count) for f in report.findings] == [("rollout_ended", severity, 1)]
    whole = changed("rollout", end_date=[day("2014-12-31")])
    assert counts(found(tmp_path, whole, delivery.study(design={"after_end": after_end}))) == {}


def test_first_full_year_decides_what_is_late(tmp_path: Path) -> None:
    tables = changed("rollout", municipality=[TREATED, CONTROL], start_date=[day("2013-01-01"), day("2014-01-02")])
    full = delivery.study(design={"first_treated_year": "first full year"})
    assert counts(found(tmp_path, tables, full)) == {"rollout_late": (1, 2)}
    assert counts(found(tmp_path, tables)) == {"comparison_treated": (1, 1)}


def test_only_the_rows_of_the_named_programme_count(tmp_path: Path) -> None:
    tables = changed(
        "rollout",
        municipality=[TREATED, CONTROL],
        start_date=[day("2013-01-01"), day("2012-01-01")],
        programme=["IPS", "jobs"],
    )
    named = delivery.study(design={"programme": "IPS"})
    assert counts(found(tmp_path, tables, named)) == {"comparison_other_programme": (1, 1)}
    tables["rollout"]["end_date"] = [None, day("2010-12-31")]  # over before the study
    tables["rollout"]["start_date"] = [day("2013-01-01"), day("2010-01-01")]
    assert counts(found(tmp_path, tables, named)) == {}
    tables["rollout"] |= {"start_date": [day("2013-01-01"), day("2012-01-01")], "end_date": [None, None]}
    assert counts(found(tmp_path, tables)) == {"comparison_treated": (1, 1)}
    absent = found(tmp_path, tables, delivery.study(design={"programme": "SE"}))
    assert counts(absent)["rollout_programme_absent"] == (1, 1)


def test_listed_treated_without_start_and_comparison_without_residents(tmp_path: Path) -> None:
    study = delivery.study(design={"treated": [TREATED, "4601"], "comparison_municipalities": ["4602", CONTROL]})
    assert counts(found(tmp_path, None, study)) == {
        "rollout_treated_absent": (1, 2),
        "comparison_without_residents": (1, 2),
        "comparison_status_unknown": (1, 2),
    }


def test_comparison_of_all_untreated_counts_those_of_unknown_status(tmp_path: Path) -> None:
    study = delivery.study(design={"comparison": "never", "comparison_municipalities": []})
    assert counts(found(tmp_path, changed("municipalities", municipality=[CONTROL]), study)) == {
        "comparison_status_unknown": (1, 2)
    }


def test_malformed_rollout_dates_in_csv_are_violations(tmp_path: Path) -> None:
    delivery.write(tmp_path)
    (tmp_path / "rollout.csv").write_text(
        "municipality,start_date,end_date\n0301,2013-01-01,\n5001,01.06.2013,\n4601,,2014-12-31\n,2013-01-01,soon\n"
    )
    study = delivery.study(extracts={"rollout": {"path": "rollout.csv"}})
    with delivery.registered(tmp_path, study) as warehouse:
        assert counts(check(warehouse, study)) == {
            "rollout_malformed": (1, 4),
            "rollout_start_malformed": (2, 4),
            "rollout_end_malformed": (1, 4),
        }


def test_all_errors_are_raised_at_once_without_a_value(tmp_path: Path) -> None:
    tables = added("persons", person_id=4)
    tables["residence"]["municipality"][0] = "secret"
    report = found(tmp_path, tables)
    with pytest.raises(ContractError) as raised:
        report.raise_for_errors()
    assert str(raised.value) == (
        "the extracts break 2 rules of the contract\n"
        "  - persons: rows that repeat a person: 1 of 6 rows (16.7 %). Deliver one row per person "
        "(rule persons_repeated)\n"
        "  - residence: rows whose municipality is not four digits: 1 of 5 rows (20.0 %). "
        "Export the code as text with its leading zero (0301, not 301) (rule residence_malformed)\n"
        "What to do: correct the delivery or the study file and run `ipscausal check` again; nothing was written"
    )
    assert "secret" not in report.to_json() + report.to_text()
    assert raised.value.exit_code == 3


def test_report_as_json_and_text(tmp_path: Path) -> None:
    report = found(tmp_path, changed("employment", position_pct=[None, 50.0, 80.0, 20.0]))
    document = json.loads(report.to_json())
    assert (document["errors"], document["warnings"]) == (0, 1)
    assert document["findings"] == [
        {
            "rule": "employment_position_missing", "table": "employment", "column": "position_pct",
            "severity": "warning", "says": "job rows without a position", "count": 1, "of": 4, "unit": "rows",
            "share": 0.25, "treatment": "count as employment, not as workdays",
            "remedy": "ask whether an imputed position exists",
        }
    ]  # fmt: skip
    assert report.to_text() == (
        f"0 errors, 1 warning, {len(report.passed)} rules without a finding\n"
        "\n"
        "WARNING employment: job rows without a position\n"
        "        count      1 of 4 rows (25.0 %)\n"
        "        treatment  count as employment, not as workdays\n"
        "        what to do ask whether an imputed position exists\n"
        "        rule       employment_position_missing\n"
    )


def test_helper_tables_are_gone_afterwards(tmp_path: Path) -> None:
    study = delivery.study()
    with delivery.registered(delivery.write(tmp_path), study) as warehouse:
        before = set(warehouse.connection.execute("show tables").fetchall())
        check(warehouse, study)
        assert set(warehouse.connection.execute("show tables").fetchall()) == before


def test_what_concerns_the_reading_of_the_results_becomes_a_notice(tmp_path: Path) -> None:
    tables = changed("municipalities", municipality=[TREATED])
    report = found(tmp_path, tables)
    assert [(note.code, note.values) for note in report.notices] == [("unknown_programme_status", {"count": 1})]


def test_what_concerns_the_owner_of_the_delivery_only_is_no_notice(tmp_path: Path) -> None:
    report = found(tmp_path, changed("employment", position_pct=[0.0, 50.0, 80.0, 20.0]))
    assert report.warnings
    assert report.notices == ()
