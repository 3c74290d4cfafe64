"""Changes of codes as a graph: units, their names and kinds, and what a name in a rollout stands for."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from ipscausal.reforms import (
    Change,
    JoinedUnit,
    changes_on_circles,
    components,
    covered,
    in_window,
    joined_units,
    unit_of,
)


def changes(text: str) -> tuple[Change, ...]:
    """`2020: 1103 1141 1142 > 1103; 1850 > 1806 1875`, each on 1 January of its year."""
    found = []
    for part in text.split("|"):
        year, _, rest = part.partition(":")
        for one in rest.split(";"):
            olds, _, news = one.partition(">")
            found += [Change(dt.date(int(year), 1, 1), old, new) for old in olds.split() for new in news.split()]
    return tuple(found)


def only(text: str, in_use: str = "", years: tuple[int, int] = (2010, 2024)) -> JoinedUnit:
    window = in_window(changes(text), dt.date(years[0], 1, 1), dt.date(years[1], 12, 31))
    (unit,) = joined_units(window, in_use=in_use.split())
    return unit


# the splits, chains and silent enlargements of Norway since 2010 (domain: municipality codes, counts and changes)
TYSFJORD = "2020: 1850 1805 1854 > 1806; 1850 1849 > 1875"
SNILLFJORD = (
    "2018: 1612 > 5011; 1613 > 5012; 1617 > 5013; 1622 > 5016; 1636 > 5023; 1638 > 5024"
    "| 2020: 5011 5012 1571 > 5055; 5012 5013 > 5056; 5012 5016 5023 5024 > 5059"
)
STOKKE = (
    "2017: 0706 0719 0720 > 0710; 0720 > 0704 | 2020: 0710 > 3804; 0704 0716 > 3803 | 2024: 3804 > 3907; 3803 > 3905"
)
AALESUND = "2020: 1504 1523 1529 1534 1546 > 1507 | 2024: 1507 > 1508 1580"


@pytest.mark.parametrize(
    ("text", "in_use", "name", "kind", "codes"),
    [
        (TYSFJORD, "1850 1805 1854 1849", "1806", "regrouped", 6),
        (SNILLFJORD, "1612 1613 1617 1622 1636 1638 1571", "5055", "regrouped", 16),
        (STOKKE, "0720 0706 0719 0704 0716", "3905", "regrouped", 10),
        (AALESUND, "1504", "1508", "regrouped", 8),
        ("2020: 1103 1141 1142 > 1103", "", "1103", "enlarged", 3),  # the export says that 1103 goes on
        ("2020: 1141 1142 > 1103", "1103 1141 1142", "1103", "enlarged", 3),  # here only residence does
        ("2020: 5030 > 5001", "5001 5030", "5001", "enlarged", 2),
        ("2018: 1601 > 5001 | 2020: 5030 > 5001", "1601 5030", "5001", "merged", 3),
        ("2020: 1902 > 5401 | 2024: 5401 > 5501", "1902", "5501", "renumbered", 3),
        ("2018: 0702 0714 > 0715", "0702 0714", "0715", "merged", 3),
        ("2012: 1723 1729 > 1756", "", "1756", "merged", 3),
        ("2020: 0219 > 0231 0232", "0219", "0231", "split", 3),
    ],
)
def test_real_reforms_are_one_unit_each(text: str, in_use: str, name: str, kind: str, codes: int) -> None:
    unit = only(text, in_use)
    assert (unit.name, unit.kind, len(unit.codes)) == (name, kind, codes)


def test_a_silent_enlargement_of_trondheim_begins_as_a_renumbering() -> None:
    """Through 2019 it is one municipality with a new number, from 2020 on it has taken in Klæbu."""
    text = "2018: 1601 > 5001; 1662 > 5030 | 2020: 5030 > 5001"
    assert only(text, "1601 1662").codes == ("1601", "1662", "5001", "5030")
    window = in_window(changes(text), dt.date(2010, 1, 1), dt.date(2019, 12, 31))
    assert [unit.codes for unit in joined_units(window)] == [("1601", "5001"), ("1662", "5030")]


def test_names_are_not_read_so_a_reused_one_joins_nothing() -> None:
    """Ålesund was 1504, 1507 and 1508; two municipalities named Våler have nothing to do with each other."""
    window = in_window(changes("2020: 0137 > 3018; 0426 > 3419"), dt.date(2018, 1, 1), dt.date(2021, 12, 31))
    assert [unit.codes for unit in joined_units(window)] == [("0137", "3018"), ("0426", "3419")]


def test_only_changes_after_the_first_day_and_up_to_the_last_divide_a_window() -> None:
    text = "2011: a > b | 2012: c > d | 2014: e > f"
    window = in_window(changes(text), dt.date(2011, 1, 1), dt.date(2013, 12, 31))
    assert [change.old for change in window] == ["c"]
    assert in_window(changes("2014: e > f"), dt.date(2011, 1, 1), dt.date(2014, 1, 1)) != ()


def test_a_code_that_goes_on_alone_is_no_unit() -> None:
    assert joined_units(changes("2020: 0301 > 0301")) == ()


def test_a_change_and_its_reverse_years_later_leave_the_first_code() -> None:
    assert only("2012: a > b | 2014: b > a").name == "a"
    assert only("2012: b > a | 2014: a > b").name == "b"


def test_units_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = [*changes(TYSFJORD), *changes(SNILLFJORD), *changes(STOKKE), *changes(AALESUND)]
    expected = joined_units(rows)
    assert len(expected) == 4
    for seed in range(20):
        random.Random(seed).shuffle(rows)  # noqa: S311
        assert joined_units([*rows, *rows[:5]]) == expected


def test_groups_are_units_named_by_the_group_and_reforms_join_them() -> None:
    groups = [("1804", "Nord"), ("1805", "Nord"), ("5401", "Finnmark"), ("0301", "Oslo")]
    units = joined_units((), groups)
    assert [(unit.name, unit.codes, unit.kind) for unit in units] == [
        ("Finnmark", ("5401",), "grouped"),
        ("Nord", ("1804", "1805"), "grouped"),
        ("Oslo", ("0301",), "grouped"),
    ]
    joined = joined_units(changes("2020: 1805 5401 > 5402"), groups)
    assert [(unit.name, unit.groups) for unit in joined] == [
        ("Finnmark", ("Finnmark", "Nord")),
        ("Oslo", ("Oslo",)),
    ]
    assert unit_of(joined) == dict.fromkeys(["Finnmark", "Nord", "1804", "1805", "5401", "5402"], "Finnmark") | {
        "Oslo": "Oslo",
        "0301": "Oslo",
    }


class TestWhatARolloutNames:
    """A start on 1 March 2016, before Ålesund and its neighbours became one and then two."""

    PRESENT = ("1504", "1523", "1529", "1534", "1546")
    KNOWN = changes(AALESUND)

    @pytest.mark.parametrize(
        ("code", "stands_for"),
        [
            ("1504", {"1504"}),  # as it was called then
            ("1507", set(PRESENT)),  # as they were called together later
            ("1580", set(PRESENT)),  # what came out of them
            ("0301", set()),
        ],
    )
    def test_a_later_code_stands_for_what_it_is_made_of(self, code: str, stands_for: set[str]) -> None:
        assert covered(code, dt.date(2016, 3, 1), self.PRESENT, self.KNOWN) == stands_for

    def test_an_earlier_code_stands_for_what_became_of_it(self) -> None:
        assert covered("1534", dt.date(2025, 3, 1), ("1508", "1580"), self.KNOWN) == {"1508", "1580"}
        assert covered("1534", dt.date(2021, 3, 1), ("1507",), self.KNOWN) == {"1507"}

    def test_a_code_in_use_stands_for_itself_also_where_others_join_it_later(self) -> None:
        stavanger = changes("2020: 1141 1142 > 1103")
        assert covered("1103", dt.date(2016, 3, 1), ("1103", "1141", "1142"), stavanger) == {"1103"}


def test_circles_are_found_on_one_day_only() -> None:
    circle = changes("2020: a > b; b > c; c > a; d > e")
    assert [change.old for change in changes_on_circles(circle)] == ["a", "b", "c"]
    assert changes_on_circles(changes("2018: a > b | 2020: b > a")) == ()
    assert changes_on_circles(changes("2020: a > a; b > a")) == ()


def test_components_are_those_of_a_search_that_marks_one_thing_after_the_other() -> None:
    for seed in range(200):
        draw = random.Random(seed)  # noqa: S311
        names = [str(number) for number in range(draw.randint(1, 12))]
        pairs = [(draw.choice(names), draw.choice(names)) for _ in range(draw.randint(0, 14))]
        assert set(components(pairs)) == reachable_sets(pairs)


def reachable_sets(pairs: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Second implementation: grow each set until no pair leads out of it."""
    found = set()
    for start in {name for pair in pairs for name in pair}:
        inside = {start}
        for _ in pairs:
            inside |= {name for pair in pairs if inside & set(pair) for name in pair}
        found.add(frozenset(inside))
    return found
