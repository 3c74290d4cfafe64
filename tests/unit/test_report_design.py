"""The section on how much the design can tell: diagnostics with their meaning, figures with their numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import changed, example
from lib.page import Element, read_page
from lib.rendered import rendered

from ipscausal.disclosure import release
from ipscausal.language import catalogue
from ipscausal.report.design import _meaning
from ipscausal.report.released import read
from ipscausal.results import Results

NBSP = "\u00a0"


def section(results: Results, folder: Path, language: str = "en") -> Element | None:
    page = read_page(rendered(results, folder)[language])
    found = [part for part in page.all("section") if any(h.attributes.get("id") == "design" for h in part.all("h2"))]
    return found[0] if found else None


def table(part: Element | None, caption: str) -> list[list[str]]:
    assert part is not None
    found = next(t for t in part.all("table") if caption in t.text)
    lines = [[cell.text.replace(NBSP, " ") for cell in row.all("th", "td")] for row in found.all("tr")]
    return lines[1:]


def test_diagnostics_have_value_range_and_meaning(tmp_path: Path) -> None:
    found = {line[0]: line[1:] for line in table(section(example(), tmp_path), "What this design can tell")}
    assert len(found) == 21
    assert found["Lowest p-value by rank"][0] == "0.091"
    assert found["Lowest p-value by rank"][1].startswith("A ranking of this design cannot reject at the 5% level")
    assert found["Yearly shocks to municipalities (SD)"][0] == "2.0 (1.2 to 3.1)"
    assert found["Largest change when one municipality is left out"][0] == "6% (estimates without one 5.2 to 6.0)"
    assert found["Effects found by regression on persons (HC1) where there are none"][0] == "15% (7% to 27%)"


def test_diagnostics_in_bokmaal(tmp_path: Path) -> None:
    found = {line[0]: line[1:] for line in table(section(example(), tmp_path, "nb"), "Hva opplegget kan fortelle")}
    assert found["Årlige svingninger i kommunene (SD)"][0] == "2,0 (1,2 til 3,1)"
    assert found["Største andel én kommune har i effekten"][0] == "91 %"


def test_a_withheld_diagnostic_shows_neither_value_nor_meaning(tmp_path: Path) -> None:
    hidden = changed(example(), "diagnostics", lambda r: r["diagnostic"] == "size_cv", support_control=9)
    found = {line[0]: line[1:] for line in table(section(hidden, tmp_path), "What this design can tell")}
    assert found["Spread of municipality sizes (SD over mean)"] == [":", ""]


def test_pseudo_studies_are_told_as_numbers(tmp_path: Path) -> None:
    part = section(changed(example(), "calibration", lambda r: r["role"] == "primary", placebo_space_k=1), tmp_path)
    assert part is not None
    assert "the primary test rejected at the 5% level in 1 of 10. With the start moved" in part.text
    assert "10%" not in part.text


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("calibration", "were chosen for what they found in 2,000 simulated panels"),
        ("counts", "follow from the numbers of municipalities alone"),
        ("plan", "was named in the study file beforehand"),
    ],
)
def test_how_the_methods_were_chosen(tmp_path: Path, how: str, sentence: str) -> None:
    results = example()
    advice = {**results.facts["advice"], "decided_on": how}
    part = section(replace(results, facts={**results.facts, "advice": advice}), tmp_path)
    assert part is not None
    assert sentence in part.text


def test_numbers_stand_under_each_figure(tmp_path: Path) -> None:
    part = section(example(), tmp_path)
    rates = table(part, "How often each method finds an effect")
    assert rates[0] == ["Panel model, corrected for size", "primary", "4%", "3% to 5%", "49%", "8.0"]
    assert table(part, "Each municipality taken as the treated one")[0] == ["1", "+5.6", "1.81", "IPS municipality"]
    without = table(part, "The effect without each municipality")
    assert without[0] == ["1804", "IPS", "–", "–", "–"]
    assert without[2] == ["1505", "Comparison", "+5.3", "−1.9 to 12.5", "−0.3"]


def test_withheld_municipalities_leave_no_empty_figure(tmp_path: Path) -> None:
    hidden = changed(example(), "placebo", lambda r: r["position"] == 3, support_treated=4)
    part = section(hidden, tmp_path)
    assert part is not None
    assert len(part.all("figure")) == 1


def test_without_any_of_it_there_is_no_section(tmp_path: Path) -> None:
    results = example()
    empty: dict[str, Any] = dict.fromkeys(("diagnostics", "calibration", "placebo", "leave_one_out"), ())
    assert section(replace(results, tables={**results.tables, **empty}), tmp_path) is None


def test_counts_of_what_treatment_acts_on_are_not_called_municipalities(tmp_path: Path) -> None:
    plain = example()
    acting = {**plain.study, "design": {**plain.study["design"], "cluster": "unit"}}
    found = {line[0] for line in table(section(replace(plain, study=acting), tmp_path), "What this design can tell")}
    assert {"Regions", "IPS regions", "Comparison regions"} <= found
    assert not {"Municipalities", "IPS municipalities", "Comparison municipalities"} & found


def test_what_ranks_and_errors_act_on_leaves_beside_the_municipalities(tmp_path: Path) -> None:
    release(changed(example(), "estimates", lambda row: True, n_clusters=6, n_treated_clusters=1), tmp_path / "release")
    rows = read(tmp_path / "release").rows("estimates")
    told = {(row["n_municipalities"], row["n_treated"], row["n_clusters"], row["n_treated_clusters"]) for row in rows}
    assert told == {(11, 1, 6, 1)}


@pytest.mark.parametrize(
    ("low", "high", "treated", "told"),
    [
        (5.2, 6.0, 1, "Without the only IPS municipality there is no effect to estimate."),
        (
            -5.2,
            6.0,
            1,
            "Without the only IPS municipality there is no effect to estimate, and without one of the",
        ),
        (-5.2, 6.0, 3, "Without one of them the sign of the effect changes."),
        (5.2, 6.0, 3, "Without one of them there is no effect to estimate."),
        (None, None, 3, "Without one of them there is no effect to estimate (the only IPS municipality), or"),
    ],
)
def test_what_leaving_one_out_does_is_told_by_what_it_did(
    low: float | None, high: float | None, treated: int, told: str
) -> None:
    row = {"diagnostic": "influence", "level": "red", "low": low, "high": high}
    assert _meaning(catalogue("en"), row, treated).startswith(told)


def test_a_rate_of_zero_is_explained_where_it_stands(tmp_path: Path) -> None:
    explained = "0% with a range from 0% to 0%: the method finds an effect in fewer than one in 200"
    never = changed(example(), "calibration", lambda r: r["role"] == "companion", false_positive_rate=0.0, rate_low=0.0,
                    rate_high=0.004)  # fmt: skip
    seldom = changed(never, "calibration", lambda r: True, rate_high=0.02)
    told, plain = section(never, tmp_path / "a"), section(seldom, tmp_path / "b")
    assert told is not None
    assert plain is not None
    assert explained in told.text
    assert explained not in plain.text


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "the IPS municipality is calmer", "the IPS municipalities are calmer"),
        ("nb", "IPS-kommunen er roligere", "IPS-kommunene er roligere"),
        ("nn", "IPS-kommunen er rolegare", "IPS-kommunane er rolegare"),
    ],
)
def test_one_municipality_with_ips_is_told_as_one(language: str, one: str, many: str) -> None:
    words = catalogue(language)
    row = {"diagnostic": "breakdown_ratio", "level": "red", "low": None, "high": None}
    assert one in _meaning(words, row, 1)
    assert many in _meaning(words, row, 3)
    keys = [key for key in words.keys if key.startswith(("diagnostic.volatility_ratio", "diagnostic.breakdown_ratio"))]
    several = re.split(" are| er", many)[0]
    assert not any(several in words.text(key, value=1.0, treated=1) for key in keys)
