"""The page as a browser shows it: no barrier, no sideways scroll, nothing asked for, everything printed."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from lib.chromium import answered, axe
from lib.example_effects import staggered
from lib.example_results import example
from lib.rendered import rendered

from ipscausal.language import LANGUAGES

DESK, PHONE = 1200, 390
SPANNING = "th-has-data-cells: "
"""What axe leaves to people: a header that spans its row heads the rows below it, not a cell beside it."""
TOUCHING = "partially obscured by another element"
"""And the contrast of a cell whose lines touch the next row by a fraction of a pixel: its colours are measured in
other cells."""
TRACKER = '<img src="https://tracker.invalid/seen.png" alt="">'
REQUESTS = """return performance.getEntriesByType("resource").map(one => one.name)
    .filter(name => !name.startsWith("data:"))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every section of the report."""
    return rendered(staggered(example()), tmp_path_factory.mktemp("report"), LANGUAGES)


@pytest.mark.parametrize(("language", "width"), list(product(LANGUAGES, (DESK, PHONE))))
def test_axe_finds_no_barrier(pages: dict[str, str], language: str, width: int) -> None:
    found = axe(pages[language], width)
    assert found["violations"] == []
    assert {"color-contrast", "landmark-one-main", "heading-order", "image-alt", "td-has-header"} <= set(
        found["passed"]
    )
    if width == DESK:
        # on a phone a column may stand outside the view of its table, where axe measures no contrast
        assert [line for line in found["undecided"] if not line.startswith(SPANNING) and TOUCHING not in line] == []


def test_axe_finds_the_barriers_it_is_there_for(pages: dict[str, str]) -> None:
    page = pages["en"]
    for old, new in (
        (' alt="', ' data-alt="'), ("--soft: #4b5560", "--soft: #b0b8c0"), ("<h3>", "<h5>"), ("<main>", "<div>"),
        (' lang="en"', ""), ('scope="col"', 'scope="column"'), ('tabindex="0"', 'tabindex="2"'),
    ):  # fmt: skip
        assert old in page
        page = page.replace(old, new)
    found = {line.split(":")[0] for line in axe(page.replace("</main>", "</div>"), DESK)["violations"]}
    assert found >= {
        "image-alt", "color-contrast", "heading-order", "landmark-one-main", "html-has-lang", "scope-attr-valid",
        "tabindex",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_never_scrolls_sideways_on_a_phone(pages: dict[str, str], language: str) -> None:
    question = """document.querySelectorAll("details").forEach(one => one.open = true);
        const root = document.documentElement; return [root.clientWidth, root.scrollWidth]"""
    assert answered(pages[language], PHONE, question) == [PHONE, PHONE]


def test_every_part_that_scrolls_and_every_link_is_reached_by_the_keyboard(pages: dict[str, str]) -> None:
    question = """
        document.querySelectorAll("details").forEach(one => one.open = true);
        const wanted = [...document.querySelectorAll("a, summary, .scroll")];
        const seen = wanted.filter(one => { one.focus({focusVisible: true});
            return document.activeElement === one && getComputedStyle(one).outlineStyle === "solid" });
        const skip = document.querySelector(".skip"); skip.focus();
        return [wanted.length - seen.length, skip.getBoundingClientRect().left >= 0,
                document.querySelector(skip.getAttribute("href")).tagName]"""
    assert answered(pages["en"], PHONE, question) == [0, True, "H2"]


def test_nothing_is_asked_for_even_where_nothing_forbids_it(pages: dict[str, str]) -> None:
    free = pages["en"].replace("Content-Security-Policy", "x-policy")
    assert answered(free, DESK, REQUESTS) == []
    assert answered(free.replace("<main>", f"<main>{TRACKER}"), DESK, REQUESTS) == ["https://tracker.invalid/seen.png"]


def test_the_policy_of_the_page_forbids_every_request(pages: dict[str, str]) -> None:
    early = """window.refused = []; addEventListener("securitypolicyviolation",
        event => refused.push(event.effectiveDirective))"""
    wait = "await new Promise(done => setTimeout(done, 500)); return refused"
    assert answered(pages["en"], DESK, wait, early) == []
    planted = pages["en"].replace("<main>", f"<main>{TRACKER}")
    assert answered(planted, DESK, wait, early) == ["img-src"]


def test_the_numbers_behind_a_figure_are_printed_though_closed_on_the_screen(
    pages: dict[str, str], tmp_path: Path
) -> None:
    style = pages["en"].split("@media print {")[1]
    assert "details::details-content { content-visibility: visible; block-size: auto; }" in style
    shown = """return [...document.querySelectorAll("details table")]
        .map(table => table.checkVisibility({contentVisibilityAuto: true}))"""
    closed = answered(pages["en"], DESK, shown)
    printed = answered(pages["en"].replace("@media print", "@media all"), DESK, shown)
    assert len(closed) >= 5
    assert not any(closed)
    assert all(printed)
