"""The rule sets: every rule has its source, is tightened freely and loosened with a reason, and does what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import sqlglot
from lib.example_results import changed, example, with_disclosure
from lib.released import quick_png, rows  # noqa: F401
from sqlglot import expressions as sql

from ipscausal.disclosure import RELEASED_TABLES, release, rules_in_force
from ipscausal.disclosure.checks import drafts
from ipscausal.disclosure.dominance import is_dominated
from ipscausal.disclosure.rules import AS_STRICT, DEFAULT, preset, presets
from ipscausal.errors import DisclosureError
from ipscausal.results import Results
from ipscausal.study import Disclosure

pytestmark = pytest.mark.usefixtures("quick_png")
MODELS = Path(__file__).parents[2] / "sql" / "3_municipality_year"
TIGHTER: dict[str, Any] = {
    "min_persons": 20, "min_residual_df": 20, "min_cluster_df": 5, "min_municipalities": 5, "min_population": 2000,
    "zero_cells": "withhold", "max_small_cells": 0.1, "dominance_n": 3, "dominance_k": 0.5, "p_percent": 0.2,
    "amounts": "withhold", "rounding": "midpoint 6", "significant_digits": 3, "earlier_releases": "withhold",
    "file_types": ["csv"], "max_rows": 100, "max_bytes": 1000,
}  # fmt: skip
LOOSER: dict[str, Any] = {
    "min_persons": 2, "min_residual_df": 5, "min_municipalities": 1, "max_small_cells": 0.9, "dominance_n": 1,
    "dominance_k": 0.95, "p_percent": 0.05, "zero_cells": "review", "rounding": "base 3", "significant_digits": 5,
    "file_types": ["csv", "png", "json", "md", "txt", "svg"], "max_rows": 6000, "max_bytes": 0, "min_cluster_df": 1,
}  # fmt: skip
TABLES = {table.name: table for table in RELEASED_TABLES}


def test_every_rule_of_every_set_has_a_value_a_source_and_says_whether_it_was_read() -> None:
    assert list(presets()) == ["strict", "ssb", "nav", "dst", "opensafely", "acro", "microdata_no"]
    for ruleset in presets().values():
        assert set(ruleset) == {"about", *AS_STRICT}
        for rule in AS_STRICT:
            assert set(ruleset[rule]) == {"value", "source", "verified"}
            assert ruleset[rule]["source"]
            assert isinstance(ruleset[rule]["verified"], bool)


def test_the_study_file_knows_the_same_sets_and_rules() -> None:
    assert set(get_args(Disclosure.model_fields["ruleset"].annotation)) == set(presets())
    assert set(Disclosure.model_fields) == {"ruleset", "exception", *AS_STRICT}
    assert rules_in_force(Disclosure().model_dump()) == preset(DEFAULT) == preset("strict")


@pytest.mark.parametrize(
    ("ruleset", "persons", "rounding"),
    [
        ("strict", 10, "base 5"), ("ssb", 3, "none"), ("nav", 4, "none"), ("dst", 5, "none"),
        ("opensafely", 8, "base 5"), ("acro", 10, "base 5"), ("microdata_no", 10, "none"),
    ],
)  # fmt: skip
def test_the_sets_have_the_numbers_of_their_sources(ruleset: str, persons: int, rounding: str) -> None:
    assert (preset(ruleset).min_persons, preset(ruleset).rounding) == (persons, rounding)


def test_the_default_is_at_least_as_strict_as_every_set_in_what_it_shares_with_them() -> None:
    strict = preset("strict")
    shared = ("min_persons", "min_residual_df", "min_cluster_df", "zero_cells", "dominance_k", "p_percent", "rounding")
    for name in presets():
        assert all(AS_STRICT[rule](getattr(strict, rule), getattr(preset(name), rule)) for rule in shared), name


@pytest.mark.parametrize("rule", TIGHTER)
def test_any_rule_is_tightened_by_naming_it(rule: str) -> None:
    rules = rules_in_force({"ruleset": "strict", rule: TIGHTER[rule]})
    told = rules.told()
    assert told[rule] == TIGHTER[rule]
    assert rules.exception == ""
    assert rules_in_force(told) == rules


def test_all_loosened_rules_are_named_at_once_and_need_a_reason() -> None:
    with pytest.raises(DisclosureError) as caught:
        rules_in_force({"ruleset": "strict", **LOOSER})
    assert [problem.split(" = ")[0] for problem in caught.value.problems] == [
        rule for rule in AS_STRICT if rule in LOOSER
    ]
    assert (
        "file_types = csv, png, json, md, txt, svg is looser than csv, png, json, md, txt in the rule set strict"
        in (caught.value.problems)
    )
    assert caught.value.exit_code == 4
    loosened = rules_in_force({"ruleset": "strict", **LOOSER, "exception": " agreed on 3 May "})
    assert (loosened.min_persons, loosened.exception) == (2, "agreed on 3 May")
    assert rules_in_force(loosened.told()) == loosened


def test_rounding_that_a_study_adds_takes_the_digits_with_it() -> None:
    assert rules_in_force({"ruleset": "ssb"}).significant_digits == 12
    assert rules_in_force({"ruleset": "ssb", "rounding": "base 5"}).significant_digits == 4
    assert rules_in_force({"ruleset": "ssb", "rounding": "base 5", "significant_digits": 6}).significant_digits == 6


@pytest.mark.parametrize(("rule", "leaves"), [("review", True), ("withhold", False)])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_nobody_or_everybody_has_is_looked_at_or_stays(
    tmp_path: Path, rule: str, leaves: bool, share: float
) -> None:
    study = changed(example(), "baseline", lambda row: row["variable"] == "women", control_mean=share)
    release(with_disclosure(study, zero_cells=rule), tmp_path)
    (row,) = (row for row in rows(tmp_path, "baseline") if row["variable"] == "women")
    assert (row["control_mean"] != "") is leaves
    assert row["reason"] == ("" if leaves else "share")
    entry = json.loads((tmp_path / "results.json").read_text(encoding="ascii"))["results"]["baseline"]
    assert (entry["fair"]["check_status"]["ZeroOrFullCheck"] == "review") is leaves
    assert entry["status"] == "review"


def test_a_count_of_nobody_leaves_for_review_only_where_the_rules_say_so() -> None:
    row = {"step": 1, "rule": "age", "arm": "treated", "persons": 0, "person_years": 0}
    (shown,) = drafts(TABLES["flow"], [row], rules_in_force({"ruleset": "ssb"}))
    (hidden,) = drafts(TABLES["flow"], [row], rules_in_force({"ruleset": "nav"}))
    assert (shown.state, bool(shown.reviews)) == ("released", True)
    assert (hidden.state, hidden.reasons) == ("withheld", ("count",))


@pytest.mark.parametrize(("small", "leaves"), [(2, True), (3, False)])
def test_a_table_of_mostly_small_counts_stays(small: int, leaves: bool) -> None:
    counts = [4] * small + [40] * (4 - small)
    table = [
        {"step": step, "rule": "age", "arm": "all", "persons": count, "person_years": count}
        for step, count in enumerate(counts)
    ]
    rules = rules_in_force({"ruleset": "ssb", "max_small_cells": 0.5})
    assert {draft.state for draft in drafts(TABLES["flow"], table, rules)} == {"released" if leaves else "withheld"}


@pytest.mark.parametrize(("municipalities", "leaves"), [(3, True), (2, False)])
def test_an_estimate_of_two_municipalities_stays(municipalities: int, leaves: bool) -> None:
    row = example().tables["estimates"][0]
    (own,) = drafts(TABLES["estimates"], [{**row, "n_municipalities": municipalities}], preset("strict"))
    point = next(row for row in example().tables["event_study"] if row["event_time"] == 2)
    (of_study,) = drafts(TABLES["event_study"], [point], preset("strict"), municipalities)
    for draft in (own, of_study):
        assert draft.reasons == (() if leaves else ("cluster_df",))


@pytest.mark.parametrize(("persons", "leaves"), [(1000, True), (999, False)])
def test_a_population_below_that_of_the_platform_has_no_release(tmp_path: Path, persons: int, leaves: bool) -> None:
    study = example()
    for table in ("headline", "estimates"):
        study = changed(study, table, lambda row: True, n_persons=persons)
    study = with_disclosure(study, ruleset="microdata_no")
    if leaves:
        release(study, tmp_path)
        return
    with pytest.raises(DisclosureError, match="no headline may leave") as caught:
        release(study, tmp_path)
    assert "att: the study counts fewer than 1,000 persons" in caught.value.problems


@pytest.mark.parametrize(
    ("two_largest", "rule", "dominated"),
    [
        (0.80, {"dominance_n": 2, "dominance_k": 0.85}, False),
        (0.86, {"dominance_n": 2, "dominance_k": 0.85}, True),
        # three at the cap hold three halves of what two do
        (0.60, {"dominance_n": 3, "dominance_k": 0.85}, True),
        # 100 less 48 and 48 leaves 4, below a tenth of 48; less 47 and 47 leaves 6
        (0.96, {"dominance_k": 0.99, "p_percent": 0.1}, True),
        (0.94, {"dominance_k": 0.99, "p_percent": 0.1}, False),
        (1.00, {"dominance_n": 1, "dominance_k": 0.85}, True),
    ],
)
def test_dominance_by_hand(two_largest: float, rule: dict[str, Any], dominated: bool) -> None:
    rules = rules_in_force({"ruleset": "ssb", **rule, "exception": "tried"})
    assert is_dominated(two_largest, rules) is dominated


def with_earnings() -> Results:
    study = changed(
        example(), "trends", lambda row: row["outcome"] == "benefit_days", outcome="earnings", two_largest=0.1
    )
    return changed(study, "baseline", lambda row: row["variable"] == "benefit_days", variable="earnings")


def test_amounts_are_not_described_where_the_platform_would_winsorise(tmp_path: Path) -> None:
    for ruleset, shown in (("ssb", True), ("microdata_no", False)):
        release(with_disclosure(with_earnings(), ruleset=ruleset), tmp_path / ruleset)
        of_years = [row for row in rows(tmp_path / ruleset, "trends") if row["outcome"] == "earnings"]
        (before,) = (row for row in rows(tmp_path / ruleset, "baseline") if row["variable"] == "earnings")
        for row, mean in (*((row, "mean") for row in of_years), (before, "treated_mean")):
            assert (row[mean] != "", row["reason"]) == (shown, "" if shown else "amount")


def test_no_released_column_is_an_extreme_or_a_percentile_of_persons() -> None:
    """Cells are counts, sums and sums of squares; what a model takes the least or most of is a date or a place."""
    places = {"year", "start_date", "year_days", "type", "value"}
    of_municipalities = {"municipality_covariate", "municipality_type"}
    found = 0
    for path in sorted(MODELS.glob("*.sql")):
        query = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
        assert not list(query.find_all(sql.Median, sql.PercentileCont, sql.PercentileDisc, sql.Quantile)), path.stem
        for extreme in query.find_all(sql.Min, sql.Max):
            columns = {column.name for column in extreme.find_all(sql.Column)} - {"of_the_year"}
            assert columns <= places, path.stem
            assert "value" not in columns or path.stem in of_municipalities
            found += 1
    assert found >= 5
    named = {name for table in RELEASED_TABLES for name in table.released_columns}
    assert not [name for name in named if re.search(r"(^|_)(min|max|median|quantile|percentile|p\d+)(_|$)", name)]
