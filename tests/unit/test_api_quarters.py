"""What the public calls return for a panel by quarter is told in quarters, in words and in figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lib.known_noise import known_noise_panel
from matplotlib.figure import Figure

import ipscausal as ips
from ipscausal import figures
from ipscausal.panel import Panel
from ipscausal.periods import Period

FIRST = 8062  # 2015Q3
STARTS = [FIRST + 3.0] * 3 + [FIRST + 5.0] * 3 + [np.inf] * 8
YEAR = re.compile(r"(?<!work-)years?\b|yearly|annual", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\d.])80\d\d(?![\d.])")
"""A quarter shown as the number that it is counted by."""


def panel(period: Period = "quarter", seed: int = 4) -> Panel:
    """Starts in 2016Q2 and 2016Q4, seven quarters from 2015Q3 on; persons' noise is known."""
    exposed = (FIRST + np.arange(7))[None, :] >= np.array(STARTS)[:, None]
    means = 50 + np.random.default_rng(seed).normal(0, 2, (14, 7)) + 5 * exposed
    size, within = np.full((14, 7), 150.0), np.full((14, 7), 900.0)
    return replace(
        known_noise_panel(means, STARTS, size, within, first_year=FIRST), outcome="workdays", unit="", period=period
    )


def subgroups(of: Callable[[int], Panel]) -> ips.Subgroups:
    return ips.Subgroups("prior work", ("did not work", "worked"), (of(4), of(5)))


CALLS: dict[str, Callable[[Callable[..., Panel]], Any]] = {
    "heterogeneity": lambda of: ips.heterogeneity(subgroups(lambda seed: of(seed=seed))),
    "municipality_effects": lambda of: ips.municipality_effects(of()),
    "specification_curve": lambda of: ips.specification_curve({"all": ips.did(of()), "other": ips.imputation(of())}),
    "honest_did": lambda of: ips.honest_did(of(), restriction="SD", at=1, sizes=[0.0, 1.0]),
    "bacon": lambda of: ips.bacon(of()),
    "twfe_weights": lambda of: ips.twfe_weights(replace(of(), adoption=of().adoption - 2).select(np.arange(14) < 6)),
    "pretrend_power": lambda of: ips.pretrend_power(of(), at=1),
    "calibrate": lambda of: ips.calibrate(ips.did(of()), ["collapse"], draws=200, effects=[9.0]),
}


@pytest.fixture(scope="module", params=CALLS)
def found(request: pytest.FixtureRequest) -> Any:
    return CALLS[request.param](panel)


def drawn(figure: Figure) -> str:
    """Every text of a figure, the ticks as they are shown."""
    figure.canvas.draw()
    return "\n".join(item.get_text() for item in figure.findobj() if hasattr(item, "get_text"))


def described(found: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Titles and texts for those who do not see the figure: the labels as they are made."""
    said: list[str] = []
    for name in (one for one in figures.__all__ if one.endswith("_labels")):
        make = getattr(figures, name)

        def noted(*given: Any, make: Callable[..., Any] = make) -> Any:
            labels = make(*given)
            said.extend(text for text in map(labels.__getattribute__, labels.__slots__) if isinstance(text, str))
            return labels

        monkeypatch.setattr(figures, name, noted)
    found.plot()
    assert said
    return "\n".join(said)


def test_the_summary_speaks_of_quarters(found: Any) -> None:
    assert YEAR.findall(found.summary()) == []
    assert NUMBER.findall(found.summary()) == []


def test_the_figure_speaks_of_quarters(found: Any) -> None:
    text = drawn(found.plot())
    assert YEAR.findall(text) == []
    assert NUMBER.findall(text) == []


def test_the_description_of_the_figure_speaks_of_quarters(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = described(found, monkeypatch)
    assert YEAR.findall(text) == []
    assert NUMBER.findall(text) == []


def test_the_period_is_no_part_of_what_is_printed_of_the_object(found: Any) -> None:
    assert found.period == "quarter"
    assert "period=" not in repr(found)


@pytest.mark.parametrize(
    ("call", "of_years", "of_quarters"),
    [
        ("bacon", "comparisons of starting years", "comparisons of starting quarters"),
        ("twfe_weights", "treated municipality-years", "treated municipality-quarters"),
        ("honest_did", "effect 1 years from the start", "effect 1 quarters from the start"),
        ("pretrend_power", "3 years before the reference", "3 quarters before the reference"),
        ("calibrate", "municipality-year shocks", "municipality-quarter shocks"),
    ],
)
def test_a_panel_by_year_is_told_as_before(call: str, of_years: str, of_quarters: str) -> None:
    by_year = CALLS[call](lambda seed=4: panel("year", seed)).summary()
    assert of_years in by_year
    assert "quarter" not in by_year
    assert of_quarters in CALLS[call](panel).summary()


def test_spans_and_cells_are_named_by_their_quarters() -> None:
    table = ips.bacon(panel()).tidy()
    assert set(table["years_before"]) == {"2015Q3-2016Q1", "2015Q3-2016Q3", "2016Q2-2016Q3"}
    weights = CALLS["twfe_weights"](panel)
    assert re.search(r"m00\d, 201\dQ\d: −", weights.summary())
    axes = weights.plot().axes[0]
    axes.figure.canvas.draw()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["2015Q4", "2016Q2"]
    assert "2016Q1" in {text.get_text() for text in axes.get_xticklabels()}
