"""The report says who is in the study, who stays, comes and goes, and what a second population tells."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import example
from lib.rendered import rendered

from ipscausal.cli.released import text
from ipscausal.disclosure import release
from ipscausal.report import read
from ipscausal.results import Results

NBSP = "\u00a0"


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(NBSP, " ")


def with_population(**changes: Any) -> Results:
    base = example()
    return replace(base, study=base.study | {"population": base.study["population"] | changes})


def texts(results: Results, folder: Path) -> dict[str, str]:
    return {language: plain(html) for language, html in rendered(results, folder).items()}


@pytest.mark.parametrize(
    ("changes", "english", "norwegian"),
    [
        (
            {"receipt": "entry", "follow_up_months": 12, "gap_months": 2, "residence": "at entry"},
            ["Among new recipients of work", "Each is followed for 12 months", "Fewer than 2 whole calendar months",
             "lived in on the day of entry"],
            ["nye mottakere av arbeidsavklaringspenger", "Hver følges i 12 måneder", "på inngangsdagen"],
        ),
        (
            {"receipt": "on a date", "receipt_day": "06-30", "residence": "on a date", "residence_day": "12-31"},
            ["on 30 June of the calendar year", "in which the person lived on 31 December"],
            ["30. juni i kalenderåret", "bodde 31. desember"],
        ),
        (
            {"receipt": "everyone", "benefit": None, "residence": "majority of the year"},
            ["Among all who live there", "Everybody of the age group", "spent most of its days"],
            ["alle som bor der", "Alle i aldersgruppen", "flest av årets dager"],
        ),
        (
            {"receipt": "baseline cohort", "age_rule": "1 January", "residence": "before rollout"},
            ["in the calendar year before the first start of IPS, followed in every year",
             "on 1 January of that year before the first start",
             "lived in on the last day of the year before the first start of IPS"],
            ["i kalenderåret før den første oppstarten av IPS", "1. januar i dette året før den første oppstarten",
             "bodde siste dag i året før den første oppstarten av IPS"],
        ),
        (
            {"receipt": "no benefit", "emigration": "ends the risk time"},
            ["residents without work assessment allowance (WAA)", "Nothing after the last day of residence"],
            ["innbyggere uten arbeidsavklaringspenger", "etter den siste dagen som bosatt"],
        ),
    ],
    ids=lambda value: value["receipt"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_the_choices_of_the_population_are_said_in_words(
    changes: dict[str, Any], english: list[str], norwegian: list[str], tmp_path: Path
) -> None:
    told = texts(with_population(**changes), tmp_path)
    assert [sentence for sentence in english if sentence not in told["en"]] == []
    assert [sentence for sentence in norwegian if sentence not in told["nb"]] == []
    context = (tmp_path / "release" / "context.md").read_text(encoding="utf-8")
    assert "None" not in context


def effect(kind: str, estimate: float) -> dict[str, Any]:
    return {
        "kind": kind, "outcome": "workdays", "unit": "days", "estimator": "twfe", "method": "panel", "status": "ok",
        "level": 0.95, "estimate": estimate, "conf_low": estimate - 3, "conf_high": estimate + 3,
        "n_municipalities": 11, "n_treated": 1, "support_treated": 400.0, "support_control": 4000.0,
        "residual_df": 5000.0,
    }  # fmt: skip


def with_second(**support: float) -> Results:
    base = example()
    rows = tuple(effect(kind, value) | support for kind, value in (("placebo", 1.2), ("triple", 4.4)))
    second = {"name": {"en": "Older recipients", "nb": "Eldre mottakere"}, "ages": [30, 45], "benefit": None}
    return replace(
        base, tables={**base.tables, "second_population": rows}, study=base.study | {"second_population": second}
    )


def test_a_second_population_stands_beside_the_headline_with_its_meaning(tmp_path: Path) -> None:
    told = texts(with_second(), tmp_path)
    assert "Older recipients: recipients of work assessment allowance (WAA) aged 30–45" in told["en"]
    assert "The second population +1.2 −1.8 to 4.2" in told["en"]
    assert "Triple difference +4.4 1.4 to 7.4" in told["en"]
    assert "Trippel differanse +4,4 1,4 til 7,4" in told["nb"]
    screen = text(read(tmp_path / "release"))
    assert "Placebo, Older recipients: +1.2 (-1.8 to 4.2)" in screen
    assert "Triple difference, less Older recipients: +4.4 (1.4 to 7.4)" in screen


def test_an_effect_behind_which_few_persons_stand_does_not_leave(tmp_path: Path) -> None:
    release(with_second(support_treated=9.0), tmp_path / "release")
    rows = read(tmp_path / "release").tables["second_population"]
    assert {(row["state"], row["estimate"]) for row in rows} == {("withheld", None)}


def test_without_a_second_population_nothing_is_said_of_one(tmp_path: Path) -> None:
    told = texts(example(), tmp_path)
    assert "Triple difference" not in told["en"]
    assert not (tmp_path / "release" / "second_population.csv").exists()
    assert not (tmp_path / "release" / "composition.csv").exists()


def test_who_comes_and_goes_stands_with_the_recipients(tmp_path: Path) -> None:
    base = example()
    persons = {(row["arm"], row["year"]): row["persons"] for row in base.tables["trends"]}
    years = sorted({year for _, year in persons})
    rows = []
    for arm in ("treated", "control"):
        for year in years:
            before, now, after = (persons.get((arm, year + k)) for k in (-1, 0, 1))
            stay, stay_on = (None if other is None else min(now, other) - 60 for other in (before, after))
            rows.append(
                {
                    "year": year, "arm": arm, "stayed": stay, "came": None if stay is None else now - stay,
                    "came_moved": None if stay is None else 20, "gone": None if stay_on is None else now - stay_on,
                    "gone_moved": None if stay_on is None else 20, "gone_died": None if stay_on is None else 2,
                }
            )  # fmt: skip
    results = replace(base, tables={**base.tables, "composition": tuple(rows)})
    told = texts(results, tmp_path)
    assert "Who stays, comes and goes" in told["en"]
    assert "Hvem blir, kommer og går" in told["nb"]
    released = read(tmp_path / "release").tables["composition"]
    assert all(row["gone_died"] is None for row in released)
    stayed = {(row["arm"], row["year"]): row["stayed"] for row in rows}
    left = [row for row in released if row["stayed"] is not None]
    assert left
    assert all(row["stayed"] == stayed[row["arm"], row["year"]] for row in left)
