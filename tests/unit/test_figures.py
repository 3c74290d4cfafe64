"""Figures: what is drawn, what is left out, and bytes that do not change."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from lib.example_results import START, event_study_rows, example
from matplotlib.figure import Figure

from ipscausal import figures
from ipscausal.language import catalogue

RESULTS = example()
EFFECTS = [row for row in RESULTS.tables["event_study"] if row["outcome"] == "workdays"]
MEANS = [row for row in RESULTS.tables["trends"] if row["outcome"] == "workdays"]
EN, NB = catalogue("en"), catalogue("nb")


def event_labels(rows: list[Any] = EFFECTS, words: Any = EN) -> figures.EventStudyLabels:
    return figures.event_study_labels(words, "workdays", 0.95, rows, RESULTS.tables["estimates"])


def texts(figure: Figure) -> set[str]:
    return {item.get_text() for item in figure.findobj() if hasattr(item, "get_text")}


def lines(figure: Figure) -> list[tuple[list[float], list[float], Any]]:
    return [
        (list(map(float, line.get_xdata())), list(map(float, line.get_ydata())), line) for line in figure.axes[0].lines
    ]


def test_reference_is_a_hollow_point_at_zero_without_bar() -> None:
    figure = figures.event_study(EFFECTS, event_labels())
    at_reference = [(y, line) for x, y, line in lines(figure) if x and set(x) == {-1.0}]
    assert [y for y, _ in at_reference] == [[0.0]]
    assert at_reference[0][1].get_markerfacecolor() == "white"


def test_bars_are_the_released_intervals_and_points_are_not_connected() -> None:
    figure = figures.event_study(EFFECTS, event_labels())
    last = next(row for row in EFFECTS if row["event_time"] == 3)
    bars = [y for x, y, _ in lines(figure) if x == [3.0, 3.0]]
    assert bars == [[last["conf_low"], last["conf_high"]], [last["band_low"], last["band_high"]]]
    assert "All points together, 95%" in texts(figure)
    alone = [{**row, "band_low": None, "band_high": None} for row in EFFECTS]
    assert not any("together" in text for text in texts(figures.event_study(alone, event_labels(alone))))
    assert not [x for x, _, _ in lines(figure) if len(set(x)) > 1 and x != [0.0, 1.0]]


def test_rollout_line_lies_between_the_reference_and_the_first_year() -> None:
    figure = figures.event_study(EFFECTS, event_labels())
    assert [x for x, y, _ in lines(figure) if x == [-0.5, -0.5] and y == [0.0, 1.0]]
    assert "IPS starts →" in texts(figure)


def test_binned_ends_counts_and_pretrend_are_written() -> None:
    written = texts(figures.event_study(EFFECTS, event_labels(words=NB)))
    assert {"≤ −4", "538", "444", "Effekt, arbeidsdager i året per mottaker"} <= written
    assert "Før start, samlet: rang 9 av 11, p\xa0=\xa00,82 (lavest mulig 0,091)" in written


def test_minus_signs_are_true_in_labels_that_come_with_a_hyphen() -> None:
    plain = [{**row, "label": row["label"].replace("\u2212", "-")} for row in EFFECTS]
    labels = event_labels(plain)
    assert {"≤ \u22124", "\u22123"} <= texts(figures.event_study(plain, labels))
    assert "from ≤ \u22124 to 3" in labels.alt


def test_a_withheld_point_is_a_gap_with_a_note() -> None:
    withheld = [
        {**row, "estimate": None, "conf_low": None, "conf_high": None, "n_treated_persons": None, "state": "withheld"}
        if row["event_time"] == 2
        else {**row, "state": "released"}
        for row in EFFECTS
    ]
    labels = event_labels(withheld)
    figure = figures.event_study(withheld, labels)
    assert not [x for x, _, _ in lines(figure) if 2.0 in x]
    assert ":" in texts(figure)
    assert any("A gap is a point withheld" in text for text in texts(figure))
    assert "2: withheld" in labels.alt


def test_trends_mark_the_start_and_count_both_arms() -> None:
    labels = figures.trends_labels(EN, "workdays", MEANS, (START,), 1)
    figure = figures.trends(MEANS, labels)
    assert [x for x, _, _ in lines(figure) if x == [START - 0.5] * 2]
    assert {"538", "3,702", "IPS municipality", "Comparison municipalities"} <= texts(figure)
    assert labels.alt.count("from") == 2


def test_a_break_in_what_is_measured_is_drawn_and_told() -> None:
    labels = figures.trends_labels(EN, "workdays", MEANS, (START,), 1, (2015, 2099))
    figure = figures.trends(MEANS, labels)
    assert [line.get_label() for x, _, line in lines(figure) if x == [2014.5] * 2] == [
        "Break in what is measured: 2015"
    ]
    assert "Break in what is measured: 2015" in {text.get_text() for text in figure.legends[0].get_texts()}
    assert labels.alt.endswith("Break in what is measured: 2015.")
    norwegian = figures.trends_labels(NB, "workdays", MEANS, (START,), 1, (2016, 2015))
    assert "Brudd i det som måles: 2015 og 2016." in norwegian.alt


def test_without_a_break_nothing_is_told_of_one() -> None:
    labels = figures.trends_labels(EN, "workdays", MEANS, (START,), 1)
    assert "Break" not in labels.alt + " ".join(texts(figures.trends(MEANS, labels)))


def test_shares_are_drawn_in_percentage_points() -> None:
    rows = event_study_rows("employed")
    labels = figures.event_study_labels(EN, "employed", 0.95, rows)
    figure = figures.event_study(rows, labels)
    assert [y for x, y, _ in lines(figure) if x == [3.0]] == [[pytest.approx(4.5)]]


def test_candidates_show_the_treated_and_name_the_chosen() -> None:
    rows = [
        {"municipality": "1804", "role": "treated", "persons": 480, "level": 62.0, "trend": 0.4, "distance": None},
        {"municipality": "5001", "role": "listed", "persons": 900, "level": 64.0, "trend": 0.5, "distance": 0.2},
        {"municipality": "0301", "role": "candidate", "persons": 4000, "level": 71.0, "trend": 0.1, "distance": 1.9},
        {"municipality": "2030", "role": "candidate", "persons": 12, "level": None, "trend": None, "distance": None},
    ]
    figure = figures.candidates(rows, figures.candidates_labels(EN, "workdays", rows))
    assert {"1804", "5001", "0301", "IPS municipality"} <= texts(figure)
    assert "2030" not in texts(figure)


@pytest.mark.parametrize("size", [figures.WIDE, figures.NARROW])
def test_bytes_are_the_same_on_every_run(size: figures.Size) -> None:
    labels = event_labels()
    first, second = (figures.event_study(EFFECTS, labels, size) for _ in range(2))
    assert figures.svg(first, labels) == figures.svg(second, labels)
    assert figures.png(first, labels) == figures.png(second, labels)


def test_files_carry_title_and_alternative_but_neither_date_nor_software() -> None:
    labels = event_labels()
    figure = figures.event_study(EFFECTS, labels)
    svg, png = figures.svg(figure, labels), figures.png(figure, labels)
    assert labels.title in svg
    assert "<dc:date>" not in svg
    assert "Matplotlib v" not in svg
    assert b"Software" not in png
    assert b"Point chart of the effect" in png


def test_text_is_paths_and_the_file_small() -> None:
    labels = event_labels()
    svg = figures.svg(figures.event_study(EFFECTS, labels), labels)
    assert not re.search(r"<text\b", svg)
    assert len(svg) < 100_000


def test_importing_figures_does_not_import_matplotlib() -> None:
    code = "import sys, ipscausal.figures; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_drawing_leaves_pyplot_and_the_settings_of_the_caller_alone() -> None:
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    figures.event_study(EFFECTS, event_labels())
    assert mpl.rcParams["font.size"] == before


def test_a_notebook_shows_a_figure_that_is_the_value_of_a_cell() -> None:
    from IPython.core.formatters import DisplayFormatter

    shown, _ = DisplayFormatter().format(figures.event_study(EFFECTS, event_labels()))
    assert shown["image/png"].startswith(b"\x89PNG")
