"""The lock of a plan: written once, read back whole, compared key by key."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipscausal import locked_plan, pipeline
from ipscausal.disclosure.facts import released_facts
from ipscausal.disclosure.rules import rules_in_force
from ipscausal.errors import StudyError, UsageError
from ipscausal.locked_plan import beside, choices_of, deviations, lock, plan_beside, read_lock
from ipscausal.study import Study
from ipscausal.study_file import parse_study
from synthetic_registry.scenario import SCENARIOS, scenario
from synthetic_registry.study_file import study_text

READY = {name: study_text(scenario(name)) for name in SCENARIOS}
TEXT = READY["reference-study"]
LOCKED_ON, RUN_ON = dt.date(2026, 3, 1), dt.date(2026, 11, 22)


def study(*changes: tuple[str, str], status: str = "locked") -> Study:
    """The ready study of the reference scenario with a changed text."""
    text = TEXT
    for old, new in (('status = "draft"', f'status = "{status}"'), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_study(text)


def amended(amendments: str, *changes: tuple[str, str]) -> Study:
    return study(('status = "locked"', f'status = "amended", amendment = [{amendments}]'), *changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a study file lies whose plan was locked in March."""
    path = tmp_path / "study.toml"
    lock(study(status="draft"), path, LOCKED_ON)
    return path


def test_a_lock_is_read_back_whole(file: Path) -> None:
    plan = read_lock(beside(file))
    assert beside(file).name == "study.locked.toml"
    assert (plan.locked, plan.study) == (LOCKED_ON, study(status="draft"))
    assert deviations(study(), plan, RUN_ON) == ()


@pytest.mark.parametrize("name", sorted(READY))
def test_every_ready_study_survives_its_lock(name: str, tmp_path: Path) -> None:
    # text with characters that TOML writes otherwise
    text = READY[name].replace(f'id = "{name}"\ntitle = {{ en = "', f'id = "{name}"\ntitle = {{ en = "æ\\\\ \\"x\\" ')
    one = parse_study(text.replace('path = "persons.parquet"', 'path = "p.parquet"\ncolumns = { sex = "kjønn m/k" }'))
    lock(one, tmp_path / "study.toml", LOCKED_ON)
    assert read_lock(tmp_path / "study.locked.toml").study == one


@given(st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
))  # fmt: skip
def test_every_value_is_written_as_toml_reads_it(value: object) -> None:
    assert tomllib.loads(f"value = {locked_plan._toml(value)}") == {"value": value}


def test_a_population_without_a_benefit_survives_too(tmp_path: Path) -> None:
    one = study(
        ('benefit = "WAA"\n', ""), ('receipt = "any day in the year"', 'receipt = "everyone"'),
        ('also = ["employed", "employment_days", "benefit_days"]', 'also = ["employed"]'), status="draft",
    )  # fmt: skip
    assert one.population.benefit is None
    lock(one, tmp_path / "study.toml", LOCKED_ON)
    assert read_lock(tmp_path / "study.locked.toml").study == one


def test_a_changed_choice_is_told_by_key_with_both_values(file: Path) -> None:
    used = study(("ages = [18, 29]", "ages = [18, 34]"), ("cap = true", "cap = false"))
    found = deviations(used, read_lock(beside(file)), RUN_ON)
    assert [(one.key, one.planned, one.used, one.date, one.reason) for one in found] == [
        ("population.ages", "[18, 29]", "[18, 34]", "2026-11-22", ""),
        ("outcome.cap", "true", "false", "2026-11-22", ""),
    ]


def test_a_choice_that_one_of_the_two_does_not_have_is_empty_there(file: Path) -> None:
    used = study(('check = "movers" ', 'check = "break_year"\nyear = 2015 '))
    found = {one.key: (one.planned, one.used) for one in deviations(used, read_lock(beside(file)), RUN_ON)}
    assert found["sensitivity.movers.check"] == ('"movers"', "")
    assert found["sensitivity.break_year.check"] == ("", '"break_year"')
    assert found["sensitivity.break_year.year"] == ("", "2015")
    assert not any(key.startswith("sensitivity.outcome_definition") for key in found)


