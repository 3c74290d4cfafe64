"""What a study file says of reforms and units, and what it may not say together."""

from __future__ import annotations

import pytest

from ipscausal.errors import StudyError
from ipscausal.study_file import parse_study
from synthetic_registry.scenario import scenario
from synthetic_registry.study_file import study_text

REFORM = study_text(scenario("municipality-reform"))


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(StudyError) as raised:
        parse_study(text, "study.toml")
    return raised.value.problems


def replaced(*changes: tuple[str, str]) -> str:
    text = REFORM
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


UNIT = ('cluster = "municipality"', 'cluster = "unit"')
NO_TABLE = ('[extracts.municipalities]               # optional: the municipalities whose programme status is known\n'
            'path = "municipalities.csv"\n', "")  # fmt: skip


def test_the_study_of_a_reform_says_all_of_it() -> None:
    study = parse_study(REFORM, "study.toml")
    assert (study.population.municipalities, study.design.mixed_units) == ("harmonised", "drop")
    assert study.extracts.municipality_changes is not None
    assert not study.named_units
    assert not study.design.graded


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([('path = "municipality_changes.csv"', "path = 3")], "extracts.municipality_changes.path"),
        ([("[extracts.municipality_changes] ", "[[nowhere]] ")], "nowhere: unknown key"),
        ([('"harmonised"  ', '"harmonized"  ')], 'did you mean "harmonised"?'),
        ([('units = "municipality"', 'units = "unit"'), NO_TABLE], "need the table [extracts.municipalities]"),
        ([UNIT, NO_TABLE], "need the table [extracts.municipalities]"),
        ([('mixed_units = "drop"', 'dose = "reach"\nmixed_units = "partial"')], "makes a dose of its own"),
        ([UNIT, ('mixed_units = "drop"', 'dose = "reach"')], 'cluster = "unit" goes with dose = "none"'),
        (
            [('path = "municipality_changes.csv"', 'path = "c.csv"\ndate = "new year"')],
            "valid: a date such as",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(changes: list[tuple[str, str]], says: str) -> None:
    assert any(says in problem for problem in mistakes(replaced(*changes))), mistakes(replaced(*changes))


def test_harmonising_needs_the_table_of_changes() -> None:
    text = REFORM.replace("[extracts.municipality_changes]", "# ").replace('path = "municipality_changes.csv"\n', "")
    assert any("needs the table [extracts.municipality_changes]" in problem for problem in mistakes(text))


def test_a_spillover_check_compares_municipalities() -> None:
    text = replaced(UNIT).replace("[extracts.rollout]", '[extracts.neighbours]\npath = "n.csv"\n[extracts.rollout]')
    problems = mistakes(text + '\n[[sensitivity]]\ncheck = "spillover"\n')
    assert any("compares municipalities, not clusters of them" in problem for problem in problems)
