"""Reading a study file: a right one becomes a Study, a wrong one lists every mistake with its line."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.errors import StudyError
from ipscausal.study_file import parse_study, read_study

RIGHT = """\
schema_version = 1

[study]
id = "rehearsal"
title = { en = "IPS for young adults", nb = "IPS for unge voksne" }

[extracts]
persons.path = "persons.parquet"
residence = { path = "residence.parquet", end_date = "exclusive" }
[extracts.employment]
path = "employment/*.parquet"
columns = { person_id = "lopenr", position_pct = "stillingsprosent" }
[extracts.benefits]
path = "benefits.parquet"
[extracts.rollout]
path = "rollout.csv"

[population]
years = [2011, 2019]
ages = [18, 29]
benefit = "WAA"

[design]
comparison_municipalities = [
  "0301",
  "1103",  # two controls
]
"""


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(StudyError) as caught:
        parse_study(text)
    assert caught.value.exit_code == 2
    return caught.value.problems


def replaced(old: str, new: str) -> str:
    assert RIGHT.count(old) == 1
    return RIGHT.replace(old, new)


def line_of(text: str, fragment: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def test_a_right_file_becomes_a_study_with_defaults() -> None:
    study = parse_study(RIGHT)
    assert study.population.years == (2011, 2019)
    assert study.extracts.residence.end_date == "exclusive"
    assert study.extracts.employment.columns["position_pct"] == "stillingsprosent"
    assert study.design.comparison_municipalities == ("0301", "1103")
    assert study.design.reference == -1
    assert study.inference.level == 0.95


def test_windows_line_ends_and_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    plain, windows = tmp_path / "plain.toml", tmp_path / "windows.toml"
    plain.write_bytes(RIGHT.encode())
    windows.write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert read_study(plain).fingerprint == read_study(windows).fingerprint


def test_layout_and_order_do_not_change_the_fingerprint() -> None:
    dotted = replaced("persons.path =", "persons = { path =").replace('"persons.parquet"', '"persons.parquet" }')
    assert parse_study(dotted).fingerprint == parse_study(RIGHT).fingerprint
    assert parse_study(replaced("[18, 29]", "[18, 30]")).fingerprint != parse_study(RIGHT).fingerprint


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("[18, 29]", '"al"', "ages =", 'population.ages: "al" is not valid here'),
        ("[18, 29]", '"al"', "ages =", 'a list of 2, each a whole number (at least 0, at most 120) or "any"'),
        ("[18, 29]", "[29, 18]", "ages =", "population.ages: ages must be [youngest, oldest]"),
        ("[18, 29]", "[18, 29.5]", "ages =", "population.ages: [18, 29.5] is not valid here"),
        ("[2011, 2019]", "[2019, 2011]", "years =", "population.years: years must be [first, last]"),
        ("[2011, 2019]", "2011", "years =", "population.years: 2011 is not valid here"),
        ("[2011, 2019]", '[2011, "2019"]', "years =", 'population.years: "2019" is not valid here'),
        ('benefit = "WAA"', "benefit = 3", "benefit =", "population.benefit: 3 is not valid here"),
        ('benefit = "WAA"', 'benefit = ""', "benefit =", "a text in quotes (not empty)"),
        ('id = "rehearsal"', 'id = "my study"', "id =", 'study.id: "my study" is not valid here'),
        ('id = "rehearsal"', 'id = "my study"', "id =", "letters, digits, . _ - only"),
        ('"exclusive"', '"inklusive"', "residence =", "extracts.residence.end_date"),
        ('"exclusive"', '"inklusive"', "residence =", 'did you mean "inclusive"?'),
        ('path = "benefits.parquet"', "layout = 'spells'", "[extracts.benefits]", "extracts.benefits.path: missing"),
        ('"1103",', "1103,", "1103", "design.comparison_municipalities: 1103 is not valid here"),
        ('"1103",', '"0301",', "comparison_municipalities", "names a municipality twice"),
        ("schema_version = 1", "schema_version = 2", "schema_version", "schema_version: 2 is not valid here"),
        (
            "[design]",
            "[design]\nanticipation = 1",
            "anticipation",
            "reference must lie before the years of anticipation",
        ),
        ("[design]", "[design]\nreferense = -1", "referense", "design.referense: unknown key"),
        ('"rollout.csv"', '"/data/rollout.csv"', "/data", 'path: "/data/rollout.csv" leads out of the extracts folder'),
        ('"rollout.csv"', "'D:\\rollout.csv'", "D:", "leads out of the extracts folder"),
        ('"rollout.csv"', "'..\\rollout.csv'", "..", "below the folder of --extracts"),
        ('"benefits.parquet"', '"old/../../benefits.parquet"', "old/", "extracts.benefits.path"),
        ("[design]", '[outcome]\ncountry = "QQ"\n[design]', "country", 'no public holidays are known for "QQ"'),
        ("[design]", '[outcome]\nalso = ["employed", "employed"]\n[design]', "also", "names an outcome twice"),
        ("[design]", "[design]\nreferense = -1", "referense", 'did you mean "reference"?'),
    ],
)
def test_one_mistake_is_named_with_line_fault_and_valid_values(old: str, new: str, at: str, says: str) -> None:
    text = replaced(old, new)
    (problem,) = mistakes(text)
    number = line_of(text, at)
    assert problem.startswith(f"study.toml:{number}: ")
    assert f"{number} | {text.splitlines()[number - 1].strip()}" in problem
    assert says in problem


@pytest.mark.parametrize(
    "section",
    ['country = "QQ"\ndays = "weekdays"', 'country = "SE"', 'name = "employed"\nalso = ["employed", "workdays"]'],
)
def test_no_mistake_is_seen_where_there_is_none(section: str) -> None:
    text = replaced('"rollout.csv"', '"2026..07/rollout.csv"') + f"[outcome]\n{section}\n"
    assert parse_study(text).extracts.rollout.path == "2026..07/rollout.csv"


def test_a_path_that_leaves_is_told_beside_the_other_mistakes() -> None:
    found = mistakes(replaced('"rollout.csv"', '"../rollout.csv"').replace("[18, 29]", '"al"'))
    assert [re.search(r": ([a-z.]+):", problem)[1] for problem in found] == [  # type: ignore[index]
        "extracts.rollout.path",
        "population.ages",
    ]


def test_a_language_nobody_wrote_is_refused_with_those_there_are() -> None:
    (problem,) = mistakes(f'{RIGHT}[report]\nlanguages = ["en", "da"]\n')
    assert '"da"' in problem
    assert 'each element "en", "nb" or "nn"' in problem


def test_a_layout_that_is_none_of_a_table_is_refused_with_those_it_has() -> None:
    (problem,) = mistakes(replaced('path = "benefits.parquet"', 'path = "benefits.parquet"\nlayout = "month"'))
    assert 'valid: "spells", "monthly", "weekly" or "annual"; did you mean "monthly"?' in problem


@pytest.mark.parametrize(("sign", "told"), [("\\u0007", "U+0007"), ("\\uE000", "U+E000")])
def test_a_text_that_no_font_shows_is_told_before_the_run(sign: str, told: str) -> None:
    exception = f'[disclosure]\nexception = "two lines\\nand a sign: {sign}"\n'
    (problem,) = mistakes(RIGHT + exception)
    assert f"disclosure.exception: holds what no font shows: {told}" in problem


def test_a_break_before_or_in_the_first_year_is_a_mistake() -> None:
    (problem,) = mistakes(RIGHT + "[outcome]\nbreak_years = [2011]\n")
    assert "outcome.break_years must lie after the first study year: 2012 to 2019" in problem


def test_every_mistake_is_listed_at_once_in_the_order_of_the_file() -> None:
    text = (
        replaced("[2011, 2019]", "[2019, 2011]")
        .replace('benefit = "WAA"', 'benefit = "WAA"\nreciept = "any day in the year"')
        .replace("[design]", '[design]\nreference = 1\nouside = "bin"')
        + '[inference]\nlevel = 95\n[report]\nformats = ["doc"]\n'
    )
    found = mistakes(text)
    keys = [re.match(r"study\.toml:\d+: ([\w.]+):", problem)[1] for problem in found]  # type: ignore[index]
    order = "population.years population.reciept design.reference design.ouside inference.level report.formats"
    assert keys == order.split()


@pytest.mark.parametrize(
    ("section", "line", "says"),
    [
        ("heterogeneity", 'by = ["sex", "sex"]', "heterogeneity.by: by names a dimension twice"),
        ("heterogeneity", "age_bands = [25, 18]", "heterogeneity.age_bands: age_bands must rise"),
        ("heterogeneity", "age_bands = []", "heterogeneity.age_bands: [] is not valid here"),
        ("heterogeneity", 'by = ["municipality type"]', "needs the table [extracts.municipalities]"),
        ("design", 'municipality_covariates = ["size"]', "needs the table [extracts.municipalities]"),
        ("design", 'dose = "fidelty"', 'did you mean "fidelity"?'),
        ("population", 'movers = "drop"', '"keep" or "exclude"'),
    ],
)
def test_choices_about_dimensions_doses_and_movers_are_checked(section: str, line: str, says: str) -> None:
    head = f"[{section}]"
    written = f"{head}\n{line}\n"
    (problem,) = mistakes(replaced(head, written) if head in RIGHT else RIGHT + written)
    assert says in problem


def test_a_contradiction_resting_on_a_misspelt_value_is_not_invented() -> None:
    text = replaced("[design]", '[design]\ncomparison = "nevr"')
    (problem,) = mistakes(text)
    assert 'did you mean "never"?' in problem


def test_a_missing_choice_does_not_hide_a_contradiction_of_others() -> None:
    text = replaced('benefit = "WAA"', 'benfit = "WAA"').replace("[18, 29]", "[29, 18]")
    faults = " ".join(mistakes(text))
    assert "population.ages: ages must be" in faults
    assert "benefit is missing" in faults
    assert 'did you mean "benefit"?' in faults


def test_several_contradictions_of_one_section_are_all_listed() -> None:
    text = replaced("[design]", '[design]\ncomparison = "never"\nevent_window = [1, 3]\ntreated = ["0301"]')
    faults = " ".join(mistakes(text))
    assert 'only read with comparison = "listed"' in faults
    assert "must hold the reference" in faults
    assert "share a municipality" in faults


def test_a_missing_section_names_what_it_needs() -> None:
    text = RIGHT[: RIGHT.index("[population]")] + RIGHT[RIGHT.index("[design]") :]
    (problem,) = mistakes(text)
    assert problem.startswith("study.toml:1: population: missing")
    assert "years, period, ages" in problem


def test_an_empty_file_names_every_required_section() -> None:
    found = " ".join(mistakes(""))
    for name in ("schema_version", "study", "extracts", "population", "design"):
        assert f" {name}: missing" in found


def test_messages_hold_no_library_talk() -> None:
    text = replaced("[18, 29]", '"al"') + "[outcome]\ncap = 1\n[work_years]\npersons = []\ndays_per_work_year = nan\n"
    for problem in mistakes(text):
        for word in ("http", "pydantic", "Input should", "literal[", "tuple[", "NoneType", "Traceback"):
            assert word not in problem


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('benefit = "WAA"', "benefit = WAA", 'texts stand in quotes: "..."'),
        ('path = "benefits.parquet"', 'path = "data\\waa.parquet"', "write paths with /"),
        ("[design]", "[design]\nevent_window", "a line is a [section] or key = value"),
        ("[design]", "[design]\nanticipation = 0,5", "decimals are written with a point"),
        ('path = "rollout.csv"', 'path = "rollout.csv"\npath = "again.csv"', "written twice"),
        ("[design]", "[population]\nages = 1", "written twice"),
        ("[design]", "[outcome]\ncap = True\n[design]", "true or false"),
        ('"1103",', "0301,", "codes with a leading zero are texts"),
        ("[design]", "[study.plan]\nregistered = 2026-02-30", "2026-02-30 is no day of the calendar"),
        ("[design]", "[other]\nplan = { registered = 2026-13-01 }", "2026-13-01 is no day of the calendar"),
        ("[design]", '[other]\nplan = { url = "2026-13-01"', "unclosed inline table"),
    ],
)
def test_text_that_is_not_toml_is_placed_and_hinted(old: str, new: str, says: str) -> None:
    text = replaced(old, new)
    (problem,) = mistakes(text)
    number = int(re.match(r"study\.toml:(\d+): ", problem)[1])  # type: ignore[index]
    assert abs(number - line_of(text, new.splitlines()[-1])) <= 1
    assert says in problem


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("")
    with pytest.raises(StudyError, match=r"study\.toml: there is no such study file") as missing:
        read_study(tmp_path / "study.toml")
    assert "other.toml" in missing.value.remedy
    assert str(tmp_path) not in str(missing.value)
    with pytest.raises(StudyError, match="this is a folder"):
        read_study(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(RIGHT.replace("young adults", "unge på jobb").encode("latin-1"))
    with pytest.raises(StudyError, match="not UTF-8 text") as caught:
        read_study(latin)
    assert caught.value.problems[0].startswith(f"latin.toml:{line_of(RIGHT, 'young adults')}: ")
    wide = tmp_path / "wide.toml"
    wide.write_bytes(RIGHT.encode("utf-16"))
    with pytest.raises(StudyError, match="not UTF-8 text"):
        read_study(wide)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, 'a = "\x00"', "a = 2026-99-99"])
def test_hostile_text_is_a_study_error(text: str) -> None:
    mistakes(text)


LINES = RIGHT.splitlines()


@settings(max_examples=150, deadline=None)
@given(
    number=st.integers(0, len(LINES) - 1),
    key=st.sampled_from(["", "path", "years", "title", "a.b", "extracts", "persons", "layout", "[x]", "[[study]]"]),
    value=st.one_of(
        st.none(), st.integers().map(str), st.floats().map(str), st.text(max_size=8).map(repr),
        st.sampled_from(["[[1], {a = 2}]", "{}", "[]", "2026-01-01", "1e400", "{ en = 1 }", "true", "'''x\ny'''"]),
    ),
)  # fmt: skip
def test_a_damaged_file_gives_a_study_or_a_study_error(number: int, key: str, value: str | None) -> None:
    damaged = "\n".join([*LINES[:number], key if value is None else f"{key} = {value}", *LINES[number + 1 :]])
    with contextlib.suppress(StudyError):
        parse_study(damaged)
        return
    assert all(re.match(r"study\.toml:\d+: ", problem) for problem in mistakes(damaged))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("[]{}=\"'#.,\n\\ abc019-_"), max_size=60))
def test_any_text_gives_a_study_error(text: str) -> None:
    with pytest.raises(StudyError):
        parse_study(text)


def test_calendar_days_need_a_work_year_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    text = RIGHT.replace("[design]", '[outcome]\ndays = "calendar days"\n[design]')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"needs work_years\.days_per_work_year"):
        read_study(path)
    path.write_text(text + "\n[work_years]\ndays_per_work_year = 365\n", encoding="utf-8")
    assert read_study(path).work_years.days_per_work_year == 365


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('check = "placebo"', "is not valid here"),
        ('chek = "movers"', "sensitivity.check: missing"),
        ('check = "movers"\nage = [30, 40]', 'did you mean "ages"?'),
        ('check = "placebo_population"\nages = "old"', "sensitivity.ages"),
        ('check = "outcome_definition"\ncap = "no"', "sensitivity.cap"),
    ],
)
def test_mistakes_inside_a_list_of_sections_have_their_line(lines: str, said: str) -> None:
    told = "\n".join(mistakes(f"{RIGHT}\n[[sensitivity]]\n{lines}\n"))
    assert said in told
    assert re.search(r":\d+: ", told)