@pytest.mark.parametrize(
    "change",
    [
        ('title = { en = "', 'title = { en = "Another title: '),
        ('languages = ["en", "nb"]', 'languages = ["nb"]'),
        ("cap = true", 'cap = true\ncurrency = "NOK"'),
        ('path = "persons.parquet"', 'path = "delivered again/persons.parquet"'),
        ("[verify]\nrun = false", "[verify]\nrun = true"),
        ("[verify]\n", '[target_trial]\neligibility = "as before"\n[statements]\nfunding = "a ministry"\n[verify]\n'),
    ],
)
def test_what_moves_no_number_is_no_deviation(file: Path, change: tuple[str, str]) -> None:
    assert deviations(study(change), read_lock(beside(file)), RUN_ON) == ()


def test_every_section_that_decides_a_number_is_compared() -> None:
    """A section that is added to the study file is a choice until it is named as words."""
    compared = {key.split(".")[0] for key in choices_of(study())}
    words = {"schema_version", "study", "report", "verify", "target_trial", "statements"}
    assert compared == set(Study.model_fields) - words - {"second_population"}
    assert {"extracts.persons.end_date", "inference.seed", "disclosure.min_persons"} <= set(choices_of(study()))


def test_the_day_and_reason_of_an_amendment_are_those_of_its_deviation(file: Path) -> None:
    ages = ("ages = [18, 29]", "ages = [18, 34]")
    cap = ("cap = true", "cap = false")
    named = '{ date = 2026-05-02, reason = "The ministry asked", changes = ["population.ages"] }'
    found = deviations(amended(named, ages, cap), read_lock(beside(file)), RUN_ON)
    assert [(one.key, one.date, one.reason) for one in found] == [
        ("population.ages", "2026-05-02", "The ministry asked"), ("outcome.cap", "2026-11-22", ""),
    ]  # fmt: skip
    every = named + ', { date = 2026-06-01, reason = "Found wrong" }'
    found = deviations(amended(every, ages, cap), read_lock(beside(file)), RUN_ON)
    assert [(one.date, one.reason) for one in found] == [
        ("2026-05-02", "The ministry asked"),
        ("2026-06-01", "Found wrong"),
    ]


def test_amendments_that_do_not_fit_are_all_told(file: Path) -> None:
    wrong = '{ date = 2026-02-01, reason = "x", changes = ["outcome.cap"] }'
    with pytest.raises(StudyError, match=r"the study file does not fit study\.locked\.toml") as caught:
        plan_beside(amended(wrong), file)
    assert caught.value.problems == (
        "plan.amendment of 2026-02-01: outcome.cap is as it was planned, or is no key that moves a number",
        "plan.amendment of 2026-02-01: before the plan was locked, 2026-03-01",
    )


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ('"draft", amendment = [{ date = 2026-05-02, reason = "x" }]', "a draft has none"),
        ('"amended", amendment = [{ date = 2026-05-02, reason = "x" }, { date = 2026-06-02, reason = "y" }]',
         "only one may leave out changes"),
        ('"amended", amendment = [{ date = 2026-05-02, reason = "x", changes = ["a.b"] }, '
         '{ date = 2026-06-02, reason = "y", changes = ["a.b"] }]', "two of them name the same key"),
        ('"amended", amendment = [{ date = 2026-05-02 }]', "missing"),
    ],
)  # fmt: skip
def test_amendments_that_contradict_each_other_are_mistakes_of_the_study_file(plan: str, told: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(TEXT.replace('status = "draft"', f"status = {plan}"))
    assert told in str(caught.value)


def test_groups_that_were_not_planned_are_never_told_as_declared(file: Path) -> None:
    more = ('by = ["sex", "age band", "prior work"]', 'by = ["sex", "age band", "prior work", "country_group"]')
    with pytest.raises(StudyError) as caught:
        plan_beside(study(more), file)
    assert caught.value.problems == (
        'heterogeneity.by: country_group was not planned; set plan.status = "amended"',
    )  # fmt: skip
    assert plan_beside(study(more, status="amended"), file) is not None
    assert plan_beside(study((more[0], 'by = ["sex"]')), file) is not None


def test_a_draft_needs_no_lock_and_what_is_locked_needs_one(tmp_path: Path) -> None:
    assert plan_beside(study(status="draft"), tmp_path / "study.toml") is None
    with pytest.raises(StudyError, match="there is no such lock") as caught:
        plan_beside(study(), tmp_path / "study.toml")
    assert caught.value.exit_code == 2
    assert "ipscausal lock --study FILE" in caught.value.remedy


def test_python_asks_for_the_lock_as_the_command_does(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r'plan\.status = "locked" without the lock of the plan'):
        pipeline.run(study(), tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("population.ages = [18, 29]", "population.ages = [18, 34]"),
        ('date = "2026-03-01"', 'date = "2026-01-01"'),
        ("population.ages = [18, 29]\n", ""),
        ("[choices]", "[choice]"),
        ("[lock]", "lock"),
    ],
)
def test_an_edited_lock_is_refused(file: Path, old: str, new: str) -> None:
    path = beside(file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError, match="has been edited since it was written"):
        plan_beside(study(), file)


