"""What holds of every figure: told apart without colour, nothing cut or tiny, one scale, and its numbers beside it."""

from __future__ import annotations

import csv
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lib.example_effects import staggered
from lib.example_results import START, example
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerLine2D
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ipscausal import figures
from ipscausal.disclosure import release
from ipscausal.figures import style
from ipscausal.figures.flow import TINTS
from ipscausal.language import LANGUAGES, catalogue

TABLES = {name: tuple(rows) for name, rows in staggered(example()).tables.items()}
STUDY = {"population": {"receipt": "any day", "residence": "1 January", "benefit": "AAP"}}
SIZES = (figures.WIDE, figures.NARROW)
Draw = Callable[[figures.Size], Figure]


def about(table: str) -> list[Any]:
    return [row for row in TABLES[table] if row["outcome"] == "workdays"]


def every(language: str) -> Iterator[tuple[str, str, Draw]]:
    """Name, text alternative and drawing of each figure of a report."""
    words = catalogue(language)
    effects, means = about("event_study"), about("trends")
    event = figures.event_study_labels(words, "workdays", 0.95, effects, TABLES["estimates"])
    trend = figures.trends_labels(words, "workdays", means, (START,), 1)
    remaining = figures.flow_labels(words, STUDY, TABLES["flow"])
    yield "event_study", event.alt, lambda size: figures.event_study(effects, event, size)
    yield "trends", trend.alt, lambda size: figures.trends(means, trend, size)
    yield "flow", remaining.alt, lambda size: figures.flow(TABLES["flow"], remaining, size)
    design = {name: TABLES[name] for name in ("estimates", "calibration", "placebo", "leave_one_out")}
    for one in (
        *figures.design_figures(words, "workdays", 0.95, 1, design),
        *figures.effect_figures(words, "workdays", 0.95, TABLES),
    ):
        yield one.name, one.labels.alt, one.draw


def texts(figure: Figure) -> list[Text]:
    """Those that are drawn: a label of a tick beyond the end of its axis is not."""
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        beyond |= {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    found = (item for item in figure.findobj(Text) if isinstance(item, Text))
    return [item for item in found if item.get_visible() and item.get_text().strip() and item not in beyond]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_or_tiny(language: str) -> None:
    for name, _, draw in every(language):
        for size in SIZES:
            figure = draw(size)
            figure.draw_without_rendering()
            for text in texts(figure):
                box = text.get_window_extent()
                assert text.get_fontsize() >= style.SMALLEST, (name, text)
                cut = min(box.x0, box.y0, figure.bbox.width - box.x1, figure.bbox.height - box.y1)
                # a pixel of antialiasing
                assert cut >= -1, (name, size.width, text.get_text())


def test_scales_are_the_same_in_every_language() -> None:
    limits = [
        {name: [(axes.get_xlim(), axes.get_ylim()) for axes in draw(figures.WIDE).axes] for name, _, draw in every(one)}
        for one in LANGUAGES
    ]
    # the boxes of the flow are as high as their rules are long
    for one in limits:
        del one["flow"]
    assert limits[0] == limits[1] == limits[2]


def luminance(colour: Any) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Any, other: Any) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def look(line: Line2D) -> tuple[Any, ...]:
    """All of a line but its colour: shape, whether it is filled, dashes and whether it is a line at all."""
    marker, stroke = line.get_marker(), line.get_linestyle()
    filled = to_rgb(line.get_markerfacecolor()) != (1.0, 1.0, 1.0)
    return (marker, filled if marker not in ("None", "", "|", "_") else None, stroke, round(line.get_linewidth(), 1))


def test_what_differs_in_colour_differs_in_grey() -> None:
    for name, _, draw in every("en"):
        for axes in draw(figures.WIDE).axes:
            marked = [line for line in axes.lines if line.get_marker() not in ("None", "", "|", "_")]
            colours: dict[tuple[Any, ...], set[str]] = {}
            for line in marked:
                colours.setdefault(look(line), set()).add(str(line.get_markeredgecolor()))
            for shape, found in colours.items():
                pairs = [(one, other) for one in found for other in found if one < other]
                assert all(contrast(*pair) >= 1.4 for pair in pairs), (name, shape, found)


def test_marks_stand_out_from_the_paper() -> None:
    for name, _, draw in every("en"):
        for axes in draw(figures.WIDE).axes:
            for line in axes.lines:
                drawn = line.get_color() if line.get_marker() in ("None", "") else line.get_markeredgecolor()
                assert contrast(drawn, "white") >= 3, (name, line)


def test_the_fill_of_a_box_leaves_its_number_readable() -> None:
    assert min(contrast(tint, style.BLACK) for tint in TINTS.values()) > 7


def test_the_legend_says_both_intervals_below_the_axes() -> None:
    effects = about("event_study")
    labels = figures.event_study_labels(catalogue("en"), "workdays", 0.95, effects, TABLES["estimates"])
    for size in SIZES:
        figure = figures.event_study(effects, labels, size)
        figure.draw_without_rendering()
        (legend,) = figure.legends
        told = [text.get_text() for text in legend.get_texts()]
        assert told == ["Estimate with 95% interval", "All points together, 95%", "Reference year, set to 0"]
        assert legend.get_window_extent().y1 <= min(axes.bbox.y0 for axes in figure.axes)
        ends = [line for line in legend.get_lines() if line.get_marker() == "|"]
        assert [len(line.get_xdata()) for line in ends] == [2]
        assert isinstance(legend.get_legend_handler_map()[Line2D], HandlerLine2D)


