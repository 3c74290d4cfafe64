"""The panels of a dimension belong together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal.errors import UsageError
from ipscausal.subgroups import Subgroups

FIRST = panel_of_means(np.arange(12.0).reshape(4, 3), [2011, np.inf, np.inf, np.inf], np.full((4, 3), 9))
EMPTY = FIRST.without(np.ones((4, 3), dtype=bool))


def test_levels_that_stand_for_nothing_or_nobody_are_not_interpreted() -> None:
    found = Subgroups("sex", ("man", "unknown", "other"), (FIRST, FIRST, EMPTY))
    assert found.interpreted == (0,)
    assert found.outcome == "y"
    assert found.panel("unknown") is FIRST
    with pytest.raises(UsageError, match="sex has no level 'woman'"):
        found.panel("woman")


@pytest.mark.parametrize(
    "other",
    [
        FIRST.select(np.array([True, True, True, False])),
        FIRST.of_years(np.array([True, True, False])),
        replace(FIRST, adoption=np.full(4, np.inf)),
        replace(FIRST, outcome="z"),
        replace(FIRST, cluster=("a", "a", "b", "b")),
    ],
)
def test_panels_of_something_else_are_refused(other: object) -> None:
    with pytest.raises(UsageError, match="the panel of 'b' differs from that of 'a'"):
        Subgroups("d", ("a", "b"), (FIRST, other))  # type: ignore[arg-type]


def test_one_panel_a_level_and_one_covariance_of_all() -> None:
    for levels, panels in ((("a",), (FIRST, FIRST)), (("a", "a"), (FIRST, FIRST)), ((), ())):
        with pytest.raises(UsageError, match="one panel is needed for each of the levels"):
            Subgroups("d", levels, panels)
    with pytest.raises(UsageError, match="covariance has shape"):
        Subgroups("d", ("a",), (FIRST,), np.zeros((1, 1, 4, 3)))