def test_a_comment_in_a_lock_is_no_edit_of_the_plan(file: Path) -> None:
    path = beside(file)
    path.write_text(path.read_text(encoding="utf-8") + "# seen by the board\n", encoding="utf-8")
    assert plan_beside(study(), file) is not None


def test_the_lock_of_another_study_is_refused(file: Path) -> None:
    with pytest.raises(StudyError, match=r"the lock of another study \(reference-study\)"):
        plan_beside(study(('id = "reference-study"', 'id = "another"')), file)


def test_a_lock_with_keys_of_another_version_names_that_version(file: Path) -> None:
    path = beside(file)
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    digest = locked_plan._digest(document["lock"]["date"], document["choices"] | {"unheard_of": 1})
    text = path.read_text(encoding="utf-8").replace(document["lock"]["sha256"], digest)
    path.write_text(text + "unheard_of = 1\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"locked by ipscausal \d.*, whose study files this version does not read"):
        plan_beside(study(), file)


def test_a_plan_is_locked_once(file: Path) -> None:
    before = beside(file).read_bytes()
    with pytest.raises(UsageError, match=r"locked already \(2026-03-01\)"):
        lock(study(status="draft"), file, RUN_ON)
    assert beside(file).read_bytes() == before


def test_the_hash_is_of_day_and_choices_alone(file: Path, tmp_path: Path) -> None:
    again, later = tmp_path / "b.toml", tmp_path / "c.toml"
    lock(study(), again, LOCKED_ON)
    lock(study(), later, RUN_ON)
    hashes = [read_lock(beside(one)).sha256 for one in (file, again, later)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_deviations_leave_by_their_allow_list(file: Path) -> None:
    used = study(("ages = [18, 29]", "ages = [18, 34]"))
    facts = locked_plan.facts(used, plan_beside(used, file), RUN_ON)
    hidden = {"key": "extracts.persons.path", "planned": "/home/a", "used": "/home/b", "date": "", "reason": ""}
    facts["deviations"] = [*({**one, "user": "analyst"} for one in facts["deviations"]), hidden]
    kept = released_facts(facts, (), 1000.0, rules_in_force({}))["facts"]
    assert kept["deviations"] == [
        {"key": "population.ages", "planned": "[18, 29]", "used": "[18, 34]", "date": "2026-11-22", "reason": ""}
    ]
    assert kept["plan"] == facts["plan"]
    assert locked_plan.facts(study(status="draft"), None, RUN_ON) == {}
