"""The population flow: a box for each step and arm, filled to what remains, and withheld steps shown as such."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ipscausal import figures
from ipscausal.language import LANGUAGES, catalogue

STUDY = {"population": {"receipt": "any day", "residence": "1 January", "benefit": "AAP"}}
EN = catalogue("en")


def row(step: int, rule: str, arm: str, persons: int | None, years: int | None) -> dict[str, Any]:
    return {"step": step, "rule": rule, "arm": arm, "persons": persons, "person_years": years}


# by hand: 300 of 400 remain in the end, 50 of 200
ROWS = [
    row(1, "persons_with_benefit", "treated", 200, 900), row(1, "persons_with_benefit", "control", 400, 1_600),
    row(2, "age", "treated", None, None), row(2, "age", "control", 360, 1_400),
    row(3, "alive", "treated", 50, 210), row(3, "alive", "control", 300, 1_200),
]  # fmt: skip


def drawn(rows: list[dict[str, Any]] = ROWS, language: str = "en", size: figures.Size = figures.WIDE) -> Figure:
    return figures.flow(rows, figures.flow_labels(catalogue(language), STUDY, rows), size)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def boxes(figure: Figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def test_every_number_is_in_its_box_below_the_rule_of_its_step() -> None:
    written = texts(drawn())
    assert [text for text in written if text.replace(",", "").isdigit()] == [
        "200", "900", "400", "1,600", "360", "1,400", "50", "210", "300", "1,200",
    ]  # fmt: skip
    assert {"IPS", "Comparison", "Alive on 1 January"} <= set(written)
    assert "All" not in written


def test_a_box_is_filled_to_the_share_of_the_first_step() -> None:
    found = boxes(drawn())
    full = max(box.get_width() for box in found)
    fills = [box.get_width() / full for box in found if box.get_edgecolor()[3] == 0]
    assert fills == pytest.approx([1.0, 1.0, 0.9, 0.25, 0.75])


def test_a_withheld_step_is_hatched_and_has_no_number() -> None:
    figure = drawn()
    assert [box.get_hatch() for box in boxes(figure) if box.get_hatch()] == ["////"]
    assert texts(figure).count("withheld") == 1


def test_nothing_is_filled_where_the_first_step_is_withheld() -> None:
    rows = [{**one, "persons": None, "person_years": None} if one["step"] == 1 else one for one in ROWS]
    assert not [box for box in boxes(drawn(rows)) if box.get_edgecolor()[3] == 0]


def test_one_number_of_two_withheld_is_a_colon() -> None:
    rows = [{**one, "person_years": None} if one["step"] == 3 else one for one in ROWS]
    assert texts(drawn(rows)).count(":") == 2


def test_the_alternative_tells_first_last_and_what_is_withheld() -> None:
    alt = figures.flow_labels(EN, STUDY, ROWS).alt
    assert "through 3 rules" in alt
    assert "IPS: from 200 to 50 persons, with 210 person-years in the end" in alt
    assert "Comparison: from 400 to 300 persons" in alt
    assert alt.count("Withheld: Of the study's age that year.") == 1
    whole = figures.flow_labels(EN, STUDY, [one for one in ROWS if one["step"] != 2]).alt
    assert "ithheld" not in whole


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [figures.WIDE, figures.NARROW])
def test_no_text_is_cut_and_none_lies_over_another(language: str, size: figures.Size) -> None:
    figure = drawn(language=language, size=size)
    figure.draw_without_rendering()
    extents = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    for place, one in enumerate(extents):
        assert one.x0 >= 0
        assert one.x1 <= figure.bbox.width
        assert 0 <= one.y0 < one.y1 <= figure.bbox.height
        assert not any(one.overlaps(other) for other in extents[:place])


def test_bytes_are_the_same_on_every_run() -> None:
    labels = figures.flow_labels(EN, STUDY, ROWS)
    assert figures.svg(drawn(), labels) == figures.svg(drawn(), labels)
    assert figures.png(drawn(), labels) == figures.png(drawn(), labels)
