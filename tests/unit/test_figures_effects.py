"""Figures about the effect: drawn from released rows where there is enough to draw, in both sizes, with their text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from lib.example_effects import honest, in_doubt, staggered
from lib.example_results import example

from ipscausal import figures
from ipscausal.language import LANGUAGES, catalogue

Tables = Mapping[str, tuple[Mapping[str, Any], ...]]


def released() -> dict[str, Any]:
    return {name: tuple(rows) for name, rows in staggered(example()).tables.items()}


def names(tables: Tables) -> list[str]:
    return [one.name for one in figures.effect_figures(catalogue("en"), "workdays", 0.95, tables)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_drawn_in_both_sizes(language: str) -> None:
    found = figures.effect_figures(catalogue(language), "workdays", 0.95, released())
    assert [one.name for one in found] == [
        "estimators", "honest", "specification_curve", "subgroups", "municipality_effects",
    ]  # fmt: skip
    for one in found:
        assert len(one.labels.alt) > 80
        assert "None" not in one.labels.alt
        wide, narrow = one.draw(figures.WIDE), one.draw(figures.NARROW)
        assert wide.get_size_inches()[0] > narrow.get_size_inches()[0]
        assert figures.svg(narrow, one.labels).count("<path") > 20


def test_nothing_of_another_outcome_is_drawn() -> None:
    assert figures.effect_figures(catalogue("en"), "employed", 0.95, released()) == ()


def test_too_little_is_not_drawn() -> None:
    tables = in_doubt(example()).tables
    assert names({name: tables[name][:1] for name in ("estimators", "specification_curve")}) == []
    gone = tuple({**row, "estimate": None, "shrunken": None, "m": None} for row in tables["honest"])
    assert names({"honest": gone}) == []


def test_names_and_places_of_municipalities_are_not_codes() -> None:
    one = figures.effect_figures(catalogue("en"), "workdays", 0.95, released())[-1]
    texts = [label.get_text() for axes in one.draw(figures.WIDE).axes for label in axes.get_yticklabels()]
    assert texts == ["6", "5", "4", "3", "2", "1"]


def test_zero_that_never_enters_has_no_line() -> None:
    lines = []
    for breakdown in (None, 0.6):
        (one,) = figures.effect_figures(catalogue("en"), "workdays", 0.95, {"honest": honest(breakdown)})
        lines.append([text.get_text() for axes in one.draw(figures.WIDE).axes for text in axes.texts])
    assert lines == [[], ["Zero enters at M = 0.60"]]


def test_long_names_do_not_push_the_axis_out_of_a_narrow_figure() -> None:
    one = figures.effect_figures(catalogue("nb"), "workdays", 0.95, released())[0]
    figure = one.draw(figures.NARROW)
    figure.draw_without_rendering()
    label = figure.axes[0].xaxis.label.get_window_extent()
    assert 0 <= label.x0 < label.x1 <= figure.bbox.width
    assert figure.axes[0].get_position().width > 0.4