def test_the_interval_is_thick_and_the_band_thin_with_caps() -> None:
    effects = about("event_study")
    figure = figures.event_study(effects, figures.event_study_labels(catalogue("en"), "workdays", 0.95, effects))
    interval, band = (line for line in figure.axes[0].lines if list(line.get_xdata()) == [3.0, 3.0])
    assert interval.get_linewidth() > 2 * band.get_linewidth()
    assert (interval.get_marker(), band.get_marker()) == ("None", "_")


def test_the_title_of_the_vertical_axis_lies_above_it() -> None:
    for name, _, draw in every("en"):
        figure = draw(figures.WIDE)
        assert all(axes.get_ylabel() == "" for axes in figure.axes), name
        assert all(text.get_rotation() == 0 for text in texts(figure)), name


def test_years_before_the_start_have_a_test_only_where_one_holds() -> None:
    effects = about("event_study")
    valid = next(row for row in TABLES["estimates"] if row["term"] == "pre_trend" and row["p_value"] is not None)
    invalid = {**valid, "p_value": None, "status": "known_invalid"}
    told = [figures.event_study_labels(catalogue("en"), "workdays", 0.95, effects, [row]) for row in (valid, invalid)]
    assert told[0].pretrend.startswith("Before the start, jointly")
    assert told[0].pretrend in told[0].alt
    assert told[1].pretrend == ""
    assert "No valid joint test of the years before the start is shown." in told[1].alt


def test_the_alternative_tells_axes_average_and_last_point() -> None:
    alt = next(every("en"))[1]
    main = next(row for row in about("estimates") if row["term"] == "att" and row["role"] == "primary")
    number = catalogue("en").style.number
    assert alt.startswith("Point chart of the effect on workdays by year since the start of IPS, from ≤ \u22124 to 3")
    assert "Vertical axis: Effect, workdays a year per recipient." in alt
    assert f"On average after the start: +{number(main['estimate'], 1)} (" in alt
    assert "last point, 3: +10.5 (" in alt
    effects = about("event_study")
    withheld = [{**row, "estimate": None} for row in about("estimates") if row["term"] == "att"]
    silent = figures.event_study_labels(catalogue("en"), "workdays", 0.95, effects, withheld).alt
    assert "On average" not in silent


def test_every_alternative_points_to_its_numbers() -> None:
    for language, sentence in (("en", "table"), ("nb", "tabellen"), ("nn", "tabellen")):
        for name, alt, _ in every(language):
            assert sentence in alt.split(".")[-2], name


def test_counts_that_crowd_stand_upright_and_do_not_meet() -> None:
    years = range(2010, 2026)
    rows = [
        {"arm": arm, "year": year, "mean": 50.0 + year % 3, "persons": 20_111 + year, "outcome": "workdays"}
        for arm in ("treated", "control")
        for year in years
    ]
    labels = figures.trends_labels(catalogue("nb"), "workdays", rows, tuple(range(2013, 2020)), 200)
    for size, rotation in ((figures.WIDE, 0), (figures.NARROW, 90)):
        figure = figures.trends(rows, labels, size)
        figure.draw_without_rendering()
        counts = [text for text in figure.axes[1].texts if text.get_text()]
        written = [text for text in counts if text.get_text()[0].isdigit()]
        assert {text.get_rotation() for text in written} == {rotation}
        assert min(text.get_fontsize() for text in written) >= style.SMALLEST
        boxes = [text.get_window_extent() for text in counts]
        assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_many_municipalities_fit_on_half_a_page() -> None:
    rows = [
        {"municipality": place, "estimate": place / 10, "shrunken": place / 20, "conf_low": -1.0, "conf_high": 2.0}
        for place in range(356)
    ]
    labels = figures.caterpillar_labels(catalogue("en"), "workdays", 0.95, rows, 8.0)
    assert figures.caterpillar(rows, labels).get_size_inches()[1] < 8


def test_a_method_without_power_has_the_width_to_itself() -> None:
    rows = figures.calibration_order([{**row, "power": None} for row in about("calibration")])
    labels = figures.calibration_labels(catalogue("en"), "workdays", 0.95, rows)
    assert len(figures.calibration(rows, labels).axes) == 1
    assert "power" not in labels.alt
    alone = figures.calibration_labels(catalogue("en"), "workdays", 0.95, rows[:1])
    assert alone.alt.startswith("Chart of 1 method:")


def test_every_drawing_of_a_release_has_its_numbers_beside_it(tmp_path: Path) -> None:
    release(staggered(example()), tmp_path / "release")
    drawings = sorted((tmp_path / "release").glob("*.png"))
    assert {"event_study", "flow", "trends", "calibration", "estimators"} <= {path.stem for path in drawings}
    for path in drawings:
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
            assert list(csv.DictReader(lines)), path.name
        content = path.read_bytes()
        # 200 dots per inch are 7874 per metre
        assert struct.unpack(">II", content[content.index(b"pHYs") + 4 :][:8]) == (7874, 7874)
