"""Decompositions as a user sees them: tables, sentences and figures in both languages."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from lib.panels import panel_of_means
from matplotlib.figure import Figure

import ipscausal as ips
from ipscausal import figures
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.panel import Panel

INF = float("inf")
BY_HAND = np.array([[1.0, 4, 9], [2, 3, 7], [1, 1, 2]])


def by_hand() -> Panel:
    return panel_of_means(BY_HAND, [2011, 2012, INF])


def sign_turned() -> Panel:
    return panel_of_means(np.array([[0.0, 1, 4], [0, 0, 1]]), [2011, 2012])


def texts(figure: Figure) -> set[str]:
    return {item.get_text() for item in figure.findobj() if hasattr(item, "get_text")}


def test_comparisons_as_a_table() -> None:
    table = ips.bacon(by_hand()).tidy()
    assert table["weight"].sum() == pytest.approx(1)
    assert table["control"].dtype == "Int64"
    last = table[(table["treated"] == 2012) & (table["control"] == 2011)].iloc[0]
    assert (last["kind"], last["years_before"], last["years_after"]) == ("later_earlier", "2011", "2012")
    assert last["estimate"] == pytest.approx(-1)
    never = table[(table["treated"] == 2012) & table["control"].isna()].iloc[0]
    assert (never["years_before"], never["years_after"]) == ("2010-2011", "2012")


def test_comparisons_in_words() -> None:
    assert ips.bacon(by_hand()).summary().splitlines() == [
        "y: two-way fixed effects 3.0000, from 4 comparisons of starting years",
        "  treated with never treated: 66.7% of the coefficient, 2 comparisons, on average 4.2500",
        "  earlier with later treated, before the later ones start: 16.7% of the coefficient, 1 comparison, "
        "on average 2.0000",
        "  later with earlier treated, who are already exposed: 16.7% of the coefficient, 1 comparison, "
        "on average −1.0000",
        "Where those already exposed serve as comparison, changes in their effect are subtracted.",
    ]


def test_what_was_averaged_or_left_out_is_said() -> None:
    mean = np.random.default_rng(1).normal(50, 5, (8, 4))
    size = np.random.default_rng(2).integers(10, 90, (8, 4))
    holes = np.zeros((8, 4), dtype=bool)
    holes[7, 1] = True
    panel = panel_of_means(mean, [2010, 2011, 2011, 2012, 2012, INF, INF, INF], size).without(holes)
    text = ips.bacon(panel).summary()
    assert "each municipality counts with its average" in text
    assert "Left out: 1 municipality without persons in some year; with it" in text
    assert "Left out: 1 municipality exposed in every year." in text
    one_date = ips.bacon(panel_of_means(mean, [2012] * 4 + [INF] * 4)).summary()
    assert "earlier with later treated, before the later ones start: no comparison" in one_date
    assert "subtracted" not in one_date


def test_comparisons_as_a_figure() -> None:
    figure = ips.bacon(by_hand()).plot()
    assert {"Two-way fixed effects: +3.0", "Share of the coefficient", "treated with never treated"} <= texts(figure)
    points = [line for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    drawn = {(round(float(x), 6), float(y)) for line in points for x, y in zip(*line.get_data(), strict=True)}
    assert drawn == {(0.333333, 5.0), (0.333333, 3.5), (0.166667, 2.0), (0.166667, -1.0)}


def test_weights_as_a_table() -> None:
    result = ips.twfe_weights(sign_turned())
    cells = result.tidy()
    assert cells["weight"].tolist() == pytest.approx([1.0, -0.5, 0.5])
    assert cells["share"].tolist() == pytest.approx([1 / 3] * 3)
    assert cells["municipality"].tolist() == ["m000", "m000", "m001"]
    cohorts = result.tidy(by="cohort")
    assert cohorts[["cohort", "year", "negative"]].to_numpy().tolist() == [
        [2011, 2011, 0],
        [2011, 2012, 1],
        [2012, 2012, 0],
    ]
    with pytest.raises(UsageError):
        result.tidy(by="year")  # type: ignore[arg-type]


def test_weights_in_words() -> None:
    lines = ips.twfe_weights(sign_turned()).summary().splitlines()
    assert lines[:4] == [
        "y: two-way fixed effects −0.5000 is a weighted sum of the effects in 3 treated municipality-years",
        "1 weight is negative, together −0.5000: effects there count with the wrong sign.",
        "  m000, 2012: −0.5000",
        "The average effect could be zero if effects had a standard deviation of 0.2673 between municipality-years.",
    ]
    assert lines[4].startswith("Every effect could have the opposite sign if that standard deviation were ")
    alike = ips.twfe_weights(panel_of_means(BY_HAND, [2012, INF, INF])).summary()
    assert "No weight is negative." in alike
    assert "All weights are alike" in alike


def test_many_negative_weights_are_counted() -> None:
    mean = np.random.default_rng(3).normal(50, 5, (20, 6))
    result = ips.twfe_weights(panel_of_means(mean, [2011.0] * 10 + [2015.0] * 10))
    assert f"and {result.numbers.n_negative - 5} more" in result.summary()


def test_weights_as_a_figure() -> None:
    figure = ips.twfe_weights(sign_turned()).plot()
    assert {"Weight above zero", "Weight below zero", "First exposed year", "Calendar year"} <= texts(figure)
    positive, negative, _ = figure.axes[0].collections
    assert positive.get_offsets().tolist() == [[2011.0, 0.0], [2012.0, 1.0]]
    assert negative.get_offsets().tolist() == [[2012.0, 0.0]]
    areas = [*positive.get_sizes(), *negative.get_sizes()]
    assert areas == pytest.approx([420, 210, 210])


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_in_both_languages(language: str) -> None:
    words = catalogue(language)
    found = ips.bacon(by_hand()).numbers
    rows: list[dict[str, Any]] = [asdict(row) for row in found.comparisons]
    labels = figures.bacon_labels(words, "workdays", found.coefficient, rows)
    assert words.raw("decomposition.kind.later_earlier") in labels.alt
    assert labels.percent(0.25).startswith("25")
    cohorts = [asdict(row) for row in ips.twfe_weights(sign_turned()).numbers.cohorts]
    weights = figures.weights_labels(words, cohorts, "S.")
    assert "S." in weights.alt
    assert "2011" in weights.alt
