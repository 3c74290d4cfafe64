"""Figures of the design: what is drawn and named, what is a gap, and texts in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from lib.example_results import example
from matplotlib.figure import Figure

from ipscausal import figures
from ipscausal.language import catalogue

RESULTS = example()
EN, NB = catalogue("en"), catalogue("nb")
TABLES = {name: RESULTS.tables[name] for name in ("estimates", "calibration", "placebo", "leave_one_out")}
RATES = figures.calibration_order(TABLES["calibration"])


def drawn(**tables: Any) -> dict[str, figures.DesignFigure]:
    found = figures.design_figures(EN, "workdays", 0.95, 1, {**TABLES, **tables})
    return {one.name: one for one in found}


def texts(figure: Figure) -> set[str]:
    return {item.get_text() for item in figure.findobj() if hasattr(item, "get_text")}


def lines(figure: Figure, axes: int = 0) -> list[tuple[list[float], list[float], Any]]:
    found = figure.axes[axes].lines
    return [(list(map(float, line.get_xdata())), list(map(float, line.get_ydata())), line) for line in found]


def test_calibration_names_every_method_and_the_nominal_level() -> None:
    labels = figures.calibration_labels(EN, "workdays", 0.95, RATES)
    figure = figures.calibration(RATES, labels)
    written = texts(figure)
    assert {"Panel model, corrected for size (primary)", "Random-effects contrasts (RE-DiD) (companion)"} <= written
    assert {"Ordinary regression, robust (HC1) (conventional)", "5% promised", "15%", "77%"} <= written
    assert [x for x, y, _ in lines(figure) if y == [0.0, 1.0]] == [[pytest.approx(0.05), pytest.approx(0.05)]]
    bars = [x for x, _, _ in lines(figure) if len(x) == 2 and x[0] != x[1]]
    assert [0.07, 0.27] in bars
    assert "Ordinary regression, robust (HC1) (conventional): 15% (7% to 27%), power 77%" in labels.alt


def test_power_that_means_nothing_is_hollow() -> None:
    labels = figures.calibration_labels(EN, "workdays", 0.95, RATES)
    figure = figures.calibration(RATES, labels)
    fills = {x[0]: line.get_markerfacecolor() for x, _, line in lines(figure, 1)}
    assert fills[0.77] == fills[0.63] == fills[0.89] == "white"
    assert fills[0.49] == fills[0.39] == figures.style.BLUE


def test_the_primary_stands_first_and_the_conventional_last() -> None:
    assert [row["method"] for row in RATES][:2] == ["panel", "re_did"]
    assert RATES[-1]["method"] == "hc1"
    between = [row["false_positive_rate"] for row in RATES[2:-1]]
    assert between == sorted(between)


def test_a_method_without_a_rate_is_left_out() -> None:
    rows = [{**row, "false_positive_rate": None} if row["method"] == "cr2" else row for row in RATES]
    labels = figures.calibration_labels(EN, "workdays", 0.95, rows)
    assert not any("CR2" in text for text in texts(figures.calibration(rows, labels)) | {labels.alt})
    assert "Chart of 9 methods" in labels.alt


def test_placebo_highlights_the_actual_one_with_its_rank() -> None:
    labels = figures.placebo_labels(EN, "workdays", TABLES["placebo"], 1)
    figure = figures.placebo(TABLES["placebo"], labels)
    assert "IPS municipality, +5.6: number 1 of 11" in texts(figure)
    marked = [(x, y) for x, y, line in lines(figure) if line.get_marker() == "D"]
    assert marked == [([1.0], [5.6])]
    others = [y[0] for _, y, line in lines(figure) if line.get_marker() == "o"]
    assert [abs(y) for y in others] == sorted((abs(y) for y in others), reverse=True)
    assert "with each of 11 municipalities taken in turn as treated, from −4.9 to +5.6" in labels.alt


def test_a_rank_among_some_of_the_municipalities_is_not_drawn() -> None:
    partly = [{**row, "contrast": None} if row["position"] == 4 else row for row in TABLES["placebo"]]
    assert set(drawn()) == {"calibration", "placebo", "leave_one_out"}
    assert set(drawn(placebo=partly)) == {"calibration", "leave_one_out"}
    assert set(drawn(calibration=[], placebo=[], leave_one_out=[])) == set()


def test_leave_one_out_has_the_full_estimate_as_a_line_and_marks_the_gap() -> None:
    rows = TABLES["leave_one_out"]
    labels = figures.leave_one_out_labels(EN, "workdays", rows, 5.6)
    figure = figures.leave_one_out(rows, labels)
    assert {"1804 (IPS)", "not identified without it", "With all municipalities: +5.6", "5006"} <= texts(figure)
    assert [x for x, y, _ in lines(figure) if y == [0.0, 1.0]] == [[0.0, 0.0], [5.6, 5.6]]
    assert not [x for x, y, _ in lines(figure) if y and set(y) == {0.0} and len(x) == 1]
    assert "Without 1804 there is no number." in labels.alt


def test_of_many_municipalities_those_that_matter_are_drawn() -> None:
    template = TABLES["leave_one_out"][1]
    many = [
        {**template, "left_out": f"{place:04d}", "change": 0.001 * place, "estimate": 5.6 + 0.001 * place}
        for place in range(350)
    ]
    labels = figures.leave_one_out_labels(EN, "workdays", many, 5.6)
    figure = figures.leave_one_out(many, labels)
    assert {"0349", "0310"} <= texts(figure)
    assert "0309" not in texts(figure)
    assert "The 40 municipalities that change the effect most, of 350." in labels.notes


def test_shares_are_drawn_in_percentage_points() -> None:
    rows = [{**row, "contrast": row["contrast"] / 100, "outcome": "employed"} for row in TABLES["placebo"]]
    figure = figures.placebo(rows, figures.placebo_labels(EN, "employed", rows, 1))
    assert [y for _, y, line in lines(figure) if line.get_marker() == "D"] == [[pytest.approx(5.6)]]


@pytest.mark.parametrize("size", [figures.WIDE, figures.NARROW])
def test_bytes_are_the_same_on_every_run(size: figures.Size) -> None:
    for one in drawn().values():
        assert figures.svg(one.draw(size), one.labels) == figures.svg(one.draw(size), one.labels)


def test_bokmaal_has_its_own_words() -> None:
    found = {one.name: one for one in figures.design_figures(NB, "workdays", 0.95, 1, TABLES)}
    assert "IPS-kommunen, +5,6: nummer 1 av 11" in texts(found["placebo"].draw(figures.WIDE))
    assert "ikke noe tall uten den" in texts(found["leave_one_out"].draw(figures.WIDE))
    assert "Panelmodell, justert for kommunestørrelse (hovedmetode)" in texts(found["calibration"].draw(figures.WIDE))
    assert all("Tallene står i tabellen under." in one.labels.alt for one in found.values())
